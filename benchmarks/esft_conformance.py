"""Compare the `esft_compat` chain with recorded output of the R package, number by number.

    python benchmarks/esft_conformance.py --tables DIR --cases DIR

DIR of cases holds `<ISO3>/<scenario>/` folders and `capacity_all.csv`; DIR of tables holds the package's tables as
CSV files. Each number that is off is printed; the last line is `N values, M off`, and the exit code is 1 when
M is above zero.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from yuanshou.errors import YuanshouError
from yuanshou.needs.esft.compare import Comparison, compare_capacity, compare_case
from yuanshou.needs.esft.tables import load_tables

SHOWN = 50


def main() -> int:
    """Compare everything under --cases; 0 when all numbers agree."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path, required=True, help="folder of the ESFT tables")
    parser.add_argument("--cases", type=Path, required=True, help="folder with <ISO3>/<scenario>/ folders")
    options = parser.parse_args()
    try:
        total = compare_all(options.tables, options.cases)
    except YuanshouError as error:
        print(f"esft_conformance: {error}", file=sys.stderr)
        return error.exit_code
    for line in total.off[:SHOWN]:
        print(line)
    if len(total.off) > SHOWN:
        print(f"… and {len(total.off) - SHOWN} more")
    print(f"{total.compared} values, {len(total.off)} off")
    return 1 if total.off or not total.compared else 0


def compare_all(tables_folder: Path, cases_folder: Path) -> Comparison:
    """Every case folder and, where it is there, capacity_all.csv."""
    tables = load_tables(tables_folder)
    total = Comparison(0, ())
    folders = sorted(path.parent for path in cases_folder.glob("*/*/inputs.json"))
    for folder in folders:
        result = compare_case(tables, folder)
        print(f"{folder.parent.name}/{folder.name}: {result.compared} values, {len(result.off)} off", flush=True)
        total += result
    capacity = cases_folder / "capacity_all.csv"
    if capacity.is_file():
        result = compare_capacity(tables, capacity)
        print(f"{capacity.name}: {result.compared} values, {len(result.off)} off")
        total += result
    print(f"{len(folders)} cases")
    return total


if __name__ == "__main__":
    sys.exit(main())
