"""Resampling: one setting for every step."""

from __future__ import annotations

from PIL import Image

# From 3 on, halving first and then resampling is not to be told from resampling all the way:
# https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.resize
REDUCING_GAP = 3.0


def scale(
    image: Image.Image,
    width: int,
    height: int,
    box: tuple[float, float, float, float] | None = None,
) -> Image.Image:
    """`image` (RGB or RGBA), or the part of it in `box`, as exactly width x height px."""
    if box is None and image.size == (width, height):
        return image
    # Pillow multiplies RGBA by its alpha for this, so that colour under transparent pixels
    # does not show as a fringe.
    return image.resize((width, height), Image.Resampling.LANCZOS, box, REDUCING_GAP)
