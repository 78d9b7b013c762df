"""The ledger of aid: every unit is in exactly one state at every moment, and facts are never edited."""
