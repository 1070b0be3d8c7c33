"""Lossless intermediates, between Resize or Filter and Optimize."""

from __future__ import annotations

import io

from PIL import Image


def pack(image: Image.Image) -> bytes:
    """`image` (RGB or RGBA) as lossless WebP, for speed rather than for size.

    `exact` keeps the colour under transparent pixels. A picture that is RGBA without a
    transparent pixel comes back from `unpack` as RGB: WebP drops an alpha that says nothing.
    """
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", lossless=True, quality=0, method=0, exact=True)
    return buffer.getvalue()


def unpack(data: bytes) -> Image.Image:
    """The picture that `pack` was given, RGB or RGBA."""
    with Image.open(io.BytesIO(data), formats=("WEBP",)) as opened:
        image = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    image.info = {}
    return image
