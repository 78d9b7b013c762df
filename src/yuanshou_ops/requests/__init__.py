"""Who asks, who offers, who promises: requests, offers, commitments, money. A promise is never counted as aid."""
