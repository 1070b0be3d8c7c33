"""What happens during a storm, as it happens; several threads write here."""

from __future__ import annotations

import threading
import time
from collections import Counter
from dataclasses import dataclass, field

from bench.storming.plan import Upload
from bench.storming.state import Message, Name, version_of


@dataclass(frozen=True)
class Put:
    """Seconds since the epoch, when S3 was asked and when it had answered."""

    upload: Upload
    asked: float
    answered: float


@dataclass(frozen=True)
class Kill:
    at: float
    function: str


@dataclass(frozen=True)
class Load:
    """Resident bytes and CPU seconds so far, of the engine and of the workers that live."""

    at: float
    engine_bytes: int
    workers_bytes: int
    workers: int
    engine_cpu: float


@dataclass
class Log:
    revision: str
    puts: list[Put] = field(default_factory=list)
    again: list[float] = field(default_factory=list)
    kills: list[Kill] = field(default_factory=list)
    loads: list[Load] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    decided: dict[Name, str] = field(default_factory=dict)
    # Why a decision was not taken, in the page's words.
    refused: Counter[str] = field(default_factory=Counter)
    # Names that a reviewer has seen in the queue.
    seen: set[Name] = field(default_factory=set)
    _ended: set[Name] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def name(self, upload: Upload) -> Name:
        return upload.image, version_of(upload.etag, self.revision)

    def put(self, upload: Upload, asked: float) -> None:
        with self._lock:
            self.puts.append(Put(upload, asked, time.time()))

    def hear(self, message: Message) -> None:
        with self._lock:
            self.messages.append(message)
            self._ended.add(message.name)

    @property
    def ended(self) -> int:
        return len(self._ended)

    def has_ended(self, upload: Upload) -> bool:
        """Announced, or waiting for a reviewer."""
        name = self.name(upload)
        return name in self._ended or name in self.seen

        return self.name(upload) in self._ended
