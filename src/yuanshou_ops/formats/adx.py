"""ADX (IHE Aggregate Data Exchange, QRPH): counts of every place as groups of data values, as DHIS2 and others read them.

Source: IHE QRPH Technical Framework Supplement, Aggregate Data Exchange, Rev. 3.0. What a place did not report has no
data value.
"""

from __future__ import annotations

from lxml import etree

from yuanshou_ops.bulletin.account import WORLD_COLUMNS
from yuanshou_ops.bulletin.models import Edition

NAMESPACE = "urn:ihe:qrph:adx:2015"
DATA_SET = "OUTBREAK_COUNTS"
ELEMENTS = dict(zip(WORLD_COLUMNS[1:4], ("CASES_CUMULATIVE", "DEATHS_CUMULATIVE", "CASES_NEW_7D"), strict=True))


def to_adx(edition: Edition) -> bytes:
    """The counts of an edition as ADX, UTF-8; the organisation unit is the place's code, the period the day."""
    world = edition.world
    root = etree.Element(f"{{{NAMESPACE}}}adx", nsmap={None: NAMESPACE}, exported=edition.made_at.isoformat())
    for place, *figures in world.get("rows", []):
        known = [
            (ELEMENTS[name], value) for name, value in zip(ELEMENTS, figures[:3], strict=True) if value is not None
        ]
        if not known:
            continue
        group = etree.SubElement(
            root, f"{{{NAMESPACE}}}group", orgUnit=place, period=f"{world['as_of']}/P1D", dataSet=DATA_SET,
            comment=world["source"][:200],
        )  # fmt: skip
        for element, value in known:
            etree.SubElement(group, f"{{{NAMESPACE}}}dataValue", dataElement=element, value=str(value))
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def totals(data: bytes) -> dict[str, int]:
    """Data element → sum, read back from an ADX file."""
    found: dict[str, int] = {}
    for value in etree.fromstring(data).iter(f"{{{NAMESPACE}}}dataValue"):
        element = str(value.get("dataElement"))
        found[element] = found.get(element, 0) + int(str(value.get("value")))
    return found
