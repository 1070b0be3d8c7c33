"""How near an encoded picture comes to its original, as SSIMULACRA2 sees it, at a fraction of the
cost: of its 108 features those that decide most, on blocks instead of Gaussian windows.

https://github.com/cloudinary/ssimulacra2. What they add up to was fitted: `bench/quality`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PIL import Image, ImageMath

# sRGB (IEC 61966-2-1) to linear light, in 15 bits.
SCALE = 32_767
LINEAR = [
    level / 255 / 12.92 if level <= 10 else ((level / 255 + 0.055) / 1.055) ** 2.4
    for level in range(256)
]
# Of linear red, green and blue, what the three kinds of cones see, and how much more than none
# they always do: https://github.com/libjxl/libjxl, lib/jxl/cms/opsin_params.h
CONES = ((0.30, 0.622, 0.078), (0.23, 0.692, 0.078), (0.24342, 0.20477, 0.55181))
BIAS = 0.0037930733
# As the first two see light together.
LUMINANCE = (0.265, 0.657, 0.078)
TABLES = [[round(SCALE * weight * light) for light in LINEAR] for weight in LUMINANCE]
# For channels that TABLES weighed.
WEIGHTS = [
    [cone / weight / SCALE for cone, weight in zip(row, LUMINANCE, strict=True)] for row in CONES
]
# How many times SSIMULACRA2 takes red less green.
RED_GREEN = 14
# What SSIM adds to variances, so that those of nothing do not count.
C2 = 0.0009
# As wide as the Gaussian windows of SSIMULACRA2 weigh: 1.5 px to each side.
BLOCK_PX = 5
# Where grids of blocks begin that overlap by half.
GRIDS = ((0, 0), (2, 0), (0, 2), (2, 2))

# Luminance: mean and fourth-power mean of its dissimilarity at a quarter of the size, and at an
# eighth; at full size the fourth-power mean, and those of contrast that was lost and gained.
# Red-green: fourth-power mean of its dissimilarity at a quarter. Blue-yellow: mean dissimilarity at
# an eighth; mean and fourth-power mean of its differences at a sixteenth.
Features = tuple[float, ...]
# Left, top, right, bottom in px.
Box = tuple[int, int, int, int]


class Original:
    """A picture (RGB, at least 80 px a side) that others are compared with, its planes at hand."""

    def __init__(self, image: Image.Image) -> None:
        self._sheet = _Sheet(image.size)
        self._planes = _Planes(image, self._sheet)

    def compare(self, image: Image.Image) -> Features:
        """What tells `image` (RGB, of the same size) from this one; zeros where nothing does."""
        sheet, mine, other = self._sheet, self._planes, _Planes(image, self._sheet)
        apart = _evaluate(
            lambda a: _dissimilar(a, means=(a["m"], a["n"]), c2=C2),
            m=mine.means,
            n=other.means,
            mm=mine.squares,
            nn=other.squares,
            mn=sheet.blocks(mine.products(other)),
        )
        powers = _fourth_power(apart)
        blue = _evaluate(lambda a: abs(a["x"] - a["y"]), x=mine.tiny_blue, y=other.tiny_blue)
        return (
            _mean(apart.crop(sheet.quarter)),
            _root(powers.crop(sheet.quarter)),
            _mean(apart.crop(sheet.eighth)),
            _root(powers.crop(sheet.eighth)),
            *_compare_light(mine.full, other.full),
            _root(powers.crop(sheet.red)),
            _mean(apart.crop(sheet.blue)),
            _mean(blue),
            _root(_fourth_power(blue)),
        )


class _Sheet:
    """Where things lie. Python takes longer to begin with an image than to work on so few px: so a
    channel's quarter, eighth and sixteenth of the size are parts of one image, and so are all
    blocks."""

    def __init__(self, size: tuple[int, int]) -> None:
        self._quarter = _reduced_size(size, 4)
        self._eighth = _reduced_size(self._quarter, 2)
        self._sixteenth = _reduced_size(self._eighth, 2)
        self._pieces: list[tuple[str, Box, tuple[int, int]]] = []
        self._filled = 0
        beside = (self._quarter[0], 0)
        self.quarter = self._add("light", (0, 0), self._quarter, GRIDS)
        self.eighth = self._add("light", beside, self._eighth, GRIDS)
        self.red = self._add("red", (0, 0), self._quarter)
        self.blue = self._add("blue", beside, self._eighth)

    def _add(
        self,
        plane: str,
        corner: tuple[int, int],
        size: tuple[int, int],
        grids: Sequence[tuple[int, int]] = ((0, 0),),
    ) -> Box:
        """Where the blocks of a part of a `plane` lie beside those of the others."""
        most = max(max(grid) for grid in grids)
        columns, rows = ((side - most) // BLOCK_PX for side in size)
        begin = self._filled
        for across, down in grids:
            left, top = corner[0] + across, corner[1] + down
            box = (left, top, left + columns * BLOCK_PX, top + rows * BLOCK_PX)
            self._pieces.append((plane, box, (self._filled, 0)))
            self._filled += columns
        return (begin, 0, self._filled, rows)

    def scaled(self, channel: Image.Image) -> Image.Image:
        """A quarter, an eighth and a sixteenth of `channel` (I), as F."""
        quarter = channel.reduce(4).convert("F")
        eighth = quarter.reduce(2)
        width, height = self._quarter
        sheet = Image.new("F", (width + self._eighth[0], height))
        sheet.paste(quarter, (0, 0))
        sheet.paste(eighth, (width, 0))
        sheet.paste(eighth.reduce(2), (width, self._eighth[1]))
        return sheet

    def sixteenth(self, plane: Image.Image) -> Image.Image:
        left, top = self._quarter[0], self._eighth[1]
        return plane.crop((left, top, left + self._sixteenth[0], top + self._sixteenth[1]))

    def blocks(self, planes: Mapping[str, Image.Image]) -> Image.Image:
        """The means of all blocks."""
        means = Image.new("F", (self._filled, self._quarter[1] // BLOCK_PX))
        for plane, box, place in self._pieces:
            means.paste(planes[plane].crop(box).reduce(BLOCK_PX), place)
        return means


def _reduced_size(size: tuple[int, int], factor: int) -> tuple[int, int]:
    return -(-size[0] // factor), -(-size[1] // factor)


class _Planes:
    """What is compared of a picture: linear luminance (0 to 1) in all px; XYB at smaller sizes, and
    the means of its blocks and of their squares."""

    def __init__(self, image: Image.Image, sheet: _Sheet) -> None:
        weighted = [
            channel.point(table, "I") for channel, table in zip(image.split(), TABLES, strict=True)
        ]
        self.full = _Light(
            _evaluate(
                lambda a: a["float"](a["r"] + a["g"] + a["b"]) * (1 / SCALE), **_named(weighted)
            )
        )
        self._planes = _xyb([sheet.scaled(channel) for channel in weighted])
        self.means = sheet.blocks(self._planes)
        self.squares = sheet.blocks(self.products(self))
        self.tiny_blue = sheet.sixteenth(self._planes["blue"])

    def products(self, other: _Planes) -> dict[str, Image.Image]:
        return {name: _product(plane, other._planes[name]) for name, plane in self._planes.items()}


def _xyb(weighted: list[Image.Image]) -> dict[str, Image.Image]:
    """What the eye makes of linear red, green and blue, as TABLES weighed them: red less green,
    luminance, and blue less luminance."""
    long, middle, short = (_seen(weighted, weights) for weights in WEIGHTS)
    light = _evaluate(lambda a: (a["x"] + a["y"]) * 0.5, x=long, y=middle)
    return {
        "red": _evaluate(lambda a: (a["x"] - a["y"]) * (RED_GREEN / 2), x=long, y=middle),
        "light": light,
        "blue": _evaluate(lambda a: a["x"] - a["y"], x=short, y=light),
    }


def _seen(weighted: list[Image.Image], weights: list[float]) -> Image.Image:
    red, green, blue = weights
    return _evaluate(
        lambda a: (a["r"] * red + a["g"] * green + a["b"] * blue + BIAS) ** (1 / 3),
        **_named(weighted),
    )


def _named(channels: list[Image.Image]) -> dict[str, Image.Image]:
    return dict(zip("rgb", channels, strict=True))


class _Light:
    """A plane of linear light, and of its blocks the mean, also as it is `seen` (its cube root),
    the mean of the squares, and how much they deviate."""

    def __init__(self, plane: Image.Image) -> None:
        self.plane = plane
        self.means = plane.reduce(BLOCK_PX)
        self.squares = _product(plane, plane).reduce(BLOCK_PX)
        self.seen = _evaluate(lambda a: (a["m"] + BIAS) ** (1 / 3), m=self.means)
        self.deviations = _evaluate(
            lambda a: a["max"](a["mm"] - a["m"] * a["m"], 0) ** 0.5, m=self.means, mm=self.squares
        )


def _compare_light(mine: _Light, other: _Light) -> Features:
    """Of linear light: that a cube root would be taken of every pixel is made up for in each block,
    by the root's slope at the block's mean.

    The fourth-power means of the blocks' dissimilarity, of the contrast that they lost and of what
    they gained."""
    apart = _evaluate(
        lambda a: _dissimilar(
            a, means=(a["s"], a["t"]), c2=a["s"] * a["s"] * a["s"] * a["s"] * (9 * C2)
        ),
        m=mine.means,
        n=other.means,
        mm=mine.squares,
        nn=other.squares,
        mn=_product(mine.plane, other.plane).reduce(BLOCK_PX),
        s=mine.seen,
        t=other.seen,
    )
    gained = _evaluate(
        lambda a: (a["y"] - a["x"]) / (a["s"] * a["s"]),
        x=mine.deviations,
        y=other.deviations,
        s=mine.seen,
    )
    less = _evaluate(lambda a: a["min"](a["x"], 0), x=gained)
    more = _evaluate(lambda a: a["max"](a["x"], 0), x=gained)
    return tuple(_root(_fourth_power(each)) for each in (apart, less, more))


def _dissimilar(a: dict[str, Any], means: tuple[Any, Any], c2: Any) -> Any:
    """1 - SSIM, but for what is under 0, of each block: from its means in both pictures (m, n),
    those of the squares (mm, nn) and of the product (mn). `means`: as they are seen."""
    apart = means[0] - means[1]
    structure = ((a["mn"] - a["m"] * a["n"]) * 2 + c2) / (
        a["mm"] - a["m"] * a["m"] + a["nn"] - a["n"] * a["n"] + c2
    )
    return a["max"](1 - (1 - apart * apart) * structure, 0)


def _product(one: Image.Image, other: Image.Image) -> Image.Image:
    return _evaluate(lambda a: a["x"] * a["y"], x=one, y=other)


def _fourth_power(image: Image.Image) -> Image.Image:
    square = _product(image, image)
    return _product(square, square)


def _mean(image: Image.Image) -> float:
    level = image.reduce(image.size).getpixel((0, 0))
    assert isinstance(level, float)
    return level


def _root(powers: Image.Image) -> float:
    """Of fourth powers, the fourth root of their mean."""
    return float(_mean(powers) ** 0.25)


def _evaluate(expression: Callable[[dict[str, Any]], Any], **images: Image.Image) -> Image.Image:
    result: Image.Image = ImageMath.lambda_eval(expression, **images)
    return result
