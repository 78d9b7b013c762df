"""The ledger against its pure model: `python benchmarks/ledger_model.py --engine sqlite --sequences 10000`.

Hypothesis draws sequences of up to 15 steps (goods come in, any command, repetitions, holds, reversals, stocktakes,
write-offs, recalls) and `tests/ops/ledger_machine.py` takes each in the ledger and in the model and compares after every
step. Prints one JSON line; a difference ends the run with the shortest sequence that shows it.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "ops"))
from engines import ENGINES, set_up_django, temporary_database

STEPS = 15


def counting(machine: Any, counts: Counter[str]) -> Any:
    """The machine, with its sequences and its steps (done or refused by both) counted."""

    class Counted(machine):
        def __init__(self) -> None:
            counts["sequences"] += 1
            super().__init__()

        def both(self, objections: Any, act: Any) -> Any:
            done = super().both(objections, act)
            counts["refused" if objections else "done"] += 1
            return done

    return Counted


def run(engine: str, sequences: int) -> dict[str, Any]:
    """So many sequences on an empty database of that engine."""
    with temporary_database(engine) as environment:
        set_up_django(environment | {"YUANSHOU_SECOND_FACTOR": "no"})
        from django.db import connections
        from hypothesis import HealthCheck, Phase, settings
        from hypothesis.stateful import run_state_machine_as_test
        from ledger_machine import LedgerMachine, make_world

        LedgerMachine.world = make_world()
        counts: Counter[str] = Counter()
        start, cpu = time.perf_counter(), time.process_time()
        chosen = settings(
            max_examples=sequences, stateful_step_count=STEPS, deadline=None, database=None,
            phases=[Phase.generate, Phase.shrink], suppress_health_check=list(HealthCheck),
        )  # fmt: skip
        differences = 0
        try:
            run_state_machine_as_test(counting(LedgerMachine, counts), settings=chosen)
        except AssertionError as error:
            differences = 1
            print(error, *getattr(error, "__notes__", ()), sep="\n", file=sys.stderr)
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        connections.close_all()
    return {
        "engine": engine, "sequences": counts["sequences"], "differences": differences, "done": counts["done"],
        "refused": counts["refused"], "seconds": round(seconds, 1), "cpu_seconds": round(cpu, 1),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--engine", choices=ENGINES, default="sqlite")
    parser.add_argument("--sequences", type=int, default=1000)
    arguments = parser.parse_args()
    if arguments.sequences < 1:
        parser.error("found no sequence; expected at least 1; way out: raise it")
    result = run(arguments.engine, arguments.sequences)
    print(json.dumps(result))
    sys.exit(result["differences"])


if __name__ == "__main__":
    main()
