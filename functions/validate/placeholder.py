"""The placeholder: a few pixels inside the manifest, shown until a file has loaded."""

from __future__ import annotations

import base64
import io

from PIL import Image

from darkroom.scaling import Box, scale

LONGER_SIDE_PX = 16
MAX_BYTES = 1024
PREFIX = "data:image/webp;base64,"
QUALITIES = (60, 40, 20, 0)


def placeholder(image: Image.Image, box: Box | None = None) -> str:
    """A data URI of at most 1024 bytes with `image` (RGB or RGBA) or its `box`, 16 px along its
    longer side."""
    left, top, right, bottom = box or (0, 0, *image.size)
    width, height = right - left, bottom - top
    share = min(1, LONGER_SIDE_PX / max(width, height))
    small = scale(image, max(1, round(width * share)), max(1, round(height * share)), box)
    for quality in QUALITIES:
        uri = PREFIX + base64.b64encode(_webp(small, quality)).decode("ascii")
        if len(uri) <= MAX_BYTES:
            break
    return uri


def _webp(image: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, "WEBP", quality=quality, alpha_quality=quality, method=6)
    return buffer.getvalue()
