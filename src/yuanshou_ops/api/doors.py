"""How an operation is declared: its action of the policy table, what it answers, and the rules all operations share.

`Door.list`, `one`, `add`, `step` and `replace` wrap a function that calls the slice's own action. Before it runs, the
token, its scope and the person's role are checked; afterwards the answer is kept under the idempotency key, in the
transaction of the change, so that a command sent twice happens once and gets the same answer.
"""

from __future__ import annotations

import base64
import hashlib
import inspect
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import wraps
from typing import Annotated, Any, Literal

from django.core.exceptions import ValidationError as FieldNotValid
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Header, Query, Router, Schema
from ninja.errors import ValidationError
from ninja.security import HttpBearer
from ninja.signature.utils import get_typed_signature
from pydantic import BaseModel, Field, create_model

from yuanshou_ops.api.problems import Malformed, Problem, WrongField
from yuanshou_ops.api.types import ID_MAX, FromFact
from yuanshou_ops.errors import NotAllowed
from yuanshou_ops.evidence.models import ConfirmedFact
from yuanshou_ops.evidence.ways import become, facts_behind
from yuanshou_ops.ledger.posting import retrying
from yuanshou_ops.pages import FilterForm
from yuanshou_ops.people.actions import user_of_token
from yuanshou_ops.people.models import ApiToken
from yuanshou_ops.people.once import once
from yuanshou_ops.people.policy import require, visible

PAGE_ROWS, PAGE_ROWS_MAX = 50, 500
SECRET_FIELDS = {"password"}
SEEN_EVERY = timedelta(minutes=5)
VERSION = re.compile(r'(?:W/)?"?(\d{1,9})"?')
KeyText = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]
KEY_WORDS = "One key for one command: sent again with the same key, it happens once and gets the same answer."
FACT_WORDS = "The number of the confirmed fact this is written down from; needs the scope `evidence:write`."
VERSION_WORDS = 'The version you read, from `ETag`, such as `"3"`; 412 when somebody saved since.'


@dataclass(frozen=True)
class Call:
    """Who calls, when, and with which key and version; what a view knows from its request and form."""

    by: Any
    at: datetime
    token: ApiToken
    key: str = ""
    version: int = 0


class Bearer(HttpBearer):
    """A live token that carries the scope, of a person whose role carries the action."""

    def __init__(self, action: str, scope: str) -> None:
        super().__init__()
        self.action, self.scope = action, scope

    def authenticate(self, request: HttpRequest, token: str) -> ApiToken | None:
        at = timezone.now()
        found = user_of_token(token, at=at)
        if found is None:
            return None
        check_scope(found, self.scope)
        require(found.user, self.action)
        if found.last_used_at is None or at - found.last_used_at > SEEN_EVERY:
            ApiToken.objects.filter(pk=found.pk).update(last_used_at=at)
        return found


def check_scope(token: ApiToken, scope: str) -> None:
    """Raise `NotAllowed` unless the token carries the scope."""
    if scope not in token.scopes:
        raise NotAllowed(
            _("a token with %(scopes)s"),
            _("the scope %(scope)s"),
            _("make a token that carries it"),
            scopes=token.scopes,
            scope=scope,
        )


class PageQuery(Schema):
    """Paging by key: page 1,000 costs what page 1 does, and new rows shift nothing."""

    cursor: Annotated[str, Field(max_length=200)] = ""
    limit: Annotated[int, Field(ge=1, le=PAGE_ROWS_MAX)] = PAGE_ROWS
    order: Literal["oldest", "newest"] = "oldest"


def cut(rows: QuerySet[Any], page: PageQuery) -> tuple[list[Any], str | None]:
    """The rows of the page, and the cursor of the next one; None at the end."""
    down = page.order == "newest"
    rows = rows.order_by("-pk" if down else "pk")
    if page.cursor:
        rows = rows.filter(**{"pk__lt" if down else "pk__gt": _last_seen(rows.model, page.cursor)})
    found = list(rows[: page.limit + 1])
    more = len(found) > page.limit
    return found[: page.limit], _cursor(found[page.limit - 1].pk) if more else None


def _cursor(pk: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(pk).encode()).decode().rstrip("=")


def _last_seen(model: type[Model], cursor: str) -> Any:
    try:
        value = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if not isinstance(value, int | str) or isinstance(value, bool):
            raise ValueError
        pk = model._meta.pk.to_python(value)
        if isinstance(pk, int) and abs(pk) > ID_MAX:
            raise ValueError
        str(pk).encode()
    except (ValueError, FieldNotValid, RecursionError):
        raise Malformed(
            _("the cursor '%(cursor)s'"), _("the `next` of an earlier page"), _("begin without one"), cursor=cursor[:40]
        ) from None
    if "\x00" in str(pk):
        raise Malformed(_("a cursor with a NUL character"), _("the `next` of an earlier page"), _("begin without one"))
    return pk


