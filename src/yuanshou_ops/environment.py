"""The YUANSHOU_* variables: one table that reads, checks and documents each of them.

`docs/reference/settings.md` is written from this table, so a setting cannot exist undocumented.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from yuanshou.errors import SettingError

LANGUAGES = ("en", "fr", "es", "ru", "zh-hans", "ar")


@dataclass(frozen=True)
class Setting:
    """One variable: its name without the prefix, its default as a person would type it, its reader and its meaning."""

    name: str
    default: str
    parse: Callable[[str], Any]
    meaning: str

    @property
    def variable(self) -> str:
        return f"YUANSHOU_{self.name}"

    def read(self, environ: Mapping[str, str]) -> Any:
        text = environ.get(self.variable, self.default)
        try:
            return self.parse(text)
        except ValueError as error:
            raise SettingError(
                f"{self.variable}={text!r}", str(error), f"unset it (the default is {self.default or 'empty'!r})"
            ) from None


def yes_or_no(text: str) -> bool:
    lowered = text.strip().lower()
    if lowered in {"1", "yes", "true", "on"}:
        return True
    if lowered in {"0", "no", "false", "off", ""}:
        return False
    raise ValueError("yes or no")


def whole_number(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        message = f"a whole number from {low} to {high}"
        if not text.strip().isdigit() or not low <= int(text) <= high:
            raise ValueError(message)
        return int(text)

    return parse


def one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return text

    return parse


def words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def folder(text: str) -> Path:
    if not text.strip():
        raise ValueError("the path of a folder")
    return Path(text).expanduser().resolve()


def time_zone(text: str) -> str:
    from zoneinfo import available_timezones

    if text not in available_timezones():
        raise ValueError("a time zone name such as UTC or Asia/Shanghai")
    return text


def database_url(text: str) -> dict[str, Any] | None:
    """`postgresql://user:password@host:port/name?option=value` as Django's settings; empty means SQLite."""
    if not text:
        return None
    parts = urlsplit(text)
    if parts.scheme not in {"postgres", "postgresql"} or not parts.path.strip("/"):
        raise ValueError("postgresql://user:password@host:port/name, or nothing for SQLite")
    options = dict(parse_qsl(parts.query))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.strip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": options.pop("host", "") or parts.hostname or "",
        "PORT": options.pop("port", "") or str(parts.port or ""),
        "OPTIONS": options,
    }


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "DATA_DIR",
        "yuanshou-data",
        folder,
        "Folder of the SQLite database, the frozen inputs of plans and the generated secret key.",
    ),
    Setting(
        "DATABASE_URL",
        "",
        database_url,
        "PostgreSQL address (`postgresql://user:password@host:5432/name`). Empty: SQLite in the data folder.",
    ),
    Setting(
        "SECRET_KEY",
        "",
        str,
        "Key that signs sessions. Empty: made once and kept in the data folder, readable by its owner only.",
    ),
    Setting("DEBUG", "no", yes_or_no, "Show errors in full. Never on a server that others reach."),
    Setting(
        "ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", words, "Host names the server answers to, separated by commas."
    ),
    Setting("TRUSTED_ORIGINS", "", words, "Origins of forms behind a proxy, e.g. `https://aid.example.org`."),
    Setting(
        "HTTPS",
        "no",
        yes_or_no,
        "The server stands behind TLS: secure cookies, HSTS, and X-Forwarded-Proto is believed.",
    ),
    Setting(
        "PUBLIC_URL",
        "http://127.0.0.1:8000",
        str,
        "Address printed in QR codes and e-mails, without a slash at the end; `yuanshou serve` takes its own where none is set.",
    ),
    Setting("REPORTER", "Yuanshou", str, "Name of the organisation that reports, in the exports for others."),
    Setting("REPORTER_REF", "XX-YUANSHOU", str, "Its IATI organisation identifier, such as `XM-DAC-928`."),
    Setting("LANGUAGE", "en", one_of(*LANGUAGES), "Language of a visitor whose browser asks for none of ours."),
    Setting("TIME_ZONE", "UTC", time_zone, "Zone in which times are shown; the store is always UTC."),
    Setting("SESSION_HOURS", "10", whole_number(1, 72), "Hours after which a session must sign in again."),
    Setting(
        "SIGN_IN_ATTEMPTS",
        "5",
        whole_number(3, 50),
        "Failed sign-ins of one account in five minutes before it is locked out for five minutes.",
    ),
    Setting(
        "SECOND_FACTOR",
        "yes",
        yes_or_no,
        "An approver's rights count only with a second factor (TOTP or security key). Switch off for exercises only.",
    ),
    Setting("UPLOAD_MB_MAX", "20", whole_number(1, 200), "Largest file that may be uploaded, in megabytes."),
    Setting(
        "SILENCE_HOURS",
        "24",
        whole_number(1, 720),
        "Hours after which a submitted request without an answer is reported as silent.",
    ),
    Setting(
        "QUIET_SHIPMENT_HOURS",
        "48",
        whole_number(1, 720),
        "Hours after which a shipment on its way without news is reported as quiet.",
    ),
    Setting(
        "SHELF_LIFE_DAYS_MIN",
        "365",
        whole_number(0, 3650),
        "Shelf life asked for at the estimated arrival, in days (WHO's guidelines for donations: one year).",
    ),
    Setting(
        "COMMITMENT_DAYS",
        "14",
        whole_number(1, 365),
        "Days after which a commitment that nobody converts lapses and its goods are free again.",
    ),
    Setting(
        "DUPLICATE_DAYS",
        "14",
        whole_number(1, 90),
        "Days in which a second request for the same place and item is asked about as a duplicate.",
    ),
    Setting(
        "OFFER_UNITS_MAX",
        "5000000",
        whole_number(1, 10**12),
        "Most base units one row of an uploaded offer may carry; a larger one is entered on its page.",
    ),
    Setting(
        "UPKEEP_MINUTES",
        "10",
        whole_number(1, 1440),
        "Minutes between two rounds of upkeep: promises lapse, holds end, days are sealed.",
    ),
    Setting("EMAIL_HOST", "", str, "SMTP server for notices. Empty: they are written to the log."),
    Setting("EMAIL_PORT", "587", whole_number(1, 65535), "Port of the SMTP server."),
    Setting("EMAIL_USER", "", str, "User name at the SMTP server."),
    Setting("EMAIL_PASSWORD", "", str, "Password at the SMTP server."),
    Setting("EMAIL_FROM", "yuanshou@localhost", str, "Sender of notices."),
    Setting("WORKERS", "2", whole_number(1, 64), "Server processes of `yuanshou serve`."),
    Setting("THREADS", "4", whole_number(1, 64), "Threads of each server process."),
)


def read_settings(environ: Mapping[str, str] | None = None) -> dict[str, Any]:
    """Every setting by name, checked; an unknown YUANSHOU_* variable is refused, for it is most likely a slip."""
    environ = os.environ if environ is None else environ
    known = {setting.variable for setting in SETTINGS}
    unknown = sorted(name for name in environ if name.startswith("YUANSHOU_") and name not in known)
    if unknown:
        raise SettingError(
            f"the variable {unknown[0]}", "one of the names in docs/reference/settings.md", "correct or unset it"
        )
    return {setting.name: setting.read(environ) for setting in SETTINGS}


def secret_key(data_dir: Path, given: str) -> str:
    """The given key, or one made once and kept in the data folder with mode 600."""
    if given:
        return given
    from django.core.management.utils import get_random_secret_key

    path = data_dir / "secret-key"
    if not path.exists():
        data_dir.mkdir(parents=True, exist_ok=True)
        try:
            with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
                file.write(get_random_secret_key())
        except FileExistsError:
            pass  # another process of the same server was faster; its key is ours too
    return path.read_text()
