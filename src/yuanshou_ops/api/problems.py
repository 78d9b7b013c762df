"""One shape for everything that goes wrong: problem details (RFC 9457) with the words of the actions.

`type` names the kind of problem and leads to its line on the docs page, `detail` says what was found, what was
expected and the way out in the language the caller asks for (`Accept-Language`), `english` says the same in English
whatever the language, and `errors` names each field of the request that has to be corrected.
"""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError

from yuanshou.errors import YuanshouError
from yuanshou_ops.errors import (
    EditConflict,
    InsufficientStock,
    KeyReused,
    NotAllowed,
    OperationError,
    Refused,
    in_english,
    parts,
    told,
)
from yuanshou_ops.sentences import plain, say

MEDIA_TYPE = "application/problem+json"
PAGE = "/api/v1/docs"
CORRECT = _("correct the field")
KINDS: dict[str, tuple[int, Any, Any]] = {
    "malformed": (400, _("The request cannot be read"), _("The body is not JSON, or the cursor is not one of ours.")),
    "not-signed-in": (401, _("No valid token"), _("Send `Authorization: Bearer ys_…` with a token that is live.")),
    "not-allowed": (403, _("Not allowed"), _("Role, scope of the token, second factor, or the same person twice.")),
    "not-found": (404, _("Not found"), _("There is no such row, or it is not yours to see.")),
    "method-not-allowed": (405, _("Not that method"), _("`Allow` names the methods of this address.")),
    "insufficient-stock": (409, _("Not enough stock"), _("An account holds fewer units; nothing was moved.")),
    "key-reused": (409, _("Key used for something else"), _("One Idempotency-Key for one command.")),
    "conflict": (409, _("Changed meanwhile"), _("Somebody else was faster; read the row again.")),
    "stale": (412, _("Changed since you read it"), _("If-Match names an older version; read the row again.")),
    "too-large": (413, _("Too large"), _("The body is larger than the server takes.")),
    "refused": (422, _("Refused"), _("The world is not as the command needs it: status, date, quantity, reason.")),
    "invalid": (422, _("Fields to correct"), _("`errors` names each field and what it expects.")),
    "fault": (500, _("A fault of the server"), _("It is in the server's log; nothing of the command was kept.")),
}
"""Kind of problem → status, title, and what it means; the docs page shows this table."""


class FieldError(Schema):
    field: str
    message: str


class Problem(Schema):
    """Why a request was not carried out; nothing of it has been kept."""

    type: str
    title: str
    status: int
    detail: str
    english: str
    found: str = ""
    expected: str = ""
    way_out: str = ""
    current_version: int | None = None
    errors: tuple[FieldError, ...] = ()


class WrongField(Refused):
    """A field of the body names something that is not there, or not the caller's to use."""

    def __init__(self, field: str, found: Any, expected: Any, way_out: Any = CORRECT, /, **values: Any) -> None:
        self.field = field
        super().__init__(found, expected, way_out, **values)


class Malformed(OperationError):
    """A request that cannot be read at all."""


def problem(kind: str, detail: Any, **values: Any) -> HttpResponse:
    """A problem that is no refused action: its one sentence, with the values that stand in it."""
    with translation.override("en"):
        english = plain(say(detail, values))
    return _answer(kind, plain(say(detail, values)), english)


def _answer(kind: str, detail: str, english: str, **more: Any) -> HttpResponse:
    status, title, _meaning = KINDS[kind]
    content = Problem(type=f"{PAGE}#{kind}", title=str(title), status=status, detail=detail, english=english, **more)
    response = JsonResponse(content.model_dump(), status=status, content_type=MEDIA_TYPE)
    if status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def of_action(request: HttpRequest, error: YuanshouError) -> HttpResponse:
    """A refused action, in its own words."""
    more: dict[str, Any] = dict(parts(error))
    if isinstance(error, EditConflict):
        kind = "stale" if request.headers.get("If-Match") else "conflict"
        more["current_version"] = getattr(error.current, "version", None)
    elif isinstance(error, WrongField):
        kind, more["errors"] = "invalid", [FieldError(field=error.field, message=told(error))]
    else:
        kinds = {Malformed: "malformed", NotAllowed: "not-allowed", InsufficientStock: "insufficient-stock",
                 KeyReused: "key-reused"}  # fmt: skip
        kind = next((name for of, name in kinds.items() if isinstance(error, of)), "refused")
    return _answer(kind, told(error), in_english(error), **more)


def of_fields(request: HttpRequest, error: ValidationError) -> HttpResponse:
    errors = [FieldError(field=_field(one["loc"]), message=one["msg"]) for one in error.errors]
    detail = "; ".join(f"{one.field}: {one.message}" for one in errors)[:2000]
    return _answer("invalid", detail, detail, errors=errors)


def _field(loc: Any) -> str:
    """`lines.0.item` for a value of the body; a header or a part of the address keeps its own name."""
    parts = [str(part) for part in loc]
    return ".".join(parts[2:] if parts[0] == "body" and len(parts) > 2 else parts[1:] or parts)


def install(api: NinjaAPI) -> None:
    """Let every exception leave the API in the one shape."""

    def of_http(request: HttpRequest, error: HttpError) -> HttpResponse:
        if error.status_code == 401:
            return problem("not-signed-in", _("no token, or one that is unknown, revoked or past its day"))
        return problem("malformed", _("the body is not JSON in UTF-8"))

    def of_missing(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem("not-found", _("no such row, or not yours to see"))

    def of_size(request: HttpRequest, error: RequestDataTooBig) -> HttpResponse:
        return problem("too-large", _("the body is larger than the server takes; send it in parts"))

    def of_fault(request: HttpRequest, error: Exception) -> HttpResponse:
        logging.getLogger(__name__).exception("a fault while answering %s %s", request.method, request.path)
        return problem("fault", _("the server could not answer; the fault is in its log"))

    api.add_exception_handler(YuanshouError, of_action)
    api.add_exception_handler(ValidationError, of_fields)
    api.add_exception_handler(HttpError, of_http)
    api.add_exception_handler(Http404, of_missing)
    api.add_exception_handler(RequestDataTooBig, of_size)
    api.add_exception_handler(Exception, of_fault)
