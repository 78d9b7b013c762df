"""Tables as people save them: what is read, and what is refused with file and row."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest

from yuanshou.errors import InputError
from yuanshou.sources.files import cell_place, read_table


def write(folder: Path, content: bytes, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def workbook(folder: Path, rows: list[list[object]], *, merge: str = "", sheets: int = 1) -> Path:
    book = openpyxl.Workbook()
    for number in range(sheets):
        sheet = book.active if number == 0 else book.create_sheet(f"Sheet{number + 1}")
        for row in rows:
            sheet.append(row)
        if merge:
            sheet.merge_cells(merge)
    path = folder / "t.xlsx"
    book.save(path)
    return path


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_even_where_decimals_have_commas(tmp_path: Path, delimiter: str) -> None:
    text = delimiter.join(["place", "note"]) + "\n" + delimiter.join(["KEN", "x y"]) + "\n"
    table = read_table(write(tmp_path, text.encode()))
    assert table.to_dict("list") == {"place": ["KEN"], "note": ["x y"]}
    assert table.attrs["delimiter"] == delimiter
    table = read_table(write(tmp_path, b"place;rate\nKEN;1,5\nUGA;2,5\n"))
    assert list(table["rate"]) == ["1,5", "2,5"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
def test_chinese_text_is_read_in_each_of_its_encodings(tmp_path: Path, encoding: str) -> None:
    table = read_table(write(tmp_path, "国家,病例\n中国,81661\n意大利,74386\n".encode(encoding)))
    assert list(table["国家"]) == ["中国", "意大利"]


def test_western_accents_in_windows_encoding_are_not_taken_for_chinese(tmp_path: Path) -> None:
    text = "país;casos\nPerú;480\nMéxico;405\nEspaña;49515\nCôte d’Ivoire;80\n"
    table = read_table(write(tmp_path, text.encode("cp1252")))
    assert list(table["país"]) == ["Perú", "México", "España", "Côte d’Ivoire"]
    assert table.attrs["encoding"] == "cp1252"


def test_rows_keep_the_number_a_person_counts_past_blank_lines_and_quoted_line_breaks(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, b'a,b\n1,"two\nlines"\n\n3,4\n'))
    assert list(table.index) == [2, 5]
    assert cell_place(table, 5, "b") == "t.csv, row 5, column b"


def test_empty_cells_stay_empty_and_numbers_stay_as_typed(tmp_path: Path) -> None:
    table = read_table(write(tmp_path, b"a,b,c\n007,,1.50\n1\n"))
    assert table.loc[2].tolist() == ["007", "", "1.50"]
    assert table.loc[3].tolist() == ["1", "", ""]


def test_a_workbook_gives_whole_numbers_and_days_as_a_person_types_them(tmp_path: Path) -> None:
    rows = [["place", "cases", "day", "stamp"], ["KEN", 25.0, date(2020, 3, 25), datetime(2020, 3, 25, 9, 30)]]  # noqa: DTZ001  (a cell has no zone)
    table = read_table(workbook(tmp_path, rows))
    assert table.iloc[0].tolist() == ["KEN", "25", "2020-03-25", "2020-03-25 09:30:00"]


def test_a_workbook_with_many_sheets_asks_which_one(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["a"], [1]], sheets=2)
    with pytest.raises(InputError, match="2 sheets with content; expected one of the sheets Sheet, Sheet2"):
        read_table(path)
    assert read_table(path, sheet="Sheet2")["a"].tolist() == ["1"]
    with pytest.raises(InputError, match="no sheet 'x'"):
        read_table(path, sheet="x")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "an empty file"),
        (b"  \n", "an empty file"),
        (b"\n\n,\n", "no rows"),
        (b"a,a\n1,2\n", "column 'a' twice in the header"),
        (b"a,,b\n1,2,3\n", "column 2 of 3 without a name"),
        (b"a,b\n1,2,3\n", "3 fields in row 2; expected 2"),
        (b"a,b\n1,\x00\n", "zero bytes"),
        (b"\xff\xfea", "utf-16 mark"),
        (b"\xef\xbb\xbfa\n\xff\n", "utf-8-sig mark"),
        (b"a,b\n\x81,\x8d\x90\n", "no known encoding"),
        (b"\xd0\xcf\x11\xe0abc", "old binary workbook"),
        (b"PK\x03\x04broken", "a workbook that cannot be opened"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path: Path, content: bytes, message: str) -> None:
    with pytest.raises(InputError, match=message) as caught:
        read_table(write(tmp_path, content))
    assert caught.value.where == "t.csv"


def test_a_merged_header_in_a_workbook_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, [["cases", None, "day"], [1, 2, 3]], merge="A1:B1")
    with pytest.raises(InputError, match="merged cells A1:B1 in the header of sheet Sheet"):
        read_table(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file at .*nowhere\.csv"):
        read_table(tmp_path / "nowhere.csv")
