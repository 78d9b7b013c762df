"""From an empty folder to a running server: schema, reference tables, first people, server processes."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from yuanshou.errors import InputError
from yuanshou.places import find_place
from yuanshou_ops.people.actions import set_up_first_administrator
from yuanshou_ops.people.models import Place, RoleGrant
from yuanshou_ops.reference import load_reference


def prepare() -> None:
    """Create the database or bring it up to date, and load places and items."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    load_reference()


def has_administrator() -> bool:
    return RoleGrant.objects.filter(role=RoleGrant.Role.ADMINISTRATOR, status=RoleGrant.Status.ACTIVE).exists()


def ensure_administrator(*, email: str, name: str, password: str, organisation_name: str, place: str) -> None:
    """The first administrator, at the place of any code or name."""
    code = find_place(place)
    if code is None:
        raise InputError(f"the place {place!r}", "a country's code or name", "try CHE, or Switzerland", where="--place")
    set_up_first_administrator(
        email=email, name=name, password=password, organisation_name=organisation_name,
        place=Place.objects.get(pk=code), at=timezone.now(),
    )  # fmt: skip


def load_example(*, password: str) -> bool:
    """The March 2020 example; False when it is loaded already."""
    from yuanshou_ops.example import load

    return load(password=password)


def demo_passwords() -> list[tuple[str, str]]:
    from yuanshou_ops.example import PEOPLE

    return [(f"{first.lower()}@example.org", words) for first, _role, _organisation, words in PEOPLE]


def start_worker() -> None:
    """A process beside the server: plans, snapshots, large spreadsheets, upkeep. It ends when the server does."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "yuanshou_ops.settings",
        "YUANSHOU_DATA_DIR": str(settings.DATA_DIR),
    }
    worker = subprocess.Popen([sys.executable, "-m", "django", "work"], env=environment)
    owner = os.getpid()  # the server's own children inherit this hook and must not stop the worker
    atexit.register(lambda: worker.terminate() if os.getpid() == owner else None)


def run_server(host: str, port: int) -> None:
    """Serve with gunicorn's processes and threads; on Windows, which gunicorn does not know, with threads alone."""
    start_worker()
    if os.name == "nt":
        _run_threads(host, port)
        return
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options = {
                "bind": f"{host}:{port}",
                "workers": settings.YUANSHOU["WORKERS"],
                "threads": settings.YUANSHOU["THREADS"],
                "worker_class": "gthread",
                "accesslog": None,
                "loglevel": "warning",
                "timeout": 120,
                "preload_app": False,
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            from yuanshou_ops.wsgi import application

            return application

    Server().run()


def _run_threads(host: str, port: int) -> None:
    from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

    from yuanshou_ops.wsgi import application

    server = ThreadedWSGIServer((host, port), WSGIRequestHandler)
    server.set_app(application)
    server.serve_forever()
