"""One rendition: the picture at a planned size."""

from __future__ import annotations

from PIL import Image

from darkroom.contracts import Variant
from darkroom.images import load_upright_srgb
from darkroom.masters import pack
from darkroom.scaling import Box, scale


def rendition_master(data: bytes, variant: Variant) -> bytes:
    """The rendition of an upload's `data` that `variant` plans, as a lossless master."""
    source = load_upright_srgb(data, at_least=(variant.width, variant.height))
    return pack(make_rendition(source, variant))


def make_rendition(image: Image.Image, variant: Variant) -> Image.Image:
    """`image` (upright, RGB or RGBA) as `variant` plans it, in exactly its size, in the same mode.

    "scale" takes the whole picture, "cover" its centre in the new proportions; "contain" puts
    the whole picture, never enlarged, on white, or on nothing where it has alpha.
    """
    width, height = variant.width, variant.height
    if image.size == (width, height):
        return image
    if variant.fit == "contain":
        return _contain(image, width, height)
    box = _centre(image, width, height) if variant.fit == "cover" else None
    return scale(image, width, height, box)


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
