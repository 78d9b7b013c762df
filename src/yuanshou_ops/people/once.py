"""A double click or a repeated call happens once: the same key gets the answer the first one got.

Ledger posts have keys of their own; this is for the forms and API calls around them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import KeyReused
from yuanshou_ops.people.models import CommandOnce
from yuanshou_ops.rows import insert_if_new


def fingerprint(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, default=str).encode()).hexdigest()


def once(*, key: str, by: Any, at: datetime, content: Any, do: Callable[[], tuple[int, Any]]) -> tuple[int, Any]:
    """Run `do` in a transaction with the note that it ran; a repetition returns the first answer and runs nothing.

    The note is written first: on PostgreSQL a second call waits there until the first has finished. A different
    content under the same key raises `KeyReused`.
    """
    mark = fingerprint(content)
    with transaction.atomic():
        is_first = insert_if_new(CommandOnce(key=key, user_id=by.pk, fingerprint=mark, at=at))
        row = CommandOnce.objects.get(user_id=by.pk, key=key)
        if row.fingerprint != mark:
            raise KeyReused(
                _("the key %(key)s with other content"),
                _("one key a command"),
                _("send the new command with a new key"),
                key=key,
            )
        if not is_first:
            return row.status, row.answer
        row.status, row.answer = do()
        row.save(update_fields=["status", "answer"])
        return row.status, row.answer
