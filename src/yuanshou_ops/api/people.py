"""People for programs: places, organisations, members, grants, one's own tokens, the audit trail."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.shortcuts import get_object_or_404
from pydantic import Field

from yuanshou_ops.api.doors import Call, Door, pick
from yuanshou_ops.api.types import (
    Code,
    Id,
    In,
    Maybe40,
    Maybe200,
    MaybeReason,
    Name,
    Out,
    Reason,
    RowId,
    Yes,
    one_of,
    via,
    words,
)
from yuanshou_ops.people import actions, forms
from yuanshou_ops.people.models import ApiToken, AuditEvent, Organisation, Place, RoleGrant, User
from yuanshou_ops.people.policy import find, visible

door = Door("people")
Email = Annotated[words(254), Field(pattern=r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$")]


class PlaceOut(Out):
    code: str
    kind: str
    iso2: str
    m49: str
    name: str
    un_region: str
    income_group: str
    population: int | None
    cargo_airport: str


class OrganisationOut(Out):
    code: str
    name: str
    kind: one_of(Organisation.Kind)
    place: str = via("place_id")
    contact: str
    email: str
    phone: str
    is_active: bool
    version: int


class OrganisationEdit(In):
    name: Name
    kind: one_of(Organisation.Kind)
    place: Code
    contact: Maybe200 = ""
    email: Email = ""
    phone: Maybe40 = ""
    is_active: Yes = True


class OrganisationIn(OrganisationEdit):
    code: words(32, least=1)


class MemberOut(Out):
    id: int
    email: str
    name: str
    is_active: bool


class MemberIn(In):
    email: Annotated[Email, Field(min_length=3)]
    name: words(120, least=1)
    password: words(200, least=12)


class GrantOut(Out):
    id: int
    person: int = via("user_id")
    name: str = via("user.name")
    role: one_of(RoleGrant.Role)
    organisation: str = via("organisation.code")
    place: str | None = via("place_id")
    status: one_of(RoleGrant.Status)
    reason: str
    version: int


class GrantIn(In):
    person: RowId
    role: one_of(RoleGrant.Role)
    organisation: Code
    place: Code | None = None
    reason: words(300, least=1)


class GrantDecision(MaybeReason):
    accept: Yes


class TokenOut(Out):
    id: int
    name: str
    prefix: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None


class Me(Out):
    id: int = via("by.pk")
    name: str = via("by.name")
    email: str = via("by.email")
    grants: list[GrantOut] = via("by.active_grants")
    token: TokenOut


class EventOut(Out):
    id: int
    at: datetime
    who: str = via("actor_label")
    action: str
    row_type: str = via("target_type")
    row: str = via("target_id")
    label: str = via("target_label")
    before: dict[str, Any]
    after: dict[str, Any]
    reason: str


@door.one("/me", "people.token_use", Me)
def me(call: Call) -> Call:
    """The person and the token behind this call."""
    return call


@door.list("/tokens", "people.token_use", TokenOut)
def tokens(call: Call) -> Any:
    """One's own tokens. New ones are made on the page of the account, where the secret is shown once."""
    return ApiToken.objects.filter(user=call.by)


@door.step("/tokens/{id}/revoke", "people.token_use", TokenOut)
def revoke_token(call: Call, id: Id) -> ApiToken:
    """End one of one's own tokens."""
    return actions.revoke_token(by=call.by, at=call.at, token=get_object_or_404(ApiToken, pk=id, user=call.by))


@door.list("/places", "people.view", PlaceOut)
def places(call: Call) -> Any:
    """Countries, territories and conveyances."""
    return Place.objects.all()


@door.one("/places/{code}", "people.view", PlaceOut)
def place(call: Call, code: Code) -> Place:
    """One place by its code, such as KEN."""
    return get_object_or_404(Place, pk=code)


@door.list("/organisations", "people.view", OrganisationOut, filters=forms.OrganisationFilter)
def organisations(call: Call) -> Any:
    """Who asks, gives, carries or receives."""
    return visible(Organisation, call.by, "people.view")


@door.one("/organisations/{code}", "people.view", OrganisationOut)
def organisation(call: Call, code: Code) -> Organisation:
    """One organisation."""
    return find(Organisation, call.by, "people.view", code=code)


@door.add("/organisations", "people.organisation_add", OrganisationOut)
def add_organisation(call: Call, body: OrganisationIn) -> Organisation:
    """Add an organisation."""
    values = body.model_dump() | {"place": pick(Place, "place", body.place)}
    return actions.add_organisation(by=call.by, at=call.at, **values)


@door.replace("/organisations/{code}", "people.organisation_edit", OrganisationOut)
def edit_organisation(call: Call, code: Code, body: OrganisationEdit) -> Organisation:
    """Replace what is known of an organisation."""
    row = find(Organisation, call.by, "people.organisation_edit", code=code)
    values = body.model_dump() | {"place": pick(Place, "place", body.place)}
    return actions.edit_organisation(
        by=call.by, at=call.at, organisation=row, expected_version=call.version, **values
    )  # fmt: skip


@door.add("/members", "people.member_add", MemberOut)
def add_member(call: Call, body: MemberIn) -> User:
    """Add a person, without any right until a grant is proposed and confirmed."""
    return actions.add_member(by=call.by, at=call.at, **body.model_dump())


@door.step("/members/{id}/deactivate", "people.member_deactivate", MemberOut)
def deactivate_member(call: Call, id: Id, body: Reason) -> User:
    """Close the account of a person who left."""
    return actions.deactivate_member(by=call.by, at=call.at, user=get_object_or_404(User, pk=id), reason=body.reason)


@door.list("/grants", "people.view", GrantOut)
def grants(call: Call) -> Any:
    """Who has which role, proposed, active and ended."""
    return visible(RoleGrant, call.by, "people.view").select_related("user", "organisation")


@door.one("/grants/{id}", "people.view", GrantOut)
def grant(call: Call, id: Id) -> RoleGrant:
    """One grant of a role."""
    return find(RoleGrant, call.by, "people.view", pk=id)


@door.add("/grants", "people.grant_propose", GrantOut)
def propose_grant(call: Call, body: GrantIn) -> RoleGrant:
    """Propose a role; it counts after an approver has confirmed it."""
    return actions.propose_grant(
        by=call.by, at=call.at, user=pick(User.objects.filter(is_active=True), "person", body.person),
        organisation=pick(Organisation.objects.filter(is_active=True), "organisation", body.organisation, by="code"),
        role=body.role, place=pick(Place, "place", body.place) if body.place else None, reason=body.reason,
    )  # fmt: skip


@door.step("/grants/{id}/decide", "people.grant_decide", GrantOut)
def decide_grant(call: Call, id: Id, body: GrantDecision) -> RoleGrant:
    """Confirm or refuse a proposed role, as a second person."""
    row = find(RoleGrant, call.by, "people.grant_decide", pk=id)
    return actions.decide_grant(by=call.by, at=call.at, grant=row, accept=body.accept, reason=body.reason)


@door.step("/grants/{id}/revoke", "people.grant_revoke", GrantOut)
def revoke_grant(call: Call, id: Id, body: Reason) -> RoleGrant:
    """End a role."""
    row = find(RoleGrant, call.by, "people.grant_revoke", pk=id)
    return actions.revoke_grant(by=call.by, at=call.at, grant=row, reason=body.reason)


@door.list("/audit", "audit.view", EventOut, filters=forms.AuditFilter)
def audit(call: Call) -> Any:
    """Who changed what, when, from what to what, and why."""
    return visible(AuditEvent, call.by, "audit.view")
