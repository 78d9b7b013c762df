"""No sentence of the application lacks one of the six languages, and what is shipped is what was compiled."""

from __future__ import annotations

import ast
import io
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

pytest.importorskip("django", reason="the operations extra is not installed")
sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tools"))

import messages
from babel.messages.mofile import write_mo

from yuanshou import errors
from yuanshou.errors import YuanshouError


@pytest.fixture(scope="module")
def words() -> dict[messages.Key, list[str]]:
    return messages.collect()


@pytest.mark.parametrize("language", messages.LOCALES)
def test_every_sentence_is_translated_with_its_placeholders(
    language: str, words: dict[messages.Key, list[str]]
) -> None:
    assert messages.faults(language, words) == [], "run: python3 dev.py messages, then translate"


@pytest.mark.parametrize("language", messages.LOCALES)
def test_the_catalogue_has_what_is_in_use_and_nothing_else(language: str, words: dict[messages.Key, list[str]]) -> None:
    listed = {
        message.id if isinstance(message.id, str) else message.id[0] for message in messages.read_catalog(language)
    }
    used = {key[0] if isinstance(key[0], str) else key[0][0] for key in words}
    assert listed - {""} == used, "run: python3 dev.py messages"


@pytest.mark.parametrize("language", messages.LOCALES)
def test_the_compiled_catalogue_is_the_one_that_is_shipped(language: str) -> None:
    made = io.BytesIO()
    write_mo(made, messages.read_catalog(language))
    assert messages.po_path(language).with_suffix(".mo").read_bytes() == made.getvalue(), "run: python3 dev.py messages"


def test_the_gate_sees_a_missing_sentence_and_a_lost_placeholder() -> None:
    unknown: dict[messages.Key, list[str]] = {("A sentence that nobody translated", None): ["x.html"]}
    assert len(messages.faults("fr", unknown)) == 1
    catalog = messages.new_catalog("fr")
    catalog.add("%(n)d boxes", "caisses")
    message = catalog.get("%(n)d boxes")
    assert message is not None
    assert messages.PLACEHOLDER.findall(str(message.id)) != messages.PLACEHOLDER.findall(str(message.string))


# --- refusals ------------------------------------------------------------------------------------------------

ON_A_CONSOLE = {"backup.py", "environment.py", "start.py"}
"""Read by whoever runs the server, in English like every command, before any reader has a language."""
STORED = {"Unreadable"}
"""Made in the language of who sent the file, and kept with the import."""
LAZY = {"_", "gettext_lazy", "ngettext_lazy", "pgettext_lazy", "npgettext_lazy"}
NAMES = re.compile(r"%\((\w+)\)s")


def refusals(tree: ast.AST, classes: set[str]) -> Iterator[ast.Call]:
    """Every place where a refusal is made."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in classes:
            yield node


def bare_phrases(text: str, classes: set[str]) -> list[str]:
    """The phrases of refusals that nobody can translate, or whose values do not fit; empty if all is well."""
    tree, faults = ast.parse(text), []
    is_eager = any(
        isinstance(node, ast.ImportFrom) and any((a.name, a.asname) == ("gettext", "_") for a in node.names)
        for node in ast.walk(tree)
    )
    for call in refusals(tree, classes):
        name = call.func.id  # type: ignore[attr-defined]
        phrases = call.args[1:] if name == "WrongField" else call.args
        words = [word for phrase in phrases for word in _words(phrase)]
        if None in words or len(phrases) < 2 or (is_eager and name not in STORED and "_(" in ast.unparse(call)):
            faults.append(f"line {call.lineno}: {ast.unparse(call)}")
        wanted = {value for word in words if word for value in NAMES.findall(word)}
        given = {keyword.arg for keyword in call.keywords}
        if name not in STORED and wanted != given:
            faults.append(f"line {call.lineno}: values {sorted(map(str, given ^ wanted))}")
    return faults


def _words(phrase: ast.expr) -> list[str | None]:
    """The sentences of one phrase; None for what is no lazy translation of a whole sentence."""
    if isinstance(phrase, ast.IfExp):
        return [*_words(phrase.body), *_words(phrase.orelse)]
    if isinstance(phrase, ast.BinOp) and isinstance(phrase.op, ast.Mod):  # stored words only; the values are in them
        return [words and NAMES.sub("", words) for words in _words(phrase.left)]
    if isinstance(phrase, ast.Call) and isinstance(phrase.func, ast.Name) and phrase.func.id in LAZY:
        texts = [one.value for one in phrase.args if isinstance(one, ast.Constant) and isinstance(one.value, str)]
        return [*texts] if texts and len(texts) == len(phrase.args) else [None]
    return [None]


def refusal_classes(package: Path) -> set[str]:
    """Every class of the application that is a refusal, by name, and those of the library."""
    found = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, YuanshouError)}
    bases = {
        node.name: {base.id for base in node.bases if isinstance(base, ast.Name)}
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
    }
    while more := {name for name, parents in bases.items() if parents & found} - found:
        found |= more
    return found - {"EditConflict"}  # it has phrases of its own


def test_every_refusal_can_be_read_in_six_languages() -> None:
    classes = refusal_classes(messages.PACKAGE)
    assert {"Refused", "NotAllowed", "WrongField", "Malformed", "Unreadable", "InputError"} <= classes
    faults, seen = [], 0
    for path in sorted(messages.PACKAGE.rglob("*.py")):
        name = path.relative_to(messages.PACKAGE).as_posix()
        if name in ON_A_CONSOLE or "migrations" in path.parts:
            continue
        text = path.read_text(encoding="utf-8")
        seen += sum(1 for _call in refusals(ast.parse(text), classes))
        faults += [f"{name}, {fault}" for fault in bare_phrases(text, classes)]
    assert faults == [], 'write Refused(_("…%(name)s…"), _("…"), _("…"), name=value)'
    assert seen > 150


def test_the_gate_sees_a_bare_phrase_a_glued_one_an_eager_one_and_a_lost_value() -> None:
    lazily = "from django.utils.translation import gettext_lazy as _\n"
    for good in (
        'Refused(_("a lot"), _("a lot of %(n)s"), _("go") if x else _("stay"), n=1)',
        'WrongField("item", _("none"), _("one"))',
        'Refused(ngettext_lazy("%(n)s lot", "%(n)s lots", "n"), _("a"), _("b"), n=n)',
    ):
        assert bare_phrases(lazily + good, {"Refused", "WrongField"}) == []
    for bad in (
        'Refused("a lot", _("b"), _("c"))',
        'Refused(f"a lot {x}", _("b"), _("c"))',
        'Refused(_("a lot ") + x, _("b"), _("c"))',
        'Refused(_(f"a lot {x}"), _("b"), _("c"))',
        'Refused(words, _("b"), _("c"))',
        'Refused(_("a lot of %(n)s"), _("b"), _("c"))',
        'Refused(_("a lot"), _("b"), _("c"), n=1)',
    ):
        assert bare_phrases(lazily + bad, {"Refused"}) != []
    eagerly = "from django.utils.translation import gettext as _\n"
    assert bare_phrases(eagerly + 'Refused(_("a"), _("b"), _("c"))', {"Refused"}) != []
