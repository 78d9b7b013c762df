"""What the public sees: editions of the situation and of the account of aid, reports, alerts, comments, feeds."""
