"""Reviewers by name: their personal sign-in links, which end when the reviewer is removed."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import msgspec

from darkroom.keyring import Keys
from darkroom.sealing import BadSeal, seal, unseal

SIGN_IN = "darkroom.sign-in"
# Characters.
MAX_NAME = 100
MAX_REASON = 200


@dataclass(frozen=True)
class SignIn:
    """`key` is the reviewer's of the moment: a new one voids every link and session before it."""

    name: str
    key: str


def new_key() -> str:
    return secrets.token_hex(8)


def sign_in_token(keys: Keys, name: str, key: str) -> str:
    return seal(keys, SIGN_IN, [name, key])


def read_sign_in(keys: Keys, token: str) -> SignIn | None:
    """Whom the token of a sign-in link is for, or None where it is none of ours."""
    try:
        name, key = msgspec.convert(unseal(keys, SIGN_IN, token), tuple[str, str])
    except (BadSeal, ValueError):
        return None
    return SignIn(name, key)
