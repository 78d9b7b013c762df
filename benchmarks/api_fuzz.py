"""Send the API what no careful program would: examples of schemathesis for every operation, and spoilt JSON bodies.

    python benchmarks/api_fuzz.py --examples 50 --bodies 20000 --engine sqlite

prints one JSON line: `operations, requests, request_faults` (answers of 500 and above), `bodies, body_faults,
partial_writes` (refused, and yet a row more or less somewhere), `carried_out`, `seconds`. The tests of the suite are run,
with these numbers.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=50, help="of schemathesis, for each operation")
    parser.add_argument("--bodies", type=int, default=20_000)
    parser.add_argument("--engine", choices=("sqlite", "postgres"), default="sqlite")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        environment = os.environ | {
            "API_FUZZ_EXAMPLES": str(asked.examples), "API_FUZZ_BODIES": str(asked.bodies),
            "API_FUZZ_REPORT": str(report),
        }  # fmt: skip
        test = [sys.executable, "-m", "pytest", "-q", "-n0", "-p", "no:logging", "tests/ops/test_api_fuzz.py"]
        engine = [sys.executable, "benchmarks/engines.py", "postgres", "--"] if asked.engine == "postgres" else []
        begin = time.perf_counter()
        done = subprocess.run([*engine, *test], cwd=ROOT, env=environment, stdout=sys.stderr)
        figures = json.loads(report.read_text()) if report.exists() else {}
        print(json.dumps({"engine": asked.engine, **figures, "seconds": round(time.perf_counter() - begin, 1)}))
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
