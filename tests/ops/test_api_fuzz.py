"""Whatever a program sends, the API answers in words: no fault of the server, and nothing half written.

`benchmarks/api_fuzz.py` runs these two tests with more examples; the environment says how many.
"""

from __future__ import annotations

import json
import os
import random
from copy import deepcopy
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import matrix_world
import pytest
import schemathesis
from django.apps import apps
from django.core.signals import request_finished
from django.db import close_old_connections, connection, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from matrix_world import Actor
from test_matrix import Asker, bodies, operations

from yuanshou_ops.api.app import document

EXAMPLES = int(os.environ.get("API_FUZZ_EXAMPLES", "2"))
BODIES = int(os.environ.get("API_FUZZ_BODIES", "1000"))
REPORT = os.environ.get("API_FUZZ_REPORT", "")
NASTY: tuple[Any, ...] = (
    None, True, 0, -1, 1, 10**12, 10**12 + 1, 2**63, 10**400, 1e308, float("nan"), float("inf"), 0.5, "", " ", "0", "\x00",
    "\ud800", "a" * 5000, "٣", "=1+1", "' OR 1=1 --", "<script>", "KEN", "9999-12-31", "0001-01-01", "2020-02-30",
    "2020-03-25T00:00:00+14:00", "9999-12-31T23:59:59-12:00", 20200325, [], [[]], {}, {"a": {"b": []}}, ["x"] * 300,
)  # fmt: skip
RAW = (b"", b"{", b"[]", b"null", b"\xff\xfe", b'"text"', b"[" * 3000, b'{"a":1,"a":2}', b"{}garbage", b"NaN")


def sizes() -> list[Any]:
    """How many rows every table holds, in one statement."""
    tables = [t for t in connection.introspection.table_names() if t not in ("people_apitoken", "django_session")]
    parts = " UNION ALL ".join(f"SELECT '{table}', COUNT(*) FROM {table}" for table in sorted(tables))
    with connection.cursor() as cursor:
        cursor.execute(parts)
        return list(cursor.fetchall())


def report(**figures: Any) -> None:
    if REPORT:
        path = Path(REPORT)
        path.write_text(json.dumps((json.loads(path.read_text()) if path.exists() else {}) | figures))


def everybody(world: Any) -> Asker:
    matrix_world.build(world)
    return Asker(Actor("everybody", matrix_world.everybody(world)))


def spoilt(body: Any, chance: random.Random) -> Any:
    """The body with one or two of its values, at any depth, replaced, removed or joined by others."""
    spoiling = deepcopy(body)
    for _turn in range(chance.choice((1, 1, 2))):
        place = spoiling
        while isinstance(place, dict | list) and place:
            key = chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
            if isinstance(place[key], dict | list) and place[key] and chance.random() < 0.7:
                place = place[key]
                continue
            if isinstance(place, dict) and chance.random() < 0.15:
                place[chance.choice(("x", "id", "__class__", "version"))] = deepcopy(chance.choice(NASTY))
            elif isinstance(place, dict) and chance.random() < 0.1:
                del place[key]
            else:
                place[key] = deepcopy(chance.choice(NASTY))
            break
    return spoiling


def numbers_of_rows() -> list[str]:
    """The numbers there are, of every kind of row."""
    models = [model for model in apps.get_models() if any(one.name == "number" for one in model._meta.fields)]
    return sorted({number for model in models for number in model.objects.values_list("number", flat=True)})


@pytest.mark.timeout(3600)
def test_a_thousand_spoilt_bodies_meet_an_answer_and_leave_nothing_half_written(world: Any) -> None:
    asker, chance = everybody(world), random.Random(20200325)
    writes = [(path, method, bodies(one)) for path, method, one in operations() if method != "GET"]
    ids = [str(n) for n in range(1, 12)]
    parts = {
        "{id}": ids, "{number}": numbers_of_rows(), "{code}": ["GIVER"], "{line}": ["1"], "{key}": ["x"],
        "{edition}": ["1"], "{language}": ["fr", "es", "ru"], "{kind}": ["packing-list", "goods-received"],
    }  # fmt: skip
    before, faults, partial, carried_out = sizes(), [], [], 0
    for n in range(BODIES):
        path, method, body = writes[n % len(writes)]
        for name, values in parts.items():
            path = path.replace(name, chance.choice(values))
        assert "{" not in path, path
        raw = chance.choice(RAW) if chance.random() < 0.05 else json.dumps(spoilt(body, chance)).encode()
        headers = {"Authorization": f"Bearer {asker.secret}", "Idempotency-Key": f"fuzz-{n}", "If-Match": '"1"'}
        with transaction.atomic():
            answer = asker.client.generic(method, path, raw, content_type="application/json", headers=headers)
            after = sizes()
            transaction.set_rollback(answer.status_code < 400)
        carried_out += answer.status_code < 400
        if answer.status_code >= 500:
            faults.append((method, path, raw[:200]))
        elif answer.status_code >= 400 and (after != before or "detail" not in answer.json()):
            partial.append((method, path, raw[:200], answer.status_code))
    report(bodies=BODIES, body_faults=len(faults), partial_writes=len(partial), carried_out=carried_out)
    assert not faults
    assert not partial
    assert carried_out < BODIES


@pytest.mark.timeout(3600)
def test_schemathesis_finds_no_fault_of_the_server(world: Any) -> None:
    asker = everybody(world)
    schema = schemathesis.openapi.from_dict(document())
    faults: list[Any] = []
    sent = [0]

    def send(case: Any) -> None:
        query = f"?{urlencode(case.query, doseq=True)}" if case.query else ""
        url = quote(
            case.path.format(**{k: quote(str(v), safe="") for k, v in (case.path_parameters or {}).items()}), safe="/%"
        )
        headers = {str(k): str(v) for k, v in (case.headers or {}).items()}
        headers |= {"Authorization": f"Bearer {asker.secret}"}
        text = json.dumps(case.body) if isinstance(case.body, dict | list | str | int | float | None) else ""
        with transaction.atomic():
            answer = asker.client.generic(
                case.method, url + query, text, content_type="application/json", headers=headers
            )  # fmt: skip
            request_finished.disconnect(close_old_connections)  # as the client does while it asks
            answer.close()
            request_finished.connect(close_old_connections)
            transaction.set_rollback(True)
        sent[0] += 1
        if answer.status_code >= 500:
            faults.append((case.method, url + query, headers, text[:300]))

    quiet = settings(
        max_examples=EXAMPLES, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    for one in schema.get_all_operations():
        seed(20200325)(quiet(given(case=one.ok().as_strategy())(send)))()
    report(requests=sent[0], operations=len(operations()), request_faults=len(faults))
    assert not faults, faults[:5]
    assert sent[0] >= len(operations())
