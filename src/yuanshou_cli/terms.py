"""Options for the terms of sharing: each names a table of one's own, and changes nothing when left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

import click

from yuanshou_cli.options import existing_file

Command = TypeVar("Command", bound=Callable[..., Any])
TABLES = ("substitutes", "reserves", "bundles", "transfers", "modes")


def terms_options(command: Command) -> Command:
    """--substitutes, --reserves, --bundles, --transfers, --modes, --weights, --least-consignment, --last-plan."""
    for option in (
        click.option("--last-plan", type=click.Path(exists=True, path_type=Path),
                     help="The plan before this one: differing from what it sends in the weeks both reach has a cost."),
        click.option("--least-consignment", type=click.FloatRange(0, 1e7), default=0.0, metavar="KG",
                     help="Least mass of a consignment on any lane in a week: fewer and larger ones, at a cost shown."),
        click.option("--weights", type=existing_file(), help="Your own weights: place, item, weight."),
        click.option("--modes", type=existing_file(), help="Modes an item may travel by, such as air road."),
        click.option("--transfers", type=existing_file(),
                     help="What recipients may pass on to each other, for good or lent and returned."),
        click.option("--bundles", type=existing_file(), help="Items that count in complete sets only."),
        click.option("--reserves", type=existing_file(), help="Shares kept for some places, or until a day."),
        click.option("--substitutes", type=existing_file(), help="Items that may stand for another, with their rate."),
    ):  # fmt: skip
        command = option(command)
    return command


def tables_of(terms: Mapping[str, Any]) -> dict[str, Path | None]:
    """The files among the options that `read_supply` reads."""
    return {name: terms[name] for name in TABLES}


def with_last_plan(supply: Any, path: Path | None) -> Any:
    """The supply with the dispatches of the last plan beside it."""
    if path is None:
        return supply
    from yuanshou.last_plan import read_last_plan

    return replace(supply, terms={**supply.terms, "last_plan": read_last_plan(path)})


def policy_of(terms: Mapping[str, Any]) -> dict[str, Any]:
    """What the options say about the policy: own weights and the least consignment."""
    chosen: dict[str, Any] = {"least_consignment_kg": terms["least_consignment"]}
    if terms["weights"] is not None:
        from yuanshou.catalogue import load_catalogue
        from yuanshou.sources.terms_reader import read_weights

        chosen |= read_weights(terms["weights"], load_catalogue())
    return chosen
