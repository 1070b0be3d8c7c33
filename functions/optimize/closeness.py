"""How near an encoded picture comes to its original, as SSIMULACRA2 sees it, at a fraction of the
cost: of its 108 features those that decide most, on blocks instead of Gaussian windows.

https://github.com/cloudinary/ssimulacra2. What they add up to was fitted: `bench/quality`.
"""

from __future__ import annotations

from collections.abc import Callable
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

# Luminance: mean and fourth-power mean of its dissimilarity at a quarter of the size, and at an
# eighth; at full size the fourth-power mean, and those of contrast that was lost and gained.
# Red-green: fourth-power mean of its dissimilarity at a quarter. Blue-yellow: mean dissimilarity at
# an eighth; mean and fourth-power mean of its differences at a sixteenth.
Features = tuple[float, ...]


class Original:
    """A picture (RGB, at least 80 px a side) that others are compared with, its planes at hand."""

    def __init__(self, image: Image.Image) -> None:
        self._planes = _Planes(image)

    def compare(self, image: Image.Image) -> Features:
        """What tells `image` (RGB, of the same size) from this one; zeros where nothing does."""
        mine, other = self._planes, _Planes(image)
        blue = _evaluate(lambda a: abs(a["x"] - a["y"]), x=mine.tiny_blue, y=other.tiny_blue)
        return (
            *_over_grids(mine.quarter, other.quarter),
            *_over_grids(mine.eighth, other.eighth),
            *_compare_light(mine.full, other.full),
            _power_mean(_dissimilarity(mine.red, other.red)),
            _mean(_dissimilarity(mine.blue, other.blue)),
            _mean(blue),
            _power_mean(blue),
        )


class _Planes:
    """What is compared of a picture: linear luminance (0 to 1) in all px, and XYB at smaller sizes;
    luminance in grids of blocks that overlap by half."""

    def __init__(self, image: Image.Image) -> None:
        weighted = [
            channel.point(table, "I") for channel, table in zip(image.split(), TABLES, strict=True)
        ]
        self.full = _Blocks(
            _evaluate(
                lambda a: a["float"](a["r"] + a["g"] + a["b"]) * (1 / SCALE), **_named(weighted)
            )
        )
        quarters = [channel.reduce(4).convert("F") for channel in weighted]
        eighths = [channel.reduce(2) for channel in quarters]
        quarter, eighth = _Xyb(quarters), _Xyb(eighths)
        self.quarter, self.eighth = _grids(quarter.light), _grids(eighth.light)
        self.red, self.blue = _Blocks(quarter.red), _Blocks(eighth.blue)
        self.tiny_blue = _Xyb([channel.reduce(2) for channel in eighths]).blue


class _Blocks:
    """A plane, and the means of its blocks and of their squares."""

    def __init__(self, plane: Image.Image) -> None:
        self.plane = plane
        self.means = plane.reduce(BLOCK_PX)
        self.squares = _product(plane, plane).reduce(BLOCK_PX)


def _grids(plane: Image.Image) -> list[_Blocks]:
    half = BLOCK_PX // 2
    return [
        _Blocks(plane.crop((left, top, *plane.size))) for left in (0, half) for top in (0, half)
    ]


class _Xyb:
    """What the eye makes of linear red, green and blue, as TABLES weighed them: red less green,
    luminance, and blue less luminance."""

    def __init__(self, weighted: list[Image.Image]) -> None:
        long, middle, short = (_seen(weighted, weights) for weights in WEIGHTS)
        self.red = _evaluate(lambda a: (a["x"] - a["y"]) * (RED_GREEN / 2), x=long, y=middle)
        self.light = _evaluate(lambda a: (a["x"] + a["y"]) * 0.5, x=long, y=middle)
        self.blue = _evaluate(lambda a: a["x"] - a["y"], x=short, y=self.light)


