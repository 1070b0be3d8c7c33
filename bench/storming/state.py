"""What there is when a storm is over, as plain values: what the rules are about."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bench.storming.plan import Kind

Name = tuple[str, str]  # image and version


def version_of(etag: str, revision: str) -> str:
    """The contract's version, computed here once more: the storm takes no code's word for it."""
    return hashlib.sha256(f"{etag}/{revision}".encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Uploaded:
    """One version of an object in the upload bucket; `place` 0 is its key's first."""

    image: str
    version: str
    kind: Kind
    place: int

    @property
    def name(self) -> Name:
        return self.image, self.version


@dataclass(frozen=True)
class Recorded:
    """A record. `waits`: it has a task token, and is in the queue."""

    image: str
    version: str
    status: str
    execution: str
    flags: tuple[str, ...] = ()
    reason: str = ""
    decision: str = ""
    superseded: bool = False
    waits: bool = False
    files: int = 0
    claimed_at: datetime | None = None
    requested_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def name(self) -> Name:
        return self.image, self.version


@dataclass(frozen=True)
class Failure:
    """One try of a step that failed, whether or not it was tried again."""

    at: datetime
    error: str
    cause: str

    @property
    def throttled(self) -> bool:
        return "TooManyRequests" in self.error or "TooManyRequests" in self.cause


@dataclass(frozen=True)
class Run:
    """An execution of `pipeline`. `state`: the one entered last; `pauses`: how often Pause was."""

    arn: str
    image: str
    version: str
    status: str
    state: str
    started_at: datetime
    stopped_at: datetime | None = None
    failures: tuple[Failure, ...] = ()
    pauses: int = 0

    @property
    def name(self) -> Name:
        return self.image, self.version


@dataclass(frozen=True)
class Message:
    image: str
    version: str
    status: str

    @property
    def name(self) -> Name:
        return self.image, self.version


@dataclass(frozen=True)
class Manifest:
    """`version` as its text says it, `labelled` as its metadata do; the keys of its files."""

    version: str
    labelled: str
    files: frozenset[str]


@dataclass(frozen=True)
class State:
    """`published`, `waiting`: keys, the latter without waiting/. `others`: names of the state
    machines beside `pipeline` and the statuses of their executions.

    `decided`: what reviewers were told that counts; `meant`: what they would decide of an image's
    uploads. `late`: why the storm was ended before it was quiet, if it was.
    """

    uploads: tuple[Uploaded, ...]
    records: tuple[Recorded, ...]
    runs: tuple[Run, ...]
    messages: tuple[Message, ...]
    published: frozenset[str]
    waiting: frozenset[str]
    manifests: Mapping[str, Manifest]
    decided: Mapping[Name, str] = field(default_factory=dict)
    meant: Mapping[Name, str] = field(default_factory=dict)
    others: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    late: str = ""
