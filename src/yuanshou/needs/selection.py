"""A part of a forecast or of needs: some places, some items."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from yuanshou.errors import SettingError
from yuanshou.forecast.forecasters import Forecast
from yuanshou.needs.quantify import Needs
from yuanshou.places import find_place
from yuanshou.tables import freeze


def chosen_places(texts: Iterable[str]) -> tuple[str, ...]:
    """Place codes for codes or names a person typed, each once; SettingError names what is unknown."""
    codes = []
    for text in texts:
        code = find_place(text)
        if code is None:
            raise SettingError(f"place {text!r}", "a place code such as ITA, or a name", "see yuanshou situation")
        codes.append(code)
    return tuple(dict.fromkeys(codes))


def select_forecast(forecast: Forecast, places: tuple[str, ...]) -> Forecast:
    """The forecast of some places; all of them where `places` is empty."""
    if not places:
        return forecast
    index = {place: i for i, place in enumerate(forecast.places)}
    absent = [place for place in places if place not in index]
    if absent:
        raise SettingError(
            f"{', '.join(absent)}, for which there are no counts",
            "places with reported cases on that day",
            "choose another place, a later day, or give --counts",
        )
    rows = [index[place] for place in places]
    return replace(forecast, places=places, quantiles=forecast.quantiles[:, rows], paths=forecast.paths[:, rows])


def select_items(needs: Needs, items: tuple[str, ...]) -> Needs:
    """The needs of some items."""
    index = {item: i for i, item in enumerate(needs.items)}
    reasons = dict(zip(needs.left_out["item"], needs.left_out["reason"], strict=True)) if len(needs.left_out) else {}
    for item in items:
        if item not in index:
            why = f" ({reasons[item]})" if item in reasons else ""
            raise SettingError(f"item {item!r}{why}", f"one of {', '.join(needs.items)}", "name an item that has need")
    rows = [index[item] for item in dict.fromkeys(items)]
    capped = None if needs.draws_capped is None else freeze(needs.draws_capped[:, rows])
    return replace(
        needs, items=tuple(needs.items[i] for i in rows), draws=freeze(needs.draws[:, rows]), draws_capped=capped
    )
