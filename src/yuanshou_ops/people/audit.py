"""Writing the audit trail: before and after, in the transaction of the change.

Use `change` around the lines that change a row, and `record` for an event that has no single row.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models, transaction

from yuanshou_ops.people.models import AuditEvent

SECRET_FIELDS = {"password", "digest", "receiver_code", "secret"}


def snapshot(row: models.Model) -> dict[str, Any]:
    """The row's columns as JSON values; secrets are left out."""
    values = {}
    for field in row._meta.concrete_fields:
        if field.name in SECRET_FIELDS or isinstance(field, models.BinaryField):
            continue
        values[field.attname] = _plain(getattr(row, field.attname))
    return values


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value) if isinstance(value, Decimal) else value


def record(
    *, by: Any, at: datetime, action: str, target: models.Model, before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None, reason: str = "", organisation_id: int | None = None,
) -> AuditEvent:  # fmt: skip
    """Write one event. Must run inside the transaction of the change."""
    return AuditEvent.objects.create(
        at=at,
        actor_id=getattr(by, "pk", None),
        actor_label=getattr(by, "label", str(by))[:160],
        action=action,
        target_type=target._meta.label_lower,
        target_id=str(target.pk),
        target_label=str(target)[:200],
        organisation_id=organisation_id if organisation_id is not None else _organisation_of(target),
        before=before or {},
        after=after or {},
        reason=reason,
    )


def _organisation_of(row: Any) -> int | None:
    for path in getattr(row, "SCOPE_ORGANISATIONS", ()):
        if "__" not in path:
            return getattr(row, path, None)
    return None


@contextmanager
def change(*, by: Any, at: datetime, action: str, target: models.Model, reason: str = "") -> Iterator[None]:
    """One transaction around a change of one row, with its event: only the columns that differ are written down."""
    with transaction.atomic():
        # Read again, for a form may have changed the object in hand already.
        stored = type(target)._base_manager.filter(pk=target.pk).first() if target.pk else None
        before = snapshot(stored) if stored else {}
        yield
        after = snapshot(target)
        changed = {name for name in after if before.get(name) != after[name]} - {"version"}
        record(
            by=by, at=at, action=action, target=target, reason=reason,
            before={name: before[name] for name in sorted(changed) if name in before},
            after={name: after[name] for name in sorted(changed)},
        )  # fmt: skip
