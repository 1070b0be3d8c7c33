"""The dated price table: what AWS asks in its first tier, free tiers left out."""

from __future__ import annotations

import functools
from pathlib import Path

import msgspec

TABLE = Path(__file__).with_name("prices.json")


class Price(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`dollars` for `per` units. `source`: the page of AWS that says so."""

    dollars: float
    per: float
    unit: str
    source: str

    @property
    def each(self) -> float:
        """Dollars for one unit."""
        return self.dollars / self.per


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`date`: when they were looked up, ISO 8601. `region`: where they hold."""

    date: str
    region: str
    prices: dict[str, Price]


@functools.cache
def price_table() -> Prices:
    return msgspec.json.decode(TABLE.read_bytes(), type=Prices)
