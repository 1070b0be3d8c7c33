"""The same work by the domain functions alone, in a pool of processes."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from bench.steps import run
from bench.waying.cpu import cpu_seconds
from bench.waying.pictures import Picture
from bench.waying.side import Side, Watch

PROCESSES = 2


class Pool:
    def __init__(self, executor: ProcessPoolExecutor) -> None:
        self._executor = executor

    def work(self, pictures: Sequence[Picture]) -> Side:
        """Every picture through every step."""
        before, watch = self._cpu_seconds(), Watch()
        steps: Counter[str] = Counter()
        for costs in self._executor.map(_steps, pictures):
            steps.update(costs)
        seconds, idle = watch.read()
        spent = self._cpu_seconds() - before
        return Side(len(pictures), seconds, {"pool": spent}, dict(steps), idle)

    def _cpu_seconds(self) -> float:
        return sum(map(cpu_seconds, self._executor._processes))


@contextmanager
def started(pictures: Sequence[Picture]) -> Iterator[Pool]:
    """A pool that has worked on `pictures`, so that all is imported and nothing is new."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as executor:
        pool = Pool(executor)
        pool.work(pictures)
        yield pool


def _steps(picture: Picture) -> dict[str, float]:
    """CPU seconds by step: Validate, Resize, Filter, Optimize."""
    name, data = picture
    steps: defaultdict[str, float] = defaultdict(float)
    for cost in run(data, name).costs:
        steps[cost.step.partition(" ")[0]] += cost.cpu_seconds
    return dict(steps)
