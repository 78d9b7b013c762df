"""What may happen to an import: upload, look, confirm, take in, drop.

Looking saves nothing in the books. Taking in reads the stored file again in one transaction with the writing: if what
it would do is no longer what was looked at, nothing is written and the person looks again.
"""

from __future__ import annotations

import hashlib
import logging
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _

from yuanshou.errors import YuanshouError
from yuanshou_ops.errors import EditConflict, Refused
from yuanshou_ops.exchange.checking import check, no_progress, preview_of, read
from yuanshou_ops.exchange.kinds import KINDS
from yuanshou_ops.exchange.kinds.base import Checked, Progress
from yuanshou_ops.exchange.models import Import
from yuanshou_ops.exchange.reading import Sheet
from yuanshou_ops.exchange.statuses import IMPORT, UNFINISHED
from yuanshou_ops.people.audit import record
from yuanshou_ops.people.models import User
from yuanshou_ops.people.numbers import next_number
from yuanshou_ops.people.policy import grants_for, require
from yuanshou_ops.planning.models import Task
from yuanshou_ops.steps import advance

KEPT = timedelta(days=30)
"""So long a file itself is kept; what it did, its name and its hash stay."""
AT_ONCE_BYTES = 200_000
"""Up to this size a file is read while the person waits; a larger one by the worker, with its progress shown."""


@transaction.atomic
def upload(*, by: Any, at: datetime, kind: str, file_name: str, content: bytes, language: str = "en") -> Import:
    """Keep the file; `process` or the worker reads it."""
    require(by, KINDS[kind].action)
    most = settings.YUANSHOU["UPLOAD_MB_MAX"]
    if len(content) > most * 1_000_000:
        raise Refused(
            _("a file of %(n)s bytes"), _("at most %(most)s MB"), _("split it into several files"),
            n=len(content), most=most,
        )  # fmt: skip
    grant = grants_for(by, KINDS[kind].action)[0][0]
    row = Import(
        kind=kind, file_name=_plain_name(file_name), digest=hashlib.sha256(content).hexdigest(), size=len(content),
        content=content, language=language, organisation=grant.organisation, uploaded_by_id=by.pk, uploaded_at=at,
    )  # fmt: skip
    require(by, "exchange.import", row)
    row.number = next_number("I", at)
    row.save()
    record(by=by, at=at, action="exchange.upload", target=row, after=_facts(row))
    return row


def _plain_name(name: str) -> str:
    kept = "".join(c if c.isprintable() else " " for c in name.replace("\\", "/").rsplit("/", 1)[-1])
    return kept.strip()[:200] or "file"


def _facts(row: Import) -> dict[str, Any]:
    return {"kind": row.kind, "file": row.file_name, "sha256": row.digest, "status": row.status, "rows": row.rows}


def enqueue(row: Import, at: datetime) -> None:
    """Let the worker go on with it; a second call while one waits adds nothing."""
    waiting = Task.objects.filter(kind=Task.Kind.IMPORT, about=row.number, status__in=["queued", "running"])
    if not waiting.exists():
        Task.objects.create(kind=Task.Kind.IMPORT, about=row.number, queued_at=at)


def go_on(row: Import, at: datetime) -> None:
    """The next piece of work on it: at once if it is small, else by the worker."""
    if row.size <= AT_ONCE_BYTES:
        process(row.number)
    else:
        enqueue(row, at)


def process(number: str, progress: Progress = no_progress) -> Import:
    """Do the work that waits on the import of that number, if any; whoever comes second finds it done."""
    row = Import.objects.get(number=number)
    if row.status not in UNFINISHED:
        return row
    with translation.override(row.language):
        try:
            if row.status == Import.Status.WAITING:
                _look(row, progress)
            else:
                _take_in(row, progress)
        except EditConflict:
            pass  # another process was faster with the same piece of work
        except YuanshouError as error:
            _refuse(number, error.found, error.expected, error.way_out)
        except Exception as error:
            logging.getLogger(__name__).exception("import %s", number)
            _refuse(
                number, str(_("a fault of the program: %(name)s") % {"name": type(error).__name__}),
                str(_("a file it can take in")), str(_("tell whoever runs the server, with the number of this import")),
            )  # fmt: skip
    return Import.objects.get(number=number)


def _look(row: Import, progress: Progress) -> None:
    by = User.objects.get(pk=row.confirmed_by_id or row.uploaded_by_id)
    preview, _checked = _preview(row, by, progress)
    row.preview = (row.preview if row.preview.get("changed") else {}) | preview
    row.status = advance(IMPORT, row.status, "fault" if preview["problem_count"] else "pass")
    with transaction.atomic():
        row.save_changes("preview", "status")
        record(by=by, at=timezone.now(), action="exchange.check", target=row, after=_facts(row))


