"""Lossless intermediates, between Resize or Filter and Optimize, one object for each batch.

A still is its pixels as they are, which costs next to no CPU: lossless WebP is a third of the
bytes, but packing it takes longer than the rest takes to transfer. An animation is lossless WebP.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable

import msgspec
from PIL import Image

from darkroom.animation import Animation, is_animated, open_animation
from darkroom.animation.film import write_webp
from darkroom.contracts import Batch, Master, Mastered

# Mode, width and height in px; the pixels follow, row by row.
HEAD = struct.Struct(">4sII")
MODES = {b"RGB ": "RGB", b"RGBA": "RGBA"}
# Written so many at a time, they stay in the processor's cache: `tobytes` of a whole picture takes
# several times as long, and as much memory again.
STRIP_PIXELS = 1 << 16


def pack(image: Image.Image) -> bytes:
    """`image` (RGB or RGBA) for `unpack`; nothing but its pixels."""
    packed = io.BytesIO()
    packed.write(HEAD.pack(image.mode.encode().ljust(4), *image.size))
    rows = max(1, STRIP_PIXELS // image.width)
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        packed.write(strip.tobytes())
    return packed.getvalue()


def pack_animation(animation: Animation) -> bytes:
    """As `pack`, all frames of it; colour under transparent pixels is lost. Raises ImageError."""
    return write_webp(animation, lossless=True, quality=0, method=0)


def joined(batch: Batch, masters: Iterable[bytes]) -> tuple[bytes, tuple[Mastered, ...]]:
    """All `masters` of a batch as one object, and its variants with the place of each in it."""
    parts, variants, offset = [], [], 0
    for variant, part in zip(batch.variants, masters, strict=True):
        place = Master(batch.name, offset, len(part))
        variants.append(Mastered(**msgspec.structs.asdict(variant), master=place))
        parts.append(part)
        offset += len(part)
    return b"".join(parts), tuple(variants)


def unpack(data: bytes) -> Image.Image:
    """The picture that `pack` was given, of an animation its first frame; RGB where no pixel is
    transparent."""
    image = _unpacked(data)
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")  # a part of the upload that is opaque, or a frame
    return image


def _unpacked(data: bytes) -> Image.Image:
    if data[:4] in MODES:
        mode, width, height = HEAD.unpack_from(data)
        return Image.frombytes(MODES[mode], (width, height), memoryview(data)[HEAD.size :])
    with Image.open(io.BytesIO(data), formats=("WEBP",)) as opened:
        image = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    image.info = {}
    return image


def unpack_animation(data: bytes) -> Animation | None:
    """The animation that `pack_animation` was given, but for frames that were equal; None where
    it was a still, or all were."""
    return open_animation(data) if is_animated(data) else None
