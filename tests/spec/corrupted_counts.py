"""Files of counts as they arrive in an operations centre, with what must become of each.

One table: a name, the file's content, the options of the command, and the outcome. An outcome is an error with words
that must stand in its message, or a note with its kind and row, or "clean" with the counts that must be read.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import openpyxl

Content = bytes | Callable[[], bytes]
FIRST = date(2020, 3, 1)


@dataclass(frozen=True)
class Case:
    """A file, how it is read, and what must come of it."""

    name: str
    content: Content
    error: str = ""
    note: str = ""
    row: int = 0
    cases: dict[str, float] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    file: str = "counts.csv"
    as_of: str = "2020-03-25"


def days(count: int = 20) -> list[date]:
    return [FIRST + timedelta(days=i) for i in range(count)]


def table(
    header: str = "place,date,cases_cumulative", *, places: Sequence[str] = ("KEN", "ITA"), count: int = 20,
    day: Callable[[date], str] = str, value: Callable[[int], str] = str, sign: str = ",",
) -> list[str]:  # fmt: skip
    """Lines of a plain table: each place has 10, 20, 30, … cases day by day."""
    rows = [sign.join([p, day(d), value(10 * (i + 1))]) for p in places for i, d in enumerate(days(count))]
    return [header.replace(",", sign), *rows]


def text(lines: Sequence[str], *, encoding: str = "utf-8") -> bytes:
    return ("\n".join(lines) + "\n").encode(encoding)


def changed(row: int, line: str, **more: object) -> bytes:
    """The plain table with one row (as a person counts) replaced."""
    lines = table(**more)  # type: ignore[arg-type]
    lines[row - 1] = line
    return text(lines)


def added(*lines: str, **more: object) -> bytes:
    """The plain table with rows below: they stand in rows 42, 43, …"""
    return text([*table(**more), *lines])  # type: ignore[arg-type]


def without(*rows: int, **more: object) -> bytes:
    lines = table(**more)  # type: ignore[arg-type]
    return text([line for i, line in enumerate(lines, start=1) if i not in rows])


def workbook(*sheets: tuple[str, Sequence[Sequence[object]]], merge: str = "") -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets:
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
        if merge:
            sheet.merge_cells(merge)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def cells(header: Sequence[str] = ("place", "date", "cases_cumulative")) -> list[list[object]]:
    return [list(header), *[["KEN", d, 10 * (i + 1)] for i, d in enumerate(days())]]


def serial_days() -> bytes:
    rows = [["place", "date", "cases_cumulative"]]
    rows += [["KEN", str((d - date(1899, 12, 30)).days), str(10 * (i + 1))] for i, d in enumerate(days())]
    return workbook(("Counts", rows))


def wide(*, rows: Sequence[str], count: int = 20) -> bytes:
    head = ",".join(["Province/State,Country/Region,Lat,Long", *(f"{d.month}/{d.day}/20" for d in days(count))])
    return text([head, *rows])


def wide_row(place: str, values: Sequence[object], province: str = "") -> str:
    return ",".join([province, place, "0", "0", *map(str, values)])


RISING = [10 * (i + 1) for i in range(20)]
BOTH = {"KEN": 200.0, "ITA": 200.0}


def slashed(d: date) -> str:
    return f"{d.day:02d}/{d.month:02d}/{d.year}"


def with_columns(extra: str, first: str, rest: str = "") -> bytes:
    """The plain table with one more column; its first row of Kenya's last day carries a value."""
    lines = table()
    return text(
        [f"{lines[0]},{extra}", *(f"{line},{first if i == 21 else rest}" for i, line in enumerate(lines[1:], 2))]
    )


def ages() -> bytes:
    rows = [f"KEN,{d},{n},{age}" for d in days() for age, n in (("0-19", 3), ("20-64", 9), ("65+", 5))]
    return text(["place,date,cases_cumulative,age", *rows])


