"""JSON in which every key stands once: of two, Python's reader silently takes the last."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any


class _Twice(dict[str, Any]):
    """An object whose `key` stands in it more than once."""

    key: str


def parse_json(text: bytes | str) -> Any:
    """The value in `text`. NaN and infinite numbers pass: whoever bounds a number refuses them.

    Raises ValueError where it is no JSON, and where an object has a key twice: the place is named,
    as in `default.renditions[1]`.
    """
    try:
        value = json.loads(text, object_pairs_hook=_object)
        for place, key in _keys_twice(value, ""):
            raise ValueError(f"{place or 'the outermost object'} with the key {key!r} twice")
    except RecursionError as error:
        raise ValueError("too many brackets within brackets") from error
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = Counter(key for key, _ in pairs)
    twice = _Twice(found)
    twice.key = keys.most_common(1)[0][0]
    return twice


def _keys_twice(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, _Twice):
        yield place, value.key
    if isinstance(value, dict):
        for key, part in value.items():
            yield from _keys_twice(part, f"{place}.{key}" if place else key)
    elif isinstance(value, list):
        for index, part in enumerate(value):
            yield from _keys_twice(part, f"{place}[{index}]")
