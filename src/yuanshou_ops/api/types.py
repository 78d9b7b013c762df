"""The words of the API: bounded texts, whole units, days, and how a row becomes JSON.

Quantities are whole base units everywhere; a count of packs is taken and echoed beside them. Bounds are those of the
columns, so that nothing reaches the database that it would refuse.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from enum import Enum
from typing import Annotated, Any, ClassVar, Literal

from ninja import Schema
from pydantic import AfterValidator, AwareDatetime, BeforeValidator, ConfigDict, Field, WithJsonSchema

from yuanshou_ops.ledger.quantities import Quantity

UNITS_MAX = 10**12
ID_MAX = 2**63 - 1
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)


def _storable(text: str) -> str:
    """Text that every database can keep: no NUL, and whole characters only."""
    if "\x00" in text:
        raise ValueError("contains a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise ValueError("contains half a character (a lone surrogate)") from None
    return text


def _written(value: Any) -> Any:
    if not isinstance(value, str | date):
        raise ValueError("a date is written as text, such as 2020-03-25")
    return value


def _day_in_range(value: date) -> date:
    if not FIRST_DAY <= value <= LAST_DAY:
        raise ValueError(f"a day from {FIRST_DAY} to {LAST_DAY}")
    return value


def _moment_in_range(value: datetime) -> datetime:
    _day_in_range(value.astimezone(UTC).date() if 1900 < value.year < 2200 else value.date())
    return value


def words(longest: int, *, least: int = 0) -> Any:
    """A text of at most that many characters."""
    return Annotated[str, Field(max_length=longest, min_length=least), AfterValidator(_storable)]


def one_of(choices: type[Enum]) -> Any:
    """A value of an enumeration, listed where it is used: two slices may call their enumerations alike."""
    return Annotated[choices, WithJsonSchema({"type": "string", "enum": [one.value for one in choices]})]


def known(values: Iterable[str]) -> Any:
    """One of these texts."""
    return Literal[tuple(values)]


Code, Name, Line, Note = words(40, least=1), words(200, least=1), words(300, least=1), words(4000)
Maybe16, Maybe20, Maybe40, Maybe60 = words(16), words(20), words(40), words(60)
Maybe80, Maybe120, Maybe200, Maybe300 = words(80), words(120), words(200), words(300)
Text80, Text120 = words(80, least=1), words(120, least=1)

Units = Annotated[int, Field(strict=True, ge=1, le=UNITS_MAX, description="Whole base units.")]
Units0 = Annotated[int, Field(strict=True, ge=0, le=UNITS_MAX, description="Whole base units, from 0.")]
Number0 = Annotated[int, Field(strict=True, ge=0, le=2**31 - 1, description="A count, from 0.")]
Number1 = Annotated[int, Field(strict=True, ge=1, le=2**31 - 1, description="A count, from 1.")]
Minor = Annotated[int, Field(strict=True, ge=0, le=10**17, description="The smallest unit of the currency.")]
Id = Annotated[int, Field(ge=1, le=ID_MAX)]
RowId = Annotated[int, Field(strict=True, ge=1, le=ID_MAX)]
Yes = Annotated[bool, Field(strict=True)]
Day = Annotated[date, BeforeValidator(_written), AfterValidator(_day_in_range)]
Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(_moment_in_range)]


class In(Schema):
    """What a program sends; an unknown field is an error, for it is most likely a typing mistake."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Out(Schema):
    """What a program gets."""


def via(path: str, default: Any = ...) -> Any:
    """The value at a dotted path of the row; the default where a link of the path is empty."""
    return Field(default, validation_alias=path)


class FromFact(Out):
    """A row that may have been written down from a confirmed fact: `evidence` numbers the facts, for whoever may see them."""

    FACT_KIND: ClassVar[str]
    evidence: list[str] = Field(default_factory=list)

    @staticmethod
    def fact_key(row: Any) -> str:
        """How the row is named where its facts are kept."""
        return str(row.number)


class Packed(Out):
    """A quantity in base units beside the packs it was declared in, also in words: `12 box × 50 = 600 each`."""

    item: str = via("item_id")
    quantity: int
    unit: str = via("item.unit")
    pack: str = via("declared_pack")
    count: int | None = via("declared_count")
    in_words: str

    @staticmethod
    def resolve_in_words(row: Any) -> str:
        return Quantity(row.quantity, row.declared_pack, row.declared_count).words(row.item.unit)


class Counted(In):
    """How many: `count` packs of the item, or `count` base units where no pack is named."""

    item: Code
    count: Units
    pack: Maybe20 = ""


class Reason(In):
    reason: Line


class MaybeReason(In):
    reason: Maybe300 = ""


class Decision(In):
    accept: Yes
    reason: Maybe300 = ""
