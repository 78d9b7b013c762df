"""Spreadsheets for programs: send a file, see what it would do, say yes to exactly that, or drop it."""

from __future__ import annotations

import base64
import binascii
from datetime import datetime
from typing import Annotated, Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from pydantic import Field

from yuanshou_ops.api.doors import Call, Door
from yuanshou_ops.api.problems import WrongField
from yuanshou_ops.api.types import Code, In, Name, Out, Yes, known, one_of, words
from yuanshou_ops.environment import LANGUAGES
from yuanshou_ops.exchange import actions, forms
from yuanshou_ops.exchange.kinds import KINDS
from yuanshou_ops.exchange.models import Import
from yuanshou_ops.people.policy import find, require, visible

door = Door("exchange")
CONTENT_MAX = settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 10_000_000
"""Letters of base64 that one request can carry; larger files are sent on the page."""


class ImportRow(Out):
    number: str
    kind: str
    status: one_of(Import.Status)
    file_name: str
    size: int
    digest: str
    uploaded_at: datetime
    confirmed_at: datetime | None
    rows: int
    units: int
    version: int


class ImportOut(ImportRow):
    """With what it would do and every problem (`preview`), and the numbers its rows were given (`made`)."""

    preview: dict[str, Any]
    made: list[Any]


class ImportIn(In):
    """The bytes of an XLSX or CSV file in base64; `language` is the one problems are told in."""

    kind: known(sorted(KINDS))
    file_name: Name
    content: Annotated[str, Field(min_length=1, max_length=CONTENT_MAX)]
    language: known(LANGUAGES) = "en"


class ImportConfirmIn(In):
    """`mark` is the one of the preview; each question it asks needs a yes of its own."""

    mark: words(64, least=1)
    unusual: Yes = False
    duplicates: Yes = False
    again: Yes = False


def bytes_of(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise WrongField("content", _("text that is not base64"), _("the bytes of the file in base64")) from None


def _fresh(row: Import) -> Import:
    return Import.objects.get(pk=row.pk)


@door.list("/imports", "exchange.view", ImportRow, filters=forms.ImportFilter)
def imports(call: Call) -> Any:
    """The files of one's organisations."""
    return visible(Import, call.by, "exchange.view").defer("content", "preview", "made")


@door.one("/imports/{number}", "exchange.view", ImportOut)
def one_import(call: Call, number: Code) -> Import:
    """Where a file stands: what it would do, what is wrong in which row, or what it did."""
    return find(Import, call.by, "exchange.view", number=number)


@door.add("/imports", "exchange.import", ImportOut)
def send_import(call: Call, body: ImportIn) -> Import:
    """Send a file. A small one is read at once, a larger one by the worker; nothing enters the books."""
    require(call.by, KINDS[body.kind].action)
    row = actions.upload(
        by=call.by, at=call.at, kind=body.kind, file_name=body.file_name, content=bytes_of(body.content),
        language=body.language,
    )  # fmt: skip
    actions.go_on(row, call.at)
    return _fresh(row)


@door.step("/imports/{number}/confirm", "exchange.import", ImportOut)
def confirm_import(call: Call, number: Code, body: ImportConfirmIn) -> Import:
    """Take in exactly what the preview of that mark shows, all rows or none."""
    row = find(Import, call.by, "exchange.import", number=number)
    answers = {name: yes for name, yes in body.model_dump(exclude={"mark"}).items() if yes}
    row = actions.confirm(by=call.by, at=call.at, row=row, mark=body.mark, answers=answers)
    actions.go_on(row, call.at)
    return _fresh(row)


@door.step("/imports/{number}/process", "exchange.import", ImportOut)
def process_import(call: Call, number: Code) -> Import:
    """Do the work that waits on a file in this request, where no worker runs."""
    row = find(Import, call.by, "exchange.import", number=number)
    return actions.process(row.number)


@door.step("/imports/{number}/drop", "exchange.import", ImportOut)
def drop_import(call: Call, number: Code) -> Import:
    """Forget a file that was not confirmed."""
    row = find(Import, call.by, "exchange.import", number=number)
    return actions.drop(by=call.by, at=call.at, row=row)