def shown(out: type[Schema], row: Any) -> Any:
    return out.model_validate(row).model_dump(mode="json")


def told(call: Call, out: Any, rows: Iterable[Any]) -> list[Any]:
    """The rows as JSON, with the confirmed facts behind each where the token may read evidence: one query for all."""
    rows = list(rows)
    answers = [shown(out, row) for row in rows]
    if isinstance(out, type) and issubclass(out, FromFact) and "evidence:read" in call.token.scopes:
        keys = [out.fact_key(row) for row in rows]
        behind = facts_behind(call.by, out.FACT_KIND, keys)
        answers = [answer | {"evidence": behind.get(key, [])} for key, answer in zip(keys, answers, strict=True)]
    return answers


def _write_down(call: Call, out: type[FromFact], row: Any, number: str) -> None:
    """Keep that a row was written down from the confirmed fact of that number."""
    check_scope(call.token, "evidence:write")
    require(call.by, "evidence.write_down")
    fact = pick(visible(ConfirmedFact, call.by, "evidence.write_down"), "fact", number, by="number")
    become(by=call.by, at=call.at, fact=fact, kind=out.FACT_KIND, number=out.fact_key(row))


def pick(rows: Any, field: str, value: Any, *, by: str = "pk") -> Any:
    """The row a field of the body names, among those the caller may use; raises `WrongField` naming the field."""
    queryset = rows if isinstance(rows, QuerySet) else rows._default_manager.all()
    row = queryset.filter(**{by: value}).first()
    if row is None:
        raise WrongField(
            field, _("'%(value)s', which names no row you can use here"), _("the %(by)s of one"),
            value=str(value), by=by if by != "pk" else "id",
        )  # fmt: skip
    return row


def narrowed(rows: QuerySet[Any], form_class: type[FilterForm], request: HttpRequest) -> QuerySet[Any]:
    """The rows as the page's own filter form narrows them; a value it does not know is an error, not ignored."""
    form = form_class(request.GET)
    if not form.is_valid():
        raise ValidationError(
            [{"loc": ("query", name), "msg": " ".join(map(str, words))} for name, words in form.errors.items()]
        )
    return form.apply(rows)


def _filters(form_class: type[FilterForm]) -> Any:
    """The fields of the filter form as query parameters, for the document."""
    fields: dict[str, Any] = {
        name: (Annotated[str, Field(max_length=200, description=str(field.label))], "")
        for name, field in form_class().fields.items()
    }
    return create_model(form_class.__name__, __base__=Schema, **fields)


