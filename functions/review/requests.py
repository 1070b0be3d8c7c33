"""What of an HTTP request the review page trusts."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from darkroom.errors import DarkroomError

MAX_BODY_BYTES = 16_384
MAX_FIELDS = 20


class UnreadableForm(DarkroomError):
    """The body is none that a form of ours sends."""


def comes_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """True where a browser says that another site sent this form.

    `headers` by lower-case name. Programs send neither header: for them the signed link is enough.
    https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and origin.partition("://")[2] != headers.get("host")


def parse_form(body: bytes) -> dict[str, str]:
    """An urlencoded form's fields; of a field given twice, the last. Raises UnreadableForm."""
    text = body.decode("utf-8", "replace")
    try:
        fields = parse_qsl(
            text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="replace"
        )
    except ValueError as error:
        raise UnreadableForm(f"expected at most {MAX_FIELDS} fields for a decision") from error
    return dict(fields)
