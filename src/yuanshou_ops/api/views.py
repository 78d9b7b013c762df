"""What is seen of the API itself: its document, a page that explains it, and an answer to addresses it does not have."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import csrf_exempt

from yuanshou_ops.api.app import document
from yuanshou_ops.api.problems import KINDS, problem
from yuanshou_ops.pages import PUBLIC, page

EACH_OPERATION = "each operation"


@page(PUBLIC)
def openapi(request: HttpRequest) -> JsonResponse:
    return JsonResponse(document())


@page(PUBLIC)
def docs(request: HttpRequest) -> HttpResponse:
    """The document as a page: no script, nothing from any other host."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document()["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append(_shown(path, method, operation))
    return render(request, "api/docs.html", {"groups": groups, "problems": KINDS})


def _shown(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    return {
        "path": path, "method": method.upper(), "words": operation.get("description", operation["summary"]),
        "scope": operation["x-scope"], "action": operation["x-action"], "id": operation["operationId"],
        "parameters": [p["name"] for p in operation.get("parameters", []) if p["in"] == "query"],
        "fields": _fields(body) if body else [],
    }  # fmt: skip


def _fields(schema: dict[str, Any]) -> list[tuple[str, str, bool]]:
    """Name, type in words, and whether it must be there, of every field of a body."""
    components = document()["components"]["schemas"]
    shape = components[schema["$ref"].split("/")[-1]] if "$ref" in schema else schema
    required = set(shape.get("required", ()))
    return [(name, _type(part), name in required) for name, part in shape.get("properties", {}).items()]


def _type(part: dict[str, Any]) -> str:
    """A JSON schema in a few words: `string, up to 300`, `one of a, b`, `list of AskedIn(item, count, pack)`."""
    components = document()["components"]["schemas"]
    if "$ref" in part:
        name = part["$ref"].split("/")[-1]
        shape = components[name]
        return _type(shape) if "properties" not in shape else f"{name}({', '.join(shape['properties'])})"
    if "enum" in part:
        return f"one of {', '.join(map(str, part['enum']))}"
    if "anyOf" in part or "allOf" in part:
        return " or ".join(_type(one) for one in part.get("anyOf", part.get("allOf", [])))
    if part.get("type") == "array":
        return f"list of {_type(part['items'])}"
    words = str(part.get("format") or part.get("type") or "any")
    low, high = part.get("minimum"), part.get("maximum")
    if "maxLength" in part:
        words += f", up to {part['maxLength']} characters"
    return words + (f", {low} to {high}" if low is not None and high is not None else "")


@csrf_exempt
@page(PUBLIC)
def nothing(request: HttpRequest, rest: str = "") -> HttpResponse:
    return problem("not-found", _("no operation at %(path)s; /api/v1/docs lists them"), path=request.path)


def door(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """An operation's view, whose refusal of a method has the shape of every other problem."""

    @wraps(view)
    def shaped(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if not isinstance(response, HttpResponseNotAllowed):
            return response
        allowed = response["Allow"]
        answer = problem(
            "method-not-allowed", _("%(method)s is not among %(allowed)s"), method=request.method, allowed=allowed
        )
        answer["Allow"] = allowed
        return answer

    shaped.policy_action = EACH_OPERATION  # type: ignore[attr-defined]
    return csrf_exempt(shaped)
