"""The worker: takes plans, snapshots and spreadsheets from the queue, and does the upkeep, until it is stopped.

`--once` empties the queue and ends.
"""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from yuanshou_ops.planning.queue import work_forever, work_once


class Command(BaseCommand):
    help = "Carry out the plans, snapshots and imports that wait in the queue, and the upkeep."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--once", action="store_true", help="empty the queue, then stop")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["once"]:
            work_forever()
        while work_once():
            pass
