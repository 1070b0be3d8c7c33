"""Resampling: the one way in which a picture is made smaller."""

from __future__ import annotations

from collections.abc import Iterator

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

# What is looked at together: only where it has an edge of the alpha is it resampled twice.
PATCH_PX = 128

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
    weighed = image.convert("RGBa")
    # Once for both kernels, instead of by each for itself.
    weighed, box = _reduced(weighed, size, box)
    alpha = weighed.getchannel("a")
    smooth_alpha = alpha.resize(size, SMOOTH, box)
    sharp_alpha = alpha.point(WITH_HEADROOM).resize(size, SHARP, box)
    overshoot = ImageChops.difference(sharp_alpha, smooth_alpha.point(WITH_HEADROOM))
    trust = overshoot.point(TRUST)
    mixed = weighed.resize(size, SHARP, box)
    for patch in _patches(size):
        trusted = trust.crop(patch)
        if trusted.getextrema() != (255, 255):
            smooth = weighed.resize(trusted.size, SMOOTH, _source(patch, size, box))
            mixed.paste(Image.composite(mixed.crop(patch), smooth, trusted), patch)
    return Image.merge("RGBa", (*mixed.split()[:3], smooth_alpha)).convert("RGBA")


def _reduced(image: Image.Image, size: tuple[int, int], box: Box) -> tuple[Image.Image, Box]:
    """`image` and its `box` made smaller by whole numbers, as far as REDUCING_GAP allows."""
    across = int((box[2] - box[0]) / size[0] / REDUCING_GAP) or 1
    down = int((box[3] - box[1]) / size[1] / REDUCING_GAP) or 1
    if across == down == 1:
        return image, box
    left, top, right, bottom = box
    return image.reduce((across, down)), (left / across, top / down, right / across, bottom / down)


def _patches(size: tuple[int, int]) -> Iterator[tuple[int, int, int, int]]:
    for top in range(0, size[1], PATCH_PX):
        for left in range(0, size[0], PATCH_PX):
            yield left, top, min(left + PATCH_PX, size[0]), min(top + PATCH_PX, size[1])


def _source(patch: tuple[int, int, int, int], size: tuple[int, int], box: Box) -> Box:
    """Where in the `box` lies what becomes the `patch` of `size`."""
    across, down = (box[2] - box[0]) / size[0], (box[3] - box[1]) / size[1]
    left, top, right, bottom = patch
    return (
        box[0] + left * across,
        box[1] + top * down,
        min(box[0] + right * across, box[2]),
        min(box[1] + bottom * down, box[3]),
    )


def _resize(
    image: Image.Image, size: tuple[int, int], kernel: Image.Resampling, box: Box
) -> Image.Image:
    return image.resize(size, kernel, box, REDUCING_GAP)
