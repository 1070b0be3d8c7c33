"""What a step costs: CPU seconds and memory, of this process."""

from __future__ import annotations

import resource
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """`cpu_seconds`: of all threads. `peak_bytes`: the most memory that the whole process held
    while the step ran, the interpreter and its modules included."""

    step: str
    cpu_seconds: float
    peak_bytes: int


class Meter:
    """Notes what each step costs. `before` is told each step's name as it begins."""

    def __init__(self, before: Callable[[str], None] | None = None) -> None:
        self.costs: list[Cost] = []
        self._before = before

    @contextmanager
    def measure(self, step: str) -> Iterator[None]:
        """What is raised within gets the step's name as a note."""
        if self._before is not None:
            self._before(step)
        forget_peak()
        start = time.process_time()
        try:
            yield
        except BaseException as error:
            error.add_note(f"in {step}")
            raise
        finally:
            self.costs.append(Cost(step, time.process_time() - start, peak_bytes()))


def forget_peak() -> None:
    """Let `peak_bytes` start anew; where the system cannot (all but Linux), it never falls.

    https://man7.org/linux/man-pages/man5/proc_pid_clear_refs.5.html
    """
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def peak_bytes() -> int:
    """The most resident memory of this process since `forget_peak`."""
    with suppress(OSError, StopIteration):
        lines = Path("/proc/self/status").read_text(encoding="utf-8", errors="replace").splitlines()
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024
