"""The first page. It lists the doors a person has; the duty officer's home replaces it slice by slice."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yuanshou_ops.pages import PUBLIC, page


@page(PUBLIC)
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html")


@page(PUBLIC)
def health(request: HttpRequest) -> HttpResponse:
    """For the supervisor of the server: 200 as soon as the database answers."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return HttpResponse("ok\n", content_type="text/plain")
