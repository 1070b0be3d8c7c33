"""Sizes of DynamoDB items, as it bills them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

WRITE_BYTES = 1024
READ_BYTES = 4096


def write_units(size: int) -> int:
    """Of one write; an index is written by itself."""
    return max(1, math.ceil(size / WRITE_BYTES))


def read_units(size: int) -> int:
    """Of one strongly consistent read; another costs half."""
    return max(1, math.ceil(size / READ_BYTES))


def item_bytes(item: Mapping[str, Any]) -> int:
    """Of a typed item: names and values in UTF-8.

    https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
    """
    return sum(len(name.encode()) + _value_bytes(value) for name, value in item.items())


def _value_bytes(typed: Mapping[str, Any]) -> int:
    ((kind, value),) = typed.items()
    if kind == "M":
        return 3 + sum(1 + len(name.encode()) + _value_bytes(one) for name, one in value.items())
    if kind == "L":
        return 3 + sum(1 + _value_bytes(one) for one in value)
    if kind == "N":
        return 1 + math.ceil(len(value.lstrip("-").replace(".", "").strip("0")) / 2)
    if kind == "S":
        return len(value.encode())
    return 1 if kind in ("BOOL", "NULL") else len(value)
