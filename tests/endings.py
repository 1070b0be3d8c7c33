"""What happens to processes that work on a file. Children import this, so it imports little."""

from __future__ import annotations

import os
import resource
import signal
from collections.abc import Callable

from bench.examine import Examined, Task, examine


def end(task: str, tell: Callable[[str], None]) -> str:
    """Each task is the name of an end."""
    tell(f"on {task}")
    match task:
        case "signal":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "wait":
            signal.pause()
        case "exit":
            os._exit(7)
        case "processor":
            resource.setrlimit(resource.RLIMIT_CPU, (0, 0))
            while True:
                pass
    return str(resource.getrlimit(resource.RLIMIT_CPU)[0])


def fall_over(task: Task, tell: Callable[[str], None]) -> Examined:
    """In place of `examine`: what a decoder does to its process in the worst case."""
    if task.path.name == "deadly.jpg":
        tell("small: Validate")
        os.kill(os.getpid(), signal.SIGKILL)
    return examine(task, tell)
