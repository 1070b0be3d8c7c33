from __future__ import annotations

import math
import random

from PIL import ImageDraw

from scenes.paint.field import Field, Point, Size
from scenes.paint.masks import from_mask, sheet

STEPS = 40

Spine = list[tuple[float, float, float]]  # middle, y, half the width, in px


class Trunks:
    """Trunks in the light, as a mask and as a picture of their roundness."""

    def __init__(self, size: Size) -> None:
        self._mask, self._shape = sheet(size, 2)
        self._roundness, self._round = sheet(size, 2)

    def add(self, rng: random.Random, foot: Point, wide: float, lean: float) -> None:
        """From its foot to beyond the top; all in px of a picture twice the size."""
        spine = _spine(rng, foot, wide, lean)
        _fill(self._shape, spine, -1, 1, 0, 255)
        strips = max(5, int(wide / 3))
        for strip in range(strips):
            a, b = (strip / strips * 2 - 1, (strip + 1) / strips * 2 - 1)
            lit = 0.16 + 0.84 * max(abs(a + b) / 2, 0.0) ** 2.6 * (1.0 if a + b > 0 else 0.45)
            _fill(self._round, spine, a, b, 1, int(255 * lit))
        for _ in range(rng.randrange(3, 9)):
            self._add_branch(rng, spine[rng.randrange(10, STEPS)], wide)

    def _add_branch(
        self, rng: random.Random, start: tuple[float, float, float], wide: float
    ) -> None:
        x, y, half = start
        side = rng.choice((-1, 1))
        reach = wide * rng.uniform(1.0, 3.2)
        thick, angle = half * rng.uniform(0.15, 0.4), rng.uniform(-0.2, 0.8)
        for _ in range(9):
            end_x = x + side * reach / 9 * math.cos(angle)
            end_y = y - reach / 9 * math.sin(angle)
            for draw, level in ((self._shape, 255), (self._round, 70)):
                draw.line((x, y, end_x, end_y), fill=level, width=max(1, int(thick)))
            x, y, thick, angle = end_x, end_y, thick * 0.8, angle + rng.uniform(-0.25, 0.3)

    def fields(self) -> tuple[Field, Field]:
        """(where they are, how much of the light they show there)."""
        return from_mask(self._mask.reduce(2)), from_mask(self._roundness.reduce(2))


def _spine(rng: random.Random, foot: Point, wide: float, lean: float) -> Spine:
    x, y = foot
    sway, turn = rng.uniform(0.1, 0.5) * wide, rng.uniform(0, math.tau)
    spine = []
    for step in range(STEPS + 1):
        share = step / STEPS
        flare = 1 + 0.45 * math.exp(-share * 30)
        middle = x + lean * share + math.sin(share * 5 + turn) * sway
        spine.append((middle, y * (1 - share) - 30, wide * (1 - 0.45 * share) * flare / 2))
    return spine


def _fill(
    draw: ImageDraw.ImageDraw, spine: Spine, left: float, right: float, overlap: int, level: int
) -> None:
    """Between two lines along the trunk: -1 is its left side, 1 its right one."""
    near = [(middle + half * left, y) for middle, y, half in spine]
    far = [(middle + half * right + overlap, y) for middle, y, half in reversed(spine)]
    draw.polygon([*near, *far], fill=level)
