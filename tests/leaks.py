"""Looking for what must not show, however it was written down."""

from __future__ import annotations

import html
import json
from collections.abc import Iterable
from urllib.parse import quote


def leaked(text: str, secrets: Iterable[str]) -> list[str]:
    """Of `secrets` those that stand in `text`."""
    return [secret for secret in secrets if any(one in text for one in _spellings(secret))]


def _spellings(secret: str) -> set[str]:
    """As it is, and as JSON (in JSON), HTML and an address spell it."""
    in_json = json.dumps(secret)[1:-1]
    twice = json.dumps(in_json)[1:-1]
    return {secret, in_json, twice, html.escape(secret), quote(secret, safe="")}
