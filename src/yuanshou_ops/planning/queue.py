"""The queue of long work, in the database of the application, on either engine.

A worker claims a task by one guarded update, so two workers never run the same. A task whose worker fell silent goes
back to the queue; after `ATTEMPTS` it has failed, in words.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import time
from datetime import timedelta
from typing import Any

from django.db import close_old_connections
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yuanshou.errors import YuanshouError
from yuanshou_ops.exchange.actions import process
from yuanshou_ops.planning import actions
from yuanshou_ops.planning.engine import run_plan
from yuanshou_ops.planning.guidance import store_effect
from yuanshou_ops.planning.models import PlanRun, Task
from yuanshou_ops.planning.snapshots import make_snapshot
from yuanshou_ops.sentences import Sentence, keep
from yuanshou_ops.situation.models import Outbreak
from yuanshou_ops.upkeep import run_if_due

SILENCE = timedelta(minutes=10)
ATTEMPTS = 3
POLL_SECONDS = 1.0
UPKEEP_LOOK_SECONDS = 20.0
"""How often a worker looks whether a round of upkeep is due; the database says which worker runs it."""


def claim(worker: str) -> Task | None:
    """The oldest waiting task, now this worker's; None if there is none."""
    now = timezone.now()
    lost = Task.objects.filter(status=Task.Status.RUNNING, heard_at__lt=now - SILENCE)
    lost.filter(attempts__lt=ATTEMPTS).update(status=Task.Status.QUEUED)
    for task in lost.filter(attempts__gte=ATTEMPTS):
        _fail(task, _("the worker stopped three times while it ran"))
    for pk in Task.objects.filter(status=Task.Status.QUEUED).values_list("pk", flat=True)[:5]:
        mine = Task.objects.filter(pk=pk, status=Task.Status.QUEUED).update(
            status=Task.Status.RUNNING, worker=worker, heard_at=now, attempts=F("attempts") + 1
        )
        if mine == 1:
            return Task.objects.select_related("run").get(pk=pk)
    return None


def work_once(worker: str = "") -> bool:
    """Take one task and finish it; False if none waits."""
    task = claim(worker or f"{socket.gethostname()}-{os.getpid()}"[:60])
    if task is None:
        return False

    def progress(stage: str, percent: int) -> None:
        Task.objects.filter(pk=task.pk).update(stage=stage, percent=percent, heard_at=timezone.now())

    try:
        _carry_out(task, progress)
    except YuanshouError as error:
        _fail(task, error)
    except Exception as error:
        _fail(
            task,
            Sentence(_("a fault of the program: %(name)s: %(words)s"), name=type(error).__name__, words=str(error)),
        )
        raise
    else:
        Task.objects.filter(pk=task.pk).update(status=Task.Status.DONE, percent=100, stage="")
    return True


def _carry_out(task: Task, progress: Any) -> None:
    if task.kind == Task.Kind.SNAPSHOT:
        assert task.as_of is not None
        outbreak = Outbreak.objects.get(code=task.about) if task.about else None
        make_snapshot(task.as_of, at=timezone.now(), outbreak=outbreak, progress=progress)
        return
    if task.kind == Task.Kind.IMPORT:
        process(task.about, progress)
        return
    if task.kind == Task.Kind.GUIDANCE:
        store_effect(int(task.about), task.as_of, progress)
        return
    run = task.run
    assert run is not None
    if run.status == PlanRun.Status.QUEUED:
        actions.mark(run, "start")
    run_plan(run, progress)
    actions.mark(run, "finish")


def _fail(task: Task, why: Any) -> None:
    """The task has failed; why is kept in every language, for whoever looks."""
    words = json.dumps(keep(why), ensure_ascii=False)
    Task.objects.filter(pk=task.pk).update(status=Task.Status.FAILED, error=words)
    if task.run is not None and task.run.status in (PlanRun.Status.QUEUED, PlanRun.Status.RUNNING):
        if task.run.status == PlanRun.Status.QUEUED:
            actions.mark(task.run, "start")
        actions.mark(task.run, "fail", error=words)


def work_forever() -> None:
    """Until the process is stopped: upkeep when it is due, then the next task. A fault is logged, and work goes on."""
    log = logging.getLogger(__name__)
    looked = -UPKEEP_LOOK_SECONDS
    while True:
        close_old_connections()
        try:
            if time.monotonic() - looked >= UPKEEP_LOOK_SECONDS:
                looked = time.monotonic()
                run_if_due(timezone.now())
            busy = work_once()
        except Exception:
            log.exception("the worker met a fault")
            busy = False
        if not busy:
            time.sleep(POLL_SECONDS)
