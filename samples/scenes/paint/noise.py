"""Chance, from a seeded generator."""

from __future__ import annotations

import math
import random
from array import array
from collections.abc import Callable

from PIL import Image

from scenes.paint.field import Field, Size, flat


def speckle(rng: random.Random, size: Size) -> Field:
    """An even chance between -1 and 1 for every pixel."""
    image = Image.frombytes("L", size, rng.randbytes(size[0] * size[1]))
    return Field((image.convert("F"),)) * (1 / 127.5) - 1.0


def noise(
    rng: random.Random, size: Size, cells: tuple[float, float], octaves: int, gain: float
) -> Field:
    """Clouds, about -1 to 1: value noise, each octave twice as fine and `gain` times as strong."""

    def layer(finer: int) -> Field:
        across, down = (min(max(2, round(c * finer)), s) for c, s in zip(cells, size, strict=True))
        return speckle(rng, (across, down)).resize(size)

    return _octaves(size, octaves, gain, layer)


def tile(rng: random.Random, side: int, cells: tuple[int, int], octaves: int, gain: float) -> Field:
    """The same, its left edge going on at the right and its foot at the head."""

    def layer(finer: int) -> Field:
        across, down = cells[0] * finer, cells[1] * finer
        middle = (across, down, across * 2, down * 2)
        return speckle(rng, (across, down)).repeat(3, 3).resize((side, side), middle)

    return _octaves((side, side), octaves, gain, layer)


def wander(rng: random.Random, count: int, cells: float, octaves: int, gain: float) -> list[float]:
    """Noise along a line, about -1 to 1."""
    line = noise(rng, (count, 1), (cells, 1), octaves, gain)
    return array("f", line.planes[0].tobytes()).tolist()


def _octaves(size: Size, octaves: int, gain: float, layer: Callable[[int], Field]) -> Field:
    total = flat(size)
    strength, weight = 1.0, 0.0
    for octave in range(octaves):
        total += layer(2**octave) * strength
        weight += strength * strength
        strength *= gain
    return total * (1 / math.sqrt(weight))
