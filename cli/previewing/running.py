"""Previews of several pictures, side by side."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path

from cli.errors import CommandError
from cli.previewing.cards import Preview, Task, make
from cli.sheets.cards import FORMATS


def pictures(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """(file, name) of each file, and of each picture in each folder.

    Raises CommandError for a path that is not there, and for a folder without pictures.
    """
    found: list[tuple[Path, str]] = []
    for path in paths:
        if path.is_file():
            found.append((path, path.name))
        elif path.is_dir():
            own = sorted(file for file in path.iterdir() if _is_picture(file))
            if not own:
                raise CommandError(f"Expected pictures in {path}, found none.")
            found += [(file, f"{path.resolve().name}/{file.name}") for file in own]
        else:
            raise CommandError(f"Expected a picture or a folder, found nothing at {path}.")
    return found


def _is_picture(file: Path) -> bool:
    return file.is_file() and file.suffix.lower().strip(".") in FORMATS


def make_all(tasks: Sequence[Task]) -> Iterator[Preview]:
    """In their order. More than two in processes of their own, which take a second to start."""
    at_once = min(os.cpu_count() or 1, len(tasks))
    if at_once < 2 or len(tasks) < 3:
        yield from map(make, tasks)
        return
    with ProcessPoolExecutor(at_once, get_context("spawn"), _leave_interrupts) as pool:
        try:
            yield from pool.map(make, tasks)
        except BrokenProcessPool as error:
            raise CommandError(
                "A process that made pictures was ended, as happens where memory is short.",
                "Preview fewer or smaller pictures.",
            ) from error
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _leave_interrupts() -> None:
    """Ctrl-C at a terminal reaches every process; the command is the one to say so."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
