"""May this person do this, to this row? One function decides, from one table; the answer is no unless a grant says yes.

The one thing easily confused: `may(user, action)` without a row asks "anywhere at all?" (show the menu entry), with a
row "here?" (do it). Actions call `require`; views call `visible` for lists and `find` for one row.
"""

from __future__ import annotations

from typing import Any, TypeVar

from django.conf import settings
from django.db.models import Model, Q, QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.errors import NotAllowed
from yuanshou_ops.people.policy_table import FOUR_EYES, POLICY, SECOND_FACTOR_ROLES, Reach

Row = TypeVar("Row", bound=Model)


def grants_for(user: Any, action: str) -> list[tuple[Any, Reach]]:
    """The user's grants that carry the action, each with its reach; an unknown action is a programming error."""
    rule = POLICY[action]
    return [
        (grant, rule[grant.role])
        for grant in getattr(user, "active_grants", [])
        if grant.role in rule and _counts(user, grant.role)
    ]


def _counts(user: Any, role: str) -> bool:
    needs_factor = role in SECOND_FACTOR_ROLES and settings.YUANSHOU["SECOND_FACTOR"]
    return not needs_factor or bool(user.has_second_factor)


def may(user: Any, action: str, row: Model | None = None) -> bool:
    """True if a grant of the user carries the action (and reaches the row)."""
    grants = grants_for(user, action)
    return bool(grants) if row is None else any(_reaches(grant, reach, row) for grant, reach in grants)


def _reaches(grant: Any, reach: Reach, row: Model) -> bool:
    if reach == Reach.OWN and grant.organisation_id not in {_value(row, path) for path in row.SCOPE_ORGANISATIONS}:
        return False
    places = {_value(row, path) for path in row.SCOPE_PLACES}
    return grant.place_id is None or not row.SCOPE_PLACES or grant.place_id in places


def _value(row: Any, path: str) -> Any:
    for name in path.split("__"):
        row = getattr(row, name, None)
    return row


def require(user: Any, action: str, row: Model | None = None) -> None:
    """Raise `NotAllowed`, saying which roles may, unless the user may."""
    if may(user, action, row):
        return
    from yuanshou_ops.people.models import RoleGrant

    roles, words = sorted(POLICY[action]), dict(RoleGrant.Role.choices)
    if SECOND_FACTOR_ROLES & set(roles) & getattr(user, "roles", set()) and not user.has_second_factor:
        raise NotAllowed(
            _("%(user)s without a second factor"),
            _("a second factor (code app or security key) for approvals"),
            _("add one under Account → Two-factor authentication, then sign in again"),
            user=user,
        )
    raise NotAllowed(
        _("%(user)s without the right to %(action)s")
        if row is None
        else _("%(user)s without the right to %(action)s for %(row)s"),
        _("one of the roles %(roles)s in scope"),
        _("ask an administrator for the role, or a colleague who has it"),
        user=getattr(user, "label", _("a visitor")),
        action=action,
        row=row,
        roles=[words.get(role, role) for role in roles],
    )


def require_other_person(user: Any, action: str, *earlier_ids: int | None) -> None:
    """Four eyes: raise `NotAllowed` if the user is one of the people who took the earlier step."""
    if user.pk in {i for i in earlier_ids if i is not None}:
        raise NotAllowed(
            _("%(user)s taking both steps of %(action)s"),
            _("a second person; excluded: %(excluded)s"),
            _("ask a colleague with the role to take this step"),
            user=user,
            action=action,
            excluded=_(FOUR_EYES[action]),
        )


def visible(rows: QuerySet[Row] | type[Row], user: Any, action: str) -> QuerySet[Row]:
    """The rows the user may do the action to; used by every list, export and API listing."""
    queryset = rows if isinstance(rows, QuerySet) else rows._default_manager.all()
    model = queryset.model
    condition, none = Q(), True
    for grant, reach in grants_for(user, action):
        part = Q()
        if reach == Reach.OWN:
            part &= _any_of(model.SCOPE_ORGANISATIONS, grant.organisation_id)
        if grant.place_id is not None and model.SCOPE_PLACES:
            part &= _any_of(model.SCOPE_PLACES, grant.place_id)
        if not part:
            return queryset
        condition |= part
        none = False
    return queryset.none() if none else queryset.filter(condition)


def _any_of(paths: tuple[str, ...], value: Any) -> Q:
    condition = Q(pk__in=[])
    for path in paths:
        condition |= Q(**{path: value})
    return condition


def find(rows: QuerySet[Row] | type[Row], user: Any, action: str, **lookup: Any) -> Row:
    """The one row, if it exists and the user may see it; otherwise 404, so that nobody learns what exists."""
    row = visible(rows, user, action).filter(**lookup).first()
    if row is None:
        raise Http404
    return row
