"""The plan on one terminal screen (80 × 24), for an officer at the end of a shift: what matters most stands first."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from yuanshou import formats
from yuanshou.plan import Plan
from yuanshou.report import words
from yuanshou.report.digest import Digest, row_dicts

ROWS = 5


def summary(plan: Plan, *, paths: Sequence[str] = (), digest: Digest | None = None) -> RenderableType:
    """Who needs most, what is sent, how far it reaches, what is short; paths are printed last where given."""
    digest = digest or Digest.of(plan)
    sound, said = words.verdict(digest)
    lines: list[RenderableType] = [
        Text.assemble((words.title(digest), "bold"), f" · {words.horizon(digest)}", overflow="ellipsis", no_wrap=True),
        Text.assemble(
            (" sound " if sound else " FAULTS ", "bold white on green" if sound else "bold white on red"),
            f" {said}; {plan.allocation.policy} rule, {_gap(digest)}", overflow="ellipsis", no_wrap=True,
        ),
        *(_line(label, text) for label, text in _headlines(digest)),
        _needy(digest),
        _short(digest),
    ]  # fmt: skip
    lines.append(Text(f"fingerprint {plan.fingerprint[:16]}", style="dim"))
    lines += [Text(path) for path in paths]
    return Group(*lines)


def _gap(digest: Digest) -> str:
    gap = digest.plan.allocation.gap
    return f"gap {formats.number(100 * gap, decimals=2)} %" if gap == gap else "no bound"


def _line(label: str, text: str) -> Text:
    return Text.assemble((f"{label:<9}", "cyan"), text, overflow="ellipsis", no_wrap=True)


def _headlines(digest: Digest) -> list[tuple[str, str]]:
    f, plan = formats, digest.plan
    low, middle, high = digest.cases_ahead
    dispatches, coverage = plan.allocation.dispatches, digest.by_place["coverage"].dropna()
    cases = f.compact(plan.situation.table["cases_cumulative"].sum())
    volume, freight = f.compact(dispatches["m3"].sum()), f.usd(dispatches["usd"].sum())
    reached = f.number(dispatches["recipient"].nunique())
    lines = [
        ("Cases", f"{cases} known; {f.compact(middle)} more forecast (90 %: {f.compact(low)}–{f.compact(high)})"),
        ("Sent", f"{words.tonnes(dispatches['kg'].sum())}, {volume} m³, to {reached} places; freight {freight}; "
                 f"{f.share(digest.used_share)} of supply"),
    ]  # fmt: skip
    ranked = digest.ranked
    if len(ranked):
        median, least = f.share(float(coverage.median())), f.share(ranked["coverage"].iloc[0])
        where = ranked["name"].iloc[0]
        on_offer = f.number(len(digest.offered_items))
        lines.append(("Coverage", f"median place {median}, least {least} ({where}), of {on_offer} items on offer"))
    lines.append(("Unmet", words.unmet_short(digest)))
    return lines


def _needy(digest: Digest) -> Table:
    """Places with the largest need by value: their need, what they get, how far it reaches."""
    table = _table("Greatest need", "cases", "need", "is sent", "coverage")
    cases = digest.plan.situation.table["cases_cumulative"]
    largest = digest.by_place.sort_values("need_usd", ascending=False).head(ROWS)
    for r in row_dicts(largest.rename_axis("place").reset_index()):
        known = formats.compact(float(cases.get(r["place"], float("nan"))))
        table.add_row(r["name"], known, formats.usd(r["need_usd"]), formats.usd(r["goods_usd"]),
                      formats.share(r["coverage"]))  # fmt: skip
    return table


def _short(digest: Digest) -> Table:
    """Items with the largest unmet need by value."""
    table = _table("Largest shortages", "need", "on offer", "unmet", "coverage")
    for r in row_dicts(digest.shortages.head(ROWS)):
        table.add_row(str(r["name"]), words.quantity(r["need"], r["unit"]), formats.compact(r["offered"]),
                      formats.usd(r["unmet_usd"]), formats.share(r["coverage"]))  # fmt: skip
    return table


def _table(first: str, *others: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 1), expand=False, header_style="cyan")
    table.add_column(first, no_wrap=True, overflow="ellipsis", min_width=26, max_width=38)
    for name in others:
        table.add_column(name, justify="right", no_wrap=True)
    return table
