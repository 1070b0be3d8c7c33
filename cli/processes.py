"""The processes of this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path


def command_line(pid: int) -> str:
    """Empty where there is no such process, or only its remains."""
    if _has_proc():
        try:
            words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return ""
        return b" ".join(words).decode(errors="replace")
    return _ps("-o", "args=", "-p", str(pid))


def everything() -> list[tuple[int, str]]:
    """All ids and command lines."""
    if _has_proc():
        ids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        return [(pid, command_line(pid)) for pid in ids]
    lines = [line.strip().partition(" ") for line in _ps("-A", "-o", "pid=,args=").splitlines()]
    return [(int(pid), words) for pid, _, words in lines]


def _has_proc() -> bool:
    return Path("/proc/self").exists()  # a slim container has no ps


def _ps(*options: str) -> str:
    return subprocess.run(["ps", *options], capture_output=True, text=True, check=False).stdout
