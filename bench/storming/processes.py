"""The processes of an engine, read from /proc: Linux only."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from bench.storming.log import Load
from cli.places import PROJECT

PROC = Path("/proc")
FUNCTIONS = PROJECT / "functions"
# MiniStack starts each as `python <folder of the function>/_worker.py`.
WORKER = re.compile(r"ministack-lambda-(?:[^/]*-)?([A-Z][a-z]+)Function[^/]*/_worker\.py$")
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def workers(engine: int) -> dict[int, str]:
    """The engine's own processes that run a function's code, and whose: pid and step.

    Not the engine, not what it forked of itself, and nobody else's.
    """
    found = {}
    for folder in PROC.iterdir():
        if not folder.name.isdigit():
            continue
        pid = int(folder.name)
        # It may end while it is being looked at.
        with suppress(OSError, IndexError, ValueError):
            words = (folder / "cmdline").read_bytes().rstrip(b"\0").split(b"\0")
            known = WORKER.search(words[-1].decode(errors="replace"))
            if known and _parent(pid) == engine:
                found[pid] = known[1]
    return found


def kill(pid: int) -> bool:
    """SIGKILL; False where it had ended by itself."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


@dataclass(frozen=True)
class Start:
    """What it takes to start a function's process: seconds on the clock, and of CPU."""

    seconds: float
    cpu_seconds: float


def measure_start() -> Start:
    """On this machine as busy as it is now; the better of two, since the first reads the disk."""
    return min((_start() for _ in range(2)), key=lambda start: start.seconds)


def _start() -> Start:
    begun = time.monotonic()
    process = subprocess.Popen(
        [sys.executable, "-c", "import resize.handler"],
        env=os.environ | {"PYTHONPATH": str(FUNCTIONS)},
    )
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return Start(time.monotonic() - begun, usage.ru_utime + usage.ru_stime)


def is_ready(pid: int, start: Start) -> bool:
    """False for a process that is still starting, by the CPU time that it has had."""
    with suppress(OSError, IndexError, ValueError):
        return sum(int(field) for field in _stat(pid)[11:13]) / TICKS >= start.cpu_seconds
    return False


def load(engine: int) -> Load:
    running = workers(engine)
    return Load(
        time.time(),
        _bytes(engine),
        sum(map(_bytes, running)),
        len(running),
        _cpu_seconds(engine),
    )


def _stat(pid: int) -> list[str]:
    """The fields of /proc/PID/stat from the third on: the second may hold anything.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
    """
    return (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()


def _parent(pid: int) -> int:
    return int(_stat(pid)[1])


def _bytes(pid: int) -> int:
    with suppress(OSError, IndexError, ValueError):
        return int(_stat(pid)[21]) * PAGE_BYTES
    return 0


def _cpu_seconds(pid: int) -> float:
    """Of the process and of all its children that have ended."""
    with suppress(OSError, IndexError, ValueError):
        return sum(int(field) for field in _stat(pid)[11:15]) / TICKS
    return 0.0
