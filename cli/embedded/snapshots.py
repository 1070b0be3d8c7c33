"""The engine's state on disk, written at once while the engine works on.

MiniStack saves at an orderly stop only (1.5.33). Here a forked process writes what the engine knew
at the moment of the fork: all services at one instant, no request waits for it, and no thread
changes what is being written. The files go into a folder of their own and move to their places
when all are whole, so a kill at any moment leaves the former state or the new one, never a mixture.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import json
import os
import shutil
import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ministack.core import persistence
from ministack.services import lambda_svc, stepfunctions

# A fork can inherit a lock that nobody will open again; the next one hardly does.
PATIENCE_SECONDS = 25
WHOLE = "whole.json"

Services = Mapping[str, Callable[[], Any]]


@dataclass(frozen=True)
class Saved:
    """A digest by service, the moment, how many executions went on, CPU seconds that it took."""

    digests: dict[str, str]
    at: str
    running: int
    seconds: float


def save(state: Path, services: Callable[[], Services], known: Mapping[str, str]) -> Saved | None:
    """Write the services whose digest is not the `known` one; None where that failed."""
    begun = time.monotonic()
    folder = state.with_name(f"next-{os.getpid()}")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    engine = os.getpid()
    child = os.fork()
    if child == 0:
        _write_and_end(engine, folder, services, known)
    seconds = _wait(child, begun + PATIENCE_SECONDS)
    if seconds is None:
        return None
    whole = json.loads((folder / WHOLE).read_text())
    commit(folder, state)
    return Saved(whole["digests"], whole["at"], whole["running"], seconds)


def commit(folder: Path, state: Path) -> None:
    """Move a whole snapshot to its place. May be repeated from wherever it was cut off."""
    state.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        if file.name != WHOLE:
            file.replace(state / file.name)
    shutil.rmtree(folder)


def recover(state: Path, saved_at: str | None) -> str | None:
    """Finish what a killed engine had written whole since `saved_at`; the time of the state then.

    What is not whole, or older, goes.
    """
    for folder in state.parent.glob("next-*"):
        at = _whole_since(folder, saved_at)
        if at is None:
            shutil.rmtree(folder, ignore_errors=True)
        else:
            commit(folder, state)
            saved_at = at
    return saved_at


def _whole_since(folder: Path, saved_at: str | None) -> str | None:
    try:
        at = str(json.loads((folder / WHOLE).read_text())["at"])
    except (OSError, ValueError, KeyError):
        return None
    return at if saved_at is None or at > saved_at else None


def running() -> int:
    """How many executions would be cut off now; those within others not counted."""
    return sum(
        execution.get("status") == "RUNNING" and not execution.get("sync")
        for execution in list(stepfunctions._executions._data.values())
    )


def _write_and_end(
    engine: int, folder: Path, services: Callable[[], Services], known: Mapping[str, str]
) -> None:
    """The forked process: nobody else changes anything here, so nothing need be copied."""
    status = 1
    try:
        _let_go()
        os.nice(5)
        copy.deepcopy = _itself  # type: ignore[assignment]
        # The state on disk may still name them.
        lambda_svc._prune_orphan_code_blobs = _itself
        note = write(folder, services(), known)
        # The next engine may be about to start, and this would be older than what that saves.
        if os.getppid() == engine:
            _put(folder / WHOLE, json.dumps(note).encode())
            status = 0
    except BaseException:
        _say(traceback.format_exc())
    finally:
        os._exit(status)


def write(folder: Path, services: Services, known: Mapping[str, str]) -> dict[str, Any]:
    """One file for each service that changed, in MiniStack's format; what is noted of them all."""
    at = datetime.now(UTC).isoformat()
    digests = dict(known)
    for name, state_of in services.items():
        try:
            text = _text(name, state_of())
        except Exception as error:  # as MiniStack: one service must not cost all others
            _say(f"The state of {name} cannot be saved: {error!r}\n")
            continue
        if text is None:
            continue
        digests[name] = hashlib.blake2b(text, digest_size=16).hexdigest()
        if digests[name] != known.get(name):
            _put(folder / f"{name}.json", text)
    return {"digests": digests, "at": at, "running": running()}


def _text(name: str, payload: Any) -> bytes | None:
    if payload is None:
        return None
    version = persistence._state_format_version(name)
    whole = {"__ministack_format__": version, "payload": payload}
    return json.dumps(whole, default=persistence._json_default).encode()


def _put(file: Path, text: bytes) -> None:
    with file.open("wb") as target:
        target.write(text)
        target.flush()
        os.fsync(target.fileno())


def _say(text: str) -> None:
    """To the engine's log, past Python's own file, which another thread may have held locked."""
    os.write(2, text.encode())


def _itself(value: Any, *_: Any) -> Any:
    return value


def _let_go() -> None:
    """Close the engine's sockets and pipes: who waits for their end must not wait for this."""
    for number in os.listdir("/dev/fd"):
        with contextlib.suppress(OSError):
            if int(number) > 2:
                os.close(int(number))


def _wait(child: int, until: float) -> float | None:
    """The CPU seconds that the process took; None where it failed, or had to be ended."""
    while True:
        pid, status, usage = os.wait4(child, os.WNOHANG)
        if pid:
            return usage.ru_utime + usage.ru_stime if status == 0 else None
        if time.monotonic() > until:
            os.kill(child, 9)
            os.waitpid(child, 0)
            return None
        time.sleep(0.01)
