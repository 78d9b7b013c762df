"""The plan as one page that opens anywhere: no file beside it, no request to any host, readable without script.

The page's own security policy forbids every load; only its inline style and the one inline script (named by its
hash) may run. Everything from outside passes through the template engine's escaping.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib.resources import files

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from yuanshou import __version__
from yuanshou.charts import CHART_STYLE
from yuanshou.maps import BOUNDARY_NOTE, MAP_STYLE
from yuanshou.plan import Plan
from yuanshou.report import sections, words
from yuanshou.report.atlas import plan_map
from yuanshou.report.digest import Digest
from yuanshou.report.frontier import frontier_chart


def plan_page(plan: Plan, *, digest: Digest | None = None) -> str:
    """The whole page as text."""
    digest = digest or Digest.of(plan)
    script = _text("plan.js")
    return _environment().get_template("plan.html.j2").render(
        plan=plan,
        digest=digest,
        words=words,
        version=__version__,
        style=Markup(_text("plan.css") + CHART_STYLE + MAP_STYLE),
        script=Markup(script),
        script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        verdict=words.verdict(digest),
        figures=sections.key_figures(digest),
        map=plan_map(digest),
        boundary_note=BOUNDARY_NOTE,
        heat=sections.heat_table(digest),
        worst=sections.worst_off(digest),
        others=sections.every_place(digest),
        supply=sections.supply_rows(digest),
        nobody=sections.nobody_offers(digest),
        needs=sections.need_rows(digest),
        fans=sections.forecast_fans(digest),
        groups=[(label, sections.group_rows(digest, column)) for label, column in sections.GROUPS],
        comparisons=sections.comparison_table(digest),
        frontier=frontier_chart(digest),
        donors=sections.donor_rows(digest),
        checks=sections.check_rows(digest),
        assumptions=sections.assumption_rows(plan.assumptions),
        notes=sections.note_groups(plan.notes),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _text(name: str) -> str:
    return (files("yuanshou.report") / "templates" / name).read_text(encoding="utf-8")
