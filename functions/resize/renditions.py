"""One rendition: the picture at a planned size."""

from __future__ import annotations

from PIL import Image, ImageColor

from darkroom.contracts import Variant
from darkroom.images import load_reduced
from darkroom.masters import pack
from darkroom.recipes import Gravity
from darkroom.scaling import Box, scale
from resize.attention import best_place

# Where the room that a crop trims goes: before it, across and down.
PLACES: dict[Gravity, tuple[float, float]] = {
    "north-west": (0.0, 0.0),
    "north": (0.5, 0.0),
    "north-east": (1.0, 0.0),
    "west": (0.0, 0.5),
    "center": (0.5, 0.5),
    "east": (1.0, 0.5),
    "south-west": (0.0, 1.0),
    "south": (0.5, 1.0),
    "south-east": (1.0, 1.0),
}
WHITE = (255, 255, 255)
NOTHING = (0, 0, 0, 0)


def rendition_master(data: bytes, variant: Variant) -> bytes:
    """The rendition of an upload's `data` that `variant` plans, as a lossless master."""
    source = load_reduced(data, at_least=(variant.width, variant.height))
    return pack(make_rendition(source.image, variant, source.box))


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
    left, top, right, bottom = box
    wide, high = right - left, bottom - top
    share = min(wide / variant.width, high / variant.height)
    width, height = min(wide, variant.width * share), min(high, variant.height * share)
    across, down = _place(image, variant.gravity, box, (width, height))
    x, y = (wide - width) * across, (high - height) * down
    if share == 1:  # nothing but the crop is to be done, and that within whole px changes none
        x, y = round(x), round(y)
    return (left + x, top + y, left + x + width, top + y + height)


def _place(
    image: Image.Image, gravity: Gravity | None, box: Box, kept: tuple[float, float]
) -> tuple[float, float]:
    """0 to 1, across and down: where `kept` (width x height px) lies within the `box`."""
    if gravity != "auto":
        return PLACES[gravity or "center"]
    parts = kept[0] / (box[2] - box[0]), kept[1] / (box[3] - box[1])
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
