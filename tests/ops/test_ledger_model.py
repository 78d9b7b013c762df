"""The ledger does what a small pure model of it does, whatever the order of steps."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from ledger_machine import LedgerMachine, make_world


@pytest.mark.timeout(1800)
def test_the_ledger_and_its_pure_model_never_differ(db: Any) -> None:
    LedgerMachine.world = make_world()
    run_state_machine_as_test(
        LedgerMachine,
        settings=settings(
            max_examples=25, stateful_step_count=15, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
