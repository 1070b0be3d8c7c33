"""The keys in the link secret: the first signs, all verify, and a retired one ends in time.

The secret's value is one bare key, as CloudFormation generates it, or after a rotation of ours
`{"keys": [{"key": "…"}, {"key": "…", "retired_at": "2026-11-20T06:04:11.250Z"}]}`, newest first.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
import secrets
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Annotated, Protocol

import msgspec

from darkroom.errors import SettingError
from darkroom.moments import stamp

# The longest review (ReviewTimeoutSeconds) and the longest session (ReviewSessionSeconds), one
# after the other: nothing with an end of its own outlives the key that signed it.
KEPT_FOR = timedelta(days=30 + 7)
ID = re.compile(r"[0-9a-f]{8}")
WRITTEN = re.compile(r"\s*\{\s*\"keys\"")
KEY_BYTES = 48


@dataclass(frozen=True)
class Key:
    text: str = field(repr=False)
    retired_at: datetime | None = None

    @functools.cached_property
    def id(self) -> str:
        """Eight hex digits, which stand in every token and give nothing of the key away."""
        return hashlib.sha256(f"darkroom link key:{self.text}".encode()).hexdigest()[:8]

    @property
    def ends_at(self) -> datetime | None:
        return self.retired_at + KEPT_FOR if self.retired_at else None

    def has_ended(self, at: datetime) -> bool:
        return self.ends_at is not None and self.ends_at <= at


class Keys(Protocol):
    def signing(self) -> Key: ...
    def find(self, id: str) -> Key | None: ...


@dataclass(frozen=True)
class Keyring:
    """At least one key, newest first; no two have the same id.

    `bare`: the value is a key and nothing else, and says nothing of keys before it.
    """

    keys: tuple[Key, ...]
    bare: bool = False

    def signing(self) -> Key:
        return self.keys[0]

    def find(self, id: str) -> Key | None:
        return next((key for key in self.keys if key.id == id), None)

    def rotated(self, at: datetime) -> Keyring:
        """With a new key in front; the one before it, and any that lacks the time, retired now."""
        earlier = tuple(key if key.retired_at else replace(key, retired_at=at) for key in self.keys)
        return Keyring((self._new_key(), *(key for key in earlier if not key.has_ended(at))))

    def revoked(self) -> Keyring:
        """A new key alone."""
        return Keyring((self._new_key(),))

    def to_value(self) -> str:
        """What to write into the secret."""
        return json.dumps({"keys": [_plain(key) for key in self.keys]})

    def _new_key(self) -> Key:
        while True:
            key = Key(secrets.token_urlsafe(KEY_BYTES))
            if self.find(key.id) is None:
                return key


class _StoredKey(msgspec.Struct):
    key: Annotated[str, msgspec.Meta(min_length=1)]
    retired_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class _Stored(msgspec.Struct):
    keys: Annotated[tuple[_StoredKey, ...], msgspec.Meta(min_length=1)]


def read_keyring(value: str, at: datetime) -> Keyring:
    """The keys in the secret's `value` that still verify at `at`.

    Raises SettingError, which never says anything of the value.
    """
    if not value:
        raise SettingError("expected a key or JSON with keys for LinkSecret, got an empty value")
    if not _is_json(value):
        return Keyring((Key(value),), bare=True)
    try:
        stored = msgspec.json.decode(value, type=_Stored).keys
    except (msgspec.DecodeError, UnicodeError):
        stored = ()
    if not stored:
        # Outside of the except block: a decoder's error may carry what it read.
        raise SettingError('expected {"keys": [{"key": …}, …]} for LinkSecret, got other JSON')
    # The first signs whatever its time: without it, nobody could be asked for a review.
    first, *others = (Key(one.key, one.retired_at) for one in stored)
    keys = (first, *(key for key in others if not key.has_ended(at)))
    if len({key.id for key in keys}) < len(keys):
        raise SettingError("expected different keys for LinkSecret, got two with the same id")
    return Keyring(keys)


def _is_json(value: str) -> bool:
    """Whether it is, or was meant to be, what we write. A bare key may begin with a brace."""
    if WRITTEN.match(value):
        return True
    try:
        return isinstance(json.loads(value), dict)
    except ValueError:
        return False


def _plain(key: Key) -> dict[str, str]:
    retired = {"retired_at": stamp(key.retired_at)} if key.retired_at else {}
    return {"key": key.text} | retired
