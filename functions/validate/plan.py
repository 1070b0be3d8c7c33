"""What is to be made of a picture of a given size: names, sizes and how, before any work."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any, Literal

import msgspec

from darkroom.recipes import MAX_SIDE_PX, Gravity, Recipe, Rendition

Fit = Literal["scale", "cover", "contain"]

# What may move: pixels of all frames together, of a rendition and of its source; beyond, it stays
# still. Measured at these bounds (AMD EPYC, one core; Pillow 13.0, libwebp 1.6): Validate 2 s,
# Resize 2 to 5 s, Optimize 4 to 6 s for photographs that move, 8 s for noise; 0.4 GB.
MAX_ANIMATED_PIXELS = 30_000_000
MAX_ANIMATED_SOURCE_PIXELS = 250_000_000
# And of its canvas, of which composing holds several.
MAX_ANIMATED_CANVAS_PIXELS = 25_000_000

# A width asked for says nothing of a strip's height: at 1920 x 16383 px, AVIF's encoder takes over
# a gigabyte. So what is over four times as high as wide is made of no more pixels than this.
STRIP_RATIO = 4
MAX_STRIP_PIXELS = 20_000_000


class Planned(msgspec.Struct, frozen=True, kw_only=True):
    """`width` x `height`: px of the result. `fit`: "scale" crops and pads nothing, "cover" crops
    by `gravity`, "contain" pads with `pad`. `animated`: made of every frame."""

    name: str
    kind: Literal["rendition"] = "rendition"
    width: int
    height: int
    fit: Fit
    gravity: Gravity | None = None
    pad: str | None = None
    animated: Literal[True] | None = None


class PlannedFilter(msgspec.Struct, frozen=True, kw_only=True):
    """`spec`: the filter's whole entry of the recipe, defaults filled in; its own `width` is what
    was asked for, this `width` x `height` what is made."""

    name: str
    kind: Literal["filter"] = "filter"
    filter: str
    width: int
    height: int
    spec: dict[str, Any]


class Plan(msgspec.Struct, frozen=True):
    renditions: tuple[Planned, ...]
    filters: tuple[PlannedFilter, ...]

    @property
    def animated(self) -> bool:
        return any(rendition.animated for rendition in self.renditions)


def plan(recipe: Recipe, width: int, height: int, frames: int = 1) -> Plan:
    """What `recipe` makes of an upright picture of `width` x `height` px and so many frames.
    Nothing is upscaled; of renditions that come out equal, the first stays."""
    source = width, height
    if not _may_move(recipe, source, frames):
        frames = 1
    unique: dict[tuple[object, ...], Planned] = {}
    for rendition in recipe.renditions:
        planned = _planned(rendition, source, frames)
        look = (planned.width, planned.height, planned.fit, planned.gravity, planned.pad)
        unique.setdefault(look, planned)
    filters = []
    for spec in recipe.filters:
        size = _scaled(spec.width, source)
        filters.append(
            PlannedFilter(
                name=spec.name,
                filter=spec.filter,
                width=size[0],
                height=size[1],
                spec=msgspec.to_builtins(spec),
            )
        )
    return Plan(tuple(unique.values()), tuple(filters))


def _may_move(recipe: Recipe, source: tuple[int, int], frames: int) -> bool:
    canvas = source[0] * source[1]
    return (
        recipe.animation == "keep"
        and canvas <= MAX_ANIMATED_CANVAS_PIXELS
        and canvas * frames <= MAX_ANIMATED_SOURCE_PIXELS
    )


def _planned(rendition: Rendition, source: tuple[int, int], frames: int) -> Planned:
    (width, height), fit = _result(rendition, source)
    moves = frames > 1 and width * height * frames <= MAX_ANIMATED_PIXELS
    return Planned(
        name=rendition.name,
        width=width,
        height=height,
        fit=fit,
        gravity=rendition.gravity if fit == "cover" else None,
        pad=rendition.pad if fit == "contain" else None,
        animated=True if moves else None,
    )


def _result(rendition: Rendition, source: tuple[int, int]) -> tuple[tuple[int, int], Fit]:
    if rendition.height is None:
        return _scaled(rendition.width, source), "scale"
    box = rendition.width, rendition.height
    size = _covered(box, source) if rendition.fit == "cover" else _contained(box, source)
    if size == _scaled(size[0], source):
        return size, "scale"
    return size, rendition.fit


def _scaled(width: int, source: tuple[int, int]) -> tuple[int, int]:
    """The source's proportions at `width`, or narrower where it would be too high to encode."""
    if source[1] > STRIP_RATIO * source[0]:
        width = min(width, max(1, math.isqrt(MAX_STRIP_PIXELS * source[0] // source[1])))
    return _times(
        source, min(Fraction(width, source[0]), Fraction(MAX_SIDE_PX, source[1]), Fraction(1))
    )


def _covered(box: tuple[int, int], source: tuple[int, int]) -> tuple[int, int]:
    """The box's proportions, neither side over the source's."""
    factor = min(Fraction(source[0], box[0]), Fraction(source[1], box[1]), Fraction(1))
    return _times(box, factor)


def _contained(box: tuple[int, int], source: tuple[int, int]) -> tuple[int, int]:
    """The box's proportions, so small that the picture within it is not larger than its source."""
    enlarged = min(Fraction(box[0], source[0]), Fraction(box[1], source[1]))
    return _times(box, min(1 / enlarged, Fraction(1)))


def _times(size: tuple[int, int], factor: Fraction) -> tuple[int, int]:
    """Rounded to whole px, halves up, at least 1."""
    width, height = (max(1, int(side * factor + Fraction(1, 2))) for side in size)
    return width, height
