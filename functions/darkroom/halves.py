"""One decoding of an upload for pictures of several sizes."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from PIL import Image

from darkroom.images import Reduced, load_reduced
from darkroom.scaling import REDUCING_GAP

Size = tuple[int, int]

JPEG = b"\xff\xd8\xff"
# A JPEG is scaled as it would be while it is decoded: no side below twice what is needed. The
# others, of which many are drawings with hard edges, as `scale` does it.
JPEG_GAP, OTHER_GAP = 2.0, REDUCING_GAP


def load_for(data: bytes, sizes: Collection[Size]) -> dict[Size, Reduced]:
    """As `darkroom.images.load_reduced` for each of `sizes`, width x height in px, decoded once:
    where less is needed it is half of what was decoded, a quarter and so on.

    Raises ImageError `not_an_image` or `corrupt`.
    """
    largest = max(width for width, _ in sizes), max(height for _, height in sizes)
    source = load_reduced(data, largest)
    gap = JPEG_GAP if data.startswith(JPEG) else OTHER_GAP
    factors = {size: _factor(source, size, gap) for size in sizes}
    reduced = _reduced(source, set(factors.values()))
    return {size: reduced[factor] for size, factor in factors.items()}


def _factor(source: Reduced, size: Size, gap: float) -> int:
    """The largest power of two by which `source` has still `gap` times `size`, or 1."""
    left, top, right, bottom = source.box
    room = min((right - left) / size[0], (bottom - top) / size[1]) / gap
    return 1 << max(0, int(room).bit_length() - 1)


def _reduced(source: Reduced, factors: Iterable[int]) -> dict[int, Reduced]:
    """Each from `source` itself: one after the other would round every time."""
    pixels, found = source.image, {}
    if pixels.mode == "RGBA" and set(factors) != {1}:
        pixels = pixels.convert("RGBa")  # once; Pillow would do it for each factor
    for factor in factors:
        found[factor] = source if factor == 1 else _smaller(source, pixels, factor)
    return found


def _smaller(source: Reduced, pixels: Image.Image, factor: int) -> Reduced:
    left, top, right, bottom = source.box
    box = (left / factor, top / factor, right / factor, bottom / factor)
    return Reduced(pixels.reduce(factor).convert(source.image.mode), box)
