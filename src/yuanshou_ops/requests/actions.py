"""What may happen to consignees and requests.

Asking more never gives more: a quantity above the modelled need asks for a reason, and the plan is driven by need and
accepted receipts, never by what was asked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import Refused
from yuanshou_ops.ledger.models import Item
from yuanshou_ops.ledger.posting import CHUNK
from yuanshou_ops.ledger.quantities import Quantity
from yuanshou_ops.ledger.words import unit_words
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.models import Organisation, Place
from yuanshou_ops.people.numbers import next_numbers
from yuanshou_ops.people.policy import require, require_other_person
from yuanshou_ops.requests.models import AidRequest, Consignee, ConsigneeChange, ModelledNeed, RequestLine
from yuanshou_ops.requests.statuses import OPEN_REQUEST, REQUEST
from yuanshou_ops.sentences import Sentence
from yuanshou_ops.steps import advance

UNUSUAL = 10
"""A quantity this many times what is modelled or was asked before is most likely boxes read as pieces."""


@dataclass(frozen=True)
class Asked:
    """One line to ask for."""

    item: Item
    quantity: Quantity
    reason: str = ""


@dataclass(frozen=True)
class RequestHead:
    """What the lines of one request have in common."""

    organisation: Organisation
    place: Place
    consignee: Consignee
    priority: int = AidRequest.Priority.NORMAL
    priority_reason: str = ""
    needed_by: date | None = None
    note: str = ""


# --- consignees ----------------------------------------------------------------------------------------------


@transaction.atomic
def add_consignee(*, by: Any, at: datetime, organisation: Organisation, **values: Any) -> Consignee:
    row = Consignee(organisation=organisation, added_by_id=by.pk, **values)
    require(by, "requests.consignee_add", row)
    row.save()
    record(by=by, at=at, action="requests.consignee_add", target=row, after=snapshot(row))
    return row


def verify_consignee(*, by: Any, at: datetime, consignee: Consignee) -> Consignee:
    """A second person has called the contact and found it right."""
    require(by, "requests.consignee_verify", consignee)
    require_other_person(by, "requests.consignee_verify", consignee.added_by_id)
    if consignee.verified_at:
        raise Refused(
            _("%(consignee)s, verified already"), _("one that is not"), _("reload the page"), consignee=consignee
        )
    with change(by=by, at=at, action="requests.consignee_verify", target=consignee):
        consignee.verified_by_id, consignee.verified_at = by.pk, at
        consignee.save_changes("verified_by_id", "verified_at")
    return consignee


# --- requests ------------------------------------------------------------------------------------------------


def modelled(place: Place) -> dict[str, ModelledNeed]:
    """The latest modelled need of the place, by item; that of the lead outbreak where several need the item."""
    latest: dict[str, ModelledNeed] = {}
    for row in ModelledNeed.objects.filter(place=place).order_by("outbreak__is_lead", "as_of", "id"):
        latest[row.item_id] = row
    return latest


def draft_request(
    *, by: Any, at: datetime, organisation: Organisation, place: Place, consignee: Consignee, lines: Sequence[Asked],
    priority: int = AidRequest.Priority.NORMAL, priority_reason: str = "", needed_by: date | None = None,
    note: str = "",
) -> AidRequest:  # fmt: skip
    """Write a request down; nobody is asked until it is submitted."""
    head = RequestHead(organisation, place, consignee, priority, priority_reason, needed_by, note)
    (row,) = draft_requests(by=by, at=at, requests=[(head, lines)])
    return row


@transaction.atomic
def draft_requests(
    *, by: Any, at: datetime, requests: Sequence[tuple[RequestHead, Sequence[Asked]]]
) -> list[AidRequest]:
    """Several requests, all or none; the importer's door."""
    rows = [AidRequest(created_by_id=by.pk, created_at=at, **vars(head)) for head, _lines in requests]
    for row, (_head, lines) in zip(rows, requests, strict=True):
        require(by, "requests.draft", row)
        if not lines:
            raise Refused(_("a request without lines"), _("at least one item"), _("add a line"))
    for row, number in zip(rows, next_numbers("R", at, len(rows)), strict=True):
        row.number = number
    AidRequest.objects.bulk_create(rows, batch_size=CHUNK)
    need = {place: modelled(place) for place in {head.place for head, _lines in requests}}
    made = [
        line for row, (head, lines) in zip(rows, requests, strict=True) for line in _lines(row, lines, need[head.place])
    ]
    RequestLine.objects.bulk_create(made, batch_size=CHUNK)
    asked: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for line in made:
        asked[line.aid_request_id].append(_line_of(line))
    for row in rows:
        record(by=by, at=at, action="requests.draft", target=row, after=snapshot(row) | {"lines": asked[row.pk]})
    return rows


