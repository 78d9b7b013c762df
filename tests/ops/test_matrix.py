"""Every address and every API operation × every role × own and other organisation × GET and POST: no hole.

The addresses come from the router and the operations from the OpenAPI document, so that a new slice is in the matrix
as soon as it has addresses. What a view asks of the policy is observed while somebody with every role opens it; what
each role may do is then read from the policy table alone and compared with what happens.

Nothing is left undecided, but not everything is asked twice. Every role asks for the first row of every page (GET) and
operation. For a POST to a page and for each further row (own, other, confidential, at another step), of the roles whose
grants are equal for every action that was looked up on the way, one asks, another one each time: whatever reads a role
reads it through `policy.grants_for`, and there the looking up is observed. Templates are not drawn here.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

import matrix_world
import pytest
from django.db import transaction
from django.template.backends.django import Template
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone
from matrix_world import Actor, models_of, rows_by_side

import yuanshou_ops.pages
from yuanshou_ops.api.app import document
from yuanshou_ops.api.views import EACH_OPERATION
from yuanshou_ops.exchange.kinds import KINDS
from yuanshou_ops.formats.views import PUBLIC_FORMATS
from yuanshou_ops.pages import PUBLIC
from yuanshou_ops.people import actions as people
from yuanshou_ops.people import policy
from yuanshou_ops.people.models import AuditEvent, User
from yuanshou_ops.people.policy_table import POLICY, READING, Reach

SIGNED_IN = "signed-in"
LIBRARIES = ("allauth.", "django.views.i18n")
"""Views of libraries: sign-in, second factor, language. They show nothing of the application."""
DRAW = Template.render
MADE_UP = "999999999"
SEEN_OTHERWISE = {
    "ledger/lots": "a lot is seen by whoever sees one of its accounts",
    "ledger/recalls": "a recall is seen by whoever held goods of its lot",
    "people/tokens": "a token is its owner's alone", "tokens": "a token is its owner's alone",
    "lots": "a lot is seen by whoever sees one of its accounts",
    "recalls": "a recall is seen by whoever held goods of its lot",
    "situation": "the situation of a place belongs to no organisation",
    "places": "places belong to no organisation", "items": "items belong to no organisation",
}  # fmt: skip
"""Addresses with a row that roles of one organisation may open without the table being asked about that row, and why."""
HARMLESS = {"/api/v1/protocols/{number}/versions/{edition}/acknowledge": "whoever may read may say that they did"}
"""Operations that write with the right to read, and why."""
KWARG = re.compile(r"<(?:(\w+):)?(\w+)>|\{(\w+)\}")


# --- what there is -------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Address:
    """One pattern of the router: `ledger/accounts/<int:pk>` and the view behind it."""

    route: str
    view: Any
    app: str

    @property
    def action(self) -> str:
        return getattr(self.view, "policy_action", "")


def addresses() -> list[Address]:
    def walk(resolver: Any, prefix: str) -> Iterator[Address]:
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from walk(entry, route)
            elif isinstance(entry, URLPattern):
                module = getattr(entry.callback, "__module__", "")
                parts = module.split(".")
                yield Address(route, entry.callback, parts[1] if len(parts) > 2 else "")

    return list(walk(get_resolver(), ""))


def pages() -> list[Address]:
    """The application's own pages, without the operations of the API."""
    return [a for a in addresses() if a.action and a.action != EACH_OPERATION]


def operations() -> list[tuple[str, str, dict[str, Any]]]:
    return [(path, method.upper(), one) for path, ones in document()["paths"].items() for method, one in ones.items()]


def test_every_address_declares_what_it_asks_for() -> None:
    known = {PUBLIC, SIGNED_IN, EACH_OPERATION} | set(POLICY)
    for address in addresses():
        module = address.view.__module__
        if not address.action and module.startswith(LIBRARIES):
            continue
        assert address.action in known, f"{address.route} declares no action of the policy table: use @page(…)"
    assert len(pages()) > 100


def test_every_operation_declares_its_action_and_scope_and_has_an_address_of_its_own(client: Client) -> None:
    scopes = set(people.token_scopes())
    for path, method, one in operations():
        assert one["x-action"] in POLICY, path
        assert one["x-scope"] in scopes, path
        assert one["x-scope"].endswith(":read" if method == "GET" else ":write"), (path, method)
        assert method == "GET" or one["x-action"].split(".")[1] not in READING or path in HARMLESS, (path, method)
        assert client.generic(method, KWARG.sub(MADE_UP, path)).status_code == 401, f"{path} is hidden by another"


