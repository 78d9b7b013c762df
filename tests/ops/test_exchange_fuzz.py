"""Whatever is sent, nothing breaks and nothing is half taken in."""

from __future__ import annotations

from typing import Any

import pytest
from fuzzed_sheets import fuzzed

from yuanshou_ops.exchange import actions
from yuanshou_ops.ledger import checks
from yuanshou_ops.ledger.models import Move
from yuanshou_ops.requests import actions as asking
from yuanshou_ops.requests.models import OfferLine, RequestLine

SENDERS = {"offers": "chen", "requests": "bilal", "stock": "logistician"}
ALL_YES = {"unusual": True, "duplicates": True, "again": True}


@pytest.fixture
def consignee(world: Any, at: Any) -> Any:
    return asking.add_consignee(
        by=world.bilal, at=at, organisation=world.ministry, name="Central store", place=world.kenya,
        address="Industrial Area", contact_name="Bilal", phone="+254 1",
    )  # fmt: skip


def in_the_books() -> tuple[int, int, int]:
    return Move.objects.count(), OfferLine.objects.count(), RequestLine.objects.count()


def test_a_hundred_damaged_files_are_refused_in_words_or_taken_in_whole(
    world: Any, at: Any, consignee: Any, caplog: Any
) -> None:
    ends: dict[str, int] = {"wrong": 0, "done": 0}
    for seed in range(100):
        sent = fuzzed(seed)
        before = in_the_books()
        by = getattr(world, SENDERS[sent.kind])
        row = actions.upload(by=by, at=at, kind=sent.kind, file_name=sent.name, content=sent.content)
        row = actions.process(row.number)
        if row.status == "ready":
            assert in_the_books() == before, (seed, sent.injuries)
            row = actions.confirm(by=by, at=at, row=row, mark=row.preview["mark"], answers=ALL_YES)
            row = actions.process(row.number)
        ends[row.status] += 1
        moves, offered, asked = (now - then for now, then in zip(in_the_books(), before, strict=True))
        taken = (row.rows, row.preview.get("rows")) if row.status == "done" else (0, 0)
        assert taken[0] == taken[1], (seed, sent.injuries)
        assert (moves, offered, asked) == {
            "offers": (taken[0], taken[0], 0), "requests": (0, 0, taken[0]), "stock": (taken[0], 0, 0),
        }[sent.kind], (seed, sent.injuries)  # fmt: skip
        if row.status == "wrong":
            assert row.preview.get("file") or row.preview["problem_count"], (seed, sent.injuries)
            assert "fault of the program" not in str(row.preview), (seed, sent.injuries, row.preview)
    assert min(ends.values()) >= 10, ends
    assert not [record for record in caplog.records if record.exc_info]
    assert not checks.mismatched()
