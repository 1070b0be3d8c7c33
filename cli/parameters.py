"""The template's parameters: what a value must be, and which differ from their defaults."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cli.errors import CommandError
from cli.template import template


def declared() -> Mapping[str, Mapping[str, Any]]:
    parameters: Mapping[str, Mapping[str, Any]] = template()["Parameters"]
    return parameters


def default_of(name: str) -> str:
    return str(declared()[name].get("Default", ""))


def read(words: Iterable[str]) -> dict[str, str]:
    """NAME=VALUE each, checked as CloudFormation would. Raises CommandError for the first that it
    would refuse."""
    values = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise CommandError(f"Expected NAME=VALUE for --parameter, got {word!r}.", _all())
        if name not in declared():
            raise CommandError(f"The template has no parameter {name!r}.", _near(name))
        if problem := _problem(declared()[name], value):
            raise CommandError(f"Expected {problem} for {name}, got {value!r}.", _meaning(name))
        values[name] = value
    return values


def changed(values: Mapping[str, str], ours: Mapping[str, str]) -> list[str]:
    """A word for each of a stack's `values` that is neither its default nor one of `ours`."""
    return [
        f"{name}={value} (default {default_of(name) or 'empty'})"
        for name, value in sorted(values.items())
        if name in declared() and value != ours.get(name, default_of(name))
    ]


def _near(name: str) -> str:
    lower = {known.lower(): known for known in declared()}
    near = difflib.get_close_matches(name.lower(), lower, n=3)
    if not near:
        return _all()
    return f"Did you mean {' or '.join(lower[one] for one in near)}?"


def _all() -> str:
    return f"template.yaml has {', '.join(declared())}."


def _meaning(name: str) -> str:
    return f"{name}: {declared()[name]['Description']}"


def _problem(parameter: Mapping[str, Any], value: str) -> str | None:
    """What is expected where `value` is not that."""
    allowed: Sequence[Any] = parameter.get("AllowedValues", ())
    if allowed and value not in map(str, allowed):
        return f"one of {', '.join(map(str, allowed))}"
    pattern = parameter.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, value):
        return str(parameter.get("ConstraintDescription", f"what matches {pattern}"))
    if parameter["Type"] != "Number":
        return None
    bounds = parameter.get("MinValue"), parameter.get("MaxValue")
    words = "a number" if None in bounds else f"a number from {bounds[0]} to {bounds[1]}"
    try:
        number = float(value)
    except ValueError:
        return words
    low, high = (float(bound) if bound is not None else None for bound in bounds)
    inside = (low is None or low <= number) and (high is None or number <= high)
    return None if inside else words
