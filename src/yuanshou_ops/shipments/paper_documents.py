"""From the facts of a version to what is printed of them in one language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from babel import Locale
from babel.numbers import format_decimal
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from yuanshou_ops.people.models import Place
from yuanshou_ops.shipments.models import Paper
from yuanshou_ops.shipments.paper_layout import Block, Document, Facts, Signatures, Table, Words
from yuanshou_ops.shipments.paper_words import name_of, words
from yuanshou_ops.shipments.sizes import volume_m3

NONE = "–"
LOCALES = {"zh-hans": Locale("zh", script="Hans")}


class Writer:
    """The facts of one paper in one language."""

    def __init__(self, facts: dict[str, Any], language: str) -> None:
        self.facts, self.language = facts, language
        self.lines = {line["line"]: line for line in facts["lines"]}

    def say(self, key: str) -> str:
        return words(self.language, key)

    def heads(self, *keys: str) -> list[str]:
        return [self.say(key) for key in keys]

    def number(self, value: int | str | Decimal | None, pattern: str | None = None) -> str:
        """A number as the language writes it, in Western digits; what is not known is no zero."""
        if value is None:
            return NONE
        locale = LOCALES.get(self.language) or Locale(self.language)
        return format_decimal(Decimal(value), format=pattern, locale=locale, numbering_system="latn")

    def item(self, line: dict[str, Any]) -> str:
        return name_of(self.language, "item", line["item"], line["name"])

    def quantity(self, line: dict[str, Any], units: int) -> str:
        return f"{self.number(units)} {name_of(self.language, 'unit', line['unit'], line['unit'])}"

    def place(self, code: str) -> str:
        with translation.override(self.language):
            return Place.objects.get(pk=code).name

    # --- blocks that several papers have

    def parties(self) -> Facts:
        p = self.facts["parties"]
        who = [
            ("consignor", p["consignor"]), ("consignee", p["consignee"]),
            ("from", self.place(p["from"])), ("organisation", p["organisation"]),
            ("contact", p["consignor_contact"]), ("to", f"{p['address']}, {self.place(p['to'])}"),
            ("phone", p["consignor_phone"]), ("contact", p["contact"]),
            ("request", p["request"]), ("phone", p["phone"]),
        ]  # fmt: skip
        return Facts([(self.say(key), value or NONE) for key, value in who])

    def way(self) -> Facts:
        w = self.facts["way"]
        rows = [("mode", self.say(f"mode.{w['mode']}"))]
        rows += [
            (key, w[key]) for key in ("carrier", "vehicle", "carrier_document", "incoterm", "dispatched", "arrives")
        ]
        return Facts([(self.say(key), value or NONE) for key, value in rows])

    def goods(self) -> Table:
        """Every line with its lot, expiry and quantity."""
        return Table(
            self.heads("line", "item", "lot", "expires", "quantity"),
            [
                [str(n), self.item(line), line["lot"] or NONE, line["expires"] or NONE,
                 self.quantity(line, line["quantity"])]
                for n, line in self.lines.items()
            ],
            (0.8, 5, 2.4, 2, 2.4), frozenset({4}),
        )  # fmt: skip

    def signatures(self, *signers: str) -> Signatures:
        return Signatures(
            [self.say(f"sign.{s}") for s in signers], self.heads("sign.name", "sign.date", "sign.signature")
        )


def _sum(values: Sequence[Decimal | None]) -> Decimal | None:
    """The sum, or None when one of them is not known."""
    return None if None in values else sum((v for v in values if v is not None), Decimal(0))


def _packing_list(w: Writer) -> list[Block]:
    packages = w.facts["packages"]
    volumes = [volume_m3(p["size_cm"]) for p in packages]
    weights = [None if p["gross_kg"] is None else Decimal(p["gross_kg"]) for p in packages]
    rows = []
    for package, volume in zip(packages, volumes, strict=True):
        line = w.lines[package["line"]]
        rows.append(
            [f"{package['number']} {w.say('package.' + package['kind'])}", package["sscc"] or NONE, w.item(line), line["lot"] or NONE, line["expires"] or NONE,
             w.quantity(line, package["quantity"]), package["size_cm"] or NONE, w.number(volume, "0.###"),
             w.number(package["gross_kg"], "#,##0.00")]
        )  # fmt: skip
    total = [w.say("total"), "", f"{w.number(len(packages))} · {w.say('packages')}", "", "", "", "",
             w.number(_sum(volumes), "#,##0.###"), w.number(_sum(weights), "#,##0.00")]  # fmt: skip
    heads = w.heads("package", "sscc", "item", "lot", "expires", "quantity", "size_cm", "volume_m3", "gross_kg")
    table = Table(heads, rows, (1.6, 3.2, 3.4, 1.8, 2, 2.2, 1.8, 1.6, 1.7), frozenset({5, 7, 8}), total)
    return [w.parties(), w.way(), table, w.signatures("packer")]


def _waybill(w: Writer) -> list[Block]:
    packages = w.facts["packages"]
    weights = [None if p["gross_kg"] is None else Decimal(p["gross_kg"]) for p in packages]
    load = Facts([
        (w.say("packages"), w.number(len(packages) or None)),
        (w.say("gross_kg"), w.number(_sum(weights) if packages else None, "#,##0.00")),
    ])  # fmt: skip
    return [w.parties(), w.way(), w.goods(), load, Words(w.say("waybill_words")),
            w.signatures("sender", "carrier", "receiver")]  # fmt: skip


def _proforma(w: Writer) -> list[Block]:
    prices = {item: Decimal(price) for item, price in w.facts["prices"].items()}
    rows, total = [], Decimal(0)
    for n, line in w.lines.items():
        price = prices[line["item"]]
        total += price * line["quantity"]
        rows.append(
            [str(n), w.item(line), line["lot"] or NONE, w.quantity(line, line["quantity"]),
             w.number(price, "#,##0.00####"), w.number(price * line["quantity"], "#,##0.00")]
        )  # fmt: skip
    table = Table(
        w.heads("line", "item", "lot", "quantity", "unit_price", "value"), rows, (0.8, 5, 2.2, 2.4, 2, 2.4),
        frozenset({3, 4, 5}), [w.say("total"), "", "", "", "", w.number(total, "#,##0.00")],
    )  # fmt: skip
    return [w.parties(), w.way(), table, Words(w.say("proforma_words")), w.signatures("sender")]


def _gift_certificate(w: Writer) -> list[Block]:
    donors = sorted({line["donor"] for line in w.lines.values()})
    named = Facts([(w.say("donor"), donor) for donor in donors])
    return [named, w.parties(), w.way(), Words(w.say("gift_words")), w.goods(), w.signatures("donor")]


def _outcome_table(w: Writer) -> Table:
    keys = ("sent", "accepted", "damaged", "short", "lost", "returned", "destroyed", "outstanding", "surplus")
    rows = [
        [str(o["line"]), w.item(w.lines[o["line"]]), *(w.number(o[key]) for key in keys)] for o in w.facts["outcomes"]
    ]
    return Table(w.heads("line", "item", *keys), rows, (1, 3, *([1.5] * len(keys))), frozenset(range(2, 11)))


def _goods_received(w: Writer) -> list[Block]:
    keys, rows = ("good", "damaged", "short", "expired", "surplus"), []
    notes = [Words(f"{w.say('note')}: {r['note']} ({r['number']})") for r in w.facts["receipts"] if r["note"]]
    for receipt in w.facts["receipts"]:
        receiver = f"{receipt['name']} ({receipt['role']})" if receipt["role"] else receipt["name"]
        for count in receipt["lines"]:
            line = w.lines[count["line"]]
            rows.append(
                [receipt["number"], receipt["on"], receiver, f"{count['line']}. {w.item(line)}",
                 *(w.number(count[key]) for key in keys)]
            )  # fmt: skip
    heads = w.heads("receipt", "received_on", "received_by", "item", *keys)
    table = Table(heads, rows, (2.5, 2, 2.6, 3, *([1.5] * 5)), frozenset(range(4, 9)))
    return [w.parties(), w.way(), w.goods(), table, *notes, _outcome_table(w), w.signatures("receiver")]


def _loss_report(w: Writer) -> list[Block]:
    rows = []
    for loss in w.facts["losses"]:
        line = w.lines[loss["line"]]
        rows.append(
            [str(loss["line"]), w.item(line), line["lot"] or NONE, w.say(loss["kind"]),
             w.quantity(line, loss["quantity"]), loss["receipt"], loss["on"], w.say(f"status.{loss['status']}"),
             loss["reason"] or NONE]
        )  # fmt: skip
    heads = w.heads("line", "item", "lot", "kind", "quantity", "receipt", "received_on", "status", "reason")
    table = Table(heads, rows, (0.9, 3, 1.6, 1.7, 2, 2.4, 1.9, 1.8, 2.6), frozenset({4}))
    return [w.parties(), w.way(), table, _outcome_table(w), w.signatures("reporter", "carrier")]


BLOCKS: dict[str, Callable[[Writer], list[Block]]] = {
    Paper.Kind.PACKING_LIST: _packing_list,
    Paper.Kind.WAYBILL: _waybill,
    Paper.Kind.PROFORMA: _proforma,
    Paper.Kind.GIFT_CERTIFICATE: _gift_certificate,
    Paper.Kind.GOODS_RECEIVED: _goods_received,
    Paper.Kind.LOSS_REPORT: _loss_report,
}


def document_of(paper: Paper, language: str) -> Document:
    """What is printed of a version. Only the waybill carries the receiver's code; the other papers name the shipment."""
    w, number = Writer(paper.facts, language), paper.facts["number"]
    issued_on = paper.issued_at.date().isoformat()
    qr, qr_words = number, []
    if paper.kind == Paper.Kind.WAYBILL:
        code, address = paper.shipment.receiver_code, settings.YUANSHOU["PUBLIC_URL"]
        qr = f"{address}{reverse('receive', args=[number, code])}"
        qr_words = [w.say("confirm_at"), f"{address}{reverse('receive_find')}"]
    head = [("document", paper.number), ("version", str(paper.version)), ("issued", issued_on), ("shipment", number)]
    if qr_words:
        head.append(("code", paper.shipment.receiver_code))
    return Document(
        title=w.say(f"paper.{paper.kind}"), head=[(w.say(key), value) for key, value in head],
        foot=f"{paper.number} · v{paper.version} · {issued_on}",
        page_words=w.say("page"), language=language, issued_at=paper.issued_at, qr=qr, qr_words=qr_words,
        blocks=BLOCKS[paper.kind](w),
    )  # fmt: skip
