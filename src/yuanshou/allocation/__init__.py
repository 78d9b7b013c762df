"""What to send where: `Needs` and `AidSupply` become an `Allocation`."""
