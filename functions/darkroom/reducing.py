"""A small copy of a picture that is decoded already."""

from __future__ import annotations

from PIL import Image

from darkroom.colour import to_srgb
from darkroom.images import Reduced, upright_box, upright_srgb
from darkroom.orientation import orientation

# As far as a JPEG's scaled decoding goes; halves of each other, so that all begin at the same px.
FACTORS = (8, 4, 2)
# Modes in which the mean of some pixels is the mean of what they show.
AVERAGED = ("L", "RGB", "RGBA", "CMYK")
# A strip of so many is converted at once, since some modes take more memory in another one.
STRIP_PIXELS = 1 << 20


def reduced_copy(image: Image.Image, least_px: int) -> Reduced:
    """A decoded `image` of any mode as `darkroom.images.upright_srgb` makes it, at most eight
    times smaller, and no side of it below `least_px` for that; `image` stays as it is."""
    shorter = min(image.size)
    factor = next((factor for factor in FACTORS if shorter >= factor * least_px), 1)
    small = upright_srgb(image if factor == 1 else _reduced(image, factor))
    extent = image.width / factor, image.height / factor
    return Reduced(small, upright_box(extent, orientation(image), small.size))


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """Each factor x factor px as their mean, with what `image` says of its colour and its top.
    What cannot be averaged is sRGB already, and says so."""
    averaged = image.mode in AVERAGED and "transparency" not in image.info
    profile = image.info.get("icc_profile")
    rows = factor * max(1, STRIP_PIXELS // (image.width * factor))
    small: Image.Image | None = None
    for top in range(0, image.height, rows):
        strip = image.crop((0, top, image.width, min(top + rows, image.height)))
        part = (strip if averaged else to_srgb(strip, profile)).reduce(factor)
        if small is None:
            small = Image.new(part.mode, (part.width, -(-image.height // factor)))
        small.paste(part, (0, top // factor))
    assert small is not None  # no picture is without a row
    gone = () if averaged else ("icc_profile", "transparency")
    small.info = {name: said for name, said in image.info.items() if name not in gone}
    return small