def test_everything_a_page_asks_for_can_be_done_by_a_program_too() -> None:
    by_api = {one["x-action"] for _path, _method, one in operations()}
    served = {action.split(".")[0] for action in by_api}
    on_pages = {a.action for a in pages() if a.action in POLICY and a.action.split(".")[0] in served}
    assert on_pages <= by_api, on_pages - by_api


# --- the world and how it is asked ---------------------------------------------------------------------------


@dataclass
class Demands:
    """What a view asked of the policy: actions with the rows they were for, and models it looked rows up in.

    `consulted` are all actions looked up in the table, for a button or a list as well.
    """

    rights: list[tuple[str, Any]] = field(default_factory=list)
    lookups: list[tuple[type, str]] = field(default_factory=list)
    consulted: set[str] = field(default_factory=set)


@contextmanager
def observed() -> Iterator[Demands]:
    demands, may, visible, grants_for = Demands(), policy.may, policy.visible, policy.grants_for

    def noting_grants(user: Any, action: str) -> Any:
        demands.consulted.add(action)
        return grants_for(user, action)

    def noting_may(user: Any, action: str, row: Any = None) -> bool:
        demands.rights.append((action, row))
        return may(user, action, row)

    def noting_visible(rows: Any, user: Any, action: str) -> Any:
        found = visible(rows, user, action)
        demands.lookups.append((found.model, action))
        return found

    # `require` calls `may`, and `find` calls `visible`, by these names of the module; buttons and lists do not.
    names = {"may": noting_may, "visible": noting_visible, "grants_for": noting_grants}
    with mock.patch.multiple(policy, **names):
        yield demands


@dataclass
class Answer:
    status: int
    wrote: list[str]
    response: Any

    @property
    def is_denied(self) -> bool:
        at_the_door = self.status == 302 and self.response["Location"].startswith("/account/login")
        return self.status in (401, 403, 404, 405) or at_the_door


class Asker:
    """Sends one request as somebody and takes back whatever it changed."""

    def __init__(self, actor: Actor) -> None:
        self.actor, self.client, self.secret = actor, Client(raise_request_exception=False), ""
        if actor.user is not None:
            self.client.force_login(actor.user)
            user = User.objects.get(pk=actor.user.pk)
            if policy.may(user, "people.token_use"):
                scopes = people.token_scopes()
                self.secret = people.make_token(by=user, at=timezone.now(), name="m", scopes=scopes)[1]
        self.last = 0

    def begin(self) -> Asker:
        """From here on whatever is written is noticed; it is also taken back, so that the mark stays."""
        self.last = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        return self

    def ask(self, method: str, url: str, data: Any = None) -> Answer:
        def send() -> Any:
            return self.client.get(url) if method == "GET" else self.client.post(url, data or {})

        return self._roll_back(send)

    def call(self, method: str, url: str, body: Any) -> Answer:
        headers = {"Idempotency-Key": "matrix", "If-Match": '"1"'}
        if self.secret:
            headers["Authorization"] = f"Bearer {self.secret}"
        text = "" if body is None else json.dumps(body)
        return self._roll_back(
            lambda: self.client.generic(method, url, text, content_type="application/json", headers=headers)
        )

    def _roll_back(self, send: Any) -> Answer:
        with transaction.atomic():
            response = send()
            wrote = list(AuditEvent.objects.filter(pk__gt=self.last).values_list("action", flat=True))
            transaction.set_rollback(True)
        response.close()
        return Answer(response.status_code, wrote, response)


@pytest.fixture
def matrix(world: Any, settings: Any) -> Iterator[tuple[list[Asker], Asker, set[int]]]:
    """Who asks, somebody with every role, and the organisations of the matrix's own side; pages are not drawn."""
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"  # one look-up less each time
    matrix_world.build(world)
    askers = [Asker(actor) for actor in matrix_world.actors(world)]
    everybody = Asker(Actor("everybody", matrix_world.everybody(world)))
    logging.disable(logging.ERROR)
    with mock.patch.object(Template, "render", return_value=""), mock.patch.object(yuanshou_ops.pages, "PAGE_ROWS", 1):
        yield [asker.begin() for asker in askers], everybody.begin(), {world.ministry.pk, world.giver.pk}
    logging.disable(logging.NOTSET)


