"""Pictures to measure with: large, drawn from a seed, and as hard to encode as a photograph."""

from __future__ import annotations

import io
import random
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PIL import Image, ImageDraw

# Px of one blotch and how much of it is mixed in: like the spectrum of photographs, where what is
# half as large is half as strong.
LAYERS = ((1024, 1.0), (256, 0.35), (64, 0.3), (16, 0.25), (4, 0.15))
GRAIN = 0.06
GRAIN_PX = 1024
QUALITY = 90
MEGA = 1_000_000


def photograph(width: int, height: int, seed: int = 1, grain: float = GRAIN) -> Image.Image:
    """RGB, width x height px: blotches of all sizes under an even grain."""
    dice = random.Random(seed)
    picture = Image.new("RGB", (width, height))
    for blotch, share in LAYERS:
        small = _noise(max(4, width // blotch), max(4, height // blotch), dice)
        layer = small.resize((width, height), Image.Resampling.BICUBIC)
        picture = Image.blend(picture, layer, share)
    if not grain:
        return picture
    tile = _noise(GRAIN_PX, GRAIN_PX, dice)
    layer = Image.new("RGB", (width, height))
    for top in range(0, height, GRAIN_PX):
        for left in range(0, width, GRAIN_PX):
            layer.paste(tile, (left, top))
    return Image.blend(picture, layer, grain)


def size_of(megapixels: float) -> tuple[int, int]:
    """Width x height of at most so many megapixels in the proportions 3 : 2, both even."""
    width = 2 * int((megapixels * MEGA * 3 / 2) ** 0.5 / 2)
    return width, 2 * int(width / 3)


def jpeg(megapixels: float, **options: Any) -> bytes:
    return _encoded(photograph(*size_of(megapixels)), "JPEG", quality=QUALITY, **options)


def webp(megapixels: float) -> bytes:
    return _encoded(photograph(*size_of(megapixels)), "WEBP", quality=QUALITY, method=2)


def avif(megapixels: float) -> bytes:
    return _encoded(photograph(*size_of(megapixels)), "AVIF", quality=75, speed=10)


def png_with_alpha(megapixels: float) -> bytes:
    """An ellipse that is cut out, softly. Few levels and no grain: it has to stay below
    MaxUploadBytes, and takes as much memory as any other."""
    width, height = size_of(megapixels)
    levels = [level & 0xE0 for level in range(256)]
    picture = photograph(width, height, grain=0).point(levels * 3)
    alpha = Image.new("L", (width // 8, height // 8))
    box = (width // 128, height // 128, width // 8 - width // 128, height // 8 - height // 128)
    ImageDraw.Draw(alpha).ellipse(box, fill=255)
    picture.putalpha(alpha.resize((width, height), Image.Resampling.BILINEAR))
    return _encoded(picture, "PNG", compress_level=3)


def animated_noise(width: int, height: int, frames: int) -> bytes:
    """A WebP of which no frame resembles another, nor itself."""
    dice = random.Random(frames)
    first, *others = (_noise(width, height, dice) for _ in range(frames))
    options = {"save_all": True, "append_images": others, "duration": 40}
    return _encoded(first, "WEBP", quality=50, method=0, **options)


# By name: MaxPixels is 50 million.
SUBJECTS: Mapping[str, Callable[[], bytes]] = {
    "jpeg-24": partial(jpeg, 24, subsampling="4:2:0"),
    "jpeg-24-progressive": partial(jpeg, 24, subsampling="4:2:0", progressive=True),
    "jpeg-24-progressive-444": partial(jpeg, 24, subsampling="4:4:4", progressive=True),
    "png-24-alpha": partial(png_with_alpha, 24),
    "webp-24": partial(webp, 24),
    "avif-24": partial(avif, 24),
    "jpeg-50": partial(jpeg, 50, subsampling="4:2:0"),
    "jpeg-50-progressive-444": partial(jpeg, 50, subsampling="4:4:4", progressive=True),
    "png-50-alpha": partial(png_with_alpha, 50),
    "webp-50": partial(webp, 50),
    "avif-50": partial(avif, 50),
}


def _noise(width: int, height: int, dice: random.Random) -> Image.Image:
    return Image.frombytes("RGB", (width, height), dice.randbytes(width * height * 3))


def _encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()
