"""The picture that Amazon Rekognition looks at."""

from __future__ import annotations

import io

from PIL import Image

from darkroom.scaling import Box, scale

# Of either side: https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
# Its 15 MB for an object in S3 are out of reach: what is made here has a megapixel.
MIN_SIDE_PX = 80
MAX_SIDE_PX = 10_000
# Rekognition needs no more to recognise what a picture shows.
ENOUGH_PX = 1024
QUALITY = 85


def moderation_jpeg(image: Image.Image, box: Box | None = None) -> bytes:
    """`image` (upright, RGB or RGBA) or its `box` as a JPEG that Rekognition takes, transparent
    parts white.

    At most 1024 px a side, but for strips: no side is under 80 px, so that these are up to
    10,000 px long, with white beside them where even that is too little.
    """
    left, top, right, bottom = box or (0, 0, *image.size)
    width, height = _size(right - left, bottom - top)
    small = scale(image, width, height, box)
    canvas = Image.new("RGB", (max(width, MIN_SIDE_PX), max(height, MIN_SIDE_PX)), "white")
    canvas.paste(small, (0, 0), small if small.mode == "RGBA" else None)
    buffer = io.BytesIO()
    canvas.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _size(width: float, height: float) -> tuple[int, int]:
    longer, shorter = max(width, height), min(width, height)
    share = max(min(1, ENOUGH_PX / longer), MIN_SIDE_PX / shorter)
    share = min(share, MAX_SIDE_PX / longer)
    return max(1, round(width * share)), max(1, round(height * share))
