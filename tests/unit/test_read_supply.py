"""People's own supply: the templates are read as they are, and every wrong cell is answered with its place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from yuanshou.errors import InputError
from yuanshou.sources.supply import AidSupply, read_supply, world_supply, write_templates


def files(folder: Path) -> dict[str, Path]:
    return {path.stem: path for path in write_templates(folder)}


def read_offers(folder: Path, text: str, **more: Path) -> AidSupply:
    given = files(folder)
    given["offers"].write_text(text, encoding="utf-8")
    return read_supply(**{**given, **more})


def test_the_templates_are_read_as_they_are(tmp_path: Path) -> None:
    supply = read_supply(**files(tmp_path))
    offer, lane = supply.offers.iloc[0], supply.routes.iloc[0]
    assert (offer["quantity"], offer["earmark"], offer["known_by"]) == (500_000, "RWA UGA", pd.Timestamp("2020-03-25"))
    assert (lane["recipient"], lane["lead_time_days"], lane["capacity_m3_week"]) == ("UGA", 3, 160)
    assert supply.stock.to_dict("records") == [{"place": "UGA", "item": "surgical_mask", "quantity": 12_000}]
    assert supply.notes == ()


def test_a_table_that_is_not_given_is_taken_from_the_base(tmp_path: Path) -> None:
    base = world_supply(date(2020, 3, 25))
    own = read_supply(offers=files(tmp_path)["offers"], base=base)
    assert own.routes is base.routes
    assert own.offers["offer"].tolist() == ["OFFER-1"]
    assert [note.kind for note in own.notes] == ["no_lane"]  # the shipped lanes do not start in Nairobi
    with pytest.raises(InputError, match="no routes; expected a file of routes"):
        read_supply(offers=files(tmp_path)["offers"])


def test_only_the_needed_columns_are_needed_and_the_rest_has_defaults(tmp_path: Path) -> None:
    supply = read_offers(tmp_path, 'offer,source,item,quantity,available\nA,nbo,SOAP,"1,000",2020-03-30\n')
    offer = supply.offers.iloc[0]
    assert (offer["source"], offer["item"], offer["quantity"], offer["earmark"]) == ("NBO", "soap", 1000, "")
    assert (offer["basis"], offer["status"], offer["known_by"]) == ("sourced", "offered", pd.Timestamp("2020-03-30"))
    assert pd.isna(offer["expires"])


def test_names_of_places_in_any_language_are_taken(tmp_path: Path) -> None:
    head = "offer;source;item;quantity;available;earmark\n"
    supply = read_offers(
        tmp_path, head + "A;NBO;soap;1 000;2020-03-30;Korea, South\nB;NBO;soap;5;2020-03-30;乌干达|Кения\n"
    )
    assert supply.offers["earmark"].tolist() == ["KOR", "KEN UGA"]


def test_a_workbook_is_read_like_a_csv(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["offer", "source", "item", "quantity", "available"])
    book.active.append(["A", "NBO", "soap", 1000, date(2020, 3, 30)])
    book.save(tmp_path / "offers.xlsx")
    supply = read_supply(**{**files(tmp_path), "offers": tmp_path / "offers.xlsx"})
    assert supply.offers["available"].tolist() == [pd.Timestamp("2020-03-30")]


HEAD = "offer,source,item,quantity,available,expires,earmark,basis\n"
LANES = "source,recipient,mode,lead_time_days,usd_per_kg,capacity_kg_week\n"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("A,NBO,soap,-5,2020-03-30,,,", r"offers\.csv, row 2, column quantity: found '-5'; expected a whole number"),
        ("A,NBO,soap,twelve,2020-03-30,,,", "found 'twelve'; expected a whole number of base units"),
        ("A,NBO,soap,1.5,2020-03-30,,,", "found '1.5'.*count single pieces"),
        ("A,NBO,soap,,2020-03-30,,,", "found an empty cell.*missing is not zero"),
        ("A,NBO,soap,inf,2020-03-30,,,", "found 'inf'"),
        ("A,NBO,soap,1e20,2020-03-30,,,", "check the unit of the quantity"),
        ("A,NBO,surgical_masks,5,2020-03-30,,,", "found 'surgical_masks'.*did you mean surgical_mask"),
        ("A,Narnia,soap,5,2020-03-30,,,", r"column source: found 'Narnia'; expected a known node"),
        ("A,NBO,soap,5,30/03/2020,,,", "column available: found '30/03/2020'; expected a date such as 2020-03-25"),
        ("A,NBO,soap,5,,,,", "column available: found ''; expected a date"),
        ("A,NBO,soap,5,2020-02-30,,,", "found '2020-02-30'; expected a date"),
        ("A,NBO,soap,5,2020-03-30,2020-03-01,,", "column expires: found '2020-03-01', not after"),
        ("A,NBO,soap,5,2020-03-30,,Itali,", r"column earmark: found 'Itali'.*did you mean .*ITA \(Italy\)"),
        ("A,NBO,soap,5,2020-03-30,,Atlantis Prime,", "found 'Atlantis Prime'; expected a place by code or name"),
        ("A,NBO,soap,5,2020-03-30,,,guess", "column basis: found 'guess'; expected a known basis"),
        (",NBO,soap,5,2020-03-30,,,", "column offer: found an empty cell; expected a code"),
        ("A,NBO,soap,5,2020-03-30,,,\nA,NBO,soap,6,2020-03-30,,,", r"row 3, column offer: .* again \(first in row 2\)"),
    ],
)  # fmt: skip
def test_a_wrong_cell_of_an_offer_is_named(tmp_path: Path, row: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_offers(tmp_path, HEAD + row + "\n")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("NBO,Nowhere,air,3,1,", r"routes\.csv, row 2, column recipient: found 'Nowhere'"),
        ("XXQ,UGA,air,3,1,", "column source: found 'XXQ'; expected a known node"),
        ("NBO,UGA,teleport,3,1,", "found 'teleport'; expected a known mode"),
        ("NBO,UGA,air,-3,1,", "column lead_time_days: found '-3'"),
        ("NBO,UGA,air,900,1,", "column lead_time_days: found '900'; expected a number up to 365"),
        ("NBO,UGA,air,3,cheap,", "column usd_per_kg: found 'cheap'"),
        ("NBO,UGA,air,3,1,-9", "column capacity_kg_week: found '-9'"),
        ("NBO,UGA,air,3,1,9\nNBO,Uganda,air,4,1,9", r"the lane 'NBO UGA air' again \(first in row 2\)"),
    ],
)
def test_a_wrong_lane_is_named(tmp_path: Path, row: str, message: str) -> None:
    given = files(tmp_path)
    given["routes"].write_text(LANES + row + "\n")
    with pytest.raises(InputError, match=message):
        read_supply(**given)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("UGA,soap,-1", r"stock\.csv, row 2, column quantity: found '-1'"),
        ("UGA,soap,", "missing is not zero"),
        ("UGA,sope,5", "found 'sope'.*did you mean soap"),
        ("Atlantis,soap,5", "column place: found 'Atlantis'"),
        ("UGA,soap,5\nUganda,soap,6", r"the stock of 'UGA soap' again \(first in row 2\)"),
    ],
)
def test_wrong_stock_is_named(tmp_path: Path, row: str, message: str) -> None:
    given = files(tmp_path)
    given["stock"].write_text("place,item,quantity\n" + row + "\n")
    with pytest.raises(InputError, match=message):
        read_supply(**given)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("HUB,KEN,95,10", r"nodes\.csv, row 2, column latitude: found '95'; expected degrees from -90 to 90"),
        ("HUB,KEN,1,east", "column longitude: found 'east'"),
        ("HUB,Atlantis,1,1", "column place: found 'Atlantis'"),
        (",KEN,1,1", "column node: found an empty cell"),
        ("HUB,KEN,1,1\nHUB,UGA,1,1", "the node 'HUB' again"),
    ],
)
def test_a_wrong_node_is_named(tmp_path: Path, row: str, message: str) -> None:
    given = files(tmp_path)
    given["nodes"].write_text("node,place,latitude,longitude\n" + row + "\n")
    with pytest.raises(InputError, match=message):
        read_supply(**given)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("offer,source,item\nA,NBO,soap\n", r"offers\.csv: found no column quantity, available in offers"),
        (HEAD, "no rows of offers"),
        ("", "an empty file"),
    ],
)
def test_a_table_that_is_not_one_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        read_offers(tmp_path, text)


def test_a_lane_without_a_limit_is_used_and_noted(tmp_path: Path) -> None:
    given = files(tmp_path)
    given["routes"].write_text(LANES + "NBO,UGA,road,3,0.5,\n")
    assert [note.kind for note in read_supply(**given).notes] == ["lane_without_limit"]


def test_a_shipped_airport_needs_no_row_and_keeps_its_coordinates(tmp_path: Path) -> None:
    given = files(tmp_path)
    given["nodes"].write_text("node,place\nNBO,Kenya\nSTORE-1,UGA\n")
    nodes = read_supply(**given).nodes.set_index("node")
    assert nodes.loc["NBO", "latitude"] == pytest.approx(-1.32, abs=0.01)
    assert pd.isna(nodes.loc["STORE-1", "latitude"])
    assert "LGG" in nodes.index
