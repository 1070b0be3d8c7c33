"""What a side of the comparison took."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from bench.waying.cpu import Idle, idle

CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Side:
    """`seconds` on the clock; `cpu` seconds by who spent them; `steps`: of those, what the steps
    spent; `idle`: of all cores; `started`: functions' processes that did; `accounts`: what the
    engine spent, where it keeps accounts."""

    pictures: int
    seconds: float
    cpu: Mapping[str, float]
    steps: Mapping[str, float]
    idle: Idle
    started: int = 0
    accounts: Mapping[str, float] = field(default_factory=dict)

    @property
    def cpu_seconds(self) -> float:
        return sum(self.cpu.values())

    @property
    def taken(self) -> float:
        """Core seconds that went to others on this machine, and to its host."""
        return max(0.0, self.seconds * CORES - self.cpu_seconds - self.idle.idle)


class Watch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self._begun, self._idle = time.monotonic(), idle()

    def read(self) -> tuple[float, Idle]:
        return time.monotonic() - self._begun, idle().since(self._idle)
