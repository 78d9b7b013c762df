"""The time at the desk: the real one, or in an exercise the time of the exercise.

Only what judges lateness asks here. Facts are always recorded with the real time unless the caller says otherwise.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone


def now() -> datetime:
    """The time by which lateness is judged."""
    from yuanshou_ops.duty.models import ExerciseClock

    clock = ExerciseClock.objects.first()
    real = timezone.now()
    return real if clock is None else clock.starts_at + (real - clock.loaded_at)
