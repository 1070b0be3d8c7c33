"""Lamps, added to a picture."""

from __future__ import annotations

from PIL import Image

from scenes.paint.field import BICUBIC, Colour, Field, Size, smooth
from scenes.paint.masks import from_mask


def soft_spot(size: Size) -> Field:
    """Bright in its middle, nothing at its sides."""
    spot = Image.radial_gradient("L").point(lambda v: 255 - v)
    return smooth(0.30, 1.0, from_mask(spot.resize(size, BICUBIC)))


def scaled(colour: Colour, power: float) -> Colour:
    return colour[0] * power, colour[1] * power, colour[2] * power


def add_light(light: Field, spot: Field, left: int, top: int, colour: Colour) -> None:
    """Adds `colour` where `spot` shines, in place; what falls outside is cut."""
    width, height = light.size
    right, foot = min(width, left + spot.size[0]), min(height, top + spot.size[1])
    box = (max(0, left), max(0, top), right, foot)
    if box[0] >= box[2] or box[1] >= box[3]:
        return
    part = spot.crop((box[0] - left, box[1] - top, box[2] - left, box[3] - top))
    light.paste(light.crop(box) + part * colour, box)