CHOICES: dict[tuple[str, str], Any] = {
    ("planning", "line"): ["1"], ("shipments", "line"): ["1"], ("situation", "what"): ["cases"],
    ("guidance", "language"): ["fr", "es", "ru"], ("exchange", "kind"): lambda: sorted(KINDS), ("exchange", "form"): ["csv"],
    ("shipments", "kind"): ["packing-list", "waybill"], ("shipments", "language"): ["en"],
    ("formats", "name"): lambda: sorted(PUBLIC_FORMATS),
}  # fmt: skip


def choices(name: str, app: str) -> list[str]:
    """Values for a part of an address that is not a row: steps of the slice's tables, a line, a file."""
    if name == "step":
        module = __import__(f"yuanshou_ops.{app}.statuses", fromlist=["x"])
        tables = [value for value in vars(module).values() if isinstance(value, dict)]
        return sorted({key[1] for table in tables for key in table if isinstance(key, tuple)})
    found = CHOICES.get((app, name), [])
    return found() if callable(found) else found


def filled(route: str, values: dict[str, str]) -> str:
    return "/" + KWARG.sub(lambda found: values.get(found[2] or found[3], MADE_UP), route).lstrip("/")


def variants(route: str, app: str) -> list[dict[str, str]]:
    """The route's other parts, each value once, with rows left open."""
    found: list[dict[str, str]] = [{}]
    for match in KWARG.finditer(route):
        name = match[2] or match[3]
        values = choices(name, app)
        if values:
            found = [one | {name: value} for one in found for value in values]
    return found


def lookup_of(row: Any, name: str) -> str:
    """The value of a part of an address for the row: its own, or the number of what it belongs to."""
    if name in ("pk", "id"):
        return str(row.pk)
    owner = next((getattr(row, link) for link in ("run", "protocol", "shipment") if hasattr(row, link)), None)
    return str(getattr(row, name, "") or getattr(owner, name, ""))


@dataclass
class Case:
    """One address with real values, the row behind it, and what was asked of the policy on the way."""

    url: str
    method: str
    row: Any
    side: str
    demands: Demands
    answer: Answer
    data: Any = None

    def expected(self, actor: Actor, action: str) -> bool | None:
        """What the policy table says of this actor; None where the row is another than the one the table is asked for.

        A row of another organisation is closed to a role that reaches its own only, whatever the view asked.
        """
        asked = [(action, None)] if action in POLICY else []
        asked += self.demands.rights
        asked += [(wanted, self.row if isinstance(self.row, model) else None) for model, wanted in self.demands.lookups]
        if not all(actor.may(wanted, row) for wanted, row in asked):
            return False
        if not any(actor.reaches_own_only(wanted) for wanted, _row in asked) and self.side != "unsure":
            return True
        if self.side == "unsure":
            return None
        if getattr(self.row, "SCOPE_ORGANISATIONS", ()) and not actor.may(asked[0][0], self.row):
            return False
        return True if self.is_decided else None

    @property
    def is_decided(self) -> bool:
        """True if the table was asked about the very row of the address, or the address has none."""
        rows = [row for _action, row in self.demands.rights if row is not None]
        models = tuple(model for model, _action in self.demands.lookups)
        return self.side in ("any", "none") or self.row in rows or isinstance(self.row, models)


def cases(everybody: Asker, method: str, route: str, app: str, mine: set[int], body: Any = None) -> list[Case]:
    """The address with a row of each side, found by watching which model the view looks in."""
    found = []
    for values in variants(route, app):
        open_names = [m[2] or m[3] for m in KWARG.finditer(route) if (m[2] or m[3]) not in values]
        if not open_names:
            found.append(_case(everybody, method, filled(route, values), None, "any", body))
            continue
        with observed() as demands:
            _send(everybody, method, filled(route, values), body)
        known = [model for model, _action in demands.lookups]
        for side, rows in _sides(known or models_of(app), open_names, mine).items():
            if not known and open_names[0] in ("pk", "id"):
                side = "unsure"  # an id alone may be that of a row of any model of the slice
            urls = [(row, filled(route, values | {n: lookup_of(row, n) for n in open_names})) for row in rows]
            if len(seen := {case.url for case in found}) and all(url in seen for _row, url in urls):
                continue
            if case := _best(
                (_case(everybody, method, url, row, side, body) for row, url in urls), not route.startswith("/api/")
            ):
                found.append(case)
    return found or [_case(everybody, method, filled(route, {}), None, "none", body)]


def _best(tried: Iterator[Case], is_page: bool) -> Case | None:
    """The first row the request succeeds with, or whose form answers an empty one; else the one that comes furthest."""
    best = None
    for case in tried:
        if case.answer.status < 400 or (is_page and case.answer.status == 422):
            return case
        if case.answer.status != 404 and (best is None or case.answer.status > best.answer.status):
            best = case
    return best


