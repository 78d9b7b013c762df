"""The API itself: the operations of every slice under one address, and the document that describes them."""

from __future__ import annotations

from functools import cache
from typing import Any

from ninja import NinjaAPI

from yuanshou_ops.api import (
    bulletin,
    deployments,
    duty,
    engagements,
    evidence,
    exchange,
    exports,
    guidance,
    ledger,
    lots,
    offers,
    papers,
    people,
    planning,
    problems,
    requests,
    shipments,
    situation,
)

SLICES = (
    people, ledger, lots, requests, offers, shipments, papers, planning, situation, duty, evidence, deployments, guidance,
    engagements, bulletin, exchange, exports,
)  # fmt: skip
"""A new slice adds its module here; the permission matrix and the docs page follow."""

api = NinjaAPI(
    title="Yuanshou", version="1", urls_namespace="api", docs_url=None, openapi_url=None,
    description="Requests, offers, the ledger of aid, shipments, plans, situation, desk, evidence, teams, guidance,"
    " engagements, bulletin and spreadsheets, for programs."
    " Quantities are whole base units. Every command carries an Idempotency-Key.",
)  # fmt: skip
problems.install(api)
for _slice in SLICES:
    api.add_router("", _slice.door)


@cache
def document() -> dict[str, Any]:
    """The OpenAPI document. Problems are of their own media type; files are not JSON."""
    schema: dict[str, Any] = dict(api.get_openapi_schema())
    for operations in schema["paths"].values():
        for operation in operations.values():
            for code, answer in operation["responses"].items():
                if int(code) >= 400:
                    answer["content"] = {problems.MEDIA_TYPE: answer["content"]["application/json"]}
                elif media_type := operation.get("x-media-type"):
                    answer["content"] = {media_type: {"schema": {"type": "string", "format": "binary"}}}
    return schema
