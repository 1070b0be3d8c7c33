"""A function's settings, from its environment: typed, checked together, named when wrong."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TypeVar

import msgspec

from darkroom.errors import SettingError

T = TypeVar("T", bound=msgspec.Struct)


def load_settings(kind: type[T], environ: Mapping[str, str] | None = None) -> T:
    """A `kind` filled from variables named as its fields in capitals; lists are split at commas.

    Raises SettingError with one line for every variable that is missing or wrong.
    """
    environ = os.environ if environ is None else environ
    values: dict[str, object] = {}
    problems: list[str] = []
    for field in msgspec.structs.fields(kind):
        variable = field.name.upper()
        if variable not in environ:
            if field.required:
                problems.append(f"expected a value for {variable}, got none")
            continue
        text: object = environ[variable]
        if field.type == tuple[str, ...]:
            text = [word.strip() for word in environ[variable].split(",") if word.strip()]
        try:
            values[field.name] = msgspec.convert(text, field.type, strict=False)
        except msgspec.ValidationError as error:
            expected = str(error).partition(", got")[0].lower()
            problems.append(f"{expected} for {variable}, got {environ[variable]!r}")
    if problems:
        raise SettingError("\n".join(problems))
    return kind(**values)
