"""How much two pictures look alike, whatever their size, format or quality.

A perceptual hash after Neal Krawetz, "Looks Like It" (2011), which takes the signs of the lowest
frequencies of the cosine transform:
https://www.hackerfactor.com/blog/index.php?/archives/432-Looks-Like-It.html
Two things are other here, both measured (docs/decisions.md): a window takes weight off the edges,
which a crop cuts off, and a frequency that is hardly there counts as 0, not as its noise.
"""

from __future__ import annotations

import math
from operator import mul

from PIL import Image

from darkroom.likeness import BITS
from darkroom.scaling import Box

SIDE = 32  # px of the square thumbnail
# Weight at a distance of x sides from the left or the top: sin(pi x) to the power of this.
WINDOW_POWER = 0.75

# Levels of 255, as the orthonormal transform counts: what recompressing adds stays below it.
LEAST_LEVELS = 4
# A picture of which fewer frequencies are there is all but flat, or a plain gradient (which has up
# to 16); its hash is mostly zeros, like that of every other such picture.
LEAST_FREQUENCIES = 17

WINDOW = [math.sin(math.pi * (at + 0.5) / SIDE) ** WINDOW_POWER for at in range(SIDE)]
# The lowest but the constant one, low to high: (down, across) in half waves.
FREQUENCIES = sorted(
    ((down, across) for down in range(SIDE) for across in range(SIDE) if down or across),
    key=lambda pair: (pair[0] ** 2 + pair[1] ** 2, pair),
)[:BITS]
WAVES = [
    [
        math.sqrt(2 / SIDE) * math.cos(math.pi * (2 * at + 1) * half_waves / (2 * SIDE)) * weight
        for at, weight in enumerate(WINDOW)
    ]
    for half_waves in range(1 + max(across for _, across in FREQUENCIES))
]
# The constant wave, in orthonormal length.
WAVES[0] = [value * math.sqrt(0.5) for value in WAVES[0]]


def perceptual_hash(image: Image.Image, box: Box | None = None) -> str | None:
    """16 hex digits of `image` or its `box`; bit by bit, low frequencies first, whether a frequency
    of the 32 x 32 px thumbnail is there with a positive sign. None where too few are there to tell
    the picture from others.

    Transparent parts count as white. Give the upright picture: a turned one is another.
    """
    found = _frequencies(_thumbnail_rows(image, box))
    if sum(abs(levels) > LEAST_LEVELS for levels in found) < LEAST_FREQUENCIES:
        return None
    bits = "".join("1" if levels > LEAST_LEVELS else "0" for levels in found)
    return f"{int(bits, 2):0{BITS // 4}x}"


def distance(a: str, b: str) -> int:
    """How many of the 64 bits differ between two hashes."""
    return (int(a, 16) ^ int(b, 16)).bit_count()


def _frequencies(rows: list[bytes]) -> list[float]:
    """The levels of FREQUENCIES in a square of luminances, seen through the window."""
    mean = sum(map(sum, rows)) / SIDE**2
    levels = [[level - mean for level in row] for row in rows]
    across = [[sum(map(mul, row, wave)) for row in levels] for wave in WAVES]
    return [sum(map(mul, across[right], WAVES[down])) for down, right in FREQUENCIES]


def _thumbnail_rows(image: Image.Image, box: Box | None) -> list[bytes]:
    """SIDE rows of SIDE luminances, 0 to 255."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    # A copy of a large picture is a lot of memory.
    image = image if image.mode == mode else image.convert(mode)
    small = image.resize((SIDE, SIDE), Image.Resampling.BOX, box)
    if mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small)
    levels = small.convert("L").tobytes()
    return [levels[start : start + SIDE] for start in range(0, len(levels), SIDE)]
