"""How much two pictures look alike, whatever their size, format or quality.

Difference hash after Neal Krawetz, "Kind of Like That" (2013):
https://www.hackerfactor.com/blog/index.php?/archives/529-Kind-of-Like-That.html
"""

from __future__ import annotations

from itertools import pairwise

from PIL import Image

COLUMNS, ROWS = 9, 8
BITS = (COLUMNS - 1) * ROWS

# A picture where fewer of the 64 neighbours differ, by this many levels of 255, is all but flat;
# its hash is nearly all zeros, like that of every other flat picture.
LEAST_DIFFERING = 8
LEAST_LEVELS = 2

# 100 x 100 samples for each point of the thumbnail are as good as all, at a fraction of the memory.
SAMPLED_PX = 1000


def difference_hash(image: Image.Image) -> str | None:
    """16 hex digits; bit by bit whether a point of the 9 x 8 px thumbnail is brighter than its
    neighbour to the right. None where the picture is too flat to be told from others.

    Transparent parts count as white. Give the upright picture: a turned one is another.
    """
    rows = _thumbnail_rows(image)
    pairs = [pair for row in rows for pair in pairwise(row)]
    if sum(abs(left - right) >= LEAST_LEVELS for left, right in pairs) < LEAST_DIFFERING:
        return None
    bits = "".join("1" if left > right else "0" for left, right in pairs)
    return f"{int(bits, 2):0{BITS // 4}x}"


def distance(a: str, b: str) -> int:
    """How many of the 64 bits differ between two hashes."""
    return (int(a, 16) ^ int(b, 16)).bit_count()


def _thumbnail_rows(image: Image.Image) -> list[bytes]:
    """ROWS rows of COLUMNS luminances, 0 to 255."""
    width, height = (min(side, SAMPLED_PX) for side in image.size)
    image = image.resize((width, height), Image.Resampling.NEAREST)
    mode = "RGBA" if image.has_transparency_data else "RGB"
    small = image.convert(mode).resize((COLUMNS, ROWS), Image.Resampling.BOX)
    if mode == "RGBA":
        small = Image.alpha_composite(Image.new("RGBA", small.size, "white"), small)
    levels = small.convert("L").tobytes()
    return [levels[start : start + COLUMNS] for start in range(0, len(levels), COLUMNS)]
