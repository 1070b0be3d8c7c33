"""What of an HTTP request the review page trusts."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

MAX_BODY_BYTES = 16_384


def comes_from_elsewhere(headers: Mapping[str, str]) -> bool:
    """True where a browser says that another site sent this form.

    `headers` by lower-case name. Programs send neither header: for them the signed link is enough.
    https://developer.mozilla.org/docs/Web/HTTP/Headers/Sec-Fetch-Site
    """
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc != headers.get("host")


def parse_form(body: str) -> dict[str, str]:
    """An urlencoded form's fields; of a field given twice, the last."""
    return dict(parse_qsl(body, keep_blank_values=True, max_num_fields=20, errors="replace"))
