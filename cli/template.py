"""template.yaml as plain values."""

from __future__ import annotations

import functools
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from cli.places import TEMPLATE


@functools.cache
def template() -> dict[str, Any]:
    parsed: dict[str, Any] = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    return parsed
