"""Resampling: the one way in which a picture is made smaller."""

from __future__ import annotations

from PIL import Image

# From 3 on, reducing by whole numbers first is not to be told from resampling all the way:
# https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.resize
REDUCING_GAP = 3.0

Box = tuple[float, float, float, float]


def scale(image: Image.Image, width: int, height: int, box: Box | None = None) -> Image.Image:
    """`image`, or its `box` (left, top, right, bottom in px), as exactly width x height px.

    Pillow multiplies RGBA by its alpha for this, so that colour under transparent pixels does
    not show as a fringe.
    """
    if image.size == (width, height) and box is None:
        return image
    return image.resize((width, height), Image.Resampling.LANCZOS, box, REDUCING_GAP)
