"""`yuanshou verify-plan` passes a sound plan and finds one that was tampered with, from its file alone."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from allocation_cases import small_case, terms_case

from yuanshou.allocation.network import Allocation
from yuanshou.allocation.program import allocate
from yuanshou.allocation.record import allocation_record, pack, unpack
from yuanshou.plan import records, sealed_text
from yuanshou_cli import verify_plan

Document = dict[str, Any]


def document(plan: Allocation) -> Document:
    """The parts of a plan file that the verifier reads."""
    return {
        "summary": {"objective": plan.objective, "bound": plan.bound, "gap": plan.gap},
        "dispatches": records(plan.dispatches),
        "coverage": records(plan.coverage),
        "supply_left": records(plan.supply_left),
        "certificate": allocation_record(plan),
    }


def problems(content: Document, folder: Path, *, sealed: bool = True) -> list[str]:
    file = folder / "plan.json"
    file.write_text(sealed_text(content) if sealed else json.dumps(content), encoding="utf-8")
    return verify_plan.verify(file)[0]


NEEDS, SUPPLY, CATALOGUE = small_case()
PLAIN = allocate(NEEDS, SUPPLY, catalogue=CATALOGUE)
WITH_TERMS = allocate(*terms_case()[:2], catalogue=terms_case()[2])
PLANS = {"plain": PLAIN, "prices": allocate(NEEDS, SUPPLY, method="prices", catalogue=CATALOGUE), "terms": WITH_TERMS}


@pytest.mark.parametrize("name", PLANS)
def test_a_sound_plan_has_no_problem_and_its_figures_are_recomputed(name: str, tmp_path: Path) -> None:
    plan = PLANS[name]
    assert problems(document(plan), tmp_path) == []
    figures = verify_plan.verify(tmp_path / "plan.json")[1]
    assert figures["objective"] == pytest.approx(plan.objective, rel=1e-9)
    assert figures["bound"] == pytest.approx(plan.bound, rel=1e-6)


def array(name: str, change: Callable[[Any], Any]) -> Callable[[Document], None]:
    """A change to one array of the certificate's network."""

    def tamper(content: Document) -> None:
        network = content["certificate"]["network"]
        network[name] = pack(change(unpack(network[name]).copy()))

    return tamper


def quantity(change: Callable[[Any], Any]) -> Callable[[Document], None]:
    def tamper(content: Document) -> None:
        sent = content["certificate"]["dispatch"]
        sent["quantity"] = pack(change(unpack(sent["quantity"]).copy()))

    return tamper


def price(name: str, change: Callable[[Any], Any]) -> Callable[[Document], None]:
    def tamper(content: Document) -> None:
        prices = content["certificate"]["prices"]
        prices[name] = pack(change(unpack(prices[name]).copy()))

    return tamper


def first(value: float) -> Callable[[Any], Any]:
    def change(values: Any) -> Any:
        values.ravel()[0] = value
        return values

    return change


TAMPERED: dict[str, tuple[Callable[[Document], None], str]] = {
    "more sent than there is": (quantity(lambda q: q * 1000), "a pool that sends more than has come"),
    "half a piece": (quantity(lambda q: q + 0.5), "not whole packs"),
    "a negative dispatch": (quantity(first(-5.0)), "a negative dispatch"),
    "a larger pack": (array("pool_pack", lambda a: a * 0 + 7919.0), "not whole packs"),
    "a least consignment": (array("lane_min_kg", lambda a: a + 1e9), "below the least"),
    "a substitute forbidden": (array("substitute_rate", lambda a: np.eye(len(a))), "does not stand for"),
    "a lane made slower": (array("lane_weeks", lambda a: a + 99), "after the horizon"),
    "an earmark drawn closer": (array("group_recipients", lambda a: a & False), "an earmark ignored"),
    "a step made richer": (array("tier_value", lambda a: a[:, ::-1]), "worth more than the one before"),
    "a higher weight": (array("weight", lambda a: a * 2), "states objective"),
    "prices set to nought": (price("supply_limit", lambda p: p * 0), "states bound"),
    "a negative price": (price("need_balance", first(-1.0)), "negative or no number"),
    "a price that rises": (price("need_balance", lambda p: p[:, ::-1]), "rises over the weeks"),
    "need changed": (array("need", lambda a: a * 1.01), "need in the coverage differs"),
    "a mode forbidden": (
        lambda c: c["certificate"]["labels"].update(item_modes=["sea"] * 4),
        "by the mode of its lane",
    ),
    "a quantity in the table": (lambda c: c["dispatches"]["quantity"].__setitem__(0, 1), "dispatches differ"),
    "a better gap stated": (lambda c: c["summary"].update(gap=-1.0), "states gap"),
    "supply hidden": (lambda c: c["supply_left"]["left"].__setitem__(0, 12345), "do not make what was offered"),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_a_tampered_plan_is_found_even_when_it_is_sealed_anew(name: str, tmp_path: Path) -> None:
    content = document(WITH_TERMS)
    tamper, expected = TAMPERED[name]
    tamper(content)
    assert any(expected in problem for problem in problems(content, tmp_path)), problems(content, tmp_path)


def test_a_file_that_was_changed_after_it_was_sealed_is_found(tmp_path: Path) -> None:
    assert problems({**document(PLAIN), "seal": "0" * 64}, tmp_path, sealed=False) != []


def test_the_auditors_tool_is_short_and_needs_no_solver(project_dir: Path) -> None:
    text = (project_dir / "src" / "yuanshou_cli" / "verify_plan.py").read_text(encoding="utf-8")
    modules = {
        name.split(".")[0]
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert len(text.splitlines()) < 300
    assert modules <= {"__future__", "base64", "hashlib", "json", "sys", "zlib", "collections", "pathlib", "types",
                       "typing", "click", "numpy"}  # fmt: skip
