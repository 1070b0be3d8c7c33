"""How near files come to what they should be, in SSIMULACRA2; two processes, nothing twice."""

from __future__ import annotations

import functools
import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Self

import msgspec
from PIL import Image

from bench.fidelity import reference
from bench.peers.asked import Output
from bench.scoring import LEAST_PX, Reference
from darkroom.contracts import Variant
from darkroom.images import load_upright_srgb
from darkroom.recipes import parse_filter
from filter.filters import apply_filter

AT_ONCE = 2


class Scorable(msgspec.Struct, frozen=True):
    """A file that was made as `output` of `picture`."""

    picture: Path
    output: Output
    file: Path


class Scorer:
    """Knows each file by its content, and scores it once. Its processes end with the `with`."""

    def __init__(self) -> None:
        self._known: dict[tuple[Path, str, str], float] = {}
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown()

    def scores(self, scorables: Sequence[Scorable]) -> list[float]:
        """One for each, NaN where a side is too short for the measure."""
        keys = [(one.picture, one.output.name, _digest(one.file)) for one in scorables]
        groups: dict[tuple[Path, str], dict[tuple[Path, str, str], Scorable]] = defaultdict(dict)
        for key, one in zip(keys, scorables, strict=True):
            if key not in self._known:
                groups[key[:2]].setdefault(key, one)
        for found in self._scored([list(group.values()) for group in groups.values()]):
            for one, score in found:
                self._known[one.picture, one.output.name, _digest(one.file)] = score
        return [self._known[key] for key in keys]

    def _scored(self, groups: list[list[Scorable]]) -> Iterable[list[tuple[Scorable, float]]]:
        if not groups:
            return []
        # The largest first, so that neither waits long for the other at the end.
        groups.sort(key=lambda group: -group[0].output.width * group[0].output.height * len(group))
        if self._pool is None:
            self._pool = ProcessPoolExecutor(AT_ONCE, mp_context=get_context("forkserver"))
        return self._pool.map(score_group, groups)


def score_group(group: Sequence[Scorable]) -> list[tuple[Scorable, float]]:
    """Files of one output of one picture."""
    first = group[0]
    if min(first.output.width, first.output.height) < LEAST_PX:
        return [(one, float("nan")) for one in group]
    measured = Reference(expected(_full(first.picture), first.output))
    return [(one, measured.score(load_upright_srgb(one.file.read_bytes()))) for one in group]


def expected(full: Image.Image, output: Output) -> Image.Image:
    """What a file of `output` should show: all pixels of `full` resampled once, then our filter."""
    fit = "cover" if output.cover else "scale"
    variant = Variant(output.name, "rendition", output.width, output.height, fit=fit)  # type: ignore[arg-type]
    image = reference(full, variant)
    return apply_filter(image, parse_filter(output.spec)) if output.spec else image


@functools.lru_cache(maxsize=1)
def _full(picture: Path) -> Image.Image:
    return load_upright_srgb(picture.read_bytes())


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
