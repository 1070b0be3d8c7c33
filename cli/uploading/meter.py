"""How far an upload is: a bar at a terminal, elsewhere a line for each tenth."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.filesize import decimal
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

LINES = 10


class Meter:
    """Counts what has gone; `show` is called with each new count, in any thread."""

    def __init__(self, files: int, total_bytes: int, show: Callable[[Meter], None]) -> None:
        self.files, self.bytes = 0, 0
        self.total_files, self.total_bytes = files, total_bytes
        self._show = show
        self._lock = threading.Lock()

    def bytes_went(self, count: int) -> None:
        with self._lock:
            self.bytes += count
            self._show(self)

    def file_went(self) -> None:
        with self._lock:
            self.files += 1
            self._show(self)

    def file_ended(self, size: int) -> None:
        """A file that will not go."""
        with self._lock:
            self.total_files -= 1
            self.total_bytes -= size
            self._show(self)

    def line(self) -> str:
        sent = f"Uploaded {self.files} of {self.total_files} files"
        return f"{sent}, {decimal(self.bytes)} of {decimal(self.total_bytes)}"


@contextmanager
def metered(console: Console, files: int, total_bytes: int) -> Iterator[Meter]:
    """A meter that is shown while it counts."""
    if not files:
        yield Meter(files, total_bytes, lambda _: None)
    elif console.is_terminal:
        with _bar(console, total_bytes) as show:
            yield Meter(files, total_bytes, show)
    else:
        yield Meter(files, total_bytes, _lines(console))


@contextmanager
def _bar(console: Console, total_bytes: int) -> Iterator[Callable[[Meter], None]]:
    columns = (
        TextColumn("Uploading"),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[files]} files"),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("", total=total_bytes, files="")

        def show(meter: Meter) -> None:
            progress.update(
                task,
                completed=meter.bytes,
                total=meter.total_bytes,
                files=f"{meter.files}/{meter.total_files}",
            )

        yield show


def _lines(console: Console) -> Callable[[Meter], None]:
    shown = 0

    def show(meter: Meter) -> None:
        nonlocal shown
        tenth = meter.files * LINES // meter.total_files if meter.total_files else LINES
        if tenth > shown:
            shown = tenth
            console.print(meter.line(), highlight=False)

    return show
