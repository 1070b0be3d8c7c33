"""Tokens that only we can make: a few fields, signed, each kind for its own purpose.

`<key id>.<payload>.<signature>`; the signature covers all before it, as it is spelt.
"""

from __future__ import annotations

import hashlib
from typing import Any

from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from darkroom.errors import DarkroomError
from darkroom.keyring import Key, Keys


class BadSeal(DarkroomError):
    """The token was not made by us, not like this, or for another purpose."""


def seal(keys: Keys, purpose: str, fields: list[Any]) -> str:
    """A token of letters, digits, `_`, `-` and `.`, good for `purpose` alone."""
    key = keys.signing()
    serializer = _serializer(key, purpose)
    payload = serializer.dump_payload(fields)
    return serializer.make_signer().sign(_prefix(key) + payload).decode()


def unseal(keys: Keys, purpose: str, token: str) -> Any:
    """The fields of a token. Raises BadSeal."""
    key = keys.find(token.partition(".")[0])
    if key is None:
        raise BadSeal("expected a token with the id of one of our keys")
    serializer = _serializer(key, purpose)
    try:
        _check_signature_spelling(token)
        signed = serializer.make_signer().unsign(token)
        return serializer.load_payload(signed.removeprefix(_prefix(key)))
    except (BadData, ValueError) as error:  # ValueError: no UTF-8, no ASCII
        raise BadSeal(f"expected a token that we signed for {purpose}") from error


def _prefix(key: Key) -> bytes:
    return f"{key.id}.".encode()


def _serializer(key: Key, purpose: str) -> URLSafeSerializer:
    return URLSafeSerializer(
        key.text,
        salt=purpose,
        # Without it a letter outside ASCII takes six, and a long name a token of kilobytes.
        serializer_kwargs={"ensure_ascii": False},
        signer_kwargs={"key_derivation": "hmac", "digest_method": hashlib.sha256},
    )


def _check_signature_spelling(token: str) -> None:
    """Raise where the signature is spelt otherwise than we spell it.

    Base64 has several spellings of the same bytes (unused last bits, ignored characters), so
    that a token could be altered and still verify. All else is signed as it is spelt.
    """
    signature = token.rpartition(".")[2].encode("ascii")
    if base64_encode(base64_decode(signature)) != signature:
        raise ValueError("the signature is not in its canonical spelling")
