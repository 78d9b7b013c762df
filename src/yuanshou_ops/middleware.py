"""Two small layers: a strict content policy, and problems shown in words instead of as a server error."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yuanshou.errors import YuanshouError
from yuanshou_ops.errors import EditConflict, parts_html

POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self'; script-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)


class ContentSecurityPolicy:
    """No inline script or style, and nothing from any other host."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.setdefault("Content-Security-Policy", POLICY)
        response.setdefault("Permissions-Policy", "geolocation=(), microphone=()")
        return response


class ProblemsInWords:
    """A refused action becomes a page that says what was found, what was expected and the way out."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, YuanshouError):
            status = getattr(exception, "http_status", 422)
            shown = {"problem": parts_html(exception), "is_conflict": isinstance(exception, EditConflict)}
            return render(request, "problem.html", {**shown, "status": status}, status=status)
        return None
