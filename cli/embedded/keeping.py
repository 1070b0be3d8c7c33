"""A repair: MiniStack saves its state at an orderly stop only (1.5.33), and takes 30 seconds for
one while work runs.

Here it saves whenever something changed, so that a kill costs seconds and not everything; and ends
at once when told to: the state of that moment, no worker left behind.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import hypercorn.asyncio
from ministack import app as ministack
from ministack.core import lambda_runtime, persistence
from ministack.services import stepfunctions

from cli.embedded import note, snapshots

# At most a twentieth of one processor's time goes into saving.
PAUSE_FACTOR = 20
SHORTEST_PAUSE_SECONDS = 2.0
# MiniStack's own, such as the health check, change nothing.
OWN_PATHS = "/_ministack"

_serve = hypercorn.asyncio.serve


class Keeper:
    """Saves the state in `folder` and notes in `home` when it did."""

    def __init__(self, home: Path, folder: Path) -> None:
        self.home = home
        self.folder = folder
        self.requests = 0
        self.wake = threading.Event()
        # What is not yet loaded must not be overwritten.
        self.loaded = threading.Event()
        self._one_at_a_time = threading.Lock()
        self._digests: dict[str, str] = {}
        self._seen: tuple[int, int] | None = None

    def begin(self) -> None:
        """Note that from now on the state on disk is older than the engine's."""
        last = note.read(self.home)
        at = snapshots.recover(self.folder, last.at if last else None)
        note.write(self.home, note.Note(at, in_order=False, running=0))

    def save(self, in_order: bool = False) -> float:
        """Save what changed; the CPU seconds that took. Raises OSError where it cannot."""
        with self._one_at_a_time:
            seen = self._changes()
            saved = snapshots.save(
                self.folder, ministack._build_persistence_save_dict, self._digests
            )
            if saved is None:
                raise OSError("expected the state to be written, got no whole snapshot")
            self._seen, self._digests = seen, saved.digests
            note.write(self.home, note.Note(saved.at, in_order, saved.running))
            return saved.seconds

    def go_on(self) -> None:
        """Save for ever, once loaded: when something changed, at once when woken."""
        self.loaded.wait()
        pause = SHORTEST_PAUSE_SECONDS
        while True:
            asked = self.wake.wait(pause)
            self.wake.clear()
            if not asked and self._changes() == self._seen:
                continue
            try:
                pause = max(SHORTEST_PAUSE_SECONDS, PAUSE_FACTOR * self.save())
            except OSError as error:
                print(f"The state was not saved: {error}", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Save and end this process, with whatever it is doing, and its workers."""
        if self.loaded.is_set():
            self._save_last()
        end_workers()
        os._exit(0)

    def _save_last(self) -> None:
        try:
            self.save(in_order=True)
        except OSError as error:
            print(f"The state was not saved in one piece: {error}", file=sys.stderr, flush=True)
            persistence.save_all(ministack._build_persistence_save_dict())

    def _changes(self) -> tuple[int, int]:
        """Equal while no request came and no execution took a step."""
        executions = list(stepfunctions._executions._data.values())
        return self.requests, sum(len(execution["events"]) for execution in executions)


def end_workers() -> None:
    """The processes of the functions: they would go on, and speak to the next engine."""
    for worker in [worker for pool in list(lambda_runtime._workers.values()) for worker in pool]:
        if worker._proc is not None:
            worker._proc.kill()


def install(home: Path) -> None:
    keeper = Keeper(home, Path(persistence.STATE_DIR))
    keeper.begin()
    signal.signal(signal.SIGUSR1, lambda *_: keeper.wake.set())

    async def serve(app: Any, config: Any) -> None:
        threading.Thread(target=keeper.go_on, daemon=True, name="keeping").start()
        await _serve(counted(app, keeper), config, shutdown_trigger=lambda: told_to_end(keeper))

    hypercorn.asyncio.serve = serve  # type: ignore[assignment]


def counted(app: Any, keeper: Keeper) -> Callable[..., Awaitable[None]]:
    """The application; each request counts when it comes and when it is done."""

    async def count(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await app(scope, receive, told_when_loaded(send, keeper))
            return
        changes = not scope["path"].startswith(OWN_PATHS)
        keeper.requests += changes
        try:
            await app(scope, receive, send)
        finally:
            keeper.requests += changes

    return count


def told_when_loaded(send: Any, keeper: Keeper) -> Callable[[Any], Awaitable[None]]:
    async def tell(message: Any) -> None:
        if message["type"] == "lifespan.startup.complete":
            keeper.loaded.set()
        await send(message)

    return tell


async def told_to_end(keeper: Keeper) -> None:
    """Ends the process at the signal; no request is answered meanwhile."""
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    await told.wait()
    keeper.end()
