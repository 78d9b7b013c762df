"""What the example has published: an edition of the figures, two reports, an alert, a comment."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from yuanshou_ops.bulletin import actions
from yuanshou_ops.bulletin.models import Report
from yuanshou_ops.people.models import User

PAGE = "News page of 25 March 2020, 19:45 (as mirrored)"


def load_bulletin(who: dict[str, User], at: datetime) -> None:
    """Written by the analyst, published by the duty officer. Every figure comes from the edition or the page it names."""
    edition = actions.propose_edition(by=who["Anders"], at=at)
    actions.step_edition(by=who["Amina"], at=at, edition=edition, step="publish")
    cases = edition.world["totals"]["cases"]
    situation = _publish(who, at - timedelta(hours=2), Report(
        title="Situation on 25 March 2020", topics=["situation"], editor="Anders", edition=edition,
        body=f"{cases:,} cases were known on {edition.world['as_of']}, more than 300,000 for the first time a few days "
        "ago. The table and the map show every place with its last report.",
        source=edition.world["source"], credits="Figures: edition " + edition.number,
    ))  # fmt: skip
    hand = Report(
        title="A helping hand: who is sent what", original_title="环球同此凉热——中国援手", topics=["aid", "masks"],
        editor="Anders", source=PAGE, credits="Facts from the page, told in our own words (exercise)",
        body="Tests, masks and protective suits were announced for 80 countries and two organisations. Expert teams went to "
        "Iran, Iraq and Italy. What has arrived stands in the account of aid; what was announced is not counted there.",
    )  # fmt: skip
    row = _publish(who, at - timedelta(hours=1), hand, related=[situation])
    _publish(who, at - timedelta(minutes=30), Report(
        kind="alert", title="Ventilators run short", topics=["ventilators"], editor="Anders", source=PAGE,
        body="Exercise: offers of ventilators are to be vetted first.",
    ))  # fmt: skip
    comment = actions.add_comment(at=at, report=row, name="A reader", text="Where can a hospital ask?")
    actions.moderate(by=who["Amina"], at=at, comment=comment, step="show")


def _publish(who: dict[str, User], at: datetime, report: Report, related: Any = ()) -> Report:
    report = actions.write_report(by=who["Anders"], at=at, report=report, related=related)
    actions.step_report(by=who["Anders"], at=at, report=report, step="submit")
    return actions.step_report(by=who["Amina"], at=at, report=report, step="publish")
