"""Where a crop should look: at detail, strong colours and skin.

After smartcrop.js by Jonas Wagner (https://github.com/jwagner/smartcrop.js, MIT): its measures of
skin and saturation and how they weigh; a Laplacian for detail. What fills the picture anyway
(sand, an evening sky, a lawn) is nothing to look for: colours count by how rare they are. A crop
trims one axis only: what pixels count for is summed up along it, and a window slides over the
sums.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from PIL import Image, ImageChops, ImageFilter

from darkroom.scaling import Box, scale

# What is looked at: a copy of about so many px. Enough to see a face of a tenth of the width, and
# few enough for loops in Python.
LOOKED_AT_PX = 16_384

# smartcrop.js: the direction of skin in RGB, whatever its lightness; how near a colour has to be
# (1 is equal), and how light.
SKIN = (0.78, 0.57, 0.44)
SKIN_NEAR = 0.8
SKIN_DARKEST = 0.2
# smartcrop.js: less saturation than this does not stand out, nor does it where all is black or
# burnt out.
SATURATION_LEAST = 0.4
SATURATION_DARKEST, SATURATION_LIGHTEST = 0.05, 0.9

# What a pixel counts for (smartcrop.js). Skin and strong colour count mostly where there is
# detail too, so that a wall of that colour is no face: the last two say how much they count alone.
DETAIL_WEIGHT, SKIN_WEIGHT, SATURATION_WEIGHT = 0.2, 1.8, 0.1
SKIN_ALONE, SATURATION_ALONE = 0.01, 0.2
# Brings the detail of a hard edge to 1.
DETAIL_GAIN = 4
# What any visible pixel counts for: more than noise, so that flat pictures stay in the middle.
PRESENCE = 0.01

# What lies in the middle of a crop counts more than what its edge may cut: (part of the window
# around its middle, weight).
NESTED = ((1.0, 1.0), (0.6, 1.0))
# How much of its worth a crop loses at either end: of two that are all but equal, the one nearer
# to the middle is taken.
PULL = 0.08


@dataclass(frozen=True)
class _Seen:
    """What was found in a row of pixels, each from 0 to 1."""

    visible: list[float]
    detail: list[float]
    skin: list[float]
    saturation: list[float]


def best_place(image: Image.Image, box: Box, across: bool, part: float) -> float:
    """Where a window should lie that covers `part` (0 to 1) of one axis of `image`'s `box`, of its
    width if `across`: 0 is at the start of the axis, 1 at its end.

    Transparent pixels (of RGBA) count for nothing. Where nothing stands out, 0.5.
    """
    rows = _look(_small(image, box))
    visible = sum(sum(row.visible) for row in rows)
    skin = SKIN_WEIGHT * _rarity(visible, (row.skin for row in rows))
    saturation = SATURATION_WEIGHT * _rarity(visible, (row.saturation for row in rows))
    worth = [_worth(row, skin, saturation) for row in rows]
    lines = zip(*worth, strict=True) if across else worth
    return _best_window([sum(line) for line in lines], part)


def _small(image: Image.Image, box: Box) -> Image.Image:
    width, height = box[2] - box[0], box[3] - box[1]
    share = min(1.0, math.sqrt(LOOKED_AT_PX / (width * height)))
    return scale(image, max(1, round(width * share)), max(1, round(height * share)), box)


def _look(image: Image.Image) -> list[_Seen]:
    """What is found in each row of `image` (RGB or RGBA)."""
    on_grey = Image.new("RGBA", image.size, (128, 128, 128, 255))
    on_grey.alpha_composite(image.convert("RGBA"))
    colours = on_grey.convert("RGB")
    grey = colours.convert("L")
    # What is left without the mean of the 3 x 3 neighbours: a ninth of a Laplacian.
    detail = ImageChops.difference(grey, grey.filter(ImageFilter.BoxBlur(1)))
    alpha = image.getchannel("A") if image.mode == "RGBA" else Image.new("L", image.size, 255)
    bands = [band.tobytes() for band in (*colours.split(), grey, detail, alpha)]
    starts = range(0, image.width * image.height, image.width)
    return [_look_at_row(*(band[at : at + image.width] for band in bands)) for at in starts]


def _look_at_row(
    red: bytes, green: bytes, blue: bytes, grey: bytes, detail: bytes, alpha: bytes
) -> _Seen:
    pixels = list(zip(red, green, blue, grey, strict=True))
    return _Seen(
        visible=[level / 255 for level in alpha],
        detail=[min(1.0, level * DETAIL_GAIN / 255) for level in detail],
        skin=[_skin(r, g, b, light / 255) for r, g, b, light in pixels],
        saturation=[_saturation(r, g, b, light / 255) for r, g, b, light in pixels],
    )


def _rarity(visible: float, rows: Iterable[list[float]]) -> float:
    """1 for what is hardly anywhere in the picture, 0 for what is in half of it or more."""
    found = sum(1 for row in rows for level in row if level)
    return max(0.0, 1 - 2 * found / visible) if visible else 0.0


def _worth(row: _Seen, skin_weight: float, saturation_weight: float) -> list[float]:
    """What each pixel of a row counts for."""
    return [
        visible
        * (
            PRESENCE
            + DETAIL_WEIGHT * detail
            + skin_weight * skin * (detail + SKIN_ALONE)
            + saturation_weight * saturation * (detail + SATURATION_ALONE)
        )
        for visible, detail, skin, saturation in zip(
            row.visible, row.detail, row.skin, row.saturation, strict=True
        )
    ]


def _skin(red: int, green: int, blue: int, light: float) -> float:
    """0 to 1: how near the colour is to that of skin."""
    if light < SKIN_DARKEST:
        return 0.0
    near = 1 - math.dist(
        SKIN, (level / math.hypot(red, green, blue) for level in (red, green, blue))
    )
    return max(0.0, (near - SKIN_NEAR) / (1 - SKIN_NEAR))


def _saturation(red: int, green: int, blue: int, light: float) -> float:
    """0 to 1: how far the colour stands out, by its saturation in HSL."""
    if not SATURATION_DARKEST <= light <= SATURATION_LIGHTEST:
        return 0.0
    most, least = max(red, green, blue), min(red, green, blue)
    if most == least:
        return 0.0
    total = most + least
    saturation = (most - least) / (total if total <= 255 else 510 - total)
    return max(0.0, (saturation - SATURATION_LEAST) / (1 - SATURATION_LEAST))


def _best_window(worth: Sequence[float], part: float) -> float:
    """As `best_place`, for the summed worth of each line along the axis."""
    sums = [0.0, *accumulate(worth)]
    room = len(worth) * (1 - part)
    steps = max(1, math.ceil(room))
    # The middle comes first: of equals, `max` takes the first.
    places = sorted((step / steps for step in range(steps + 1)), key=lambda place: abs(place - 0.5))
    return max((0.5, *places), key=lambda place: _score(sums, room * place, part, place))


def _score(sums: Sequence[float], start: float, part: float, place: float) -> float:
    length = (len(sums) - 1) * part
    score = 0.0
    for share, weight in NESTED:
        margin = length * (1 - share) / 2
        inside = _sum_until(sums, start + length - margin) - _sum_until(sums, start + margin)
        score += weight * inside
    return score * (1 - PULL * (2 * place - 1) ** 2)


def _sum_until(sums: Sequence[float], position: float) -> float:
    """The worth of the lines before `position`, which may lie within one."""
    whole = min(int(position), len(sums) - 2)
    return sums[whole] + (sums[whole + 1] - sums[whole]) * (position - whole)
