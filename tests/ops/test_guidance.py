"""Guidance: reviewed by a second person, never changed once published, found in six languages, and felt in need."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from yuanshou.errors import InputError
from yuanshou_ops.duty.search import search as find_number
from yuanshou_ops.errors import EditConflict, NotAllowed, Refused
from yuanshou_ops.guidance import actions
from yuanshou_ops.guidance.models import Acknowledgement, GuidanceVersion, Protocol
from yuanshou_ops.guidance.reading import reading, search, translation_states, unread
from yuanshou_ops.guidance.statuses import VERSION
from yuanshou_ops.guidance.words import fold
from yuanshou_ops.planning.guidance import parameters_in_force

TEXTS = {
    "en": ("Oxygen for severe cases", "Give oxygen early; check saturation."),
    "fr": ("Oxygène pour les cas sévères", "Donner de l'oxygène tôt."),
    "es": ("Oxígeno para los casos graves", "Administrar oxígeno pronto."),
    "ru": ("Кислород при тяжёлом течении", "Давать кислород рано."),
    "zh-hans": ("重症患者的氧疗", "尽早给氧，监测血氧饱和度。"),
    "ar": ("الأكسجين للحالات الشديدة", "أعطِ الأكسجين مبكرًا."),
}
ASKED = {
    "en": "OXYG sever",
    "fr": "oxygene SEVERES",
    "es": "oxigeno graves",
    "ru": "кислород тяжелом",
    "zh-hans": "氧疗 重症",
    "ar": "الاكسجين الشديده",
}


@pytest.fixture
def protocol(world: Any, at: datetime) -> Protocol:
    row = Protocol(title="Oxygen", topic="care", organisation=world.centre)
    return actions.open_protocol(by=world.clinical_editor, at=at, protocol=row)


def written(
    world: Any, at: datetime, protocol: Protocol, *, implied: Any = (), language: str = "en"
) -> GuidanceVersion:
    text = actions.Text(language, *TEXTS[language])
    return actions.write_version(by=world.clinical_editor, at=at, protocol=protocol, text=text, implied=implied)


def in_force(world: Any, at: datetime, protocol: Protocol, **values: Any) -> GuidanceVersion:
    version = written(world, at, protocol, **values)
    actions.submit(by=world.clinical_editor, at=at, version=version)
    return actions.publish(by=world.approver, at=at, version=version)


def test_every_step_follows_the_table(world: Any, at: datetime, protocol: Protocol) -> None:
    do = {
        "submit": lambda v: actions.submit(by=world.clinical_editor, at=at, version=v),
        "return": lambda v: actions.send_back(by=world.approver, at=at, version=v, note="dose?"),
        "publish": lambda v: actions.publish(by=world.approver, at=at, version=v),
        "withdraw": lambda v: actions.withdraw(by=world.approver, at=at, version=v, reason="wrong"),
    }
    version = written(world, at, protocol)
    for status, step in product(GuidanceVersion.Status.values, do):
        GuidanceVersion.objects.filter(pk=version.pk).update(
            status=status, reviewed_by_id=world.approver.pk, published_at=at
        )
        version.refresh_from_db()
        if (status, step) in VERSION:
            do[step](version)
            assert GuidanceVersion.objects.get(pk=version.pk).status == VERSION[status, step]
        else:
            with pytest.raises(Refused):
                do[step](version)


def test_who_wrote_it_does_not_publish_it(world: Any, at: datetime, protocol: Protocol) -> None:
    version = written(world, at, protocol)
    actions.submit(by=world.clinical_editor, at=at, version=version)
    with pytest.raises(NotAllowed, match="taking both steps"):
        actions.publish(by=world.clinical_editor, at=at, version=version)
    with pytest.raises(NotAllowed):
        actions.publish(by=world.amina, at=at, version=version)
    actions.publish(by=world.approver, at=at, version=version)


def test_publishing_takes_the_version_before_it_out_of_force(world: Any, at: datetime, protocol: Protocol) -> None:
    first = in_force(world, at, protocol)
    second = in_force(world, at + timedelta(days=1), protocol)
    first.refresh_from_db()
    assert (first.status, second.edition) == ("superseded", 2)
    assert protocol.current == second
    with pytest.raises(IntegrityError), transaction.atomic():
        GuidanceVersion.objects.filter(pk=first.pk).update(status="published")


def test_a_published_text_does_not_change(world: Any, at: datetime, protocol: Protocol) -> None:
    version = in_force(world, at, protocol)
    with pytest.raises(Refused, match="write a new version"):
        actions.edit_draft(
            by=world.clinical_editor, at=at, version=version, text=actions.Text("en", "x", "y"), source="", implied=[],
            expected_version=version.version,
        )  # fmt: skip
    draft = written(world, at, protocol)
    with pytest.raises(Refused, match="one draft at a time"):
        written(world, at, protocol)
    with pytest.raises(EditConflict):
        actions.edit_draft(
            by=world.clinical_editor, at=at, version=draft, text=actions.Text("en", "x", "y"), source="", implied=[],
            expected_version=99,
        )  # fmt: skip


def test_a_reader_gets_a_checked_translation_and_is_told_when_there_is_none(
    world: Any, at: datetime, protocol: Protocol
) -> None:
    version = in_force(world, at, protocol)
    assert (reading(version, "fr").language, reading(version, "fr").is_asked_language) == ("en", False)
    row = actions.translate(by=world.clinical_editor, at=at, version=version, text=actions.Text("fr", *TEXTS["fr"]))
    assert reading(version, "fr").language == "en", "a translation that nobody checked is not shown"
    with pytest.raises(NotAllowed, match="taking both steps"):
        actions.check_translation(by=world.clinical_editor, at=at, row=row)
    actions.check_translation(by=world.analyst, at=at + timedelta(days=3), row=row)
    assert reading(version, "fr").title == TEXTS["fr"][0]
    lags = {language: lag.days for language, _row, lag in translation_states(version, at + timedelta(days=5)) if lag}
    assert lags == {"fr": 3, "es": 5, "ru": 5, "zh-hans": 5, "ar": 5}


def test_guidance_is_found_in_six_languages_as_people_type(world: Any, at: datetime, protocol: Protocol) -> None:
    version = in_force(world, at, protocol)
    for language in ("fr", "es", "ru", "zh-hans", "ar"):
        row = actions.translate(
            by=world.clinical_editor, at=at, version=version, text=actions.Text(language, *TEXTS[language])
        )
        assert search(ASKED[language]) == [], f"{language} is not checked yet"
        actions.check_translation(by=world.analyst, at=at, row=row)
    for language, words in ASKED.items():
        assert search(words) == [version], language
    for nothing in ("oxygen plasma", "ygen", "无"):
        assert search(nothing) == []
    assert search("") == [version]
    assert fold("  Éa-B ") == " ea b "


def test_a_new_version_changes_need_by_its_numbers(world: Any, at: datetime, protocol: Protocol) -> None:
    name = "surgical_mask/mild_day"
    before = parameters_in_force().set_index("name").loc[name]
    with pytest.raises(InputError, match="surgical_mask/mild_day"):
        written(world, at, protocol, implied=[actions.Use("surgical_mask/mild_days", 2, 1, 3)])
    assert not GuidanceVersion.objects.exists(), "nothing is half written"
    version = in_force(world, at, protocol, implied=[actions.Use(name, 2.4, 1, 3)])
    after = parameters_in_force().set_index("name").loc[name]
    assert (before["value"], after["value"], after["source"]) == (1.2, 2.4, f"guidance {version}")
    assert parameters_in_force(without=version).set_index("name").loc[name, "value"] == 1.2
    actions.withdraw(by=world.approver, at=at, version=version, reason="a mistake")
    assert parameters_in_force().set_index("name").loc[name, "value"] == 1.2


def test_reading_is_acknowledged_once_for_each_edition(world: Any, at: datetime, protocol: Protocol) -> None:
    version = in_force(world, at, protocol)
    assert unread(world.bilal) == [protocol]
    for _ in range(2):
        actions.acknowledge(by=world.bilal, at=at, version=version, language="en")
    assert Acknowledgement.objects.count() == 1
    assert unread(world.bilal) == []
    in_force(world, at, protocol)
    assert unread(world.bilal) == [protocol], "a new edition is read anew"


def test_a_protocol_is_found_by_its_number_by_staff_alone(world: Any, protocol: Protocol) -> None:
    assert [found[1] for found in find_number(world.amina, protocol.number)] == [protocol.number]
    assert find_number(world.bilal, protocol.number) == []


def test_the_public_reads_what_is_in_force_and_nothing_else(
    client: Client, world: Any, at: datetime, protocol: Protocol
) -> None:
    draft = written(world, at, protocol)
    address = f"/guidance/read/{protocol.number}"
    assert client.get(address).status_code == 404
    assert TEXTS["en"][0] not in client.get("/guidance/").content.decode()
    assert client.get("/guidance/desk").status_code == 302
    actions.submit(by=world.clinical_editor, at=at, version=draft)
    actions.publish(by=world.approver, at=at, version=draft)
    assert TEXTS["en"][1] in client.get(address).content.decode()
    assert TEXTS["en"][0] in client.get("/guidance/?q=saturat").content.decode()
    assert client.get(address + "?language=xx").status_code == 200


def test_an_editor_writes_submits_and_translates_by_forms(client: Client, world: Any, at: datetime) -> None:
    client.force_login(world.clinical_editor)
    opened = client.post(
        "/guidance/add", {"title": "Oxygen", "topic": "care", "disease": "covid-19", "organisation": world.centre.pk}
    )
    number = Protocol.objects.get().number
    assert opened["Location"] == f"/guidance/{number}/write"
    form = {
        "key": "k",
        "language": "en",
        "title": "Oxygen",
        "body": "Give it early.",
        "implied": "gown/severe_day; 9; 10",
    }
    wrong = client.post(f"/guidance/{number}/write", form)
    assert wrong.status_code == 422
    assert "Line 1" in wrong.content.decode()
    client.post(f"/guidance/{number}/write", form | {"implied": "gown/severe_day; 9; 2; 12"})
    client.post(f"/guidance/{number}/1/submit")
    client.force_login(world.approver)
    assert "second person" not in client.get(f"/guidance/{number}/1").content.decode()
    client.post(f"/guidance/{number}/1/publish")
    client.force_login(world.analyst)
    client.post(f"/guidance/{number}/1/translate/ar", {"key": "t", "language": "ar", "title": "أكسجين", "body": "نص"})
    assert client.post(f"/guidance/{number}/1/check/ar").status_code == 403
    client.force_login(world.clinical_editor)
    client.post(f"/guidance/{number}/1/check/ar")
    assert "أكسجين" in client.get(f"/guidance/read/{number}?language=ar").content.decode()
    for address in ("desk", number, f"{number}/write", f"{number}/1", f"{number}/1/reopen/ar"):
        assert client.get(f"/guidance/{address}").status_code == 200, address