CASES: list[Case] = [
    # The header
    Case("no column of cases", text(table("place,date,patients")), error="no column of cases"),
    Case("no column of days", text(table("place,when,cases_cumulative")), error="no column that names the day"),
    Case("no column of places", text(table("where,date,cases_cumulative")), error="no column that names the place"),
    Case("cases of unsaid meaning", text(table("place,date,cases")), error="may hold all cases so far or the new"),
    Case("cases of unsaid meaning, mapped", text(table("place,date,cases")), cases=BOTH,
         options=("--column", "cases_cumulative=cases")),
    Case("a column map to a column that is not there", text(table()), error="no column 'Land' for place",
         options=("--column", "place=Land")),
    Case("a column map with an unknown field", text(table()), error="field deads in the column map",
         options=("--column", "deads=date")),
    Case("a column map without a sign", text(table()), error="'place' ; expected FIELD=HEADER".replace(" ;", ";"),
         options=("--column", "place")),
    Case("a date order that is none", text(table()), error="date_order=ydm", options=("--column", "date_order=ydm")),
    Case("only a header", text(table()[:1]), error="a header without rows"),
    Case("a title above the header", text(["Counts of March", *table()]), error="3 fields in row 2"),
    Case("a column twice", text(table("place,place,cases_cumulative")), error="column 'place' twice"),
    Case("a header with a hole", text(table("place,,cases_cumulative")), error="without a name"),
    Case("a layout that does not exist", text(table()), error="layout 'jhuu'", options=("--layout", "jhuu")),
    Case("a layout that does not fit", text(table()), error="no World Health Organization",
         options=("--layout", "who")),
    # The file
    Case("an empty file", b"", error="an empty file"),
    Case("a file of blanks", b"\n  \n\n", error="an empty file"),
    Case("a picture", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 4, error="zero bytes"),
    Case("bytes of no encoding", b"place,date,cases_cumulative\nKEN\x81\x8d,2020-03-01,1\n", error="no known encoding"),
    Case("an archive that is no workbook", b"PK\x03\x04" + b"x" * 200, error="cannot be opened", file="counts.xlsx"),
    Case("a binary workbook of the old kind", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
         error="an old binary workbook", file="counts.xls"),
    Case("text that is called a workbook", text(table()), error="cannot be opened", file="counts.xlsx"),
    Case("a web page", text(["<!DOCTYPE html>", "<html><body><p>Not found, sorry</p>", "</body></html>"]),
         error="fields in row 2"),
    Case("a JSON file", text(['{"KEN": 12}', '{"ITA": 13}']), error="no column"),
    Case("UTF-16 with a mark", text(table(), encoding="utf-16"), cases=BOTH),
    Case("UTF-16 without a mark", text(table(), encoding="utf-16-le"), error="zero bytes"),
    Case("UTF-8 with a mark", b"\xef\xbb\xbf" + text(table()), cases=BOTH),
    Case("Windows-1252 with accents", text(table(places=("Côte d’Ivoire",)), encoding="cp1252"), cases={"CIV": 200.0}),
    Case("Chinese in GB 18030", text(table("国家,日期,累计确诊", places=("意大利", "肯尼亚")), encoding="gb18030"),
         cases=BOTH),
    Case("semicolons", text(table(sign=";")), cases=BOTH),
    Case("tabs", text(table(sign="\t")), cases=BOTH, file="counts.tsv"),
    Case("bars", text(table(sign="|")), cases=BOTH, file="counts.txt"),
    Case("Windows line ends and blank lines", text(table()).replace(b"\n", b"\r\n\r\n"), cases=BOTH),
    Case("a row with a field too many", changed(5, "KEN,2020-03-04,40,50"), error="4 fields in row 5"),
    Case("a row with a field too few", changed(5, "KEN,2020-03-04"), note="gap", row=6),
    Case("a quote that never ends", changed(5, 'KEN,2020-03-04,"40'), error="row"),
    Case("a workbook with a merged header", workbook(("Counts", cells()), merge="A1:B1"), error="merged cells A1:B1",
         file="counts.xlsx"),
    Case("a workbook with several sheets", workbook(("Counts", cells()), ("Notes", [["by"], ["me"]])),
         error="2 sheets with content", file="counts.xlsx"),
    Case("a workbook with several sheets, one named", workbook(("Counts", cells()), ("Notes", [["by"], ["me"]])),
         cases={"KEN": 200.0}, file="counts.xlsx", options=("--column", "sheet=Counts")),
    Case("a workbook without content", workbook(("Counts", [])), error="no content", file="counts.xlsx"),
    # Numbers
    Case("a word for a number", changed(7, "KEN,2020-03-06,sixty"), error="row 7, column cases_cumulative"),
    Case("a formula for a number", changed(7, "KEN,2020-03-06,=6*10"), error="'=6*10'"),
    Case("a percentage", changed(7, "KEN,2020-03-06,60%"), error="'60%'"),
    Case("a decimal comma", text(table(sign=";", value=lambda n: f"{n},5")), error="a fraction"),
    Case("a decimal point", changed(7, "KEN,2020-03-06,60.5"), error="a fraction"),
    Case("whole numbers with a point", text(table(value=lambda n: f"{n}.0")), cases=BOTH),
    Case("one dot and three digits", changed(21, "KEN,2020-03-20,1.234"), error="a thousand or a fraction"),
    Case("thousands by comma", changed(21, 'KEN,2020-03-20,"1,234"'), note="thousands_separator", row=21),
    Case("thousands by blank", changed(21, "KEN,2020-03-20,1 234"), note="thousands_separator", row=21),
    Case("thousands by hard blank", changed(21, "KEN,2020-03-20,1\u00a0234"), note="thousands_separator", row=21),
    Case("millions by dots", changed(21, "KEN,2020-03-20,1.234.567"), note="thousands_separator", row=21),
    Case("digits of Arabic", changed(21, "KEN,2020-03-20,٢٠٠"), cases=BOTH),
    Case("scientific notation", changed(21, "KEN,2020-03-20,1.2E+05"), error="'1.2E+05'"),
    Case("more than the people on earth", changed(21, "KEN,2020-03-20,123456789012"),
         error="at most the people on earth"),
    Case("more than the people there", changed(21, "KEN,2020-03-20,60000000"), note="exceeds_population", row=21),
    Case("words for missing", changed(21, "KEN,2020-03-20,N/A"), note="missing_word", row=21),
    Case("not a number", changed(21, "KEN,2020-03-20,NaN"), note="missing_word", row=21),
    Case("a negative cumulative count", changed(7, "KEN,2020-03-06,-60"), note="negative_count", row=7),
    Case("a negative new count", changed(7, "KEN,2020-03-06,-6", header="place,date,cases_new"), note="negative_new",
         row=7),
    Case("no number at all", text(table(value=lambda n: "")), error="no count of cases or deaths"),
    # Days
    Case("days of two kinds", changed(7, "KEN,25 March 2020,210"), cases={"KEN": 210.0, "ITA": 200.0}),
    Case("ISO days and slashed ones", changed(21, "KEN,20/03/2020,200"), note="mixed_dates", row=21),
    Case("slashed days, day first", text(table(day=slashed)), note="date_order", row=2),
    Case("slashed days of two meanings", text(table(day=slashed, count=3)), error="which may be", as_of="2020-12-31"),
    Case("slashed days of two meanings, said", text(table(day=slashed, count=3)), cases={"KEN": 30.0, "ITA": 30.0},
         as_of="2020-12-31", options=("--column", "date_order=dmy")),
    Case("slashed days of both orders", text([*table(day=slashed), "KEN,03/25/2020,250"]), error="both orders"),
    Case("a day that is none", changed(7, "KEN,2020-02-30,60"), error="'2020-02-30'"),
    Case("a word for a day", changed(7, "KEN,yesterday,60"), error="'yesterday'"),
    Case("a row without a day", changed(7, "KEN,,60"), note="no_day", row=7),
    Case("serial days of a spreadsheet", serial_days, cases={"KEN": 200.0}, file="counts.xlsx"),
    Case("days after the day of knowledge", added("KEN,2020-03-26,999"), note="future_date", row=42),
    Case("only days after the day of knowledge", text(table()), error="only days after 2020-02-20", as_of="2020-02-20"),
    Case("a year that is no year", changed(7, "KEN,0020-03-06,60"), error="'0020-03-06'"),
    # Places
    Case("an unknown place", added("Atlantis,2020-03-20,5"), note="unknown_place", row=42),
    Case("an empty place", added(",2020-03-20,5"), note="unknown_place", row=42),
    Case("only unknown places", text(table(places=("Atlantis", "Lemuria"))), error="no known place"),
    Case("a sum among the places", added("World,2020-03-20,5"), note="aggregate", row=42),
    Case("one place under two names", added("Kenya,2020-03-20,201"), note="duplicate_conflict", row=42),
    # Rows
    Case("a day twice, equal", added("KEN,2020-03-20,200"), note="duplicate", row=42),
    Case("a day twice, different", added("KEN,2020-03-20,205"), note="duplicate_conflict", row=42,
         cases={"KEN": 205.0, "ITA": 200.0}),
    Case("a table broken down by age", ages, error="stand several times"),
    Case("a cumulative count that falls", changed(8, "KEN,2020-03-07,12"), note="cumulative_falls", row=8),
    Case("days left out", without(8, 9, 10), note="gap", row=8),
    Case("a place that falls silent", without(*range(15, 22)), note="silent", row=14),
    Case("a spike", changed(15, "KEN,2020-03-14,2000"), note="spike", row=15),
    Case("one row a week", text([table()[0], *(f"KEN,{days()[i]},{i * 10 + 5}" for i in (0, 7, 14))]),
         note="not_daily", row=2),
    Case("more deaths than cases", with_columns("deaths_cumulative", "250", "0"), note="deaths_exceed_cases", row=21),
    Case("more health workers than cases", with_columns("health_worker_cases", "250"), note="more_workers_than_cases"),
    Case("imported cases from nowhere", with_columns("imported_cases,origin", "5,Atlantis", ","), note="unknown_origin",
         row=21),
    Case("new cases that are no difference", with_columns("new_cases", "77", ""), note="new_disagrees", row=21),
    # Wide time series
    Case("a wide file of deaths", wide(rows=[wide_row("Kenya", RISING)]), error="looks like deaths",
         file="time_series_covid19_deaths_global.csv"),
    Case("a word in a wide file", wide(rows=[wide_row("Kenya", [*RISING[:-1], "many"])]),
         error="row 2, column 3/20/20"),
    Case("provinces of a wide file", wide(rows=[wide_row("China", RISING, name) for name in ("Hubei", "Beijing")]),
         note="provinces_summed", row=2, cases={"CHN": 400.0}),
    Case("a province that skips a day", wide(rows=[wide_row("China", RISING, "Hubei"),
         wide_row("China", [*RISING[:9], "", *RISING[10:]], "Beijing")]), note="province_missing", row=2),
    Case("a province twice", wide(rows=[wide_row("China", RISING, "Hubei")] * 2), note="duplicate", row=3),
    Case("a deaths file beside a plain table", text(table()), error="no wide time series",
         options=("--deaths", "counts.csv")),
    # HXL
    Case("a tag row that is broken", text(["Country,Day,Total", "#country+code,date,#affected+infected+total",
         "KEN,2020-03-01,5"]), error="no row of HXL tags", options=("--layout", "hxl")),
    Case("tags that do not say what is counted", text(["Country,Day,Infected", "#country+code,#date,#affected+infected",
         "KEN,2020-03-01,5"]), error="may hold all cases so far or the new"),
    Case("the same tags with a column map", text(["Country,Day,Infected", "#country+code,#date,#affected+infected",
         "KEN,2020-03-01,5"]), cases={"KEN": 5.0}, options=("--column", "cases_cumulative=#affected+infected")),
    Case("tags without rows", text(["Country,Day,Total", "#country+code,#date,#affected+infected+total"]),
         error="without rows below"),
    Case("two columns under one tag", text(["Country,Day,A,B", "#country+code,#date,#affected+infected+total,"
         "#affected+infected+total", "KEN,2020-03-01,5,6"]), error="two columns tagged for cases_cumulative"),
]  # fmt: skip
