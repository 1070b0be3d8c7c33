"""DynamoDB items as plain values, and the other way round.

boto3 has such tables of types too, and is a lot to import for them.
https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any


def plain_item(item: Mapping[str, Any]) -> dict[str, Any]:
    """The attributes of a typed item, numbers as int or float."""
    return {name: _plain(value) for name, value in item.items()}


def typed_item(values: Mapping[str, Any]) -> dict[str, Any]:
    """`values`, which JSON could say, as a typed item. Raises TypeError for anything else."""
    return {name: _typed(value) for name, value in values.items()}


def _plain(typed: Mapping[str, Any]) -> Any:
    ((kind, value),) = typed.items()
    match kind:
        case "NULL":
            return None
        case "N":
            number = Decimal(value)
            return int(number) if number == int(number) else float(number)
        case "M":
            return plain_item(value)
        case "L":
            return [_plain(entry) for entry in value]
    return value


def _typed(value: Any) -> dict[str, Any]:
    match value:
        case None:
            return {"NULL": True}
        case bool():
            return {"BOOL": value}
        case int() | float():
            return {"N": str(value)}
        case str():
            return {"S": value}
        case list() | tuple():
            return {"L": [_typed(entry) for entry in value]}
        case dict():
            return {"M": typed_item(value)}
    raise TypeError(f"expected what JSON can say for an attribute, got {type(value).__name__}")