def _sides(models: list[type], names: list[str], mine: set[int]) -> dict[str, list[Any]]:
    sides: dict[str, list[Any]] = {}
    for model in models:
        for side, rows in rows_by_side(model, mine).items():
            sides.setdefault(side, []).extend(row for row in rows if all(lookup_of(row, name) for name in names))
    return sides


def _send(asker: Asker, method: str, url: str, body: Any) -> Answer:
    return asker.call(method, url, body) if url.startswith("/api/") else asker.ask(method, url, body)


def _case(everybody: Asker, method: str, url: str, row: Any, side: str, body: Any) -> Case:
    with observed() as demands:
        answer = _send(everybody, method, url, body)
    return Case(url, method, row, side, demands, answer, body)


def check(case: Case, asker: Asker, action: str, consulted: set[str]) -> str:
    """Empty if the answer is the one of the policy table; otherwise what was wrong. What was looked up is added."""
    actor = asker.actor
    with observed() as demands:
        answer = _send(asker, case.method, case.url, case.data)
    consulted |= demands.consulted
    here = f"{case.method} {case.url} ({case.side}) as {actor.name}: {answer.status}"
    if answer.status >= 500:
        return f"{here}, a fault"
    if case.method == "GET" and answer.wrote:
        return f"{here}, a GET that wrote {answer.wrote}"
    if wrong := [one for one in answer.wrote if one in POLICY and not actor.may(one)]:
        return f"{here}, wrote {wrong}"
    if action == PUBLIC:
        return ""
    if action == SIGNED_IN:
        return "" if answer.is_denied == (actor.user is None) or answer.status == 302 else f"{here}, {SIGNED_IN}"
    if not actor.may(action):
        return "" if answer.is_denied and not answer.wrote else f"{here}, without the right to {action}"
    expected = case.expected(actor, action)
    if expected is None:
        return ""
    if expected:
        return f"{here}, although the table allows it" if answer.is_denied and not case.answer.is_denied else ""
    stopped = answer.is_denied or answer.status == 422
    return "" if stopped and not answer.wrote else f"{here}, although the table denies it"


@dataclass
class Round:
    """Asks every role that decides something; `number` counts the requests sent."""

    askers: list[Asker]
    wrong: list[str] = field(default_factory=list)
    number: int = 0

    def decide(self, case: Case, action: str, *, is_first: bool) -> None:
        """As every role for the first row of an address; else as one of those that are equal in all that was looked up."""
        turn = self.number % len(self.askers)
        askers = [*self.askers[turn:], *self.askers[:turn]]
        consulted = set(case.demands.consulted)
        tried: list[Asker] = []

        def is_new(asker: Asker) -> bool:
            marks = [one.actor.mark(consulted) for one in tried]
            return asker not in tried and (is_first or asker.actor.mark(consulted) not in marks)

        while asker := next(filter(is_new, askers), None):
            self.wrong += filter(None, [check(case, asker, action, consulted)])
            self.number += 1
            tried.append(asker)
        self.wrong += filter(None, [not_asked(case, action)])


def not_asked(case: Case, action: str) -> str:
    """A row that some role may see of its own organisation only has to be looked up through the table."""
    if action not in POLICY or Reach.OWN not in POLICY[action].values() or case.is_decided or case.answer.status >= 400:
        return ""
    route = case.url.removeprefix("/api/v1").lstrip("/")
    if route.startswith(tuple(f"{start}/" for start in SEEN_OTHERWISE)):
        return ""
    return f"{case.method} {case.url} opens {case.row!r} without asking the table about it: use find(…) or require(…)"


# --- pages ---------------------------------------------------------------------------------------------------


def typed_by(everybody: Asker, url: str) -> dict[str, Any]:
    """What somebody would type into the form of this page: its own first values, and the least a field takes."""
    with transaction.atomic(), mock.patch.object(Template, "render", DRAW):
        response = everybody.client.get(url)
        transaction.set_rollback(True)
    context = getattr(response, "context", None)
    if response.status_code != 200 or context is None:
        return {}
    data: dict[str, Any] = {}
    if (form := context.get("form")) is not None and hasattr(form, "fields"):
        data |= values_of(form)
    if (lines := context.get("lines")) is not None and hasattr(lines, "management_form"):
        data |= values_of(lines.management_form) | values_of(lines.forms[0])
    return data


