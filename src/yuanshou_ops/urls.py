"""Every address of the application, slice by slice."""

from __future__ import annotations

from django.urls import include, path
from django.views.i18n import set_language

from yuanshou_ops import home
from yuanshou_ops.shipments import receiver

urlpatterns = [
    path("", home.home, name="home"),
    path("health", home.health, name="health"),
    path("language", set_language, name="set_language"),
    path("account/", include("allauth.account.urls")),
    path("account/2fa/", include("allauth.mfa.urls")),
    path("people/", include("yuanshou_ops.people.urls")),
    path("ledger/", include("yuanshou_ops.ledger.urls")),
    path("requests/", include("yuanshou_ops.requests.urls")),
    path("shipments/", include("yuanshou_ops.shipments.urls")),
    path("situation/", include("yuanshou_ops.situation.urls")),
    path("plans/", include("yuanshou_ops.planning.urls")),
    path("desk/", include("yuanshou_ops.duty.urls")),
    path("evidence/", include("yuanshou_ops.evidence.urls")),
    path("api/v1/", include("yuanshou_ops.api.urls")),
    path("engagements/", include("yuanshou_ops.engagements.urls")),
    path("teams/", include("yuanshou_ops.deployments.urls")),
    path("guidance/", include("yuanshou_ops.guidance.urls")),
    path("bulletin/", include("yuanshou_ops.bulletin.urls")),
    path("data/", include("yuanshou_ops.formats.urls")),
    path("spreadsheets/", include("yuanshou_ops.exchange.urls")),
    path("receive", receiver.find, name="receive_find"),
    path("receive/<str:number>/<str:code>", receiver.receive, name="receive"),
]
