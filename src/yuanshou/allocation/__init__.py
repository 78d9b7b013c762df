"""What to send where: `Needs` and `AidSupply` become an `Allocation`."""

import os

# Compiled passes take milliseconds: threads that wait for the next one by spinning would starve whoever shares the
# machine. Read once, when the first pass starts its threads.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