class Door(Router):
    """The operations of one slice."""

    def __init__(self, tag: str) -> None:
        super().__init__(tags=[tag])

    def list(self, path: str, action: str, out: type[Schema], *, filters: type[FilterForm] | None = None) -> Any:
        """GET many: the function returns the rows the caller may see."""
        answer = create_model(f"{out.__name__}Page", __base__=Schema, items=(list[out], ...), next=(str | None, None))  # type: ignore[valid-type]

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            def view(request: HttpRequest, page: PageQuery, **arguments: Any) -> HttpResponse:
                arguments.pop("filters", None)
                call = _call(request)
                rows = function(call, **arguments)
                found, following = cut(narrowed(rows, filters, request) if filters else rows, page)
                return JsonResponse({"items": told(call, out, found), "next": following})

            extra = [_parameter("page", PageQuery, Query(...))]
            if filters is not None:
                extra.append(_parameter("filters", _filters(filters), Query(...)))
            return self._open("GET", path, action, function, view, {200: answer}, extra)

        return decorate

    def one(self, path: str, action: str, out: Any) -> Any:
        """GET one: a row with its version as `ETag`, or any answer of the given shape."""

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            def view(request: HttpRequest, **arguments: Any) -> HttpResponse:
                call = _call(request)
                return _answer(200, told(call, out, [function(call, **arguments)])[0])

            return self._open("GET", path, action, function, view, {200: out})

        return decorate

    def file(self, path: str, action: str, media_type: str) -> Any:
        """GET a file."""

        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            def view(request: HttpRequest, **arguments: Any) -> HttpResponse:
                return function(_call(request), **arguments)

            return self._open("GET", path, action, function, view, {200: str}, media_type=media_type)

        return decorate

    def add(self, path: str, action: str, out: type[Schema]) -> Any:
        """POST that makes a row (201), with `?fact=` for a row that is written down from a confirmed fact."""
        return self._write("POST", path, action, out, 201)

    def step(self, path: str, action: str, out: type[Schema]) -> Any:
        """POST that changes what is there (200)."""
        return self._write("POST", path, action, out, 200)

    def replace(self, path: str, action: str, out: type[Schema]) -> Any:
        """PUT of the whole row, with the version it was read with in `If-Match`."""
        return self._write("PUT", path, action, out, 200)

    def _write(self, method: str, path: str, action: str, out: type[Schema], status: int) -> Any:
        def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
            def view(request: HttpRequest, idempotency_key: str, **arguments: Any) -> HttpResponse:
                version = _version(arguments.pop("if_match")) if method == "PUT" else 0
                fact = arguments.pop("fact", "")
                call = _call(request, idempotency_key, version)
                content = [method, request.path, version, {name: _plain(value) for name, value in arguments.items()}]
                content += [fact] if fact else []
                ran = []

                def do() -> tuple[int, Any]:
                    ran.append(True)
                    row = function(call, **arguments)
                    if fact and issubclass(out, FromFact):
                        _write_down(call, out, row, fact)
                    return status, told(call, out, [row])[0]

                code, answer = retrying(
                    lambda: once(key=idempotency_key, by=call.by, at=call.at, content=content, do=do)
                )
                return _answer(code, answer, is_repetition=not ran)

            extra = [_parameter("idempotency_key", KeyText, Header(alias="Idempotency-Key", description=KEY_WORDS))]
            if status == 201 and issubclass(out, FromFact):
                number = Annotated[str, Field(max_length=16)]
                extra.append(_parameter("fact", number, Query("", description=FACT_WORDS)))
            if method == "PUT":
                text = Annotated[str, Field(max_length=20)]
                extra.append(_parameter("if_match", text, Header(alias="If-Match", description=VERSION_WORDS)))
            return self._open(method, path, action, function, view, {status: out}, extra)

        return decorate

    def _open(
        self, method: str, path: str, action: str, function: Callable[..., Any], view: Callable[..., HttpResponse],
        answers: dict[int, Any], extra: Any = (), media_type: str = "",
    ) -> Callable[..., Any]:  # fmt: skip
        """Register the view under the function's name and words, with the parameters all operations of its kind take."""
        _call_itself, *own = get_typed_signature(function).parameters.values()
        parameters = [_parameter("request", HttpRequest), *(_parameter(p.name, p.annotation, p.default) for p in own)]
        view = wraps(function)(view)
        view.__signature__ = inspect.Signature([*parameters, *extra])  # type: ignore[attr-defined]
        kind = "read" if method == "GET" else "write"
        scope = f"{action.split('.')[0]}:{kind}"
        codes = [401, 403, 404, 422] + ([400, 409] if kind == "write" else [400]) + ([412] if method == "PUT" else [])
        self.add_api_operation(
            path, [method], view, auth=Bearer(action, scope), response=answers | dict.fromkeys(codes, Problem),
            operation_id=f"{self.tags[0]}_{function.__name__}",
            openapi_extra={"x-action": action, "x-scope": scope} | ({"x-media-type": media_type} if media_type else {}),
        )  # fmt: skip
        return function


def named(function: Callable[..., Any], name: str, meaning: str) -> Callable[..., Any]:
    """The function under a name and words of its own, for operations that are made in a loop."""
    function.__name__, function.__doc__ = name, meaning
    return function


def _parameter(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _call(request: HttpRequest, key: str = "", version: int = 0) -> Call:
    """The command's key in the ledger is one of the person and the header, of a length every prefix leaves room for."""
    token: ApiToken = request.auth  # type: ignore[attr-defined]
    mark = hashlib.sha256(f"{token.user_id} {key}".encode()).hexdigest()[:40]
    return Call(token.user, timezone.now(), token, f"api-{mark}", version)


def _version(text: str) -> int:
    found = VERSION.fullmatch(text.strip())
    if found is None:
        raise WrongField(
            "If-Match", _("'%(text)s'"), _('a version such as "3"'), _("send the ETag you read"), text=text
        )
    return int(found[1])


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json", exclude=SECRET_FIELDS) if isinstance(value, BaseModel) else value


def _answer(status: int, content: Any, *, is_repetition: bool = False) -> HttpResponse:
    response = JsonResponse(content, status=status, safe=False)
    if isinstance(content, dict) and isinstance(content.get("version"), int):
        response["ETag"] = f'"{content["version"]}"'
    if is_repetition:
        response["Idempotency-Replayed"] = "true"
    return response
