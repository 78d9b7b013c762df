"""Words of the application in six languages: collect them from code and templates, update the catalogues, compile them.

    python3 dev.py messages             collect, update `src/yuanshou_ops/locale/*/LC_MESSAGES/django.po`, compile
    python3 dev.py messages --missing   list what has no translation, by language, and end with 1 if anything is missing

Everything is done by Babel, so no gettext tools are needed. A sentence that is no longer used leaves the catalogue.
"""

from __future__ import annotations

import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

PACKAGE = Path(__file__).resolve().parents[1] / "src" / "yuanshou_ops"
LOCALES = {"fr": "fr", "es": "es", "ru": "ru", "zh-hans": "zh_Hans", "ar": "ar"}
"""Language of the application → its folder. English is the language of the sources."""
KEYWORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "gettext_noop": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip
PLACEHOLDER = re.compile(r"%\(\w+\)[sdi]|%[sdi%]|\{\w*\}")
Key = tuple[str | tuple[str, ...], str | None]


def sources() -> Iterator[tuple[Path, str]]:
    """Every file of the application with words, as Python text (templates are turned into it by Django)."""
    from django.utils.translation.template import templatize

    for path in sorted(PACKAGE.rglob("*")):
        if "migrations" in path.parts:
            continue
        if path.suffix == ".py":
            yield path, path.read_text(encoding="utf-8")
        elif path.suffix == ".html":
            yield path, templatize(path.read_text(encoding="utf-8"), origin=str(path))


def collect() -> dict[Key, list[str]]:
    """(sentence or its singular and plural, context) → the files it stands in."""
    import django
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=True)
        django.setup()
    found: dict[Key, list[str]] = {}
    for path, text in sources():
        for _line, words, _comments, context in extract("python", io.BytesIO(text.encode()), keywords=KEYWORDS):
            key: Key = (words if isinstance(words, str) else tuple(w for w in words if w), context)
            files = found.setdefault(key, [])
            name = path.relative_to(PACKAGE).as_posix()
            if name not in files:
                files.append(name)
    return {key: found[key] for key in sorted(found, key=str)}


def po_path(language: str) -> Path:
    return PACKAGE / "locale" / LOCALES[language] / "LC_MESSAGES" / "django.po"


def read_catalog(language: str) -> Catalog:
    path = po_path(language)
    if not path.exists():
        return new_catalog(language)
    with path.open("rb") as file:
        return read_po(file, locale=LOCALES[language])


def new_catalog(language: str) -> Catalog:
    return Catalog(
        locale=LOCALES[language], project="Yuanshou", version="1", charset="utf-8", fuzzy=False,
        header_comment="# Words of the application. Written by `python3 dev.py messages`; translations are typed here.",
    )  # fmt: skip


def updated(language: str, words: dict[Key, list[str]]) -> Catalog:
    """The catalogue with exactly the sentences in use, each with the translation it had."""
    before, after = read_catalog(language), new_catalog(language)
    for (sentence, context), files in words.items():
        old = before.get(sentence if isinstance(sentence, str) else sentence[0], context)
        translation = old.string if old is not None and _same_shape(old, sentence) else None
        after.add(sentence, translation, locations=[(name, None) for name in files], context=context)
    for name in ("creation_date", "revision_date"):
        setattr(after, name, getattr(before, name))
    return after


def _same_shape(message: Message, sentence: str | tuple[str, ...]) -> bool:
    return bool(message.pluralizable) == isinstance(sentence, tuple)


def save(language: str, catalog: Catalog) -> None:
    path = po_path(language)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, catalog, width=110, sort_output=True, include_lineno=False)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)


def faults(language: str, words: dict[Key, list[str]] | None = None) -> list[str]:
    """Sentences without a translation, and translations whose placeholders differ from the sentence's."""
    catalog = read_catalog(language)
    found = []
    for (sentence, context), files in (words or collect()).items():
        first = sentence if isinstance(sentence, str) else sentence[0]
        message = catalog.get(first, context)
        strings = [] if message is None else list(_strings(message))
        if not strings or not all(strings):
            found.append(f"{language}: no translation of {first!r} ({files[0]})")
            continue
        wanted = [
            sorted(set(PLACEHOLDER.findall(one))) for one in ([sentence] if isinstance(sentence, str) else sentence)
        ]
        for string in strings:
            if sorted(set(PLACEHOLDER.findall(string))) not in wanted:
                found.append(f"{language}: other placeholders in {string!r} than in {first!r}")
    return found


def _strings(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string)


def main() -> int:
    words = collect()
    if "--missing" in sys.argv[1:]:
        missing = [fault for language in LOCALES for fault in faults(language, words)]
        print("\n".join(missing) or f"{len(words)} sentences, every one in {len(LOCALES) + 1} languages")
        return 1 if missing else 0
    for language in LOCALES:
        save(language, updated(language, words))
        print(f"{language}: {len(words)} sentences, {len(faults(language, words))} to translate")
    return 0


if __name__ == "__main__":
    sys.exit(main())
