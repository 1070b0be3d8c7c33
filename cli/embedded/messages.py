"""A repair: MiniStack's `sns:publish` from a state machine drops MessageAttributes (1.5.33).

No filter policy on `status` or `recipe` could be tried here. tests/engine/test_publishing.py tells
once a release keeps them.
"""

from __future__ import annotations

from typing import Any

from ministack.services import sns

_parse_form = sns._parse_message_attributes


def parse_message_attributes(params: dict[str, Any]) -> dict[str, Any]:
    """A state machine gives them as JSON; everybody else as numbered form fields."""
    attributes = params.get("MessageAttributes")
    return attributes if isinstance(attributes, dict) else _parse_form(params)


def install() -> None:
    sns._parse_message_attributes = parse_message_attributes
