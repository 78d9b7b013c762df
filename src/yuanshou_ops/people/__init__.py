"""Who works here and what they may do: organisations, places, members, roles, one policy table, the audit trail."""