def _seen(weighted: list[Image.Image], weights: list[float]) -> Image.Image:
    red, green, blue = weights
    return _evaluate(
        lambda a: (a["r"] * red + a["g"] * green + a["b"] * blue + BIAS) ** (1 / 3),
        **_named(weighted),
    )


def _named(channels: list[Image.Image]) -> dict[str, Image.Image]:
    return dict(zip("rgb", channels, strict=True))


def _compare_light(mine: _Blocks, other: _Blocks) -> tuple[float, float, float]:
    """Of linear light: that a cube root would be taken of every pixel is made up for in each block,
    by the root's slope at the block's mean.

    The fourth-power means of the blocks' dissimilarity, of the contrast that they lost and of what
    they gained."""
    blocks = _moments(mine, other)
    apart = _evaluate(
        lambda a: _dissimilar(
            a,
            means=((a["m"] + BIAS) ** (1 / 3), (a["n"] + BIAS) ** (1 / 3)),
            c2=(a["m"] + BIAS) ** (4 / 3) * (9 * C2),
        ),
        **blocks,
    )
    gained = _evaluate(
        lambda a: (
            (_deviation(a["nn"], a["n"]) - _deviation(a["mm"], a["m"]))
            * (a["m"] + BIAS) ** (-2 / 3)
        ),
        **blocks,
    )
    return (
        _power_mean(apart),
        _power_mean(_evaluate(lambda a: a["min"](a["x"], 0), x=gained)),
        _power_mean(_evaluate(lambda a: a["max"](a["x"], 0), x=gained)),
    )


def _deviation(square: Any, mean: Any) -> Any:
    """Of blocks, from the means of their squares and their means."""
    variance = square - mean * mean
    return ((variance + abs(variance)) * 0.5) ** 0.5


def _dissimilarity(mine: _Blocks, other: _Blocks) -> Image.Image:
    """1 - SSIM, but for what is under 0, of each block."""
    return _evaluate(
        lambda a: _dissimilar(a, means=(a["m"], a["n"]), c2=C2), **_moments(mine, other)
    )


def _moments(mine: _Blocks, other: _Blocks) -> dict[str, Image.Image]:
    """The blocks' means in both (m, n), of their squares and of their product."""
    return {
        "m": mine.means,
        "n": other.means,
        "mm": mine.squares,
        "nn": other.squares,
        "mn": _product(mine.plane, other.plane).reduce(BLOCK_PX),
    }


def _dissimilar(a: dict[str, Any], means: tuple[Any, Any], c2: Any) -> Any:
    """From `_moments`. `means`: as they are seen."""
    apart = means[0] - means[1]
    structure = ((a["mn"] - a["m"] * a["n"]) * 2 + c2) / (
        a["mm"] - a["m"] * a["m"] + a["nn"] - a["n"] * a["n"] + c2
    )
    return a["max"](1 - (1 - apart * apart) * structure, 0)


def _over_grids(mine: list[_Blocks], other: list[_Blocks]) -> tuple[float, float]:
    """Mean and fourth-power mean of the dissimilarity."""
    found = [_dissimilarity(*grids) for grids in zip(mine, other, strict=True)]
    powers = sum(_power_mean(one) ** 4 for one in found)
    return sum(map(_mean, found)) / len(found), (powers / len(found)) ** 0.25


def _product(one: Image.Image, other: Image.Image) -> Image.Image:
    return _evaluate(lambda a: a["x"] * a["y"], x=one, y=other)


def _mean(image: Image.Image) -> float:
    level = image.reduce(image.size).getpixel((0, 0))
    assert isinstance(level, float)
    return level


def _power_mean(image: Image.Image) -> float:
    return float(_mean(_evaluate(lambda a: a["x"] * a["x"] * a["x"] * a["x"], x=image)) ** 0.25)


def _evaluate(expression: Callable[[dict[str, Any]], Any], **images: Image.Image) -> Image.Image:
    result: Image.Image = ImageMath.lambda_eval(expression, **images)
    return result
