"""The policy table: which role may do which action, and how far. What is not here is denied.

`docs/reference/permissions.md` is written from this table. An action is `slice.verb`; a verb in `READING` only reads.
A new slice adds a block of its own at the end.
"""

from __future__ import annotations

from enum import StrEnum


def _(words: str) -> str:
    """Marks words that are translated where they are shown; the table itself is read without the application as well."""
    return words


class Reach(StrEnum):
    """How far a grant reaches: its own organisation's rows or all, within the grant's place if it names one."""

    OWN = "own organisation"
    ALL = "every organisation"


OWN, ALL = Reach.OWN, Reach.ALL
READING = {"view", "export", "list", "desk", "minutes", "view_confidential"}
SECOND_FACTOR_ROLES = {"approver"}
"""Roles whose rights count only for a person with a second factor."""

STAFF = ("logistician", "analyst", "clinical_editor", "team_coordinator", "duty_officer", "approver", "auditor")


def each(roles: tuple[str, ...], reach: Reach) -> dict[str, Reach]:
    return dict.fromkeys(roles, reach)


STAFF_AND_BOTH_SIDES = each(STAFF, ALL) | {"requester": OWN, "donor": OWN}

POLICY: dict[str, dict[str, Reach]] = {
    # people
    "people.view": each(STAFF, ALL) | {"administrator": ALL, "requester": OWN, "donor": OWN},
    "people.organisation_add": {"administrator": ALL},
    "people.organisation_edit": {"administrator": ALL},
    "people.member_add": {"administrator": ALL},
    "people.member_deactivate": {"administrator": ALL},
    "people.grant_propose": {"administrator": ALL},
    "people.grant_decide": {"approver": ALL},
    "people.grant_revoke": {"administrator": ALL, "approver": ALL},
    "people.token_use": STAFF_AND_BOTH_SIDES | {"administrator": ALL},
    "audit.view": {"auditor": ALL, "approver": ALL, "administrator": ALL},
    "audit.export": {"auditor": ALL},
    # ledger
    "ledger.view": STAFF_AND_BOTH_SIDES,
    "ledger.export": {"auditor": ALL, "duty_officer": ALL, "approver": ALL},
    "ledger.stock_in": {"logistician": ALL, "duty_officer": ALL},
    "ledger.transfer": {"logistician": ALL},
    "ledger.consume": {"requester": OWN, "logistician": ALL},
    "ledger.hold": {"logistician": ALL, "duty_officer": ALL, "approver": ALL},
    "ledger.release": {"logistician": ALL, "duty_officer": ALL, "approver": ALL},
    "ledger.reverse": {"logistician": ALL, "duty_officer": ALL},
    "ledger.stocktake": {"logistician": ALL},
    "ledger.recall": {"duty_officer": ALL, "logistician": ALL, "approver": ALL},
    "ledger.recall_answer": {"logistician": ALL, "duty_officer": ALL, "requester": OWN, "donor": OWN},
    "ledger.recall_release_propose": {"duty_officer": ALL, "logistician": ALL},
    "ledger.recall_release": {"approver": ALL},
    "ledger.write_off_propose": {"logistician": ALL, "duty_officer": ALL},
    "ledger.write_off": {"approver": ALL},
    "ledger.seal": {"duty_officer": ALL, "auditor": ALL},
    # requests
    "requests.view": STAFF_AND_BOTH_SIDES,
    "requests.export": STAFF_AND_BOTH_SIDES,
    "requests.consignee_add": {"requester": OWN, "logistician": ALL, "duty_officer": ALL},
    "requests.consignee_verify": {"logistician": ALL, "duty_officer": ALL},
    "requests.draft": {"requester": OWN, "duty_officer": ALL},
    "requests.submit": {"requester": OWN, "duty_officer": ALL},
    "requests.withdraw": {"requester": OWN, "duty_officer": ALL},
    "requests.accept": {"duty_officer": ALL},
    "requests.return": {"duty_officer": ALL},
    "requests.merge": {"duty_officer": ALL},
    "requests.close": {"duty_officer": ALL},
    "requests.consignee_change_propose": {"requester": OWN, "logistician": ALL, "duty_officer": ALL},
    "requests.consignee_change": {"approver": ALL},
    "requests.offer": {"donor": OWN, "logistician": ALL, "duty_officer": ALL},
    "requests.offer_withdraw": {"donor": OWN, "duty_officer": ALL},
    "requests.vet": {"logistician": ALL, "duty_officer": ALL, "approver": ALL},
    "requests.vet_override": {"approver": ALL},
    "requests.commit": {"donor": OWN, "logistician": ALL, "duty_officer": ALL},
    "requests.commitment_post": {"logistician": ALL, "duty_officer": ALL, "approver": ALL},
    "requests.commitment_void": {"donor": OWN, "logistician": ALL, "duty_officer": ALL},
    "requests.pledge": {"donor": OWN, "duty_officer": ALL},
    "requests.money_commit": {"donor": OWN, "duty_officer": ALL},
    "requests.money_pay": {"duty_officer": ALL},
    "requests.money_cancel": {"donor": OWN, "duty_officer": ALL},
    # shipments
    "shipments.view": STAFF_AND_BOTH_SIDES,
    "shipments.export": STAFF_AND_BOTH_SIDES,
    "shipments.draft": {"logistician": ALL, "duty_officer": ALL, "approver": ALL, "donor": OWN},
    "shipments.pack": {"logistician": ALL, "donor": OWN},
    "shipments.unpack": {"logistician": ALL, "donor": OWN},
    "shipments.cancel": {"logistician": ALL, "duty_officer": ALL, "donor": OWN},
    "shipments.dispatch": {"logistician": ALL, "donor": OWN},
    "shipments.milestone": {"logistician": ALL, "duty_officer": ALL, "donor": OWN, "requester": OWN},
    "shipments.receive": {"logistician": ALL, "requester": OWN},
    "shipments.close": {"logistician": ALL, "duty_officer": ALL},
    "shipments.code": {"logistician": ALL, "duty_officer": ALL, "donor": OWN, "requester": OWN},
    "shipments.paper": {"logistician": ALL, "duty_officer": ALL, "donor": OWN, "requester": OWN},
    "shipments.discrepancy_claim": {"logistician": ALL, "donor": OWN},
    "shipments.discrepancy_return": {"logistician": ALL},
    "shipments.discrepancy_find": {"logistician": ALL, "requester": OWN},
    "shipments.discrepancy_keep": {"logistician": ALL, "requester": OWN},
    "shipments.discrepancy_propose_write_off": {"logistician": ALL, "duty_officer": ALL},
    "shipments.discrepancy_write_off": {"approver": ALL},
    "shipments.discrepancy_refuse": {"approver": ALL},
    # situation
    "situation.view": STAFF_AND_BOTH_SIDES,
    "situation.measure": {"analyst": ALL, "duty_officer": ALL},
    "situation.outbreak": {"analyst": ALL, "duty_officer": ALL},
    "situation.count": {"analyst": ALL, "duty_officer": ALL},
    # planning
    "planning.view": each(STAFF, ALL),
    "planning.refresh": {"analyst": ALL, "duty_officer": ALL},
    "planning.run": {"analyst": ALL, "duty_officer": ALL, "logistician": ALL},
    "planning.adjust": {"analyst": ALL, "duty_officer": ALL, "logistician": ALL},
    "planning.submit": {"analyst": ALL, "duty_officer": ALL},
    "planning.drop": {"analyst": ALL, "duty_officer": ALL},
    "planning.approve": {"approver": ALL},
    "planning.refuse": {"approver": ALL},
    # duty
    "duty.view": each(STAFF, ALL),
    "duty.log": each(tuple(role for role in STAFF if role != "auditor"), ALL),
    "duty.hand_over": {"duty_officer": ALL},
    "duty.answer": {"duty_officer": ALL, "approver": ALL},
    # evidence
    "evidence.view": each(STAFF, ALL),
    "evidence.take_in": {"analyst": ALL, "duty_officer": ALL, "logistician": ALL, "clinical_editor": ALL},
    "evidence.confirm": {"analyst": ALL, "duty_officer": ALL},
    "evidence.reject": {"analyst": ALL, "duty_officer": ALL},
    "evidence.retract": {"analyst": ALL, "duty_officer": ALL},
    "evidence.write_down": each(tuple(role for role in STAFF if role not in ("approver", "auditor")), ALL),
    # deployments
    "deployments.view": STAFF_AND_BOTH_SIDES,
    "deployments.team": {"team_coordinator": ALL, "donor": OWN},
    "deployments.ask": {"requester": OWN, "team_coordinator": ALL, "duty_officer": ALL},
    "deployments.request_withdraw": {"requester": OWN, "team_coordinator": ALL},
    "deployments.request_close": {"team_coordinator": ALL, "duty_officer": ALL},
    "deployments.request_reopen": {"team_coordinator": ALL},
    "deployments.propose": {"team_coordinator": ALL},
    "deployments.accept": {"requester": OWN, "duty_officer": ALL},
    "deployments.decline": {"requester": OWN, "duty_officer": ALL},
    "deployments.cancel": {"team_coordinator": ALL},
    "deployments.task": {"team_coordinator": ALL},
    "deployments.arrive": {"team_coordinator": ALL, "requester": OWN, "donor": OWN},
    "deployments.end": {"team_coordinator": ALL},
    "deployments.extend": {"team_coordinator": ALL},
    "deployments.report": {"team_coordinator": ALL, "donor": OWN},
    # guidance
    "guidance.view": each((*STAFF, "requester", "donor"), ALL),
    "guidance.desk": each(STAFF, ALL),
    "guidance.write": {"clinical_editor": ALL},
    "guidance.review": {"clinical_editor": ALL, "approver": ALL},
    "guidance.translate": {"clinical_editor": ALL, "analyst": ALL, "team_coordinator": ALL},
    "guidance.translation_check": {"clinical_editor": ALL, "analyst": ALL, "team_coordinator": ALL},
    # bulletin
    "bulletin.desk": each(STAFF, ALL),
    "bulletin.write": {"analyst": ALL, "duty_officer": ALL, "clinical_editor": ALL},
    "bulletin.review": {"duty_officer": ALL, "approver": ALL},
    "bulletin.moderate": {"duty_officer": ALL, "analyst": ALL},
    "bulletin.edition_propose": {"analyst": ALL, "duty_officer": ALL},
    "bulletin.edition_publish": {"duty_officer": ALL, "approver": ALL},
    "bulletin.edition_drop": {"analyst": ALL, "duty_officer": ALL},
    "bulletin.edition_withdraw": {"duty_officer": ALL, "approver": ALL},
    # engagements
    "engagements.view": each(STAFF, ALL) | {"requester": OWN, "donor": OWN},
    "engagements.view_confidential": {"duty_officer": ALL, "approver": ALL, "auditor": ALL},
    "engagements.log": {"duty_officer": ALL, "analyst": ALL, "requester": OWN, "donor": OWN},
    "engagements.minutes": {"duty_officer": ALL, "approver": ALL, "auditor": ALL, "requester": OWN, "donor": OWN},
    "engagements.publish": {"duty_officer": ALL, "approver": ALL},
    "engagements.promise": {"duty_officer": ALL, "analyst": ALL, "requester": OWN, "donor": OWN},
    "engagements.promise_confirm": {"duty_officer": ALL, "donor": OWN},
    "engagements.promise_keep": {"duty_officer": ALL},
    "engagements.promise_keep_partly": {"duty_officer": ALL},
    "engagements.promise_lapse": {"duty_officer": ALL},
    "engagements.promise_withdraw": {"duty_officer": ALL, "donor": OWN},
    # exchange: the rows need the right of their slice as well
    "exchange.view": STAFF_AND_BOTH_SIDES,
    "exchange.import": {"donor": OWN, "requester": OWN, "logistician": ALL, "duty_officer": ALL},
}

FOUR_EYES: dict[str, str] = {
    "people.grant_decide": _("the person who proposed the grant, and the person it is for"),
    "ledger.recall_release": _("the person who proposed the release"),
    "ledger.write_off": _("the person who proposed the write-off"),
    "requests.consignee_verify": _("the person who added the consignee"),
    "requests.accept": _("the person who wrote the request"),
    "requests.return": _("the person who wrote the request"),
    "requests.merge": _("the person who wrote the request"),
    "requests.consignee_change": _("the person who proposed the change"),
    "requests.vet": _("the person who wrote the offer down"),
    "shipments.discrepancy_write_off": _("the person who proposed the write-off"),
    "bulletin.review": _("the person who wrote or submitted the report"),
    "bulletin.edition_publish": _("the person who proposed the edition"),
    "guidance.review": _("the person who wrote or submitted the version"),
    "guidance.translation_check": _("the person who translated it"),
    "engagements.publish": _("the person who logged the engagement"),
    "planning.approve": _("whoever made, changed or submitted the plan"),
}
"""Actions that need a second person, and who that second person may not be; translated where it is shown."""
