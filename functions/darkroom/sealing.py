"""Tokens that only we can make: a few fields, signed, each kind for its own purpose."""

from __future__ import annotations

import hashlib
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from darkroom.errors import DarkroomError, SettingError


class BadSeal(DarkroomError):
    """The token was not made by us, not like this, or for another purpose."""


def seal(secret: str, purpose: str, fields: list[Any]) -> str:
    """A token of letters, digits, `_`, `-` and `.`, good for `purpose` alone."""
    return _serializer(secret, purpose).dumps(fields)


def unseal(secret: str, purpose: str, token: str) -> Any:
    """The fields of a token. Raises BadSeal."""
    serializer = _serializer(secret, purpose)
    try:
        _check_signature_spelling(token)
        return serializer.loads(token)
    except (BadData, ValueError) as error:  # ValueError: no UTF-8, no ASCII
        raise BadSeal(f"expected a token that we signed for {purpose}") from error


def _serializer(secret: str, purpose: str) -> URLSafeSerializer:
    if not secret:
        raise SettingError("expected a secret for signing links, got an empty one")
    return URLSafeSerializer(
        secret,
        salt=purpose,
        # Without it a letter outside ASCII takes six, and a long name a token of kilobytes.
        serializer_kwargs={"ensure_ascii": False},
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def _check_signature_spelling(token: str) -> None:
    """Raise where the signature is spelt otherwise than we spell it.

    Base64 has several spellings of the same bytes (unused last bits, ignored characters), so
    that a token could be altered and still verify. The payload is signed as it is spelt.
    """
    signature = token.rpartition(".")[2].encode("ascii")
    if base64_encode(base64_decode(signature)) != signature:
        raise ValueError("the signature is not in its canonical spelling")
