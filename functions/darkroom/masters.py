"""Lossless intermediates, between Resize or Filter and Optimize."""

from __future__ import annotations

import io

from PIL import Image

from darkroom.animation import Animation, is_animated, open_animation
from darkroom.animation.film import write_webp


def pack(image: Image.Image) -> bytes:
    """`image` (RGB or RGBA) as lossless WebP, for speed rather than for size.

    `exact` keeps the colour under transparent pixels. A picture that is RGBA without a
    transparent pixel comes back from `unpack` as RGB: WebP drops an alpha that says nothing.
    """
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", lossless=True, quality=0, method=0, exact=True)
    return buffer.getvalue()


def pack_animation(animation: Animation) -> bytes:
    """As `pack`, all frames of it; colour under transparent pixels is lost. Raises ImageError."""
    return write_webp(animation, lossless=True, quality=0, method=0)


def unpack(data: bytes) -> Image.Image:
    """The picture that `pack` was given, RGB or RGBA; of an animation, its first frame."""
    with Image.open(io.BytesIO(data), formats=("WEBP",)) as opened:
        image = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    if image.mode == "RGBA" and image.getchannel("A").getextrema() == (255, 255):
        image = image.convert("RGB")  # in an animation, other frames may have made it RGBA
    image.info = {}
    return image


def unpack_animation(data: bytes) -> Animation | None:
    """The animation that `pack_animation` was given, but for frames that were equal; None where
    it was a still, or all were."""
    return open_animation(data) if is_animated(data) else None
