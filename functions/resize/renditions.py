"""One rendition: the picture at a planned size."""

from __future__ import annotations

from PIL import Image, ImageColor

from darkroom.contracts import Variant
from darkroom.framing import PLACES, Place, largest_part
from darkroom.scaling import Box, scale
from resize.attention import best_place

WHITE = (255, 255, 255)
NOTHING = (0, 0, 0, 0)


def make_rendition(image: Image.Image, variant: Variant, box: Box | None = None) -> Image.Image:
    """`image` (upright, RGB or RGBA), or its `box`, as `variant` plans it, in exactly its size.

    "scale" takes the whole picture, "cover" the part of the new proportions that `gravity` names;
    "contain" puts the whole picture, never enlarged, in the middle of what `pad` names. The mode
    stays, but for an RGB picture that is padded with nothing: that is RGBA.
    """
    box = box or (0, 0, *image.size)
    if variant.fit == "contain":
        return _contain(image, variant, box)
    if variant.fit == "cover":
        box = crop_box(image, variant, box)
    return scale(image, variant.width, variant.height, box)


def crop_box(image: Image.Image, variant: Variant, box: Box) -> Box:
    """The largest part of `image`'s `box` in the proportions of `variant`, by its `gravity`."""
    size = variant.width, variant.height
    if variant.gravity == "auto":
        return largest_part(box, size, _attractive_place(image, box, largest_part(box, size)))
    return largest_part(box, size, PLACES[variant.gravity or "center"])


def _attractive_place(image: Image.Image, box: Box, kept: Box) -> Place:
    """Where within the `box` a part as large as `kept` should lie."""
    parts = (kept[2] - kept[0]) / (box[2] - box[0]), (kept[3] - kept[1]) / (box[3] - box[1])
    trims_width = parts[0] < parts[1]
    place = best_place(image, box, trims_width, min(parts))
    return (place, 0.5) if trims_width else (0.5, place)


def _contain(image: Image.Image, variant: Variant, box: Box) -> Image.Image:
    """With room around it, where the proportions differ: of the colour `pad`; or of nothing, where
    that is "transparent"; or of what suits, white around RGB and nothing around RGBA."""
    width, height = box[2] - box[0], box[3] - box[1]
    share = min(variant.width / width, variant.height / height, 1)
    inner = scale(image, max(1, round(width * share)), max(1, round(height * share)), box)
    if inner.size == (variant.width, variant.height):
        return inner
    canvas = _canvas(image.mode, variant)
    room = (canvas.width - inner.width, canvas.height - inner.height)
    canvas.paste(inner, (room[0] // 2, room[1] // 2))
    return canvas


def _canvas(mode: str, variant: Variant) -> Image.Image:
    size = (variant.width, variant.height)
    if variant.pad == "transparent" or (variant.pad is None and mode == "RGBA"):
        return Image.new("RGBA", size, NOTHING)
    return Image.new(mode, size, ImageColor.getcolor(variant.pad, mode) if variant.pad else WHITE)
