"""Signed review links: which picture, which version, until when. The task token is never in one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import msgspec
from itsdangerous import BadData, URLSafeSerializer
from itsdangerous.encoding import base64_decode, base64_encode

from darkroom.errors import DarkroomError, SettingError

SALT = "darkroom.review"


@dataclass(frozen=True)
class Link:
    """`expires_at`: seconds since the epoch, the first second in which the link is dead."""

    image: str
    version: str
    expires_at: int


class BadLink(DarkroomError):
    """The token was not made by us, or not like this."""


class ExpiredLink(DarkroomError):
    """The token is ours and its time is over."""

    def __init__(self, link: Link) -> None:
        super().__init__(f"expected a link that is still valid, got one until {link.expires_at}")
        self.link = link


def sign(secret: str, image: str, version: str, expires_at: int) -> str:
    """A token of letters, digits, `_`, `-` and `.`; under 1.5 KB for the longest S3 key."""
    return _serializer(secret).dumps([image, version, expires_at])


def read(secret: str, token: str, now: int) -> Link:
    """What `token` stands for at `now` (seconds since the epoch). Raises BadLink or ExpiredLink."""
    try:
        _check_signature_spelling(token)
        fields = _serializer(secret).loads(token)
        image, version, expires_at = msgspec.convert(fields, tuple[str, str, int])
    except (BadData, ValueError) as error:  # ValueError: no UTF-8, no ASCII, other fields
        raise BadLink("expected a token that we signed for a review link") from error
    link = Link(image, version, expires_at)
    if now >= expires_at:
        raise ExpiredLink(link)
    return link


def _serializer(secret: str) -> URLSafeSerializer:
    if not secret:
        raise SettingError("expected a secret for signing review links, got an empty one")
    return URLSafeSerializer(
        secret,
        salt=SALT,
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
