"""What of an HTTP request the review page trusts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from urllib.parse import parse_qsl

from darkroom.errors import DarkroomError

MAX_BODY_BYTES = 16_384
MAX_FIELDS = 20
JSON = "application/json"


class UnreadableForm(DarkroomError):
    """The body is none that a form of ours sends, nor JSON as documented."""


class TooLarge(DarkroomError):
    """The body is larger than a decision can be."""


class FromElsewhere(DarkroomError):
    """Another site sent this form."""


def check_origin(headers: Mapping[str, str]) -> None:
    """Raises FromElsewhere where a browser says that another site sent this form.

    `headers` by lower-case name. Programs send neither header: for them the signed link is enough.
    https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
    """
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if site is not None and site not in ("same-origin", "none"):
        raise FromElsewhere(f"expected a form of our own, got one that is {site}")
    if site is None and origin is not None and origin.partition("://")[2] != headers.get("host"):
        raise FromElsewhere(f"expected a form of our own, got one of {origin}")


def parse_body(body: bytes, content_type: str) -> dict[str, str]:
    """The fields of an urlencoded form, of a field given twice the last; or of a JSON object.

    Raises TooLarge or UnreadableForm.
    """
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(f"expected at most {MAX_BODY_BYTES} bytes, got {len(body)}")
    if content_type.partition(";")[0].strip().lower() == JSON:
        return _parse_json(body)
    text = body.decode("utf-8", "replace")
    try:
        fields = parse_qsl(
            text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace"
        )
    except ValueError as error:
        raise UnreadableForm(f"Expected at most {MAX_FIELDS} fields.") from error
    return dict(fields)


def wants_json(headers: Mapping[str, str]) -> bool:
    """True for a program that asks for JSON; a browser's forms ask for HTML."""
    return JSON in headers.get("accept", "").lower()


def _parse_json(body: bytes) -> dict[str, str]:
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableForm("Expected a JSON object in UTF-8.") from error
    if not isinstance(fields, dict) or len(fields) > MAX_FIELDS:
        raise UnreadableForm(f"Expected a JSON object of at most {MAX_FIELDS} fields.")
    for name, value in fields.items():
        if not isinstance(value, str | None):
            raise UnreadableForm(f"Expected a text for {name[:40]}.")
    # A lone half of a surrogate pair can be written in JSON, and nowhere else.
    return {
        name: value.encode("utf-8", "replace").decode()
        for name, value in fields.items()
        if value is not None
    }
