"""What may happen to organisations, members and roles. Each action owns its transaction and its audit event."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import NotAllowed, Refused
from yuanshou_ops.people.audit import change, record, snapshot
from yuanshou_ops.people.models import ApiToken, Organisation, Place, RoleGrant, User
from yuanshou_ops.people.policy import may, require, require_other_person
from yuanshou_ops.people.policy_table import POLICY


class Console:
    """The operator of the machine, at the shell: may set up the first people, and is named in the trail."""

    pk = None
    label = "console"

    def __str__(self) -> str:
        return self.label


@transaction.atomic
def set_up_first_administrator(
    *, email: str, name: str, password: str, organisation_name: str, place: Place, at: datetime
) -> User:
    """The first person of a new installation; refused as soon as there is an administrator."""
    if RoleGrant.objects.filter(role=RoleGrant.Role.ADMINISTRATOR, status=RoleGrant.Status.ACTIVE).exists():
        raise Refused(_("an administrator"), _("an installation without one"), _("sign in and add members there"))
    organisation, _made = Organisation.objects.get_or_create(
        code="HOME", defaults={"name": organisation_name, "kind": Organisation.Kind.OTHER, "place": place}
    )
    user = _new_user(email=email, name=name, password=password)
    console = Console()
    record(by=console, at=at, action="people.member_add", target=user, after=snapshot(user))
    grant_from_console(user=user, organisation=organisation, role=RoleGrant.Role.ADMINISTRATOR, at=at)
    return user


@transaction.atomic
def grant_from_console(
    *, user: User, organisation: Organisation, role: str, at: datetime, place: Place | None = None
) -> RoleGrant:
    """A grant by whoever has the shell of the server; for setting up, exercises and rescue."""
    grant, created = RoleGrant.objects.get_or_create(
        user=user, organisation=organisation, role=role, place=place, status=RoleGrant.Status.ACTIVE,
        defaults={"proposed_at": at, "decided_at": at, "reason": "console"},
    )  # fmt: skip
    if created:
        record(by=Console(), at=at, action="people.grant_decide", target=grant, after=snapshot(grant))
    return grant


def _new_user(*, email: str, name: str, password: str) -> User:
    if User.objects.filter(email=email.lower()).exists():
        raise Refused(
            _("a member with the address %(email)s"),
            _("one account a person"),
            _("use the account that exists"),
            email=email,
        )
    try:
        validate_password(password, User(email=email, name=name))
    except ValidationError as error:
        raise Refused(
            _("a password that is too weak"),
            _("a password that meets this: %(rules)s"),
            _("choose a longer one"),
            rules=" ".join(error.messages),
        ) from None
    return User.objects.create_user(email, password, name=name)


@transaction.atomic
def add_organisation(
    *, by: Any, at: datetime, code: str, name: str, kind: str, place: Place, **contact: str
) -> Organisation:
    require(by, "people.organisation_add")
    organisation = Organisation(code=code, name=name, kind=kind, place=place, **contact)
    if Organisation.objects.filter(code=code).exists():
        raise Refused(
            _("an organisation with the code %(code)s"), _("a code of its own"), _("choose another code"), code=code
        )
    organisation.save()
    record(by=by, at=at, action="people.organisation_add", target=organisation, after=snapshot(organisation))
    return organisation


def edit_organisation(
    *, by: Any, at: datetime, organisation: Organisation, expected_version: int, **values: Any
) -> Organisation:
    """Change the named columns; raises `EditConflict` if somebody else saved since `expected_version`."""
    require(by, "people.organisation_edit", organisation)
    with change(by=by, at=at, action="people.organisation_edit", target=organisation):
        for name, value in values.items():
            setattr(organisation, name, value)
        organisation.save_changes(*values, expected_version=expected_version)
    return organisation


@transaction.atomic
def add_member(*, by: Any, at: datetime, email: str, name: str, password: str) -> User:
    """A new person, without any right until a grant is proposed and confirmed."""
    require(by, "people.member_add")
    user = _new_user(email=email, name=name, password=password)
    record(by=by, at=at, action="people.member_add", target=user, after=snapshot(user))
    return user


def deactivate_member(*, by: Any, at: datetime, user: User, reason: str) -> User:
    require(by, "people.member_deactivate")
    if user.pk == by.pk:
        raise Refused(_("your own account"), _("another person's"), _("ask another administrator"))
    with change(by=by, at=at, action="people.member_deactivate", target=user, reason=reason):
        user.is_active = False
        user.save(update_fields=["is_active"])
    return user


@transaction.atomic
def propose_grant(
    *, by: Any, at: datetime, user: User, organisation: Organisation, role: str, place: Place | None = None,
    reason: str = "",
) -> RoleGrant:  # fmt: skip
    """Propose a role; it counts only after another person has confirmed it."""
    require(by, "people.grant_propose")
    if user.pk == by.pk:
        raise NotAllowed(_("a grant to yourself"), _("a grant to another person"), _("ask another administrator"))
    live = RoleGrant.objects.filter(
        user=user, organisation=organisation, role=role, place=place, status__in=["proposed", "active"]
    )
    if live.exists():
        raise Refused(
            _("the same grant, proposed or active"), _("a new grant"), _("decide or revoke the one that exists")
        )
    grant = RoleGrant.objects.create(
        user=user,
        organisation=organisation,
        role=role,
        place=place,
        reason=reason,
        proposed_by_id=by.pk,
        proposed_at=at,
    )
    record(by=by, at=at, action="people.grant_propose", target=grant, after=snapshot(grant), reason=reason)
    return grant


def decide_grant(*, by: Any, at: datetime, grant: RoleGrant, accept: bool, reason: str = "") -> RoleGrant:
    """Confirm or refuse a proposed role: a second person, and never the person it is for."""
    require(by, "people.grant_decide", grant)
    require_other_person(by, "people.grant_decide", grant.proposed_by_id, grant.user_id)
    return _settle(
        by=by, at=at, action="people.grant_decide", grant=grant, reason=reason,
        expected=RoleGrant.Status.PROPOSED, to=RoleGrant.Status.ACTIVE if accept else RoleGrant.Status.REFUSED,
    )  # fmt: skip


def revoke_grant(*, by: Any, at: datetime, grant: RoleGrant, reason: str) -> RoleGrant:
    require(by, "people.grant_revoke", grant)
    return _settle(
        by=by, at=at, action="people.grant_revoke", grant=grant, reason=reason,
        expected=RoleGrant.Status.ACTIVE, to=RoleGrant.Status.REVOKED,
    )  # fmt: skip


def _settle(*, by: Any, at: datetime, action: str, grant: RoleGrant, reason: str, expected: str, to: str) -> RoleGrant:
    if grant.status != expected:
        raise Refused(
            _("a grant that is %(status)s"),
            _("one that is %(expected)s"),
            _("reload the page"),
            status=grant.get_status_display,
            expected=RoleGrant.Status(expected),
        )
    with change(by=by, at=at, action=action, target=grant, reason=reason):
        grant.status, grant.decided_by_id, grant.decided_at = to, by.pk, at
        grant.save_changes("status", "decided_by_id", "decided_at")
    return grant


def token_scopes() -> list[str]:
    """Every scope a token can carry: `slice:read` and `slice:write`."""
    slices = sorted({action.split(".")[0] for action in POLICY})
    return [f"{name}:{kind}" for name in slices for kind in ("read", "write")]


@transaction.atomic
def make_token(*, by: Any, at: datetime, name: str, scopes: list[str], days: int = 90) -> tuple[ApiToken, str]:
    """A token for a program that acts for `by`; the secret is returned once and stored as a digest only."""
    require(by, "people.token_use")
    unknown = sorted(set(scopes) - set(token_scopes()))
    if unknown or not scopes:
        raise Refused(
            _("the scopes %(unknown)s"),
            _("scopes such as requests:read"),
            _("choose from the list"),
            unknown=unknown or _("none"),
        )
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=by, name=name, prefix=prefix, digest=hashlib.sha256(secret.encode()).hexdigest(),
        scopes=sorted(scopes), created_at=at, expires_at=at + timedelta(days=days),
    )  # fmt: skip
    record(by=by, at=at, action="people.token_use", target=token, after=snapshot(token))
    return token, f"ys_{prefix}_{secret}"


def revoke_token(*, by: Any, at: datetime, token: ApiToken) -> ApiToken:
    if token.user_id != by.pk and not may(by, "people.member_deactivate"):
        raise NotAllowed(_("somebody else's token"), _("your own"), _("ask its owner or an administrator"))
    with change(by=by, at=at, action="people.token_use", target=token):
        token.revoked_at = at
        token.save(update_fields=["revoked_at"])
    return token


def user_of_token(text: str, *, at: datetime) -> ApiToken | None:
    """The live token behind `ys_PREFIX_SECRET`, or None; the comparison takes the same time either way."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != "ys":
        return None
    token = ApiToken.objects.select_related("user").filter(prefix=parts[1]).first()
    digest = hashlib.sha256(parts[2].encode()).hexdigest()
    if token is None or not secrets.compare_digest(digest, token.digest):
        return None
    if token.revoked_at or token.expires_at <= at or not token.user.is_active:
        return None
    return token
