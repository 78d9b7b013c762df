"""The doors refuse with found, expected and the way out; results cannot be changed afterwards."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from yuanshou.errors import InputError
from yuanshou.tables import DataQualityNote, freeze, notes_frame, require_columns, require_nonnegative


def test_a_missing_column_is_named_together_with_those_that_are_there() -> None:
    with pytest.raises(InputError, match=r"offers\.csv: found no column item in offers \(columns: place, qty\)"):
        require_columns(pd.DataFrame(columns=["place", "qty"]), ["place", "item"], what="offers", where="offers.csv")


def test_a_negative_value_is_named_with_its_row_as_a_person_counts() -> None:
    frame = pd.DataFrame({"quantity": [5, np.nan, -3]})
    with pytest.raises(InputError, match=r"-3\.0 in column quantity, row 4 of stock"):
        require_nonnegative(frame, ["quantity"], what="stock")


def test_missing_is_not_negative() -> None:
    require_nonnegative(pd.DataFrame({"quantity": [np.nan, 0, 2]}), ["quantity"], what="stock")


def test_a_frozen_array_refuses_to_be_changed() -> None:
    array = freeze(np.arange(3))
    with pytest.raises(ValueError, match="read-only"):
        array[0] = 1


def test_notes_become_a_table_with_one_row_each() -> None:
    notes = [DataQualityNote("gap", "no count for two days", place="ITA", date="2020-03-12", row=7)]
    frame = notes_frame(notes)
    assert list(frame.columns) == ["kind", "place", "date", "file", "row", "message"]
    assert frame.loc[0, "place"] == "ITA"
    assert notes_frame([]).empty
