"""One rendition: the picture at a planned size."""

from __future__ import annotations

from typing import Literal

from PIL import Image

Fit = Literal["scale", "cover", "contain"]
Box = tuple[float, float, float, float]

# From 3 on, halving first and then resampling is not to be told from resampling all the way:
# https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.resize
REDUCING_GAP = 3.0


def make_rendition(image: Image.Image, width: int, height: int, fit: Fit) -> Image.Image:
    """`image` (upright, RGB or RGBA) as exactly width x height px, in the same mode.

    "scale" takes the whole picture, "cover" its centre in the new proportions; "contain" puts
    the whole picture, never enlarged, on white, or on nothing where it has alpha.
    """
    if image.size == (width, height):
        return image
    if fit == "contain":
        return _contain(image, width, height)
    box = _centre(image.size, width, height) if fit == "cover" else (0, 0, *image.size)
    return _resample(image, width, height, box)


def _centre(size: tuple[int, int], width: int, height: int) -> Box:
    """The largest box of the proportions width:height in the middle of `size`."""
    scale = min(size[0] / width, size[1] / height)
    left = (size[0] - width * scale) / 2
    top = (size[1] - height * scale) / 2
    return (max(0.0, left), max(0.0, top), size[0] - max(0.0, left), size[1] - max(0.0, top))


def _contain(image: Image.Image, width: int, height: int) -> Image.Image:
    scale = min(width / image.width, height / image.height, 1)
    inner = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    fitted = image if inner == image.size else _resample(image, *inner, (0, 0, *image.size))
    ground = (255, 255, 255) if image.mode == "RGB" else (0, 0, 0, 0)
    canvas = Image.new(image.mode, (width, height), ground)
    canvas.paste(fitted, ((width - inner[0]) // 2, (height - inner[1]) // 2))
    return canvas


def _resample(image: Image.Image, width: int, height: int, box: Box) -> Image.Image:
    # Pillow multiplies RGBA by its alpha for this, so that colour under transparent pixels
    # does not show as a fringe.
    return image.resize((width, height), Image.Resampling.LANCZOS, box, REDUCING_GAP)
