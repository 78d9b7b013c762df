"""Tables: rows as OCHA's Financial Tracking Service takes them, CSV with an HXL hashtag row, hubverse model output."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Any

from yuanshou_ops.bulletin.models import Edition
from yuanshou_ops.formats.rows import given
from yuanshou_ops.pages import plain
from yuanshou_ops.situation.models import PlaceSituation, Snapshot

FTS_COLUMNS = (
    "flow_id", "status", "boundary", "contribution_type", "amount_usd", "original_currency", "original_amount", "date",
    "source_organization", "source_country", "destination_organization", "destination_country", "new_money", "description",
    "item", "quantity", "unit",
)  # fmt: skip
IN_KIND = (("promised", "commitment"), ("received", "paid"))
"""What of the account becomes an FTS flow: goods on the way are neither promised anew nor received yet."""
HXL_COLUMNS = (
    ("donor", "#org+provider+name"), ("donor_country", "#country+provider+code+v_iso2"),
    ("place", "#country+receiver+code"), ("place_name", "#country+receiver+name"), ("item", "#item+code"),
    ("item_name", "#item+name"), ("unit", "#item+unit"), ("promised", "#item+promised+num"),
    ("on_the_way", "#item+transit+num"), ("received", "#item+received+num"), ("not_received", "#item+lost+num"),
    ("figures_of", "#date+reported"), ("edition", "#meta+edition"),
)  # fmt: skip
HUB_COLUMNS = (
    "reference_date", "target", "horizon", "target_end_date", "location", "output_type", "output_type_id", "value",
)  # fmt: skip
HUB_LEVELS = {"low95": "0.025", "low50": "0.25", "median": "0.5", "high50": "0.75", "high95": "0.975"}
HUB_TARGETS = {"cases": "wk inc case", "deaths": "wk inc death"}


def _csv(rows: list[Any]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([plain(value) for value in row] for row in rows)
    return text.getvalue().encode()


def to_fts(edition: Edition) -> bytes:
    """Flows of money and of goods. Goods have no amount: what nobody valued is left empty, never zero."""
    day = edition.made_at.date().isoformat()
    rows: list[Any] = [FTS_COLUMNS]
    for flow in edition.account.get("contributions", []):
        rows.append([
            flow["number"], flow["status"], flow["boundary"], "financial", f"{flow['usd_minor'] / 100:.2f}", flow["currency"],
            f"{flow['amount_minor'] / 100:.2f}", flow["paid_on"] or flow["committed_on"] or flow["pledged_on"], flow["donor"],
            flow["donor_place"], flow["recipient"], flow["recipient_place"], "yes" if flow["is_new_money"] else "no",
            flow["purpose"], "", "", "",
        ])  # fmt: skip
    number = 0
    for row in given(edition):
        for name, status in IN_KIND:
            units = getattr(row, name)
            if units:
                number += 1
                rows.append([
                    f"{edition.number}-{number}", status, "incoming", "in kind", "", "", "", day, row.donor,
                    row.donor_iso2, "", row.place_iso2 or row.place, "yes", f"{row.item_name}, {name}", row.item, units,
                    row.unit,
                ])  # fmt: skip
    return _csv(rows)


def to_hxl(edition: Edition) -> bytes:
    """The account with a row of HXL hashtags under the heading."""
    moment = edition.made_at.isoformat()
    rows: list[Any] = [[name for name, _tag in HXL_COLUMNS], [tag for _name, tag in HXL_COLUMNS]]
    for row in given(edition):
        rows.append([
            row.donor, row.donor_iso2, row.place, row.place_name, row.item, row.item_name, row.unit, row.promised,
            row.on_the_way, row.received, row.not_received, moment, edition.number,
        ])  # fmt: skip
    return _csv(rows)


def to_hubverse(snapshot: Snapshot) -> bytes:
    """The stored forecasts as hubverse model output (schema v6): five quantiles of weekly new cases and deaths."""
    reference = _saturday(snapshot.as_of)
    rows: list[Any] = [HUB_COLUMNS]
    places = PlaceSituation.objects.filter(snapshot=snapshot).order_by("place_id")
    for place, forecast in places.values_list("place_id", "forecast"):
        for target, words in HUB_TARGETS.items():
            for i, week in enumerate(forecast.get("weeks", [])):
                horizon = (date.fromisoformat(week) - reference).days // 7
                rows += [
                    [reference.isoformat(), words, horizon, week, place, "quantile", level, forecast[target][name][i]]
                    for name, level in HUB_LEVELS.items()
                    if forecast[target][name][i] is not None
                ]
    return _csv(rows)


def _saturday(day: date) -> date:
    """The last Saturday before or on the day: the end of the last complete week."""
    return day - timedelta(days=(day.weekday() - 5) % 7)
