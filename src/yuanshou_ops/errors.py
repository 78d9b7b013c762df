"""What can go wrong in an action, in words a person can act on, in the language of whoever reads them.

Each is a `YuanshouError` (found, expected, way out) with the HTTP status a page or the API answers with. The three
phrases are lazy translations with `%(name)s` for their values, and the values follow by name:

    raise Refused(_("%(n)s units there"), _("at most %(free)s"), _("ask for less"), n=120, free=80)

The one thing easily confused: `Refused` is about the *state of the world* (no stock, wrong status) and `NotAllowed` about the
*person* (role, scope, second factor, four eyes).
"""

from __future__ import annotations

from typing import Any

from django.utils import translation
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from yuanshou.errors import YuanshouError
from yuanshou_ops.sentences import END, LEFT_TO_RIGHT, as_html, plain, say

PARTS = ("found", "expected", "way_out")


class OperationError(YuanshouError):
    """Any refusal of an action; `found`, `expected`, `way_out` and `str` speak the language that is in use when asked."""

    http_status = 422
    exit_code = 2

    def __init__(self, found: Any, expected: Any, way_out: Any, /, **values: Any) -> None:
        Exception.__init__(self)
        self.phrases, self.values, self.where = (found, expected, way_out), values, ""

    @property
    def found(self) -> str:
        return plain(say(self.phrases[0], self.values))

    @property
    def expected(self) -> str:
        return plain(say(self.phrases[1], self.values))

    @property
    def way_out(self) -> str:
        return plain(say(self.phrases[2], self.values))

    def __str__(self) -> str:
        return told(self)


class Refused(OperationError):
    """The world is not as the action needs it: status, stock, date, quantity."""


class InsufficientStock(Refused):
    """An account holds fewer units than the move asks for; nothing was moved."""

    http_status = 409


class KeyReused(Refused):
    """The same idempotency key came with different content."""

    http_status = 409


class EditConflict(OperationError):
    """Somebody else changed the row since it was read; `current` is the row as it is now."""

    http_status = 409

    def __init__(self, current: Any) -> None:
        self.current = current
        super().__init__(
            _("%(row)s as somebody else saved it since you opened it"), _("the version you opened"),
            _("compare the two, and save again"), row=current,
        )  # fmt: skip


class NotAllowed(OperationError):
    """The person may not do this: no role, out of scope, no second factor, or the same person twice."""

    http_status = 403


# --- how a refusal is read -----------------------------------------------------------------------------------


def told(error: YuanshouError) -> str:
    """The refusal as one sentence of plain text: a console, a log, the API."""
    return plain(_frame() % parts(error))


def told_html(error: YuanshouError) -> Any:
    """The same sentence for a page or a form."""
    return format_html(_frame().replace("%(", "{").replace(")s", "}"), **parts_html(error))


def parts(error: YuanshouError) -> dict[str, str]:
    """Found, expected and way out as plain text. The library speaks English, so its words keep their direction."""
    if isinstance(error, OperationError):
        return {name: plain(say(words, error.values)) for name, words in zip(PARTS, error.phrases, strict=True)}
    return {name: plain(f"{LEFT_TO_RIGHT}{words}{END}") for name, words in _of_library(error).items()}


def parts_html(error: YuanshouError) -> dict[str, Any]:
    """Found, expected and way out for a page; the words of the library are marked as English."""
    if isinstance(error, OperationError):
        return {name: as_html(say(words, error.values)) for name, words in zip(PARTS, error.phrases, strict=True)}
    return {name: format_html('<bdi lang="en" dir="ltr">{}</bdi>', words) for name, words in _of_library(error).items()}


def in_english(error: YuanshouError) -> str:
    """The same sentence in English whatever the reader's language, for programs and logs to rely on."""
    with translation.override("en"):
        return told(error)


def _of_library(error: YuanshouError) -> dict[str, str]:
    where = f"{error.where}: " if error.where else ""
    return {"found": f"{where}{error.found}", "expected": error.expected, "way_out": error.way_out}


def _frame() -> str:
    return gettext("found %(found)s; expected %(expected)s; way out: %(way_out)s")
