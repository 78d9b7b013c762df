"""A refusal is read in the reader's language: on a page, in a form, through the API, and long after a worker met it."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import lxml.html
import pytest
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy, ngettext_lazy, override
from hypothesis import given
from hypothesis import strategies as st

from yuanshou.errors import InputError
from yuanshou_ops.deployments import statuses as deployments
from yuanshou_ops.errors import OperationError, Refused, in_english, told, told_html
from yuanshou_ops.people import actions as people
from yuanshou_ops.people.models import Place
from yuanshou_ops.planning import actions, queue
from yuanshou_ops.planning.models import PlanRun, Task
from yuanshou_ops.sentences import Sentence, as_html, clean, keep, kept, plain, say
from yuanshou_ops.steps import advance

LANGUAGES = ("en", "fr", "es", "ru", "zh-hans", "ar")
AWKWARD = "a7-/ <>&'\"%(){}\x00\n\ud800\u200f\u202a\u202e\u2066\u2067\u2068\u2069أمלי中é😀"
"""Letters of both directions, what HTML and formatting read, and what turns or breaks a text."""
TWICE = gettext_lazy("%(item)s twice")
THERE = ngettext_lazy("%(n)s unit there", "%(n)s units there", "n")


def reader(user: Any, language: str) -> Client:
    """The browser of somebody who reads that language."""
    client = Client(headers={"Accept-Language": language})
    client.force_login(user)
    return client


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "وُجد: 1,000 وحدة هناك؛ المتوقع: كمية من 1 إلى 1,000؛ الحل: صحح"),
                            ("zh-hans", "发现：现有 1,000 个单位；应为：1 至 1,000 的数量；解决办法：")],
)  # fmt: skip
def test_a_form_refuses_in_the_language_of_its_reader_with_the_numbers_in_place(
    world: Any, stock: Any, language: str, words: str
) -> None:
    typed = {"quantity": 2000, "reason": "wet", "key": "one"}
    page = reader(world.logistician, language).post(f"/ledger/accounts/{stock(1000).pk}/write-off", typed)
    errors = lxml.html.fromstring(page.content.decode()).get_element_by_id("errors")
    assert page.status_code == 422
    assert words in errors.text_content()
    numbers = list(errors.iter("bdi"))
    assert [(one.get("dir"), one.text_content()) for one in numbers] == [("ltr", "1,000")] * 2


@pytest.mark.parametrize(("language", "words"), [("ar", "بلا حق"), ("zh-hans", "没有")])
def test_a_page_refuses_in_the_language_of_its_reader_and_names_roles_in_it(
    world: Any, language: str, words: str
) -> None:
    page = reader(world.chen, language).get("/people/audit")
    facts = lxml.html.fromstring(page.content.decode()).find_class("facts")[0]
    assert page.status_code == 403
    assert words in facts.text_content()
    isolated = [one.text_content() for one in facts.iter("bdi")]
    with override(language):
        assert isolated[:2] == ["Chen", "audit.view"]
        assert gettext("auditor") in isolated


@pytest.mark.parametrize("language", ["ar", "zh-hans", "fr"])
def test_the_api_answers_in_the_language_asked_for_and_always_in_english_besides(
    world: Any, client: Any, language: str
) -> None:
    _token, secret = people.make_token(
        by=world.logistician, at=timezone.now(), name="test", scopes=["people:read", "people:write"], days=1
    )
    headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": "one"}

    def ask(spoken: str) -> Any:
        return client.post(
            "/api/v1/stock-in", "{}", content_type="application/json",
            headers=headers | {"Accept-Language": spoken},
        )  # fmt: skip

    english, spoken = ask("en"), ask(language)  # the token lacks the scope
    first, second = english.json(), spoken.json()
    assert english.status_code == spoken.status_code == 403
    assert (first["detail"], first["type"], first["status"]) == (second["english"], second["type"], second["status"])
    assert second["detail"] != second["english"] == first["english"]
    assert "ledger:write" in plain(second["expected"])
    assert second["title"] != first["title"]
    assert spoken.headers["Content-Language"] == language


def test_an_error_of_the_library_stays_english_and_is_marked_so() -> None:
    error = InputError("row 3: 'twelve' in column cases", "a whole number", "write 12 & go", where="counts.csv")
    with override("ar"):
        shown = lxml.html.fragment_fromstring(str(told_html(error)), create_parent=True)
        marked = [(one.get("lang"), one.get("dir"), one.text_content()) for one in shown.iter("bdi")]
        assert shown.text_content().startswith("وُجد: ")
    assert marked == [
        ("en", "ltr", "counts.csv: row 3: 'twelve' in column cases"), ("en", "ltr", "a whole number"),
        ("en", "ltr", "write 12 & go"),
    ]  # fmt: skip
    assert told(error) == str(error).replace("counts.csv: found ", "found counts.csv: ")


@pytest.mark.parametrize(
    ("n", "arabic", "russian"),
    [(1, "وحدة واحدة", "там 1 единица"), (2, "وحدتان", "там 2 единицы"), (5, "وحدات هناك", "там 5 единиц"),
     (21, "وحدة هناك", "там 21 единица")],
)  # fmt: skip
def test_a_number_decides_the_plural(n: int, arabic: str, russian: str) -> None:
    with override("ar"):
        assert arabic in str(Sentence(THERE, n=n))
    with override("ru"):
        assert str(Sentence(THERE, n=n)) == russian


def test_values_are_written_as_their_language_writes_them() -> None:
    values = {"item": [Decimal("1234.5"), date(2020, 3, 25), None, Sentence(THERE, n=1), lambda: "R-2020-000001"]}
    said = {}
    for language in LANGUAGES:
        with override(language):
            said[language] = str(Sentence(TWICE, **values)).translate(dict.fromkeys(map(ord, "\u2066\u2068\u2069")))
    assert said["en"] == "1,234.5, Mar 25, 2020, –, 1 unit there, R-2020-000001 twice"
    assert said["fr"].startswith("1\u202f234,5, 25 mars 2020, –, 1 unité présente, R-2020-000001")
    assert said["zh-hans"].startswith("1,234.5、2020年3月25日、–、现有 1 个单位、R-2020-000001")
    assert said["ar"].startswith("1,234.5، 25\u200f/03\u200f/2020، –، وحدة واحدة (1) هناك، R-2020-000001")


@given(st.lists(st.text(AWKWARD, max_size=40), min_size=1, max_size=4), st.sampled_from(LANGUAGES))
def test_no_value_can_turn_a_sentence_or_become_a_tag(values: list[str], language: str) -> None:
    with override(language):
        text = say(TWICE, {"item": values})
        shown = lxml.html.fragment_fromstring(str(as_html(text)), create_parent=True)
    depth = 0
    for letter in text:
        depth += (letter in "\u2066\u2068") - (letter == "\u2069")
        assert 0 <= depth <= 1
    assert depth == 0
    assert {one.tag for one in shown.iter()} <= {"div", "bdi"}
    assert len(list(shown.iter("bdi"))) == sum(value != "" for value in values)
    assert not set(plain(text)) & set("\u202a\u202b\u202c\u202d\u202e\x00")
    assert all(clean(clean(value)) == clean(value) for value in values if len(value) < 300)


def test_a_status_is_named_in_the_words_of_its_model(db: None) -> None:
    refused = None
    try:
        advance(deployments.DEPLOYMENT, "ended", "accept")
    except Refused as error:
        refused = error
    assert isinstance(refused, OperationError)
    with override("zh-hans"):
        assert gettext("ended") in refused.found
        assert gettext("ended") != "ended"
        assert gettext("proposed to the host") in refused.expected
    assert in_english(refused) == (
        "found the status ended; expected one of these for this step: proposed to the host; way out: reload the page"
    )


def test_what_stopped_a_worker_is_read_by_each_in_their_own_language(world: Any, at: Any) -> None:
    choice = actions.Choice(draws=20, weeks=4, compare=())
    run = actions.make_run(
        by=world.analyst, at=at, title="Test", as_of=date(2020, 3, 25), choice=choice, places=["KEN"]
    )
    assert queue.work_once("worker")
    run.refresh_from_db()
    assert run.status == PlanRun.Status.FAILED
    page = reader(world.analyst, "ar").get(f"/plans/p/{run.number}").content.decode()
    with override("ar"):
        words = kept(run.error)
    assert words in lxml.html.fromstring(page).text_content()
    assert words.startswith("وُجد")
    with override("en"):
        assert kept(Task.objects.get(run=run).error).startswith("found no vetted stock")
    assert kept("a text of an earlier version") == "a text of an earlier version"


def test_what_is_kept_is_kept_in_every_language(db: None) -> None:
    italy = Place.objects.get(pk="ITA")
    words = keep(Sentence(TWICE, item=italy))
    assert list(words) == list(LANGUAGES)
    assert len(set(words.values())) == len(LANGUAGES)
    with override("es"):
        assert kept(words) == kept(json.dumps(words)) == words["es"]


@pytest.mark.parametrize(
    ("language", "words"), [("ar", "خطأ في الخادم"), ("zh-hans", "服务器错误"), ("en", "Server error")]
)
def test_a_fault_and_a_wrong_password_are_told_in_the_language_of_the_reader(
    world: Any, monkeypatch: pytest.MonkeyPatch, language: str, words: str
) -> None:
    client = reader(world.logistician, language)
    client.raise_request_exception = False
    monkeypatch.setattr("yuanshou_ops.ledger.views.Listing.response", lambda *_a, **_k: 1 / 0)
    page = client.get("/ledger/")
    assert page.status_code == 500
    assert words in page.content.decode()
    assert f'lang="{language}"' in page.content.decode()
    client.logout()
    asked = client.post("/account/login/", {"login": "nobody@example.org", "password": "wrong"})
    (error,) = lxml.html.fromstring(asked.content.decode()).xpath("//ul[contains(@class, 'errorlist')]/li")
    assert ("not correct" in error.text_content()) == (language == "en")
