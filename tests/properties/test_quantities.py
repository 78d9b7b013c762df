"""Laws of packs: whatever path of conversions is taken, the same base quantity comes back, exactly."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yuanshou.catalogue import load_catalogue
from yuanshou.errors import InputError, SettingError
from yuanshou.quantities import LEVELS, PackCount, PackSizes, pack_sizes

CATALOGUE = load_catalogue()
sizes = st.builds(
    PackSizes,
    st.integers(1, 500), st.integers(1, 100), st.integers(1, 60),
    st.fractions(Fraction(1, 10**6), 100, max_denominator=10**7),
    st.fractions(Fraction(1, 10**7), 2, max_denominator=10**7),
)  # fmt: skip
quantities = st.integers(0, 10**12)
levels = st.sampled_from(LEVELS)
laws = settings(max_examples=120, deadline=None)


@laws
@given(sizes, quantities)
def test_splitting_into_packs_and_joining_again_loses_nothing(packs: PackSizes, quantity: int) -> None:
    count = packs.split(quantity)
    assert packs.join(count) == quantity
    assert count.unit < packs.units_per_box
    assert count.box < packs.boxes_per_carton
    assert count.carton < packs.cartons_per_pallet


@laws
@given(sizes, st.integers(0, 10**6), st.lists(levels, min_size=1, max_size=5))
def test_any_path_of_conversions_returns_the_same_base_quantity(packs: PackSizes, count: int, path: list[str]) -> None:
    base = packs.to_base(count, "pallet")
    for level in path:
        base = packs.to_base(base // packs.units_in[level], level)  # type: ignore[index,arg-type]
    assert base == count * prod((packs.units_per_box, packs.boxes_per_carton, packs.cartons_per_pallet))


@laws
@given(sizes, quantities, levels)
def test_rounding_goes_to_the_nearest_whole_pack_on_each_side(packs: PackSizes, quantity: int, level: str) -> None:
    up, down = packs.round_up(quantity, level), packs.round_down(quantity, level)  # type: ignore[arg-type]
    each = packs.units_in[level]  # type: ignore[index]
    assert up % each == down % each == 0
    assert down <= quantity <= up < down + 2 * each
    assert packs.round_up(up, level) == up  # type: ignore[arg-type]


@laws
@given(sizes, st.lists(quantities, max_size=6))
def test_the_weights_and_volumes_of_parts_add_up_to_the_whole(packs: PackSizes, parts: list[int]) -> None:
    assert sum((packs.kg(q) for q in parts), Fraction(0)) == packs.kg(sum(parts))
    assert sum((packs.m3(q) for q in parts), Fraction(0)) == packs.m3(sum(parts))


@laws
@given(sizes, st.fractions(0, 10**6, max_denominator=1000), st.fractions(0, 10**4, max_denominator=1000), levels)
def test_what_fits_keeps_within_both_limits_and_one_more_pack_would_not(
    packs: PackSizes, kg: Fraction, m3: Fraction, level: str
) -> None:
    fits = packs.units_within(kg=kg, m3=m3, level=level)  # type: ignore[arg-type]
    more = fits + packs.units_in[level]  # type: ignore[index]
    assert packs.kg(fits) <= kg
    assert packs.m3(fits) <= m3
    assert packs.kg(more) > kg or packs.m3(more) > m3


@pytest.mark.parametrize("item", CATALOGUE.index)
def test_every_item_of_the_catalogue_packs_and_unpacks(item: str) -> None:
    packs = pack_sizes(item, CATALOGUE)
    assert packs.join(packs.split(1_234_567)) == 1_234_567
    assert packs.kg(1) == Fraction(str(CATALOGUE.loc[item, "kg_per_unit"]))


def test_a_count_reads_as_a_person_says_it() -> None:
    assert str(PackCount(pallet=1, box=2)) == "1 pallet, 2 boxes"
    assert str(PackCount()) == "0 units"


@pytest.mark.parametrize("wrong", [-1, 1.5, True])
def test_only_whole_numbers_of_pieces_are_quantities(wrong: float) -> None:
    with pytest.raises(SettingError, match="expected a whole number of 0 or more"):
        pack_sizes("soap", CATALOGUE).split(wrong)  # type: ignore[arg-type]


def test_an_unknown_item_and_a_pack_of_nothing_are_refused() -> None:
    with pytest.raises(InputError, match="the item 'boots'"):
        pack_sizes("boots", CATALOGUE)
    with pytest.raises(SettingError, match="0 units_per_box"):
        PackSizes(0, 1, 1, Fraction(1), Fraction(1))
    with pytest.raises(SettingError, match="neither a weight nor a volume"):
        pack_sizes("soap", CATALOGUE).units_within()