def _preview(row: Import, by: Any, progress: Progress, sheet: Sheet | None = None) -> tuple[dict[str, Any], Checked]:
    assert row.content is not None
    sheet, checked = check(bytes(row.content), row.kind, by, progress, sheet)
    earlier = Import.objects.filter(digest=row.digest, kind=row.kind, status=Import.Status.DONE).first()
    preview = preview_of(sheet, checked)
    return preview | {"again": earlier.number if earlier else ""}, checked


def confirm(*, by: Any, at: datetime, row: Import, mark: str, answers: dict[str, bool]) -> Import:
    """Say yes to what the preview of that mark shows; every question it asks needs its own yes."""
    require(by, KINDS[row.kind].action)
    require(by, "exchange.import", row)
    following = advance(IMPORT, row.status, "confirm")
    if mark != row.preview.get("mark"):
        raise Refused(_("the confirmation of an older preview"), _("one of this preview"), _("look at it again"))
    asks = {
        "unusual": _("quantities ten times the usual or more"),
        "duplicates": _("rows that look like something that is there already"),
        "again": _("a file that was taken in before"),
    }
    for name, words in asks.items():
        if row.preview.get(name) and not answers.get(name):
            raise Refused(
                _("%(what)s"),
                _("your confirmation that this is meant"),
                _("tick the box, or correct the file"),
                what=words,
            )
    row.status, row.answers, row.confirmed_by_id, row.confirmed_at = following, answers, by.pk, at
    with transaction.atomic():
        row.save_changes("status", "answers", "confirmed_by_id", "confirmed_at")
        record(by=by, at=at, action="exchange.confirm", target=row, after=_facts(row) | {"answers": answers})
    return row


def _take_in(row: Import, progress: Progress) -> None:
    by, kind, at, key = (
        User.objects.get(pk=row.confirmed_by_id),
        KINDS[row.kind],
        timezone.now(),
        f"import-{row.number}",
    )
    assert row.content is not None
    progress("opening the file", 5)
    sheet = read(bytes(row.content), row.kind)  # before the lock, so that others wait less
    with transaction.atomic():
        row = Import.objects.select_for_update().get(pk=row.pk)
        if row.status != Import.Status.CONFIRMED:
            return
        preview, checked = _preview(row, by, progress, sheet)
        if (preview["mark"], preview["again"]) != (row.preview["mark"], row.preview["again"]):
            row.status, row.preview = advance(IMPORT, row.status, "look_again"), {"changed": True}
            row.save_changes("status", "preview")
        else:
            progress("writing, all rows or none", 80)
            row.made = kind.write(checked, key=key, by=by, at=at)
            row.rows, row.units = kind.count(row.made, key=key)
            if (row.rows, row.units) != (len(checked.lines), checked.units):
                raise Refused(
                    _("%(rows)s rows and %(units)s units in the database"),
                    _("%(expected_rows)s rows and %(expected_units)s units"),
                    _("tell whoever runs the server, with the number of this import"),
                    rows=row.rows, units=row.units, expected_rows=len(checked.lines), expected_units=checked.units,
                )  # fmt: skip
            row.status = advance(IMPORT, row.status, "write")
            row.save_changes("status", "made", "rows", "units")
            record(by=by, at=at, action="exchange.take_in", target=row, after=_facts(row) | {"units": row.units})
            return
    _look(row, progress)


def _refuse(number: str, found: str, expected: str, way_out: str) -> None:
    """Nothing was written; say why on the page of the import."""
    with transaction.atomic():
        row = Import.objects.select_for_update().get(number=number)
        if row.status not in UNFINISHED:
            return
        row.status = advance(IMPORT, row.status, "fault" if row.status == Import.Status.WAITING else "refuse")
        row.preview = {"file": {"found": found, "expected": expected, "way_out": way_out}}
        row.save_changes("status", "preview")
        by = User.objects.get(pk=row.confirmed_by_id or row.uploaded_by_id)
        record(by=by, at=timezone.now(), action="exchange.check", target=row, after=_facts(row), reason=found)


def drop(*, by: Any, at: datetime, row: Import) -> Import:
    """Forget an import that was not confirmed, and its file with it."""
    require(by, "exchange.import", row)
    row.status, row.content = advance(IMPORT, row.status, "drop"), None
    with transaction.atomic():
        row.save_changes("status", "content")
        record(by=by, at=at, action="exchange.drop", target=row, after=_facts(row))
    return row


def forget_old(*, by: Any, at: datetime) -> list[str]:
    """Let go of files nobody went on with for `KEPT`, and of those taken in that long ago; called by the upkeep."""
    old = Import.objects.filter(uploaded_at__lt=at - KEPT, content__isnull=False).exclude(status__in=UNFINISHED)
    numbers = []
    for row in old.order_by("pk"):
        row.content = None
        if (row.status, "drop") in IMPORT:
            row.status = advance(IMPORT, row.status, "drop")
        with transaction.atomic():
            row.save_changes("status", "content")
            record(by=by, at=at, action="exchange.drop", target=row, after=_facts(row), reason="time is over")
        numbers.append(row.number)
    return numbers
