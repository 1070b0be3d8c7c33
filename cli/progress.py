"""Waiting for pictures to end: live at a terminal, elsewhere a line for each that has."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from cli import records
from cli.listing import why
from cli.records import Record
from cli.stack import Stack
from cli.style import plain, styled
from darkroom import statuses

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)

POLL_SECONDS = 0.5
# So many at most are asked for at once: the others have their turn next.
LOOK_AT = 1000
NOT_SEEN = "UPLOADED"

Update = Callable[[Collection[Record], Collection[Record]], None]


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

    def look_at(wanted: Collection[str]) -> dict[str, Record]:
        seen = ((image, look(image)) for image in wanted)
        return {image: record for image, record in seen if record is not None}

    deadline = time.monotonic() + timeout_seconds
    return _follow(look_at, images, console, lambda _: deadline, each=False)


def follow_all(
    look: Callable[[Collection[K]], Mapping[K, Record]],
    keys: Sequence[K],
    idle_seconds: float,
    console: Console,
) -> dict[K, Record]:
    """The records that `look` gives for `keys`, once none is being processed any more, or nothing
    has changed for so long. Each that ends is a line, also at a terminal."""
    return _follow(look, keys, console, lambda changed: changed + idle_seconds, each=True)


def _follow(
    look: Callable[[Collection[K]], Mapping[K, Record]],
    keys: Sequence[K],
    console: Console,
    deadline: Callable[[float], float],
    *,
    each: bool,
) -> dict[K, Record]:
    """`deadline`: until when to wait, by when something changed last."""
    found: dict[K, Record] = {}
    waiting = deque(keys)
    changed = time.monotonic()
    shown = _live(console, len(keys), each) if console.is_terminal else _lines(console)
    with shown as update:
        while True:
            asked = [waiting.popleft() for _ in range(min(LOOK_AT, len(waiting)))]
            seen = look(asked)
            if any(seen[key] != found.get(key) for key in seen):
                changed = time.monotonic()
            found.update(seen)
            update(found.values(), [record for record in seen.values() if _is_settled(record)])
            waiting.extend(key for key in asked if not _is_settled(found.get(key)))
            if not waiting or time.monotonic() > deadline(changed):
                return found
            time.sleep(POLL_SECONDS)


def _is_settled(record: Record | None) -> bool:
    return record is not None and record["status"] != statuses.PROCESSING


@contextmanager
def _live(console: Console, total: int, each: bool) -> Iterator[Update]:
    columns = (
        TextColumn("Processing"),
        BarColumn(bar_width=20),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(_counts([], total), total=total)

        def update(found: Collection[Record], ended: Collection[Record]) -> None:
            for record in ended if each else ():
                progress.console.print(_line(record), soft_wrap=True)
            done = sum(_is_settled(record) for record in found)
            progress.update(task, completed=done, description=_counts(found, total))

        yield update


def _counts(found: Collection[Record], total: int) -> str:
    counts = Counter(record["status"] for record in found)
    counts[NOT_SEEN] = total - len(found)
    order = (NOT_SEEN, *statuses.OPEN, *statuses.ENDED)
    return "  ".join(f"{counts[name]} {name}" for name in order if counts[name])


@contextmanager
def _lines(console: Console) -> Iterator[Update]:
    def update(_: Collection[Record], ended: Collection[Record]) -> None:
        for record in ended:
            console.print(_line(record), soft_wrap=True)

    yield update


def _line(record: Record) -> Text:
    gap = " " * max(1, 11 - len(record["status"]))
    because = f"  {why(record)}" if why(record) else ""
    return Text.assemble(
        styled(record["status"]), gap, plain(record["image"]), plain(because, "dim")
    )


def wait_until(reached: Callable[[], T | None], timeout_seconds: float) -> T | None:
    """What `reached` gives as soon as that is anything; None once time is up."""
    deadline = time.monotonic() + timeout_seconds
    while (found := reached()) is None and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return found
