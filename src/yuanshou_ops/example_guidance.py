"""The guidance that the example shows: two protocols, one of them in its second edition, in several languages.

The texts are short notes of our own for the exercise; they name the document they are about and carry none of its words.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from yuanshou_ops.guidance import actions
from yuanshou_ops.guidance.models import Protocol
from yuanshou_ops.people.models import Organisation, User

SHARED = {
    "en": ("Diagnosis and treatment protocol, 7th trial edition: where to find it",
           "China shares its diagnosis and treatment protocol with other countries (exercise note).\n"
           "Ask the clinical desk for the text; read it beside WHO's guidance of 13 March 2020."),
    "zh-hans": ("诊疗方案（试行第七版）：在哪里找到",
                "中国与各国分享诊疗方案（演练说明）。\n请向临床组索取全文，并与世卫组织2020年3月13日的指南一并阅读。"),
    "fr": ("Protocole de diagnostic et de traitement, 7e édition provisoire : où le trouver",
           "La Chine partage son protocole avec les autres pays (note d'exercice).\n"
           "Demandez le texte au bureau clinique ; lisez-le avec les conseils de l'OMS du 13 mars 2020."),
    "ar": ("بروتوكول التشخيص والعلاج، الطبعة التجريبية السابعة: أين تجده",
           "تشارك الصين بروتوكولها مع البلدان الأخرى (مذكرة تمرين).\n"
           "اطلب النص من المكتب السريري واقرأه مع إرشادات منظمة الصحة العالمية الصادرة في 13 آذار/مارس 2020."),
}  # fmt: skip
MASKS = "Masks of patients cared for at home"
MASKS_BODY = (
    "For the exercise: a patient with mild illness at home wears a medical mask when others are in the room and changes it "
    "when it is wet. Count {n} masks for each day of illness."
)


def load_guidance(who: dict[str, User], at: datetime) -> None:
    """Published with a reviewer who did not write it; one translation waits to be checked."""
    editor, checker = who["Elena"], who["Anders"]
    centre = Organisation.objects.get(code="CENTRE")
    second = User.objects.get(email="elena@example.org")
    shared = _protocol("Diagnosis and treatment of COVID-19", "care", centre, editor, at - timedelta(days=12))
    title, body = SHARED["en"]
    version = actions.write_version(
        by=editor, at=at - timedelta(days=12), protocol=shared, text=actions.Text("en", title, body),
        source="National Health Commission of China, trial version 7, March 2020; WHO, 13 March 2020",
    )  # fmt: skip
    _publish(version, editor, _reviewer(second), at - timedelta(days=11))
    for language, (title, body) in SHARED.items():
        if language == "en":
            continue
        row = actions.translate(
            by=editor, at=at - timedelta(days=9), version=version, text=actions.Text(language, title, body)
        )
        if language != "ar":
            actions.check_translation(by=checker, at=at - timedelta(days=8), row=row)
    _masks(centre, editor, _reviewer(second), at)


def _masks(centre: Organisation, editor: User, reviewer: Any, at: datetime) -> None:
    """Two editions: the second asks for more masks a day, and so changes need."""
    protocol = _protocol(MASKS, "infection_control", centre, editor, at - timedelta(days=20))
    for days, count in ((20, 1.2), (1, 2.0)):
        moment = at - timedelta(days=days)
        version = actions.write_version(
            by=editor, at=moment, protocol=protocol, text=actions.Text("en", MASKS, MASKS_BODY.format(n=count)),
            source="Exercise", implied=[actions.Use("surgical_mask/mild_day", count, 0.5, max(2.0, count))],
        )  # fmt: skip
        _publish(version, editor, reviewer, moment)


def _protocol(title: str, topic: str, centre: Organisation, editor: User, at: datetime) -> Protocol:
    return actions.open_protocol(
        by=editor, at=at, protocol=Protocol(title=title, topic=topic, organisation=centre, disease="covid-19")
    )


def _publish(version: Any, editor: User, reviewer: Any, at: datetime) -> None:
    actions.submit(by=editor, at=at, version=version)
    actions.publish(by=reviewer, at=at, version=version, note="exercise")


def _reviewer(editor: User) -> User:
    """A second clinical editor, so that nobody publishes what they wrote."""
    found = User.objects.filter(email="noor@example.org").first()
    if found:
        return found
    grant = editor.grants.get()
    from yuanshou_ops.people.actions import grant_from_console

    user = User.objects.create_user("noor@example.org", None, name="Noor")
    grant_from_console(user=user, organisation=grant.organisation, role="clinical_editor", at=grant.proposed_at)
    return user
