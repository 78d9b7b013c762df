"""Every damaged file of counts ends in a clear error or a note with file and row, never in a traceback."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from corrupted_counts import CASES, Case

from yuanshou_cli.__main__ import main


def run(case: Case, folder: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Exit code, output and error output of the command on the case's file."""
    path = folder / case.file
    path.write_bytes(case.content if isinstance(case.content, bytes) else case.content())
    options = [str(folder / o) if o == "counts.csv" else o for o in case.options]
    code = 0
    try:
        main(["situation", "--as-of", case.as_of, "--counts", str(path), "--json", *options])
    except SystemExit as stop:
        code = int(stop.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_damaged_file_of_counts_ends_in_words(case: Case, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = run(case, tmp_path, capsys)
    assert "Traceback" not in out + err
    if case.error:
        assert code == 2, err
        assert not out, "an error leaves nothing half done"
        assert case.error in err
        assert all(part in err for part in ("found ", "; expected ", "; way out: "))
        return
    assert code == 0, err
    record = json.loads(out)
    if case.note:
        notes = [n for n in record["notes"] if n["kind"] == case.note]
        assert notes, f"no note {case.note} among {record['notes']}"
        assert all(n["file"] == case.file and n["message"] for n in notes)
        assert case.row in [n["row"] for n in notes]
    known = {row["place"]: row["cases_cumulative"] for row in record["situation"]}
    assert case.cases.items() <= known.items()
    assert case.note or case.cases, "a case must say what is to come of it"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--as-of", "25/03/2020"], "'25/03/2020'"),
        (["--as-of", "2019-12-01"], "the first shipped vintage"),
        (["--compare-to", "2020-03-26"], "a day before 2020-03-25"),
        (["--compare-to", "2019-12-01"], "the first shipped vintage"),
        (["--serial-interval", "five"], "MEAN,SD"),
        (["--serial-interval", "0.5,1"], "a mean above 1 day"),
        (["--serial-interval", "nan,1"], "a mean above 1 day"),
        (["--place", "Atlantis"], "'Atlantis'"),
        (["--place", "TUV"], "has no counts on that day"),
    ],
    ids=lambda value: value if isinstance(value, str) else " ".join(value),
)
def test_an_option_that_cannot_be_met_ends_in_words(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["situation", "--quiet", *arguments])
    out, err = capsys.readouterr()
    assert stop.value.code == 2
    assert words in err
    assert "found " in err
    assert "way out: " in err
    assert "Traceback" not in out + err


def test_a_file_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["situation", "--counts", str(tmp_path / "nowhere.csv")])
    assert stop.value.code == 2
    assert "nowhere.csv" in capsys.readouterr().err
