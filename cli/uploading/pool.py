"""Work on many files side by side, which Ctrl-C ends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

# A client of boto3's keeps ten connections.
WORKERS = 8


def side_by_side(
    work: Callable[[Item], Result], items: Iterable[Item], stop: threading.Event
) -> Iterator[tuple[Item, Result | Exception]]:
    """What `work` gave or raised for each item, as they end.

    Whoever leaves early, as by Ctrl-C, sets `stop` and waits for what is at work; the rest is
    never begun.
    """
    pool = ThreadPoolExecutor(WORKERS)
    futures = {pool.submit(work, item): item for item in items}
    try:
        for future in as_completed(futures):
            error = future.exception()
            if error is not None and not isinstance(error, Exception):
                raise error
            yield futures[future], future.result() if error is None else error
    except BaseException:
        stop.set()
        raise
    finally:
        pool.shutdown(cancel_futures=True)
