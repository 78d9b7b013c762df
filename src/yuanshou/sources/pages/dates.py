"""Dates in running text: absolute, without a year, and relative to the day of the report.

Chinese, English, French, Spanish, Russian and Arabic month names come from CLDR (Babel), so that no list is kept
by hand. A date without a year takes the year that puts it nearest to the day of the report.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from babel.dates import get_day_names, get_month_names

_LANGUAGES = ("en", "fr", "es", "ru", "ar")


@dataclass(frozen=True)
class Stamp:
    """A moment found in text, where it stands, and whether the text gave a time of day."""

    moment: datetime
    start: int
    end: int
    has_time: bool


@dataclass(frozen=True)
class Day:
    """A day found in text and where it stands."""

    date: date
    start: int
    end: int


@lru_cache(maxsize=1)
def months() -> dict[str, int]:
    """Month names, whole and abbreviated, in five languages, in lower case without a full stop."""
    names = {}
    for language in _LANGUAGES:
        for width in ("wide", "abbreviated"):
            for context in ("format", "stand-alone"):
                for number, name in get_month_names(width, context, language).items():
                    names[name.lower().rstrip(".")] = number
    names["sept"] = 9
    return names


@lru_cache(maxsize=1)
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    month = "|".join(sorted(map(re.escape, months()), key=len, reverse=True))
    clock = (
        r"(?:[ T,，]*(?:at\s+|à\s+)?(?P<h>[01]?\d|2[0-3])[:：h](?P<mi>[0-5]\d)(?:[:：](?P<s>[0-5]\d))?"
        r"(?:\s*(?P<ap>[ap])\.?m\b\.?)?)?"
    )
    absolute = re.compile(
        rf"(?:(?P<y1>(?:19|20)\d\d)\s?[-/.年]\s?(?P<m1>1[0-2]|0?[1-9])\s?[-/.月]\s?(?P<d1>3[01]|[12]\d|0?[1-9])(?!\d)[日号]?"
        rf"|(?<!\d)(?P<d2>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th|er)?\s+(?:de\s+|of\s+)?(?P<m2>{month})\b\.?(?:\s+(?:de\s+)?(?P<y2>(?:19|20)\d\d)(?!\d))?"
        rf"|\b(?P<m3>{month})\b\.?\s+(?P<d3>3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?(?!\d)(?:,?\s+(?P<y3>(?:19|20)\d\d)\b)?){clock}",
        re.I,
    )
    chinese = re.compile(
        r"(?<![\d.])(?:(?P<m>1[0-2]|0?[1-9])月)?(?P<d>3[01]|[12]\d|0?[1-9])[日号](?!内|游|均|线|楼|院|文)"
    )
    return absolute, chinese


_RELATIVE = tuple(
    (re.compile(words), days)
    for words, days in (
        (r"大前天|three days ago", -3),
        (r"前天|前日|the day before yesterday|avant-hier|anteayer|позавчера", -2),
        (r"昨天|昨日|昨晚|\byesterday\b|\bhier\b|\bayer\b|вчера|\bأمس\b", -1),
        (r"今天|今日|当天|今晚|\btoday\b|\baujourd'hui\b|\bhoy\b|сегодня|اليوم", 0),
        (r"后天|the day after tomorrow|après-demain|pasado mañana|послезавтра", 2),
        (r"明天|明日|明晚|\btomorrow\b|\bdemain\b|(?<!после)завтра|\bغدا", 1),
    )
)
"""Words for days and how many days they are from the day of the report."""

_WEEKDAYS = {
    name: number for names in ("一二三四五六日", "      天") for number, name in enumerate(names) if name != " "
} | {name.lower(): number for number, name in get_day_names("wide", "format", "en").items()}
_WEEK, _IN_WEEK, _ENGLISH_WEEKDAY = (
    "(?:周|星期|礼拜)",
    "[一二三四五六日天]",
    "(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day",
)
_WEEKDAY = re.compile(
    rf"{_WEEK}{_IN_WEEK}(?:[至到~、和—–-]?{_WEEK}?{_IN_WEEK})+"
    rf"|\b{_ENGLISH_WEEKDAY}\s*(?:to|through|until|and|or|[–-])\s*{_ENGLISH_WEEKDAY}\b"
    rf"|(?<![每逢一两二三四五六七八九十几数近半整\d])(?P<zh_which>上个?|下个?|本|这个?)?{_WEEK}(?P<zh>{_IN_WEEK})"
    r"(?![次天年览班回片直共般定期内均会])"
    rf"|(?<!\bevery )(?<!\beach )\b(?:(?P<en_which>last|next|this|coming)\s+)?(?P<en>{_ENGLISH_WEEKDAY})\b",
    re.I,
)
"""A span of weekdays, which names no day, or one weekday."""
_AHEAD = re.compile(
    r"将|拟于|计划|预定|预计|定于|准备|即将|打算|\b(?:will|shall|to be|(?:is|are) to|due|plans?|scheduled|expected|going to)\b",
    re.I,
)
"""Words that say that a day of the week is one to come."""
_BESIDE = 3  # characters between a weekday and the date it only repeats: "Wednesday, 25 March", 3月25日（周三）


def find_datetime(text: str, start: int) -> Stamp | None:
    """The moment written at `start` of `text` (after spaces), with a year; None if there is none."""
    match = _patterns()[0].match(text, start + len(text[start:]) - len(text[start:].lstrip()))
    if match is None:
        return None
    day = _day(match, None)
    if day is None:
        return None
    moment = datetime.combine(day, _clock(match))
    return Stamp(moment, match.start(), match.end(), match["h"] is not None)


def find_days(text: str, *, report_date: date | None) -> Iterator[Day]:
    """Every day the text names, in order of the kinds: absolute, Chinese month and day, relative words.

    Chinese "24日" without a month takes the month that puts it nearest to the day named before it, else to the report.
    """
    absolute, chinese = _patterns()
    last: date | None = None
    for match in absolute.finditer(text):
        day = _day(match, report_date)
        if day:
            yield Day(day, match.start(), match.end())
    for match in chinese.finditer(text):
        if match.start() and text[match.start() - 1] == "年":
            continue
        anchor = last if last and not match["m"] else report_date
        if anchor is None:
            continue
        day = _near(anchor, int(match["m"]) if match["m"] else None, int(match["d"]))
        if day:
            last = day
            yield Day(day, match.start(), match.end())
    if report_date:
        for pattern, days in _RELATIVE:
            for match in pattern.finditer(text):
                yield Day(report_date + timedelta(days), match.start(), match.end())


def find_weekdays(text: str, *, report_date: date, dated: Sequence[Day] = ()) -> Iterator[Day]:
    """Days of the week, in Chinese and English, counted from the day of the report; weeks begin on Monday.

    上周三, 本周三 and 下周三 name the week before, of and after the report, as "next Wednesday" does; "this" and "coming"
    name the first one from the report on, "last" the latest one before it. Without such a word it is the first one from
    the report on where the text speaks of what is to come, else the latest one up to the report. Habits (每周三, Mondays),
    counts (一周三次), spans (周一至周五) and a weekday beside one of the `dated` days are no dates.

    >>> [str(one.date) for one in find_weekdays("下周一; on Monday", report_date=date(2020, 3, 25))]
    ['2020-03-30', '2020-03-23']
    """
    is_ahead = _AHEAD.search(text) is not None
    for match in _WEEKDAY.finditer(text):
        if not (match["zh"] or match["en"]) or any(
            one.start - _BESIDE <= match.end() and match.start() <= one.end + _BESIDE for one in dated
        ):
            continue
        which = (match["zh_which"] or match["en_which"] or "").lower().rstrip("个")
        in_week = _WEEKDAYS[(match["zh"] or match["en"]).lower()] - report_date.weekday()
        if which in ("上", "下", "本", "这", "next"):
            days = in_week + {"上": -7, "本": 0, "这": 0}.get(which, 7)
        elif which in ("this", "coming") or (is_ahead and which != "last"):
            days = in_week % 7
        else:
            days = in_week % 7 - 7 if which == "last" or in_week % 7 else 0
        yield Day(report_date + timedelta(days), match.start(), match.end())


def _day(match: re.Match[str], report_date: date | None) -> date | None:
    number = 1 if match["y1"] else 2 if match["d2"] else 3
    month_text, day = match[f"m{number}"], int(match[f"d{number}"])
    month = int(month_text) if month_text.isdigit() else months()[month_text.lower()]
    year = match[f"y{number}"]
    if year:
        return _date(int(year), month, day)
    return _near(report_date, month, day) if report_date else None


def _near(anchor: date, month: int | None, day: int) -> date | None:
    """The date of that day (and month, if named) that lies nearest to `anchor`."""
    years = (anchor.year - 1, anchor.year, anchor.year + 1)
    months = range(1, 13) if month is None else (month,)
    options = [one for year in years for number in months if (one := _date(year, number, day))]
    return min(options, key=lambda one: abs((one - anchor).days), default=None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _clock(match: re.Match[str]) -> time:
    if match["h"] is None:
        return time()
    hour = int(match["h"])
    if match["ap"]:
        hour = hour % 12 + (12 if match["ap"].lower() == "p" else 0)
    return time(hour, int(match["mi"]), int(match["s"] or 0))
