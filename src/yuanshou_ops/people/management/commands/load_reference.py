"""Places and items from the library into the database."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from yuanshou_ops.reference import load_reference


class Command(BaseCommand):
    help = "Bring places, items and packs up to date from the library's tables."

    def handle(self, *args: Any, **options: Any) -> None:
        places, items = load_reference()
        self.stdout.write(f"{places} places, {items} items")