def values_of(form: Any) -> dict[str, Any]:
    return {form.add_prefix(name): value_of(form, name, one) for name, one in form.fields.items()}


def value_of(form: Any, name: str, one: Any) -> Any:
    first = form.get_initial_for_field(one, name)
    if first not in (None, "", []):
        return getattr(first, "pk", first)
    kind = type(one).__name__
    if "Multiple" in kind:
        return [choice[0] for choice in list(one.choices)[:1]]
    if "Model" in kind:
        row = one.queryset.first() if one.required or name in ("item", "account") else None
        return row.pk if row else ""
    if "Choice" in kind:
        return next((value for value, _words in one.choices if value), "")
    fixed = {"DateField": matrix_world.soon(), "EmailField": "a@example.org", "IntegerField": 1, "DecimalField": 1}
    words = "a long enough passphrase" if name == "password" else "CHF" if name == "currency" else "x"
    return fixed.get(kind, "" if kind in ("BooleanField", "ManyFilesField") else words)


@pytest.mark.timeout(1800)
def test_no_page_is_open_to_a_role_that_the_table_denies_or_closed_to_one_it_allows(matrix: Any) -> None:
    askers, everybody, mine = matrix
    asked, sides = Round(askers), set()
    for address in pages():
        for method in ("GET", "POST"):
            found = cases(everybody, method, address.route, address.app, mine)
            for number, case in enumerate(found):
                if method == "POST" and case.answer.status == 422:
                    data = typed_by(everybody, case.url)
                    case = _case(everybody, method, case.url, case.row, case.side, data)
                sides.add(case.side)
                asked.decide(case, address.action, is_first=number == 0 and method == "GET")
    assert not asked.wrong, f"{len(asked.wrong)} holes:\n" + "\n".join(asked.wrong[:40])
    assert {"own", "other", "any", "own, confidential", "other, confidential"} <= sides
    assert asked.number > 3000


# --- operations ----------------------------------------------------------------------------------------------


def example_of(schema: dict[str, Any], world: dict[str, Any], name: str = "") -> Any:
    """The least value the schema takes, with rows of the world where a field names one."""
    if "$ref" in schema:
        return example_of(document()["components"]["schemas"][schema["$ref"].split("/")[-1]], world, name)
    if name in world:
        return world[name]
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], world, name)
    kind = schema.get("type")
    if kind == "object":
        wanted = set(schema.get("required", ())) | (set(schema.get("properties", ())) & {"account", "quantity"})
        return {key: example_of(schema["properties"][key], world, key) for key in sorted(wanted)}
    if kind == "array":
        return [example_of(schema["items"], world, name)]
    if kind in ("integer", "number"):
        return schema.get("minimum", 1)
    if kind == "boolean":
        return True
    return {"date": matrix_world.soon(-1), "date-time": f"{matrix_world.soon()}T00:00:00Z"}.get(
        schema.get("format", ""), "x"
    )


def bodies(one: dict[str, Any]) -> Any:
    from yuanshou_ops.ledger.models import Account
    from yuanshou_ops.requests.models import Consignee

    content = one.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    free = Account.objects.filter(state="vetted", balance__gte=5, frozen=False, lot__number="M0").get()
    values = {
        "item": "surgical_mask", "place": "KEN", "to_place": "KEN", "organisation": "MOH-KEN", "donor": "GIVER",
        "recipient": "MOH-KEN", "origin": "GIVER", "holder": "CENTRE", "to_holder": "CENTRE", "currency": "CHF",
        "email": "a@example.org", "password": "a long enough passphrase", "account": free.pk,
        "consignee": Consignee.objects.filter(verified_at__isnull=False).earliest("pk").pk,
        "to": Consignee.objects.filter(verified_at__isnull=False).latest("pk").pk, "person": User.objects.latest("pk").pk,
    }  # fmt: skip
    return example_of(content["schema"], values)


@pytest.mark.timeout(1800)
def test_no_operation_is_open_to_a_role_that_the_table_denies_or_closed_to_one_it_allows(matrix: Any) -> None:
    askers, everybody, mine = matrix
    asked, done = Round(askers), 0
    for path, method, one in operations():
        body = bodies(one)
        app = one["x-action"].split(".")[0]
        for number, case in enumerate(cases(everybody, method, path, app, mine, body)):
            done += case.answer.status < 300
            asked.decide(case, one["x-action"], is_first=number == 0)
    assert not asked.wrong, f"{len(asked.wrong)} holes:\n" + "\n".join(asked.wrong[:40])
    assert done > 100, f"only {done} operations were carried out by somebody with every role"
