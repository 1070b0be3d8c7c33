"""CPU seconds of an engine and of what belongs to it, read from /proc: Linux only."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.storming.processes import workers

TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Spent:
    """CPU seconds since a process began: `engine`, its own; `ended`, of processes that it has
    waited for, which are those that saved its state; `workers`, by id; `others`, its children that
    are neither. `steps`: what each worker works on."""

    engine: float
    ended: float
    workers: Mapping[int, float]
    others: Mapping[int, float]
    steps: Mapping[int, str]


@dataclass(frozen=True)
class Cpu:
    """CPU seconds between two looks: the engine's, of saving its state, of starting functions'
    processes, and of these, by step. `started`: how many of them did."""

    engine: float
    saving: float
    starting: float
    steps: Mapping[str, float]
    started: int

    @property
    def total(self) -> float:
        return self.engine + self.saving + self.starting + sum(self.steps.values())


@dataclass(frozen=True)
class Idle:
    """Seconds of all cores together: with nothing to do, and taken by the machine's host."""

    idle: float
    stolen: float

    def since(self, earlier: Idle) -> Idle:
        return Idle(self.idle - earlier.idle, self.stolen - earlier.stolen)


def spent(engine: int) -> Spent:
    steps = workers(engine)
    others = [pid for pid in _children(engine) if pid not in steps]
    own, ended = _fields(engine)
    return Spent(
        own,
        ended,
        {pid: cpu_seconds(pid) for pid in steps},
        {pid: cpu_seconds(pid) for pid in others},
        steps,
    )


def between(before: Spent, after: Spent) -> Cpu:
    steps: defaultdict[str, float] = defaultdict(float)
    for pid, seconds in after.workers.items():
        steps[after.steps[pid]] += seconds - before.workers.get(pid, 0.0)
    return Cpu(
        after.engine - before.engine,
        after.ended - before.ended,
        sum(seconds - before.others.get(pid, 0.0) for pid, seconds in after.others.items()),
        dict(steps),
        len(after.workers.keys() - before.workers.keys()),
    )


def cpu_seconds(pid: int) -> float:
    """Of the process and of all its children that have ended; 0 where it has ended itself."""
    with suppress(OSError, IndexError, ValueError):
        return sum(_fields(pid))
    return 0.0


def idle() -> Idle:
    """https://man7.org/linux/man-pages/man5/proc_stat.5.html"""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    ticks = [int(field) / TICKS for field in fields]
    return Idle(ticks[3] + ticks[4], ticks[7])


def _fields(pid: int) -> tuple[float, float]:
    """https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html"""
    stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    user, system, ended_user, ended_system = (int(number) / TICKS for number in stat[11:15])
    return user + system, ended_user + ended_system


def _children(pid: int) -> list[int]:
    found = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        # A thread may have ended.
        with suppress(OSError):
            found += [int(child) for child in file.read_text().split()]
    return found
