"""Arithmetic on whole pictures, one float per pixel and plane."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageChops
from PIL.ImageMath import lambda_eval

Size = tuple[int, int]
Point = tuple[float, float]
Colour = tuple[float, float, float]

BICUBIC, NEAREST = Image.Resampling.BICUBIC, Image.Resampling.NEAREST


@dataclass(frozen=True, eq=False)
class Field:
    """One or three planes (mode F, one size) with arithmetic; one plane goes with three."""

    planes: tuple[Image.Image, ...]

    @property
    def size(self) -> Size:
        return self.planes[0].size

    def _with(self, other: Any, change: Callable[[dict[str, Any]], Any]) -> Field:
        theirs: tuple[Any, ...] = (other,)
        if isinstance(other, Field):
            theirs = other.planes
        elif isinstance(other, tuple):
            theirs = other
        count = max(len(self.planes), len(theirs))
        ours = self.planes * (count // len(self.planes))
        theirs = theirs * (count // len(theirs))
        pairs = zip(ours, theirs, strict=True)
        return Field(tuple(lambda_eval(change, a=a, b=b) for a, b in pairs))

    def __add__(self, other: Any) -> Field:
        return self._with(other, lambda v: v["a"] + v["b"])

    def __sub__(self, other: Any) -> Field:
        return self._with(other, lambda v: v["a"] - v["b"])

    def __mul__(self, other: Any) -> Field:
        return self._with(other, lambda v: v["a"] * v["b"])

    def __truediv__(self, other: Any) -> Field:
        return self._with(other, lambda v: v["a"] / v["b"])

    def __pow__(self, other: float) -> Field:
        return self._with(other, lambda v: v["a"] ** v["b"])

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Any) -> Field:
        return self._with(other, lambda v: v["b"] - v["a"])

    def __rtruediv__(self, other: float) -> Field:
        return self**-1.0 * other

    def __neg__(self) -> Field:
        return self * -1.0

    def above(self, other: Any) -> Field:
        """The larger of both, per pixel."""
        return self._with(other, lambda v: v["max"](v["a"], v["b"]))

    def below(self, other: Any) -> Field:
        """The smaller of both, per pixel."""
        return self._with(other, lambda v: v["min"](v["a"], v["b"]))

    def less(self, other: Any) -> Field:
        """1 where smaller than `other`, else 0."""
        return self._with(other, lambda v: v["a"] < v["b"]).each(lambda p: p.convert("F"))

    def clip(self) -> Field:
        return self.above(0.0).below(1.0)

    def root(self) -> Field:
        return self.above(0.0) ** 0.5

    def exp(self) -> Field:
        return self.each(lambda p: lambda_eval(lambda v: math.e ** v["p"], p=p))

    def each(self, change: Callable[[Image.Image], Image.Image]) -> Field:
        return Field(tuple(change(plane) for plane in self.planes))

    def resize(self, size: Size, box: tuple[float, float, float, float] | None = None) -> Field:
        """The whole, or the part within `box`, at `size`."""
        return self.each(lambda p: p.resize(size, BICUBIC, box=box))

    def crop(self, box: tuple[int, int, int, int]) -> Field:
        return self.each(lambda p: p.crop(box))

    def paste(self, part: Field, box: tuple[int, int, int, int]) -> None:
        for plane, theirs in zip(self.planes, part.planes, strict=True):
            plane.paste(theirs, box)

    def offset(self, right: int, down: int) -> Field:
        """Moved, what leaves at one side coming in at the other."""
        return self.each(lambda p: ImageChops.offset(p, right, down))

    def repeat(self, across: int, down: int) -> Field:
        width, height = self.size

        def repeated(plane: Image.Image) -> Image.Image:
            wide = Image.new("F", (width * across, height * down))
            for place in range(across * down):
                wide.paste(plane, (place % across * width, place // across * height))
            return wide

        return self.each(repeated)

    def blur(self, radius: float) -> Field:
        """Nearly Gaussian: made small and large again. Pillow's own filters do not read floats."""
        width, height = self.size
        small = (max(2, round(width / radius)), max(2, round(height / radius)))
        return self.resize(small).resize(self.size)


def flat(size: Size, value: float = 0.0) -> Field:
    return Field((Image.new("F", size, value),))


def row(values: Iterable[float], height: int) -> Field:
    """The values along x, the same in every row."""
    line = array("f", values)
    image = Image.frombytes("F", (len(line), 1), line.tobytes())
    return Field((image.resize((len(line), height), NEAREST),))


def column(values: Iterable[float], width: int) -> Field:
    """The values along y, the same in every column."""
    return row(values, width).each(lambda p: p.transpose(Image.Transpose.TRANSPOSE))


def coordinates(size: Size) -> tuple[Field, Field]:
    """x from 0 to width/height and y from 0 to 1, down: squares stay square."""
    width, height = size
    across = row(((x + 0.5) / height for x in range(width)), height)
    return across, column(((y + 0.5) / height for y in range(height)), width)


def mix(a: Any, b: Any, share: Any) -> Field:
    """`a` where share is 0, `b` where it is 1."""
    if not isinstance(share, Field):
        share = flat((a if isinstance(a, Field) else b).size, share)
    mixed: Field = share * b + (1.0 - share) * a
    return mixed


def square(value: Field) -> Field:
    return value * value


def length(value: Field, *more: Field) -> Field:
    """Of the vector with these parts; of one alone, how far it is from zero."""
    total = square(value)
    for part in more:
        total = total + square(part)
    return total.root()


def smooth(low: float, high: float, value: Field) -> Field:
    """0 up to `low`, 1 from `high` on, an S between; falling if `low` is the larger."""
    t = ((value - low) * (1 / (high - low))).clip()
    return t * t * (3.0 - t * 2.0)
