"""The picture that Amazon Rekognition looks at."""

from __future__ import annotations

import io

from PIL import Image

from darkroom.images import load_reduced
from darkroom.scaling import scale

# Of either side: https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
# Its 15 MB for an object in S3 are out of reach: what is made here has a megapixel.
MIN_SIDE_PX = 80
MAX_SIDE_PX = 10_000
# Rekognition needs no more to recognise what a picture shows.
ENOUGH_PX = 1024
QUALITY = 85


def moderation_jpeg(data: bytes) -> bytes:
    """The first frame in `data` as a JPEG that Rekognition takes, transparent parts white.

    At most 1024 px a side, but for strips: no side is under 80 px, so that these are up to
    10,000 px long, with white beside them where even that is too little.
    """
    reduced = load_reduced(data, at_least=(ENOUGH_PX, ENOUGH_PX))
    width, height = _size(*reduced.image.size)
    small = scale(reduced.image, width, height, reduced.box)
    canvas = Image.new("RGB", (max(width, MIN_SIDE_PX), max(height, MIN_SIDE_PX)), "white")
    canvas.paste(small, (0, 0), small if small.mode == "RGBA" else None)
    buffer = io.BytesIO()
    canvas.save(buffer, "JPEG", quality=QUALITY)
    return buffer.getvalue()


def _size(width: int, height: int) -> tuple[int, int]:
    longer, shorter = max(width, height), min(width, height)
    share = max(min(1, ENOUGH_PX / longer), MIN_SIDE_PX / shorter)
    share = min(share, MAX_SIDE_PX / longer)
    return max(1, round(width * share)), max(1, round(height * share))
