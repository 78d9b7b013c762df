#!/usr/bin/env python3
"""Write the reference tables shipped in `src/yuanshou/reference` from a folder of raw figures.

    python3 dev.py reference ../shared/data

The raw files stay where they are; what is shipped is the figures in our own columns, each with its source and its
basis (sourced, derived, assumed). The same raw files always give the same bytes: every table is sorted, every number
is written in one way, and nothing depends on the clock. Tables that SOURCES.csv calls kept by hand stand in the same
folder; this script reads some of them and writes none.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "tools"), str(ROOT / "src")]

from reference import outlines, places, supply, vintages  # noqa: E402  (the folder of this script comes first)

PARTS = (places, supply, vintages, outlines)
LIMIT_BYTES = 8 * 1024 * 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of raw figures, for example ../shared/data")
    parser.add_argument("--out", type=Path, default=ROOT / "src" / "yuanshou" / "reference")
    arguments = parser.parse_args()
    if not (arguments.data / "countries.csv").is_file():
        sys.exit(f"found no countries.csv in {arguments.data}; expected the folder of raw figures; name it")
    arguments.out.mkdir(parents=True, exist_ok=True)
    written = [path for part in PARTS for path in part.build(arguments.data, arguments.out)]
    for path in written:
        print(f"{path.name:28} {path.stat().st_size:>9,} bytes  {hashlib.sha256(path.read_bytes()).hexdigest()[:12]}")
    total = sum(p.stat().st_size for p in arguments.out.rglob("*") if p.is_file())
    print(f"{'folder':28} {total:>9,} bytes")
    if total > LIMIT_BYTES:
        sys.exit(f"found {total:,} bytes; expected at most {LIMIT_BYTES:,}; ship less")


if __name__ == "__main__":
    main()
