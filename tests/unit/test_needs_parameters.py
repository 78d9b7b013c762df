"""A user's own numbers over the standard ones, and what is refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from needs_world import AS_OF

from yuanshou.errors import InputError, YuanshouError
from yuanshou.needs.parameters import draw_values, load_parameters


def write(folder: Path, text: str, name: str = "mine.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_csv_row_replaces_a_number_and_is_marked(tmp_path: Path) -> None:
    path = write(tmp_path, "name,value,low,high,source\nicu_available_share,0.7,0.6,0.8,Ministry survey\n")
    row = load_parameters(path).set_index("name").loc["icu_available_share"]
    assert (row["value"], row["low"], row["high"]) == (0.7, 0.6, 0.8)
    assert bool(row["overridden"])
    assert row["source"] == "Ministry survey"


def test_a_value_alone_is_taken_as_certain(tmp_path: Path) -> None:
    row = load_parameters(write(tmp_path, "icu_available_share: 0.7\n", "mine.yaml")).set_index("name")
    assert list(row.loc["icu_available_share", ["low", "value", "high"]]) == [0.7, 0.7, 0.7]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,value\nicu_availble_share,0.7\n", "row 2: found 'icu_availble_share'.*icu_available_share"),
        ("name,value\nicu_available_share,much\n", "row 2: found 'much' in column value"),
        ("name,value\nicu_available_share,-0.1\n", "not negative"),
        ("name,value\nicu_available_share,70\n", "a share of 70"),
        ("name,value,low,high\nicu_available_share,0.7,0.8,0.9\n", "low ≤ value ≤ high"),
        ("parameter,value\nicu_available_share,0.7\n", "no column name"),
        ("name,value\nicu_available_share,0.7\nicu_available_share,0.8\n", "twice"),
        ("name,value\nicu_available_share,\n", "'' in column value"),
        ("name,value,unit\nicu_available_share,70,%\n", "unit '%' for icu_available_share; expected share"),
        ("name,value,source\nicu_available_share,0.7,\n", "row 2: found no source"),
        ("name,value\nicu_available_share,0.7\nshare_severe,0.5\n", "row 3: found .*share_severe 0.5.* sum to 1"),
        ("", "an empty file"),
    ],
)
def test_a_wrong_override_is_refused_with_where_and_what(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(YuanshouError, match=message):
        load_parameters(write(tmp_path, text))


def test_draws_stay_inside_their_range_and_centre_near_the_value() -> None:
    table = load_parameters()
    drawn = draw_values(table, AS_OF, draws=2000, seed=3)
    for row in table[table["known_from"].isna()].itertuples():
        values = drawn[row.name] if isinstance(row.name, str) else None
        assert values is not None
        assert values.min() >= np.float32(row.low) - 1e-6
        assert values.max() <= np.float32(row.high) * (1 + 1e-6)
        pert_mean = (row.low + 4 * row.value + row.high) / 6
        assert values.mean() == pytest.approx(pert_mean, rel=0.05, abs=0.02)


def test_a_number_not_yet_known_is_drawn_as_zero() -> None:
    assert (draw_values(load_parameters(), AS_OF, draws=5, seed=0)["antigen_share"] == 0).all()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("# mine\n\nicu_available_shar: 0.7\n", "mine.yaml, line 3: found 'icu_available_shar'"),
        ("icu_available_share: {value: 0.7, low: 0.8}\n", "line 1: found low 0.8"),
        ("icu_available_share: lots\n", "line 1: found 'lots'"),
        ("- 1\n", "no mapping"),
        ("a: [\n", "mine.yaml"),
    ],
)
def test_a_wrong_yaml_override_is_refused_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        load_parameters(write(tmp_path, text, "mine.yaml"))
