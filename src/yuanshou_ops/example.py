"""The March 2020 example: organisations and a person in every role; each slice adds its recorded facts below.

Every figure comes from the library's shipped tables with its source; people are invented and say so.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import transaction
from django.utils import timezone

from yuanshou_ops.duty.models import ExerciseClock
from yuanshou_ops.people.actions import grant_from_console
from yuanshou_ops.people.models import Organisation, Place, User

AS_OF = datetime(2020, 3, 25, 8, 0, tzinfo=UTC)
ORGANISATIONS = (
    ("CENTRE", "Coordination centre (exercise)", "international", "CHE"),
    ("MOH-ITA", "Health authority, Italy (exercise)", "government", "ITA"),
    ("MOH-KEN", "Health authority, Kenya (exercise)", "government", "KEN"),
    ("GIVER-CHN", "Giving foundation, China (exercise)", "company", "CHN"),
)
PEOPLE = (
    ("Amina", "duty_officer", "CENTRE", "duty officer"),
    ("Bilal", "requester", "MOH-KEN", "requester for a health authority"),
    ("Chen", "donor", "GIVER-CHN", "donor"),
    ("Lina", "logistician", "CENTRE", "logistician"),
    ("Anders", "analyst", "CENTRE", "analyst"),
    ("Elena", "clinical_editor", "CENTRE", "clinical editor"),
    ("Tomas", "team_coordinator", "CENTRE", "team coordinator"),
    ("Aisha", "approver", "CENTRE", "approver (add a second factor first)"),
    ("Ugo", "auditor", "CENTRE", "auditor: reads all, changes nothing"),
    ("Ada", "administrator", "CENTRE", "administrator: people, no approvals"),
)


@transaction.atomic
def load(*, password: str, facts: bool = True) -> bool:
    """Load the example once; False if it is there already. Without facts: organisations and people alone."""
    if Organisation.objects.filter(code="GIVER-CHN").exists():
        return False
    organisations = {
        code: Organisation.objects.create(code=code, name=name, kind=kind, place=Place.objects.get(pk=place))
        for code, name, kind, place in ORGANISATIONS
    }
    for first, role, organisation, _words in PEOPLE:
        user = User.objects.create_user(f"{first.lower()}@example.org", password, name=first)
        grant_from_console(user=user, organisation=organisations[organisation], role=role, at=AS_OF)
    from yuanshou_ops.example_facts import load_facts

    if not facts:
        return True
    ExerciseClock.objects.create(starts_at=AS_OF, loaded_at=timezone.now())
    load_facts(AS_OF)
    return True
