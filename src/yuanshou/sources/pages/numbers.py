"""Numbers in running text: 4118, 30万, 1.5 million, 五百, "more than 80".

Only whole patterns are read. What cannot be a count (dates, times, money, per cent, ranks) is not returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_CHINESE_DIGITS = {
    "零": 0,
    "〇": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
_CHINESE_UNITS = {"十": 10, "百": 100, "千": 1000}
_SCALES = {
    "万": 10_000,
    "亿": 100_000_000,
    "萬": 10_000,
    "億": 100_000_000,
    "千": 1000,
    "百": 100,
    "百万": 1_000_000,
    "千万": 10_000_000,
}
_ENGLISH_SCALES = {
    "hundred": 100,
    "thousand": 1000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
    "k": 1000,
    "mn": 1_000_000,
    "bn": 1_000_000_000,
    "m": 1_000_000,
    "millions": 1_000_000,
    "milliard": 1_000_000_000,
    "millón": 1_000_000,
    "millones": 1_000_000,
    "mil": 1000,
    "mille": 1000,
    "млн": 1_000_000,
    "тысяч": 1000,
    "тыс": 1000,
}
_TO_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
_ENGLISH_WORDS: dict[str, float] = {
    **{word: number for number, word in enumerate(_TO_TWENTY.split())},
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
    "half a": 0.5,
    "a": 1,
    "an": 1,
    "dozen": 12,
}
_MORE = "超过|超|逾|多达|突破|破|高于|不少于|至少|more than|over|at least|upwards of"
_MORE += "|exceed(?:s|ed|ing)?|plus de|más de|более"
_LESS = "不到|不足|少于|低于|近|将近|接近|nearly|almost|less than|fewer than|under|up to|close to|près de|casi|почти"
_ABOUT = "约|大约|大概|约为|左右|about|around|some|approximately|roughly|an estimated|environ|unos|unas|около"
_QUALIFIERS = tuple(
    (name, re.compile(rf"(?:{words})\s*$", re.I))
    for name, words in (("more_than", _MORE), ("less_than", _LESS), ("about", _ABOUT))
)
_AFTER_MORE = re.compile(r"[多余]|以上|\+|\s+or more")
_MONEY_BEFORE = re.compile(r"(?:[$€£¥￥]|US\$|USD|EUR|RMB|人民币|第)\s*$")
_NOT_A_COUNT_AFTER = re.compile(
    r"\s*(?:[%％‰]|per ?cent|percent|美元|欧元|英镑|元|日元|韩元|卢布|卢比|美金|人民币|dollars?|euros?|pounds?|yuan"
    r"|rupees?|rubles?|months?|years?|days?|hours?|minutes?|weeks?|[年月日号时点分秒岁周度]|小时|分钟|天|个月"
    r"|个小时|星期|世纪|公里|米|平方|倍|成(?!员)|个百分点|km|miles?|degrees|th\b|st\b|nd\b|rd\b)",
    re.I,
)
_THOUSANDS = re.compile(r"(?<=\d)[. ](?=\d{3}(?!\d))")
_ENGLISH_NUMBER = "|".join(sorted(_ENGLISH_WORDS.keys() - {"a", "an", "half a", "dozen"}, key=len, reverse=True))
_ENGLISH_SCALE = "|".join(sorted(_ENGLISH_SCALES, key=len, reverse=True))
_NUMBER = re.compile(
    rf"""(?<![\d.,/:_-])(?<![A-Za-z])
    (?:(?P<digits>\d{{1,3}}(?:[,，]\d{{3}})+(?:\.\d+)?|\d{{1,3}}(?:[\u00a0\u202f ]\d{{3}})+(?!\d)|\d+(?:[.,]\d+)?)
       (?:(?P<more>[多余])?(?P<scale>百万|千万|[万亿萬億千百])|\s?(?P<escale>{_ENGLISH_SCALE})\b(?:\s+de\b)?)?
     |(?P<chinese>[一二两三四五六七八九十百千万亿零〇]{{1,12}})(?P<cmore>[多余])?(?P<cscale>[万亿])?
     |\b(?P<word>(?:a|an|half\ a|{_ENGLISH_NUMBER})(?=[ -](?:{_ENGLISH_SCALE}|dozen)\b)|{_ENGLISH_NUMBER})\b
       (?:[ -](?P<wscale>{_ENGLISH_SCALE}|dozen)\b)?)
    (?![\d:/])(?!\.\d)""",
    re.X | re.I,
)


@dataclass(frozen=True)
class Number:
    """A count, its place in the text (the qualifier after it included) and how the text qualifies it."""

    value: float
    start: int
    end: int
    qualifier: str | None


def find_numbers(text: str) -> Iterator[Number]:
    """Every number of `text` that may be a count, left to right.

    >>> [(n.value, n.qualifier) for n in find_numbers("超过30万例，向80多个国家，捐款5万元")]
    [(300000, 'more_than'), (80, 'more_than')]
    >>> [n.value for n in find_numbers("1.5 million masks, 3,000 gowns and two ventilators on 25%")]
    [1500000, 3000, 2]
    """
    for match in _NUMBER.finditer(text):
        value = _value(match)
        if value is None or _MONEY_BEFORE.search(text, max(0, match.start() - 5), match.start()):
            continue
        end, qualifier = match.end(), None
        if (after := _AFTER_MORE.match(text, end)) or match["more"] or match["cmore"]:
            qualifier = "more_than"
            end = after.end() if after else end
        if _NOT_A_COUNT_AFTER.match(text, end):
            continue
        before = text[max(0, match.start() - 16) : match.start()]
        qualifier = qualifier or next((name for name, pattern in _QUALIFIERS if pattern.search(before)), None)
        yield Number(int(value) if value == int(value) else value, match.start(), end, qualifier)


def grouped_by_space(text: str) -> str:
    """French or Spanish text with a narrow space between thousands, where it has a point or a space; same length.

    >>> [n.value for n in find_numbers(grouped_by_space("10.000 masques, 1 200 500 gants, 1,5 million"))]
    [10000, 1200500, 1500000]
    """
    return _THOUSANDS.sub("\u202f", text)


def _value(match: re.Match[str]) -> float | None:
    if match["digits"]:
        value = _plain(match["digits"])
        value = value * _SCALES.get(match["scale"] or "", 1) * _ENGLISH_SCALES.get((match["escale"] or "").lower(), 1)
        return round(value, 6)
    if match["chinese"]:
        chinese = chinese_number(match["chinese"])
        return None if chinese is None else chinese * _SCALES.get(match["cscale"] or "", 1)
    value = _ENGLISH_WORDS[match["word"].lower()]
    scale = (match["wscale"] or "").lower()
    return value * (_ENGLISH_SCALES.get(scale) or _ENGLISH_WORDS.get(scale) or 1)


def _plain(digits: str) -> float:
    digits = re.sub("[\u00a0\u202f ]", "", digits)
    if re.fullmatch(r"\d{1,3}(?:[,，]\d{3})+(?:\.\d+)?", digits):
        return float(re.sub("[,，]", "", digits))
    return float(digits.replace(",", "."))


def chinese_number(text: str) -> float | None:
    """The value of a Chinese numeral, or None where the characters make none.

    >>> chinese_number("三十二万五千"), chinese_number("两百"), chinese_number("百")
    (325000, 200, None)
    """
    total, section, digit = 0, 0, -1
    for character in text:
        if character in _CHINESE_DIGITS:
            if digit > 0:
                return None
            digit = _CHINESE_DIGITS[character]
        elif character in _CHINESE_UNITS:
            if digit < 0 and (character != "十" or section):
                return None
            section += (digit if digit > 0 else 1) * _CHINESE_UNITS[character]
            digit = -1
        else:
            amount = section + max(digit, 0)
            if amount == 0:
                return None
            total, section, digit = (total + amount) * _SCALES[character], 0, -1
    return total + section + max(digit, 0)
