"""One rendition: the picture at a planned size."""

from __future__ import annotations

from typing import Literal

from PIL import Image

from darkroom.scaling import Box, scale

Fit = Literal["scale", "cover", "contain"]


def make_rendition(image: Image.Image, width: int, height: int, fit: Fit) -> Image.Image:
    """`image` (upright, RGB or RGBA) as exactly width x height px, in the same mode.

    "scale" takes the whole picture, "cover" its centre in the new proportions; "contain" puts
    the whole picture, never enlarged, on white, or on nothing where it has alpha.
    """
    if image.size == (width, height):
        return image
    if fit == "contain":
        return _contain(image, width, height)
    return scale(image, width, height, _centre(image, width, height) if fit == "cover" else None)


def _centre(image: Image.Image, width: int, height: int) -> Box:
    """The largest box of the proportions width:height in the middle of `image`."""
    share = min(image.width / width, image.height / height)
    left = max(0.0, (image.width - width * share) / 2)
    top = max(0.0, (image.height - height * share) / 2)
    return (left, top, image.width - left, image.height - top)


def _contain(image: Image.Image, width: int, height: int) -> Image.Image:
    share = min(width / image.width, height / image.height, 1)
    inner = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    ground = (255, 255, 255) if image.mode == "RGB" else (0, 0, 0, 0)
    canvas = Image.new(image.mode, (width, height), ground)
    canvas.paste(scale(image, *inner), ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return canvas
