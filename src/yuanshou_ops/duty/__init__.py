"""The desk: the duty log, the hand-over, and alerts about silence that name somebody and ask for a reason."""
