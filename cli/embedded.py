"""The embedded engine's process: MiniStack, with one repair.

Its argument is the folder of its state, so that a list of processes tells engines apart.

MiniStack's `sns:publish` from a state machine drops MessageAttributes (1.5.33), so that no filter
policy on `status` or `recipe` could be tried here. Once a release keeps them, start `ministack`
itself: tests/engine/test_publishing.py tells.
"""

from __future__ import annotations

import sys
from typing import Any

from ministack.app import main
from ministack.services import sns

_parse_form = sns._parse_message_attributes


def parse_message_attributes(params: dict[str, Any]) -> dict[str, Any]:
    """A state machine gives them as JSON; everybody else as numbered form fields."""
    attributes = params.get("MessageAttributes")
    return attributes if isinstance(attributes, dict) else _parse_form(params)


if __name__ == "__main__":
    sns._parse_message_attributes = parse_message_attributes
    sys.argv = sys.argv[:1]
    main()
