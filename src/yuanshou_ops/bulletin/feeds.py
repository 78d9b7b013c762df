"""Atom feeds of reports and alerts: what is published, newest first, updated when it is corrected."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.contrib.syndication.views import Feed
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import gettext_lazy as _

from yuanshou_ops.bulletin.reading import Piece, newest
from yuanshou_ops.pages import PUBLIC, page


class Pieces(Feed):  # type: ignore[type-arg]
    """A feed of one kind of piece."""

    feed_type = Atom1Feed
    kind = "report"
    title = _("Situation reports")
    subtitle = _("Every figure with its source and date")

    def link(self) -> str:
        return reverse("bulletin:front")

    def feed_guid(self) -> str:
        return reverse(f"bulletin:{self.kind}_feed")

    def items(self) -> list[Piece]:
        return newest(self.kind, limit=50)

    def item_title(self, item: Any) -> str:
        return str(item.text.title)

    def item_description(self, item: Any) -> str:
        return str(item.text.body)

    def item_link(self, item: Any) -> str:
        return reverse("bulletin:read", args=[item.report.number])

    def item_pubdate(self, item: Any) -> datetime:
        return item.report.first_published_at  # type: ignore[no-any-return]

    def item_updateddate(self, item: Any) -> datetime:
        return item.text.published_at  # type: ignore[no-any-return]

    def item_author_name(self, item: Any) -> str:
        return str(item.text.editor)

    def item_categories(self, item: Any) -> list[str]:
        return list(item.text.topics)


class Alerts(Pieces):
    kind = "alert"
    title = _("Alerts")
    subtitle = _("Short, and at once")


@page(PUBLIC)
def report_feed(request: HttpRequest) -> HttpResponse:
    return Pieces()(request)


@page(PUBLIC)
def alert_feed(request: HttpRequest) -> HttpResponse:
    return Alerts()(request)