def _lines(row: AidRequest, lines: Sequence[Asked], need: Mapping[str, ModelledNeed]) -> list[RequestLine]:
    seen, made = set(), []
    for number, asked in enumerate(lines, start=1):
        if asked.item.pk in seen:
            raise Refused(_("%(item)s twice"), _("each item once"), _("add the quantities up"), item=asked.item)
        seen.add(asked.item.pk)
        known = need.get(asked.item.pk)
        made.append(
            RequestLine(
                aid_request=row, line=number, item=asked.item, quantity=asked.quantity.base, reason=asked.reason,
                declared_pack=asked.quantity.pack, declared_count=asked.quantity.count,
                modelled_median=known.median if known else None, modelled_p90=known.p90 if known else None,
            )
        )  # fmt: skip
    return made


def _line_of(line: RequestLine) -> dict[str, Any]:
    return {"item": line.item_id, "quantity": line.quantity, "reason": line.reason}


def edit_request(
    *, by: Any, at: datetime, aid_request: AidRequest, expected_version: int, lines: Sequence[Asked], **values: Any
) -> AidRequest:
    """Change a draft or a returned request; everybody's copy has a version."""
    require(by, "requests.draft", aid_request)
    if aid_request.status not in ("draft", "returned"):
        raise Refused(
            _("a request that is %(status)s"),
            _("a draft or a returned one"),
            _("withdraw it and ask anew"),
            status=aid_request.get_status_display,
        )
    with change(by=by, at=at, action="requests.draft", target=aid_request):
        for name, value in values.items():
            setattr(aid_request, name, value)
        aid_request.save_changes(*values, expected_version=expected_version)
        aid_request.lines.all().delete()
        RequestLine.objects.bulk_create(_lines(aid_request, lines, modelled(aid_request.place)))
    return aid_request


def duplicates_of(aid_request: AidRequest, at: datetime) -> list[AidRequest]:
    """Other open requests of the last days for the same place and one of the same items."""
    since = at - timedelta(days=settings.YUANSHOU["DUPLICATE_DAYS"])
    items = aid_request.lines.values_list("item_id", flat=True)
    found = AidRequest.objects.filter(
        place=aid_request.place_id, status__in=OPEN_REQUEST, submitted_at__gte=since, lines__item__in=list(items)
    )
    return list(found.exclude(pk=aid_request.pk).distinct())


def unusual_lines(aid_request: AidRequest) -> list[RequestLine]:
    """Lines at least ten times the modelled need, or ten times what this place last asked for of the item."""
    found = []
    for line in aid_request.lines.select_related("item"):
        earlier = RequestLine.objects.filter(
            item=line.item, aid_request__place=aid_request.place_id, aid_request__submitted_at__isnull=False
        ).exclude(aid_request=aid_request)
        last = earlier.order_by("-aid_request__submitted_at").values_list("quantity", flat=True).first()
        usual = [figure for figure in (line.modelled_p90, last) if figure]
        if usual and line.quantity >= UNUSUAL * max(usual):
            found.append(line)
    return found


def submit_request(
    *, by: Any, at: datetime, aid_request: AidRequest, duplicate_reason: str = "", confirmed_unusual: bool = False
) -> AidRequest:
    """Ask. Refused, with the way out, when a reason or a verified consignee is missing."""
    require(by, "requests.submit", aid_request)
    following = advance(REQUEST, aid_request.status, "submit")
    consignee = aid_request.consignee
    if not consignee.verified_at or not consignee.is_active:
        raise Refused(
            _("the consignee %(consignee)s, not verified"),
            _("a verified one"),
            _("have a logistician call the contact"),
            consignee=consignee,
        )
    if consignee.place_id != aid_request.place_id:
        raise Refused(
_("a consignee in %(there)s for a request of %(place)s"), _("a consignee in the same place"), _("choose another consignee"), there=consignee.place, place=aid_request.place
)  # fmt: skip
    if aid_request.priority == AidRequest.Priority.LIFE_SAVING and not aid_request.priority_reason.strip():
        raise Refused(
            _("the highest priority without a reason"), _("a reason"), _("say what happens without the goods")
        )
    for line in aid_request.lines.select_related("item"):
        if line.modelled_p90 is not None and line.quantity > line.modelled_p90 and not line.reason.strip():
            raise Refused(
_("%(n)s of %(item)s, above the modelled need of %(need)s (9 in 10 cases)"), _("a reason on the line"), _("say what the model does not know, or ask for less"), n=line.quantity, item=line.item, need=line.modelled_p90
)  # fmt: skip
    if (strange := unusual_lines(aid_request)) and not confirmed_unusual:
        raise Refused(
            _("%(lines)s: ten times the usual"),
            _("a confirmation"),
            _("check boxes against pieces, then confirm"),
            lines=[
                Sentence(
                    _("%(n)s %(unit)s of %(item)s"),
                    n=line.quantity,
                    unit=partial(unit_words, line.item.unit),
                    item=line.item,
                )
                for line in strange
            ],
        )
    if (same := duplicates_of(aid_request, at)) and not duplicate_reason.strip():
        raise Refused(
_("open requests for the same: %(requests)s"), _("a reason why this one is not a duplicate"), _("give the reason, or withdraw this one"), requests=same
)  # fmt: skip
    with change(by=by, at=at, action="requests.submit", target=aid_request, reason=duplicate_reason):
        aid_request.status, aid_request.submitted_at = following, at
        aid_request.duplicate_reason, aid_request.answered_at = duplicate_reason, None
        aid_request.save_changes("status", "submitted_at", "duplicate_reason", "answered_at")
    return aid_request


