"""What a worker is doing right now, in words: a task keeps the English name of its stage, a page shows the reader's."""

from __future__ import annotations

from typing import Any

from django.utils.translation import pgettext_lazy

STAGES: dict[str, Any] = {
    "situation": pgettext_lazy("stage of work", "situation"),
    "forecast": pgettext_lazy("stage of work", "forecast"),
    "needs": pgettext_lazy("stage of work", "needs"),
    "allocation": pgettext_lazy("stage of work", "allocation"),
    "audit and reasons": pgettext_lazy("stage of work", "audit and reasons"),
    "other rules": pgettext_lazy("stage of work", "other rules"),
    "storing": pgettext_lazy("stage of work", "storing"),
    "opening the file": pgettext_lazy("stage of work", "opening the file"),
    "reading rows": pgettext_lazy("stage of work", "reading rows"),
    "writing, all rows or none": pgettext_lazy("stage of work", "writing, all rows or none"),
}


def stage_words(stage: str) -> Any:
    return STAGES.get(stage, stage)
