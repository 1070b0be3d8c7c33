"""The whole delivery set of pictures of many sizes, and of many pictures."""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from bench import steps
from bench.meter import forget_peak, peak_bytes
from bench.subjects import jpeg
from darkroom.recipes import DEFAULT, MAX_SIDE_PX, Recipe, Rendition, load_recipes

T = TypeVar("T")

MEGAPIXELS = (1, 2, 4, 8, 16, 24, 36, 50)
COUNTS = (10, 30, 100, 300, 1000)
# Small, since a thousand of them are made.
ONE_OF_MANY_MEGAPIXELS = 0.15
# So many differ; the rest are the same again.
DIFFERENT = 25

# The sizes of its files stay, so that only the decoding grows; or one file as large as the source.
RECIPES = {
    "fixed": load_recipes()[DEFAULT],
    "whole": Recipe(
        renditions=(Rendition(name="whole", width=MAX_SIDE_PX),),
        formats=("avif", "webp", "jpeg"),
    ),
}


@dataclass(frozen=True)
class Grown:
    """`x`: megapixels or pictures. `peak_bytes`: the most that the process held at once, of all
    steps; `held_bytes`: what it holds afterwards. `objects`: those that Python keeps track of."""

    x: float
    cpu_seconds: float
    peak_bytes: int
    held_bytes: int
    objects: int

    @property
    def peak_mb(self) -> float:
        return self.peak_bytes / 2**20


def over_pixels(recipe: str, repeats: int) -> Iterator[Grown]:
    """For each of MEGAPIXELS: a fresh process, the quickest and the smallest of `repeats`."""
    for megapixels in MEGAPIXELS:
        data = _apart(jpeg, megapixels)
        runs = [_apart(_one, megapixels, data, recipe) for _ in range(repeats)]
        yield Grown(
            megapixels,
            min(run.cpu_seconds for run in runs),
            min(run.peak_bytes for run in runs),
            min(run.held_bytes for run in runs),
            min(run.objects for run in runs),
        )


def over_images() -> list[Grown]:
    """One process, and what it has come to after each of COUNTS pictures."""
    pictures = [jpeg(ONE_OF_MANY_MEGAPIXELS + 0.002 * number) for number in range(DIFFERENT)]
    return _apart(_many, pictures)


def _apart(work: Callable[..., T], *given: Any) -> T:
    """What `work` answers in a process of its own: drawing a picture leaves memory behind."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(work, *given).result()


def _one(megapixels: float, data: bytes, recipe: str) -> Grown:
    costs = steps.run(data, recipe=RECIPES[recipe]).costs
    return _grown(
        megapixels,
        sum(cost.cpu_seconds for cost in costs),
        max(cost.peak_bytes for cost in costs),
    )


def _many(pictures: Sequence[bytes]) -> list[Grown]:
    steps.run(pictures[0])  # what is loaded once
    grown: list[Grown] = []
    spent, peak = 0.0, 0
    for number in range(max(COUNTS)):
        costs = steps.run(pictures[number % DIFFERENT]).costs
        spent += sum(cost.cpu_seconds for cost in costs)
        peak = max(peak, *(cost.peak_bytes for cost in costs))
        if number + 1 in COUNTS:
            grown.append(_grown(number + 1, spent, peak))
    return grown


def _grown(x: float, cpu_seconds: float, peak: int) -> Grown:
    gc.collect()
    forget_peak()
    return Grown(x, cpu_seconds, peak, peak_bytes(), len(gc.get_objects()))
