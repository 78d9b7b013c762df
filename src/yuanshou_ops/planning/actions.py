"""What may happen to a plan run: make, change a line, submit, approve by a second person, refuse, drop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from yuanshou_ops.errors import EditConflict, Refused
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.numbers import next_number
from yuanshou_ops.people.policy import require, require_other_person
from yuanshou_ops.planning.models import PlanLine, PlanRun, Task
from yuanshou_ops.planning.statuses import RUN
from yuanshou_ops.requests.models import AidRequest, Consignee, RequestLine
from yuanshou_ops.shipments.actions import Pick, Way, draft_shipment
from yuanshou_ops.shipments.models import Shipment
from yuanshou_ops.situation.models import Outbreak, lead
from yuanshou_ops.steps import advance

RESULT = ("fingerprint", "result_digest", "inputs", "summary", "comparisons")
LEFT_OUT = "no verified consignee"


@dataclass(frozen=True)
class Choice:
    """What a person chooses for a run."""

    policy: str = "need"
    equity_floor: float = 0.0
    weeks: int = 12
    draws: int = 200
    seed: int = 20200325
    compare: tuple[str, ...] = ("max_min", "per_head", "first_come")
    adopt_weeks: int = 2
    """Weeks of dispatches that an approval reserves; what the plan sends later is planned again by then."""


@transaction.atomic
def make_run(
    *, by: Any, at: datetime, title: str, as_of: date, choice: Choice, places: Sequence[str] = (),
    items: Sequence[str] = (), outbreak: Outbreak | None = None,
) -> PlanRun:  # fmt: skip
    """Write the run down and put it in the queue; it reads its inputs when it starts, and freezes them."""
    require(by, "planning.run")
    run = PlanRun(
        number=next_number("P", at), title=title, outbreak=outbreak or lead(), as_of=as_of, settings=asdict(choice), created_by_id=by.pk,
        created_at=at, scope={"places": sorted(places), "items": sorted(items)},
    )  # fmt: skip
    run.settings["compare"] = [name for name in choice.compare if name != choice.policy]
    run.save()
    Task.objects.create(kind=Task.Kind.PLAN, run=run, queued_at=at)
    record(by=by, at=at, action="planning.run", target=run, after=snapshot(run))
    return run


@transaction.atomic
def refresh(*, by: Any, at: datetime, as_of: date, outbreak: Outbreak | None = None) -> Task:
    """Queue a new snapshot of the situation; a request for a day that waits already is the same request."""
    require(by, "planning.refresh")
    about = (outbreak or lead()).code
    waiting = Task.objects.filter(
        kind=Task.Kind.SNAPSHOT, as_of=as_of, about=about, status__in=["queued", "running"]
    ).first()
    if waiting:
        return waiting
    task = Task.objects.create(kind=Task.Kind.SNAPSHOT, as_of=as_of, about=about, queued_at=at)
    record(by=by, at=at, action="planning.refresh", target=task, after={"as_of": as_of.isoformat(), "outbreak": about})
    return task


def mark(run: PlanRun, step: str, *, error: str = "") -> None:
    """A step of the queue itself: start, finish, fail. What was computed is saved with it."""
    run.status, run.error = advance(RUN, run.status, step), error
    run.save_changes("status", "error", *(RESULT if step == "finish" else ()))


def change_line(
    *, by: Any, at: datetime, line: PlanLine, quantity: int, reason: str, expected_version: int | None = None
) -> PlanLine:
    """Send more or less than planned, with a reason, within what the lot holds."""
    require(by, "planning.adjust", line)
    if expected_version is not None and expected_version != line.version:
        raise EditConflict(line)
    with transaction.atomic():
        run = PlanRun.objects.select_for_update().get(pk=line.run_id)
        advance(RUN, run.status, "adjust")
        if quantity < 0:
            raise Refused(_("a quantity of %(n)s"), _("0 or more"), _("correct it"), n=quantity)
        if not reason.strip():
            raise Refused(_("a change without a reason"), _("a reason"), _("say why the plan is wrong here"))
        others = run.lines.filter(account=line.account).exclude(pk=line.pk).aggregate(units=Sum("quantity"))["units"]
        free = line.account.balance - (others or 0)
        if quantity > free:
            raise Refused(
ngettext_lazy("%(n)s unit of lot %(lot)s", "%(n)s units of lot %(lot)s", "n"), _("at most %(free)s: the plan sends the rest elsewhere"), _("lower another line of this lot first"), n=quantity, lot=line.account.lot, free=free
)  # fmt: skip
        with change(by=by, at=at, action="planning.adjust", target=line, reason=reason):
            line.quantity, line.reason, line.changed_by_id = quantity, reason, by.pk
            line.save_changes("quantity", "reason", "changed_by_id")
    return line


def adopted_lines(run: PlanRun) -> Any:
    """The lines an approval acts on: those that send something in the first weeks."""
    weeks = run.lines.order_by("week").values_list("week", flat=True).distinct()[: run.settings["adopt_weeks"]]
    return run.lines.filter(quantity__gt=0, week__in=list(weeks))


def without_consignee(run: PlanRun) -> Any:
    """Lines that cannot be sent, because nobody at the place has been verified to receive goods."""
    ready = Consignee.objects.filter(verified_at__isnull=False, is_active=True).values("place_id")
    return adopted_lines(run).exclude(recipient_id__in=ready)


@transaction.atomic
def submit_run(*, by: Any, at: datetime, run: PlanRun, leave_out: bool = False) -> PlanRun:
    """Ask a second person. Lines without a consignee are left out by a clear word, never silently."""
    require(by, "planning.submit", run)
    following = advance(RUN, run.status, "submit")
    if run.summary.get("findings"):
        raise Refused(
            ngettext_lazy("a plan with %(n)s finding of the audit", "a plan with %(n)s findings of the audit", "n"),
            _("none"),
            _("make the plan again"),
            n=len(run.summary["findings"]),
        )
    lost = without_consignee(run)
    places = sorted(set(lost.values_list("recipient__name_en", flat=True)))
    if places and not leave_out:
        raise Refused(
ngettext_lazy("%(n)s line for places without a verified consignee: %(places)s", "%(n)s lines for places without a verified consignee: %(places)s", "n"), _("a verified consignee in each"), _("verify consignees, or tick that these lines are left out"), n=lost.count(), places=places[:8]
)  # fmt: skip
    run.lines.filter(pk__in=list(lost.values_list("pk", flat=True))).update(
        quantity=0, reason=LEFT_OUT, changed_by_id=by.pk
    )
    if not adopted_lines(run).exists():
        raise Refused(
            _("a plan that sends nothing"), _("at least one line"), _("verify consignees, or widen the scope")
        )
    with change(by=by, at=at, action="planning.submit", target=run, reason=f"left out: {places}" if places else ""):
        run.status, run.submitted_by_id, run.submitted_at = following, by.pk, at
        run.save_changes("status", "submitted_by_id", "submitted_at")
    return run


@transaction.atomic
def approve_run(*, by: Any, at: datetime, run: PlanRun, reason: str = "") -> list[Shipment]:
    """A second person approves: all goods are reserved and all shipments drafted, or nothing is."""
    require(by, "planning.approve", run)
    run = PlanRun.objects.select_for_update().get(pk=run.pk)
    changed_by = run.lines.exclude(changed_by_id=None).values_list("changed_by_id", flat=True).distinct()
    require_other_person(by, "planning.approve", run.created_by_id, run.submitted_by_id, *changed_by)
    following = advance(RUN, run.status, "approve")
    shipments = [
        _draft(run, number, lines, by=by, at=at)
        for number, lines in enumerate(_consignments(run).values(), start=1)
    ]  # fmt: skip
    with change(by=by, at=at, action="planning.approve", target=run, reason=reason):
        run.status, run.decided_by_id, run.decided_at, run.decision_reason = following, by.pk, at, reason
        run.save_changes("status", "decided_by_id", "decided_at", "decision_reason")
    return shipments


def _consignments(run: PlanRun) -> dict[tuple[Any, ...], list[PlanLine]]:
    """Lines that travel together: one holder and place of departure, one recipient, mode and week."""
    groups: dict[tuple[Any, ...], list[PlanLine]] = defaultdict(list)
    for line in adopted_lines(run).select_related("account__lot", "recipient").order_by("line"):
        account = line.account
        groups[account.holder_id, account.place_id, line.recipient_id, line.mode, line.week].append(line)
    return dict(groups)


def _draft(run: PlanRun, number: int, lines: list[PlanLine], *, by: Any, at: datetime) -> Shipment:
    place = lines[0].recipient_id
    asked = (
        AidRequest.objects.filter(place=place, status__in=["accepted", "partly_met"], consignee__is_active=True)
        .select_related("consignee").order_by("priority", "submitted_at").first()
    )  # fmt: skip
    consignee = asked.consignee if asked else _consignee(place)
    wanted = {row.item_id: row for row in RequestLine.objects.filter(aid_request=asked)} if asked else {}
    picks = [Pick(line.account, line.quantity, wanted.get(line.item_id)) for line in lines]
    return draft_shipment(
        key=f"{run.number}-{number}", by=by, at=at, consignee=consignee, picks=picks, aid_request=asked,
        way=Way(arrives_on=lines[0].arrival, mode=lines[0].mode), plan=run.number,
    )  # fmt: skip


def _consignee(place: str) -> Consignee:
    row = Consignee.objects.filter(place=place, verified_at__isnull=False, is_active=True).order_by("pk").first()
    if row is None:
        raise Refused(
            _("no verified consignee in %(place)s"), _("one"), _("verify one, or send the plan back"), place=place
        )
    return row


def refuse_run(*, by: Any, at: datetime, run: PlanRun, reason: str) -> PlanRun:
    """Send the plan back with a reason; it can be changed and submitted again."""
    require(by, "planning.refuse", run)
    if not reason.strip():
        raise Refused(_("a refusal without a reason"), _("a reason"), _("say what has to change"))
    with change(by=by, at=at, action="planning.refuse", target=run, reason=reason):
        run.status, run.decision_reason = advance(RUN, run.status, "refuse"), reason
        run.save_changes("status", "decision_reason")
    return run


def drop_run(*, by: Any, at: datetime, run: PlanRun, reason: str) -> PlanRun:
    require(by, "planning.drop", run)
    with change(by=by, at=at, action="planning.drop", target=run, reason=reason):
        run.status = advance(RUN, run.status, "drop")
        run.save_changes("status")
    return run
