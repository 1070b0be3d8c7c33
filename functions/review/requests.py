"""What of an HTTP request the review page trusts."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import parse_qsl

from darkroom.errors import DarkroomError
from darkroom.strict_json import parse_json

MAX_BODY_BYTES = 16_384
MAX_FIELDS = 20
# Path and query; a page of the longest name has 3,000 characters.
MAX_ADDRESS = 4_096
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"


class UnreadableForm(DarkroomError):
    """The body is none that a form of ours sends, nor JSON as documented."""


class TooLarge(DarkroomError):
    """The body is larger than a decision can be."""


class AddressTooLong(DarkroomError):
    """The address is longer than any that we give."""


class FromElsewhere(DarkroomError):
    """Another site sent this form."""


def check_origin(headers: Mapping[str, str], *, session: bool = False) -> None:
    """Raises FromElsewhere where a browser says that another site sent this form.

    `headers` by lower-case name. Programs send neither header: for them the signed link is enough.
    With a `session` it is not, since a browser sends the cookie by itself, and every browser that
    we know sends one of them with it.
    https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
    """
    site = headers.get("sec-fetch-site")
    origin = headers.get("origin")
    if session and site is None and origin is None:
        raise FromElsewhere("expected Sec-Fetch-Site or Origin with a session, got neither")
    if site is not None and site not in ("same-origin", "none"):
        raise FromElsewhere(f"expected a form of our own, got one that is {site}")
    if site is None and origin is not None and origin.partition("://")[2] != headers.get("host"):
        raise FromElsewhere(f"expected a form of our own, got one of {origin}")


def body_bytes(body: str, is_base64: bool) -> bytes:
    """A body as the function gets it. Raises TooLarge, before anything is decoded."""
    most = MAX_BODY_BYTES // 3 * 4 + 4 if is_base64 else MAX_BODY_BYTES
    if len(body) > most:
        raise TooLarge(f"expected at most {MAX_BODY_BYTES} bytes, got {len(body)} characters")
    return base64.b64decode(body) if is_base64 else body.encode("utf-8", "replace")


def parse_body(body: bytes, content_type: str) -> dict[str, str]:
    """The fields of an urlencoded form or of a JSON object.

    A field that is given twice may mean one thing to us and another to whoever looked at it on the
    way. Raises TooLarge or UnreadableForm.
    """
    if len(body) > MAX_BODY_BYTES:
        raise TooLarge(f"expected at most {MAX_BODY_BYTES} bytes, got {len(body)}")
    kind = content_type.partition(";")[0].strip().lower()
    if kind == JSON:
        return _parse_json(body)
    if kind != FORM and body:
        raise UnreadableForm(f"Expected {FORM} or {JSON} as the Content-Type.")
    return _parse_form(body)


def wants_json(headers: Mapping[str, str]) -> bool:
    """True for a program that asks for JSON; a browser's forms ask for HTML."""
    return JSON in headers.get("accept", "").lower()


def _parse_form(body: bytes) -> dict[str, str]:
    try:
        fields = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=MAX_FIELDS,
            errors="replace",
        )
    except ValueError as error:
        raise UnreadableForm(f"Expected at most {MAX_FIELDS} fields.") from error
    found = dict(fields)
    if len(found) < len(fields):
        raise UnreadableForm("Expected each field once.")
    return found


def _parse_json(body: bytes) -> dict[str, str]:
    try:
        fields = parse_json(body)
    except ValueError as error:
        raise UnreadableForm("Expected a JSON object in UTF-8 with each field once.") from error
    if not isinstance(fields, dict) or len(fields) > MAX_FIELDS:
        raise UnreadableForm(f"Expected a JSON object of at most {MAX_FIELDS} fields.")
    for name, value in fields.items():
        if not isinstance(value, str | None):
            raise UnreadableForm(f"Expected a text for {_whole(name)[:40]}.")
    return {name: _whole(value) for name, value in fields.items() if value is not None}


def _whole(text: str) -> str:
    """A lone half of a surrogate pair can be written in JSON, and nowhere else."""
    return text.encode("utf-8", "replace").decode()
