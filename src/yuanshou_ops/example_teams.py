"""The expert teams of March 2020 that the example shows: who went where, how many, since when, each with its source.

Where a source names no day of return, the stay is entered until the end of the month, and the note says so.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from yuanshou_ops.deployments import actions
from yuanshou_ops.deployments.models import Deployment, Team, TeamRequest
from yuanshou_ops.people.models import Organisation, Place, User

ASSUMED_END = "End of stay not stated; entered until 30 April."
RED_CROSS = ("Red Cross Society of China", "red_cross", "CHN")
TEAMS = (
    (RED_CROSS, "Expert team to Iran", "IRN", 5, ["zh"], date(2020, 2, 29), date(2020, 3, 29),
     "https://www.xinhuanet.com/english/2020-03/05/c_138846945.htm", "Stay until 29 March: tasnimnews.com, 15 March 2020."),
    (RED_CROSS, "Expert team to Iraq", "IRQ", 7, ["zh"], date(2020, 3, 7), date(2020, 4, 7),
     "https://reliefweb.int/report/iraq/iraqi-red-crescent-chinese-medical-aid-will-contribute-increasing-ability-iraqi-medical",
     "A stay of one month: ummnews.org, 9 March 2020."),
    (RED_CROSS, "Expert team to Italy", "ITA", 9, ["zh"], date(2020, 3, 12), date(2020, 4, 30),
     "https://eideard.com/2020/03/15/china-donates-coronavirus-supplies-to-italy-via-china-red-cross/", ASSUMED_END),
    (("China", "government", "CHN"), "Expert team to Serbia", "SRB", 6, ["zh"], date(2020, 3, 21), date(2020, 4, 30),
     "http://en.cidca.gov.cn/cmtnews_19.html", ASSUMED_END),
    (("Cuba", "government", "CUB"), "Medical brigade to Lombardy", "ITA", 52, ["es"], date(2020, 3, 22), date(2020, 4, 30),
     "http://wftufise.org/lt-cubas-henry-reeve-humanitarian-medical-aid/", ASSUMED_END),
)  # fmt: skip
"""(Organisation, name, place, people, languages, arrived, until, source, note)."""


def load_teams(who: dict[str, User], at: datetime) -> None:
    """Five teams that are there on the day, and one request that nobody has answered."""
    for (name, kind, home), team_name, place, people, languages, arrived, until, source, note in TEAMS:
        organisation = _organisation(name, kind, home)
        team = Team(
            name=team_name, organisation=organisation, kind="experts", languages=languages, note=note,
            evacuation_contact="not known",
        )  # fmt: skip
        by: Any = who["Tomas"]
        day = datetime(arrived.year, arrived.month, arrived.day, 8, tzinfo=UTC)
        team = actions.add_team(by=by, at=day - timedelta(days=2), team=team, roles=[("other", people, None)])
        row = Deployment(team=team, place_id=place, starts_on=arrived, ends_on=until, source=source)
        row = actions.propose(by=by, at=day - timedelta(days=2), deployment=row)
        actions.step_deployment(by=who["Amina"], at=day - timedelta(days=1), deployment=row, step="accept")
        actions.step_deployment(
            by=by, at=day - timedelta(days=1), deployment=row, step="task", text="As reported by the source."
        )
        actions.step_deployment(by=by, at=day, deployment=row, step="arrive", on=arrived)
    _request(who, at)


def _organisation(name: str, kind: str, place: str) -> Organisation:
    found = Organisation.objects.filter(name=name).first()
    if found:
        return found
    code = "".join(c for c in name.upper() if c.isalnum())[:20] + f"-T-{place}"
    return Organisation.objects.create(code=code, name=name, kind=kind, place_id=place)


def _request(who: dict[str, User], at: datetime) -> None:
    kenya = Organisation.objects.get(code="MOH-KEN")
    row = TeamRequest(
        organisation=kenya, place=Place.objects.get(pk="KEN"), kind="experts", languages=["en", "sw"],
        roles={"epidemiologist": 1, "infection_control": 2}, starts_on=at.date() + timedelta(days=5),
        ends_on=at.date() + timedelta(days=33), site="National public health laboratory (exercise)",
        reason="exercise: surveillance and infection control before cases rise",
    )  # fmt: skip
    actions.ask_for_team(by=who["Bilal"], at=at - timedelta(hours=5), request=row)
