"""Waiting for uploads to end: live at a terminal, elsewhere a line for each change."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.live import Live
from rich.table import Table

from cli import records
from cli.records import Record
from cli.stack import Stack
from cli.style import plain, styled
from darkroom import statuses

T = TypeVar("T")

POLL_SECONDS = 0.5
NOT_SEEN = "UPLOADED"

Update = Callable[[Mapping[str, Record]], None]


def follow(
    stack: Stack, images: Sequence[str], timeout_seconds: float, console: Console
) -> dict[str, Record]:
    """The newest records of `images`, once none is being processed any more or time is up."""
    return follow_by(lambda image: records.newest(stack, image), images, timeout_seconds, console)


def follow_by(
    look: Callable[[str], Record | None],
    images: Sequence[str],
    timeout_seconds: float,
    console: Console,
) -> dict[str, Record]:
    """The same, of the records that `look` gives; None where there is none yet."""
    found: dict[str, Record] = {}
    deadline = time.monotonic() + timeout_seconds
    shown = _live(console, images) if console.is_terminal else _lines(console)
    with shown as update:
        while True:
            waiting = [image for image in images if not _is_settled(found.get(image))]
            for image in waiting:
                record = look(image)
                if record is not None:
                    found[image] = record
            update(found)
            if all(_is_settled(found.get(image)) for image in images):
                return found
            if time.monotonic() > deadline:
                return found
            time.sleep(POLL_SECONDS)


def _is_settled(record: Record | None) -> bool:
    return record is not None and record["status"] != statuses.PROCESSING


@contextmanager
def _live(console: Console, images: Sequence[str]) -> Iterator[Update]:
    with Live(console=console, refresh_per_second=8, transient=True) as live:

        def update(found: Mapping[str, Record]) -> None:
            board = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
            for image in images:
                status = found[image]["status"] if image in found else NOT_SEEN
                board.add_row(styled(status), plain(image))
            live.update(board)

        yield update


@contextmanager
def _lines(console: Console) -> Iterator[Update]:
    last: dict[str, str] = {}

    def update(found: Mapping[str, Record]) -> None:
        for image, record in found.items():
            if last.get(image) != record["status"]:
                last[image] = record["status"]
                console.print(styled(record["status"]), plain(image), highlight=False)

    yield update


def wait_until(reached: Callable[[], T | None], timeout_seconds: float) -> T | None:
    """What `reached` gives as soon as that is anything; None once time is up."""
    deadline = time.monotonic() + timeout_seconds
    while (found := reached()) is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return found
