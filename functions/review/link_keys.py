"""The link secret's keys in a process that lives long: read anew when they may have changed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from darkroom.keyring import ID, Key, Keyring, read_keyring

# Secrets Manager's labels of the value that counts, and of the one before.
CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
# How long a key that was revoked may go on working.
MAX_AGE = timedelta(minutes=5)
# Forged tokens name unknown keys: without a pause each would cost a call of Secrets Manager.
PAUSE = timedelta(seconds=10)


class LinkKeys:
    """`read` gives the secret's value under a label, if there is one; `now` is the wall clock,
    which goes on while we sleep."""

    def __init__(self, read: Callable[[str], str | None], now: Callable[[], datetime]) -> None:
        self._read = read
        self._now = now
        self._ring: Keyring | None = None
        self._read_at: datetime | None = None
        self._looked_at: datetime | None = None

    def signing(self) -> Key:
        """The newest key that we know of. Raises SettingError."""
        return self._known(self._now()).signing()

    def find(self, id: str) -> Key | None:
        """The key of that id. Looks into the secret for one that we do not know, now and then.

        Raises SettingError.
        """
        at = self._now()
        found = self._known(at).find(id)
        if found or not ID.fullmatch(id) or not _is_over(PAUSE, self._looked_at, at):
            return found
        self._looked_at = at
        if self._read_at != at:
            self._reread(at)
        found = self._with_previous(at).find(id)
        if found:  # no forgery, and the next may come at once
            self._looked_at = None
        return found

    def _known(self, at: datetime) -> Keyring:
        if self._ring is None or _is_over(MAX_AGE, self._read_at, at):
            return self._reread(at)
        return self._ring

    def _reread(self, at: datetime) -> Keyring:
        self._ring = read_keyring(self._read(CURRENT) or "", at)
        self._read_at = at
        return self._ring

    def _with_previous(self, at: datetime) -> Keyring:
        """Where somebody put a bare key into the secret, the one before it goes on verifying."""
        ring = self._known(at)
        if ring.bare and (value := self._read(PREVIOUS)):
            earlier = tuple(key for key in read_keyring(value, at).keys if not ring.find(key.id))
            self._ring = Keyring((*ring.keys, *earlier), bare=True)
        return self._known(at)


def _is_over(span: timedelta, since: datetime | None, at: datetime) -> bool:
    """Also where the clock was put back: then nothing is known about the time between."""
    return since is None or not since <= at < since + span
