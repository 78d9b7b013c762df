"""IATI Activity Standard 2.03: one activity for each giver and place; goods as results in units, money as transactions.

Goods have no money value here, because an invented price would be added up by others; each item is an output with the
units promised, on the way, received and not received. Source: https://iatistandard.org/en/iati-standard/203/
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from lxml import etree

from yuanshou_ops.bulletin.models import Edition
from yuanshou_ops.formats.rows import Given, given

VERSION = "2.03"
OWN_VOCABULARY = "99"
HUMANITARIAN_SECTOR = "72010"
"""DAC code: material relief assistance and services."""
TRANSACTIONS = {"pledge": "13", "commitment": "11", "paid": "1"}
"""Status of money → IATI code: incoming pledge, incoming commitment, incoming funds."""
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
MEASURES = (
    ("promised", "held for the place by a pending commitment"), ("on_the_way", "dispatched and not counted yet"),
    ("received", "accepted by the receiver"), ("not_received", "damaged, short or lost"),
)  # fmt: skip


def to_iati(edition: Edition, *, reporter: str, reporter_ref: str) -> bytes:
    """The account of an edition as an IATI activities file, UTF-8.

    Parameters
    ----------
    reporter, reporter_ref : name and IATI identifier of the organisation that reports.
    """
    moment = edition.made_at
    root = etree.Element("iati-activities", {"version": VERSION, "generated-datetime": moment.isoformat()})
    pairs: dict[tuple[str, str], list[Given]] = defaultdict(list)
    for row in given(edition):
        pairs[row.donor, row.place].append(row)
    for number, rows in enumerate(pairs.values(), start=1):
        root.append(_activity(rows, f"{reporter_ref}-{edition.number}-{number:04d}", reporter, reporter_ref, moment))
    for flow in edition.account.get("contributions", []):
        root.append(_money(flow, reporter, reporter_ref, moment))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _head(identifier: str, title: str, reporter: str, reporter_ref: str, moment: Any) -> Any:
    activity = etree.Element(
        "iati-activity",
        {LANGUAGE: "en", "default-currency": "USD", "last-updated-datetime": moment.isoformat(), "humanitarian": "1"},
    )
    etree.SubElement(activity, "iati-identifier").text = identifier
    _told(etree.SubElement(activity, "reporting-org", {"ref": reporter_ref, "type": "40"}), reporter)
    _told(etree.SubElement(activity, "title"), title)
    return activity


def _told(parent: Any, words: str) -> None:
    etree.SubElement(parent, "narrative").text = words


def _activity(rows: list[Given], identifier: str, reporter: str, reporter_ref: str, moment: Any) -> Any:
    first = rows[0]
    activity = _head(
        identifier, f"Aid in kind from {first.donor} to {first.place_name}", reporter, reporter_ref, moment
    )
    _told(
        etree.SubElement(activity, "description", {"type": "1"}),
        "Goods by item: promised, on the way, received, not received. Only what was received counts as aid.",
    )
    _told(etree.SubElement(activity, "participating-org", {"role": "1"}), first.donor)
    etree.SubElement(activity, "activity-status", {"code": "2"})
    day = moment.date().isoformat()
    etree.SubElement(activity, "activity-date", {"type": "2", "iso-date": day})
    _where(activity, first)
    etree.SubElement(activity, "sector", {"vocabulary": "1", "code": HUMANITARIAN_SECTOR, "percentage": "100"})
    for row in rows:
        activity.append(_result(row, day))
    return activity


def _where(activity: Any, row: Given) -> None:
    if row.place_iso2:
        etree.SubElement(activity, "recipient-country", {"code": row.place_iso2, "percentage": "100"})
        return
    region = etree.SubElement(
        activity, "recipient-region", {"code": row.place, "vocabulary": OWN_VOCABULARY, "percentage": "100"}
    )
    _told(region, row.place_name)


def _result(row: Given, day: str) -> Any:
    result = etree.Element("result", {"type": "1", "aggregation-status": "1"})
    _told(etree.SubElement(result, "title"), f"{row.item_name} ({row.unit})")
    for name, words in MEASURES:
        indicator = etree.SubElement(result, "indicator", {"measure": "1", "ascending": "1", "aggregation-status": "1"})
        _told(etree.SubElement(indicator, "title"), f"{name.replace('_', ' ')}: {words}")
        etree.SubElement(indicator, "reference", {
            "vocabulary": OWN_VOCABULARY, "code": f"{row.item}/{name}", "indicator-uri": "https://example.org/yuanshou/items",
        })  # fmt: skip
        period = etree.SubElement(indicator, "period")
        etree.SubElement(period, "period-start", {"iso-date": day})
        etree.SubElement(period, "period-end", {"iso-date": day})
        etree.SubElement(period, "actual", {"value": str(getattr(row, name))})
    return result


def _money(flow: dict[str, Any], reporter: str, reporter_ref: str, moment: Any) -> Any:
    activity = _head(f"{reporter_ref}-{flow['number']}", flow["purpose"], reporter, reporter_ref, moment)
    _told(
        etree.SubElement(activity, "description", {"type": "1"}), f"Money from {flow['donor']} to {flow['recipient']}"
    )
    _told(etree.SubElement(activity, "participating-org", {"role": "1"}), flow["donor"])
    _told(etree.SubElement(activity, "participating-org", {"role": "4"}), flow["recipient"])
    etree.SubElement(activity, "activity-status", {"code": "2"})
    day = flow["paid_on"] or flow["committed_on"] or flow["pledged_on"]
    etree.SubElement(activity, "activity-date", {"type": "2", "iso-date": flow["pledged_on"]})
    etree.SubElement(activity, "sector", {"vocabulary": "1", "code": HUMANITARIAN_SECTOR, "percentage": "100"})
    transaction = etree.SubElement(activity, "transaction", {"humanitarian": "1"})
    etree.SubElement(transaction, "transaction-type", {"code": TRANSACTIONS[flow["status"]]})
    etree.SubElement(transaction, "transaction-date", {"iso-date": day})
    value = etree.SubElement(transaction, "value", {"currency": "USD", "value-date": day})
    value.text = f"{flow['usd_minor'] / 100:.2f}"
    return activity


def totals(data: bytes) -> dict[tuple[str, str], int]:
    """(item, measure) → units, read back from an IATI file: the count that must equal the edition's."""
    found: dict[tuple[str, str], int] = defaultdict(int)
    root = etree.fromstring(data)
    for indicator in root.iter("indicator"):
        item, _slash, measure = str(indicator.find("reference").get("code")).partition("/")
        found[item, measure] += int(indicator.find("period/actual").get("value"))
    return dict(found)
