"""The operator's decision, through the review page's own door, so that its rules hold."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from cli.errors import CommandError
from darkroom.text import block

TIMEOUT_SECONDS = 60
MAX_SHOWN = 1000
IN_DOUBT = "Whether it was recorded, `darkroom history IMAGE` says."


def post_decision(link: str, decision: Mapping[str, str]) -> dict[str, Any]:
    """What the page answers where the decision counts. Raises CommandError with its reason if not.

    `link` is a review message's; `decision` has decision, reviewer, reason and note.
    """
    request = urllib.request.Request(
        f"{link}/decision",
        json.dumps(decision).encode(),
        {"Accept": "application/json", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            status, body = answer.status, answer.read()
    except urllib.error.HTTPError as error:
        with error:
            status, body = error.code, error.read()
    except (OSError, http.client.HTTPException) as error:
        raise CommandError(f"The review page did not answer: {error}", IN_DOUBT) from error
    said = _read(body)
    if said is None:
        raise CommandError(f"Expected JSON from the review page, got status {status}.", IN_DOUBT)
    if status >= 400:
        raise CommandError(_message(said) or f"The review page answered with status {status}.")
    return said


def _read(body: bytes) -> dict[str, Any] | None:
    try:
        said = json.loads(body)
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _message(said: Mapping[str, Any]) -> str:
    """The page's words; they may have somebody's name in them."""
    error = said.get("error")
    words = error.get("message") if isinstance(error, dict) else None
    return block(str(words), MAX_SHOWN) if words else ""
