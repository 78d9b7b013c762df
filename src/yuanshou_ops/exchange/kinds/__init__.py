"""The four kinds of spreadsheet that can be taken in; each says what its rows mean."""

from __future__ import annotations

from yuanshou_ops.exchange.kinds.base import Kind
from yuanshou_ops.exchange.kinds.offers import Offers
from yuanshou_ops.exchange.kinds.receipts import Receipts
from yuanshou_ops.exchange.kinds.requests import Requests
from yuanshou_ops.exchange.kinds.stock import Stock

KINDS: dict[str, Kind] = {kind.name: kind for kind in (Offers(), Requests(), Stock(), Receipts())}
