"""What people see of a plan: a page, a workbook, a text and one terminal screen, all from the same `Digest`."""

from __future__ import annotations

from pathlib import Path

from yuanshou.plan import Plan
from yuanshou.report.digest import Digest
from yuanshou.report.html import plan_page
from yuanshou.report.markdown import plan_markdown
from yuanshou.report.terminal import summary
from yuanshou.report.xlsx import write_workbook
from yuanshou.sumchecks import sum_checks

__all__ = ["Digest", "plan_markdown", "plan_page", "sum_checks", "summary", "write_report", "write_workbook"]


def write_report(plan: Plan, folder: Path, *, digest: Digest | None = None) -> list[Path]:
    """Write plan.html, plan.xlsx and plan.md into the folder, which is made where it is missing.

    Returns the paths written. plan.json is written by `yuanshou.plan.write_plan`.
    """
    digest = digest or Digest.of(plan)
    folder.mkdir(parents=True, exist_ok=True)
    page, workbook, text = folder / "plan.html", folder / "plan.xlsx", folder / "plan.md"
    page.write_text(plan_page(plan, digest=digest), encoding="utf-8")
    write_workbook(digest, workbook)
    text.write_text(plan_markdown(digest), encoding="utf-8")
    return [page, workbook, text]
