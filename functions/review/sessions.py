"""Who is signed in: a signed cookie with a time limit, good while the reviewer is on the list."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec

from darkroom.errors import DarkroomError
from darkroom.keyring import Keys
from darkroom.reviewers import SignIn
from darkroom.sealing import BadSeal, seal, unseal

PURPOSE = "darkroom.session"
# With this prefix a browser takes it from us alone, over TLS (or from localhost), for all paths.
COOKIE = "__Host-darkroom"


class SignInNeeded(DarkroomError):
    """Nobody is signed in, or their time is over."""


class NoReviewer(DarkroomError):
    """The session's reviewer is no longer on the list, or was given a new link."""


class Listed(Protocol):
    def has(self, name: str, key: str) -> bool: ...


def session_value(keys: Keys, who: SignIn, expires_at: int) -> str:
    """The cookie's value; `expires_at` in seconds since the epoch."""
    return seal(keys, PURPOSE, [who.name, who.key, expires_at])


def signed_in(keys: Keys, reviewers: Listed, cookies: Iterable[str], now: int) -> str | None:
    """The reviewer's name, or None where there is no session of ours that is still valid.

    `cookies` as the request has them, "name=value". Raises NoReviewer.
    """
    value = _value(cookies)
    if value is None:
        return None
    try:
        fields = unseal(keys, PURPOSE, value)
        name, key, expires_at = msgspec.convert(fields, tuple[str, str, int])
    except (BadSeal, ValueError):
        return None
    if now >= expires_at:
        return None
    if not reviewers.has(name, key):
        raise NoReviewer(f"{name} is no longer a reviewer, or has a newer sign-in link")
    return name


def _value(cookies: Iterable[str]) -> str | None:
    """Ours among all that the host has; what others wrote there may be anything."""
    for cookie in cookies:
        for pair in cookie.split(";"):
            name, _, value = pair.strip().partition("=")
            if name == COOKIE:
                return value
    return None
