"""Resampling: the one way in which a picture is made smaller."""

from __future__ import annotations

from PIL import Image, ImageChops

# From 3 on, reducing by whole numbers first is not to be told from resampling all the way:
# https://pillow.readthedocs.io/en/stable/reference/Image.html#PIL.Image.Image.resize
REDUCING_GAP = 3.0
# Sharpest, by negative weights: it overshoots on either side of a hard edge.
SHARP = Image.Resampling.LANCZOS
# The sharpest of Pillow's kernels without negative weights: it overshoots nowhere.
SMOOTH = Image.Resampling.HAMMING

# Alpha in the middle three quarters of the levels, so that what overshoots is not clipped.
WITH_HEADROOM = [32 + round(level * 0.75) for level in range(256)]
# How far the two kernels may differ there: up to one level (rounding) the sharp one counts in
# full, from three on not at all.
TRUST = [255, 255, 128] + [0] * 253

Box = tuple[float, float, float, float]


def scale(image: Image.Image, width: int, height: int, box: Box | None = None) -> Image.Image:
    """`image` (RGB or RGBA), or its `box` (left, top, right, bottom in px), as exactly
    width x height px, in the same mode; the same object where nothing is to be done.

    Colours count by their alpha, so that hidden ones do not show. Near an edge of the alpha
    a smooth kernel takes over: no ghost of the shape outside of it, no dent inside.
    """
    whole = (0, 0, *image.size)
    box = box or whole
    if image.size == (width, height) and box == whole:
        return image
    if image.mode == "RGBA":
        return _scale_with_alpha(image, (width, height), box)
    return _resize(image, (width, height), SHARP, box)


def _scale_with_alpha(image: Image.Image, size: tuple[int, int], box: Box) -> Image.Image:
    *colours, alpha = image.convert("RGBa").split()
    smooth_alpha = _resize(alpha, size, SMOOTH, box)
    sharp_alpha = _resize(alpha.point(WITH_HEADROOM), size, SHARP, box)
    overshoot = ImageChops.difference(sharp_alpha, smooth_alpha.point(WITH_HEADROOM))
    trust = overshoot.point(TRUST)
    # One channel after the other, since a large picture several times is a lot of memory.
    mixed = [
        Image.composite(_resize(each, size, SHARP, box), _resize(each, size, SMOOTH, box), trust)
        for each in colours
    ]
    return Image.merge("RGBa", (*mixed, smooth_alpha)).convert("RGBA")


def _resize(
    image: Image.Image, size: tuple[int, int], kernel: Image.Resampling, box: Box
) -> Image.Image:
    return image.resize(size, kernel, box, REDUCING_GAP)