def answer_request(
    *,
    by: Any,
    at: datetime,
    aid_request: AidRequest,
    step: str,
    reason: str = "",
    merged_into: AidRequest | None = None,
) -> AidRequest:
    """Accept, return or merge a submitted request. Returning and merging say why; whoever asked never answers."""
    if step not in ("accept", "return", "merge"):
        raise Refused(_("the answer '%(step)s'"), _("accept, return or merge"), _("choose one of them"), step=step)
    require(by, f"requests.{step}", aid_request)
    require_other_person(by, f"requests.{step}", aid_request.created_by_id)
    following = advance(REQUEST, aid_request.status, step)
    if step != "accept" and not reason.strip():
        raise Refused(_("an answer without a reason"), _("a reason"), _("say why"))
    if step == "merge" and (
        merged_into is None or merged_into.pk == aid_request.pk or merged_into.place_id != aid_request.place_id
    ):
        raise Refused(
            _("a merge into %(request)s"), _("another request of the same place"), _("choose it"), request=merged_into
        )
    with change(by=by, at=at, action=f"requests.{step}", target=aid_request, reason=reason):
        aid_request.status, aid_request.answered_at, aid_request.answer_reason = following, at, reason
        aid_request.merged_into = merged_into if step == "merge" else None
        aid_request.save_changes("status", "answered_at", "answer_reason", "merged_into")
    return aid_request


def step_request(*, by: Any, at: datetime, aid_request: AidRequest, step: str, reason: str = "") -> AidRequest:
    """Withdraw (by who asked) or close (by the coordinators)."""
    if step not in ("withdraw", "close"):
        raise Refused(_("the step '%(step)s'"), _("withdraw or close"), _("choose one of them"), step=step)
    require(by, f"requests.{step}", aid_request)
    with change(by=by, at=at, action=f"requests.{step}", target=aid_request, reason=reason):
        aid_request.status = advance(REQUEST, aid_request.status, step)
        aid_request.save_changes("status")
    return aid_request


def note_receipt(*, by: Any, at: datetime, aid_request: AidRequest, accepted: dict[str, int]) -> AidRequest:
    """After a receipt: partly met or met, from what was accepted of each item. Called by the slice shipments."""
    if aid_request.status not in ("accepted", "partly_met"):
        return aid_request
    lines = list(aid_request.lines.all())
    if not any(accepted.get(line.item_id) for line in lines):
        return aid_request
    step = "meet" if all(accepted.get(line.item_id, 0) >= line.quantity for line in lines) else "receive_part"
    with change(by=by, at=at, action="requests.receipt", target=aid_request):
        aid_request.status = advance(REQUEST, aid_request.status, step)
        aid_request.save_changes("status")
    return aid_request


@transaction.atomic
def propose_consignee_change(
    *, by: Any, at: datetime, aid_request: AidRequest, to: Consignee, reason: str
) -> ConsigneeChange:
    require(by, "requests.consignee_change_propose", aid_request)
    if aid_request.status not in ("accepted", "partly_met"):
        raise Refused(
            _("a request that is %(status)s"),
            _("an accepted one"),
            _("edit the draft instead"),
            status=aid_request.get_status_display,
        )
    if not to.verified_at or to.place_id != aid_request.place_id:
        raise Refused(
            _("the consignee %(consignee)s"),
            _("a verified one in the same place"),
            _("verify it, or choose another"),
            consignee=to,
        )
    row = ConsigneeChange.objects.create(
        aid_request=aid_request, to=to, reason=reason, proposed_by_id=by.pk, proposed_at=at
    )
    record(by=by, at=at, action="requests.consignee_change_propose", target=row, after=snapshot(row), reason=reason)
    return row


def decide_consignee_change(
    *, by: Any, at: datetime, row: ConsigneeChange, accept: bool, reason: str = ""
) -> ConsigneeChange:
    """A second person decides; only then the goods go elsewhere."""
    require(by, "requests.consignee_change", row)
    require_other_person(by, "requests.consignee_change", row.proposed_by_id)
    if row.status != "proposed":
        raise Refused(
            _("a change that is %(status)s"),
            _("one that is proposed"),
            _("reload the page"),
            status=row.get_status_display,
        )
    with change(by=by, at=at, action="requests.consignee_change", target=row, reason=reason):
        row.status, row.decided_by_id, row.decided_at = "accepted" if accept else "refused", by.pk, at
        row.save_changes("status", "decided_by_id", "decided_at")
        if accept:
            aid_request = AidRequest.objects.get(pk=row.aid_request_id)
            with change(by=by, at=at, action="requests.consignee_change", target=aid_request, reason=row.reason):
                aid_request.consignee = row.to
                aid_request.save_changes("consignee")
    return row
