"""The filters. Each takes an upright picture (RGB or RGBA) and its spec, and keeps size and mode.

The alpha of a picture stays as it is; only a border is opaque. Bounds of the parameters are in
`darkroom.recipes`.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from PIL import Image, ImageChops, ImageColor, ImageFilter, ImageOps

from darkroom.contracts import Variant
from darkroom.framing import largest_part
from darkroom.halves import load_for
from darkroom.masters import pack
from darkroom.recipes import (
    Adjust,
    Autocontrast,
    Blur,
    Border,
    FilterSpec,
    Grayscale,
    Pixelate,
    Sepia,
    Sharpen,
    Vignette,
    Watermark,
    parse_filter,
)
from darkroom.scaling import scale
from filter.marks import draw_mark

Filter = Callable[[Image.Image, Any], Image.Image]
Matrix = tuple[float, ...]

# Rows for red, green and blue, each with a constant at its end.
IDENTITY: Matrix = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0)
# Luma of ITU-R BT.709-6, 3.2; the matrix of https://www.w3.org/TR/filter-effects-1/#grayscaleEquivalent
GREY: Matrix = (0.2126, 0.7152, 0.0722, 0) * 3
# https://www.w3.org/TR/filter-effects-1/#sepiaEquivalent
SEPIA: Matrix = (
    *(0.393, 0.769, 0.189, 0),
    *(0.349, 0.686, 0.168, 0),
    *(0.272, 0.534, 0.131, 0),
)
# By the alpha that came together in 8 bits: up to 8 levels of it tell nothing of a colour, from 21
# on they tell it to within 6 levels.
TRUST = [min(255, max(0, 20 * (level - 8))) for level in range(256)]
# How steeply a vignette falls: the middle stays clear, the corners take it all.
VIGNETTE_POWER = 2.5


def filtered_masters(data: bytes, variants: Sequence[Variant]) -> Iterator[bytes]:
    """The filtered versions of an upload's `data` that `variants` plan, in their order, each as a
    lossless master.

    Raises ImageError, and RecipeError where a watermark cannot be drawn.
    """
    sources = load_for(data, {(each.width, each.height) for each in variants})
    scaled = {size: scale(source.image, *size, source.box) for size, source in sources.items()}
    del sources
    for variant in variants:
        picture = scaled[variant.width, variant.height]
        yield pack(apply_filter(picture, parse_filter(variant.spec)))


def apply_filter(image: Image.Image, spec: FilterSpec) -> Image.Image:
    """`image`, which stays as it is, through the filter that `spec` describes: the same size, the
    same mode.

    Raises RecipeError where a watermark cannot be drawn.
    """
    return FILTERS[type(spec)](image, spec)


def _on_colour(work: Filter) -> Filter:
    """For filters that look at one pixel at a time: they get RGB, and alpha is put back."""

    @functools.wraps(work)
    def keep_alpha(image: Image.Image, spec: FilterSpec) -> Image.Image:
        if image.mode == "RGB":
            return work(image, spec)
        result = work(image.convert("RGB"), spec)
        result.putalpha(image.getchannel("A"))
        return result

    return keep_alpha


def _on_neighbours(work: Filter) -> Filter:
    """For filters that mix pixels: colours count by their alpha, so hidden ones do not bleed."""

    @functools.wraps(work)
    def keep_alpha(image: Image.Image, spec: FilterSpec) -> Image.Image:
        result = _mixed(image, lambda pixels: work(pixels, spec))
        if image.mode == "RGBA":
            result.putalpha(image.getchannel("A"))
        return result

    return keep_alpha


def _mixed(image: Image.Image, mix: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """The colours of `image` (RGB) after `mix`, in which each pixel counts by its alpha. Where
    hardly any alpha comes together, they stay as they are."""
    if image.mode == "RGB":
        return mix(image)
    mixed = mix(image.convert("RGBa"))
    trust = mixed.getchannel("a").point(TRUST)
    return Image.composite(mixed.convert("RGBA").convert("RGB"), image.convert("RGB"), trust)


def _towards(image: Image.Image, matrix: Matrix, amount: float) -> Image.Image:
    """Each RGB colour moved by `amount` from what it is to what `matrix` makes of it."""
    blend = tuple(own + (other - own) * amount for own, other in zip(IDENTITY, matrix, strict=True))
    return image.convert("RGB", blend)


@_on_colour
def grayscale(image: Image.Image, spec: Grayscale) -> Image.Image:
    return _towards(image, GREY, spec.amount)


@_on_colour
def sepia(image: Image.Image, spec: Sepia) -> Image.Image:
    return _towards(image, SEPIA, spec.amount)


@_on_neighbours
def blur(image: Image.Image, spec: Blur) -> Image.Image:
    return image.filter(ImageFilter.GaussianBlur(spec.radius / 1000 * max(image.size)))


def sharpen(image: Image.Image, spec: Sharpen) -> Image.Image:
    """Unsharp mask: in each channel, what differs from its surroundings by more than the threshold
    differs by `percent` more. What is transparent is no part of the surroundings."""
    colour = image.convert("RGB")
    around = _mixed(image, lambda pixels: pixels.filter(ImageFilter.GaussianBlur(spec.radius)))
    stronger = Image.blend(around, colour, 1 + spec.percent / 100)
    above = [0] * (spec.threshold + 1) + [255] * (255 - spec.threshold)
    where = ImageChops.difference(colour, around).point(above * 3)
    channels = zip(stronger.split(), colour.split(), where.split(), strict=True)
    result = Image.merge("RGB", [Image.composite(*channel) for channel in channels])
    if image.mode == "RGBA":
        result.putalpha(image.getchannel("A"))
    return result


def autocontrast(image: Image.Image, spec: Autocontrast) -> Image.Image:
    """One curve for all three channels, so that hues stay; transparent pixels have no vote."""
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    result = ImageOps.autocontrast(
        image.convert("RGB"), cutoff=spec.cutoff, mask=alpha, preserve_tone=True
    )
    if alpha is not None:
        result.putalpha(alpha)
    return result


@_on_colour
def adjust(image: Image.Image, spec: Adjust) -> Image.Image:
    """Brightness, contrast (around the middle grey) and saturation, each clipped, in this order.

    https://www.w3.org/TR/filter-effects-1/#brightnessEquivalent and the two after it.
    """
    levels = []
    for level in range(256):
        bright = min(255.0, level * spec.brightness)
        levels.append(round((bright - 127.5) * spec.contrast + 127.5))
    curve = [min(255, max(0, level)) for level in levels]
    return _towards(image.point(curve * 3), GREY, 1 - spec.saturation)


@_on_colour
def vignette(image: Image.Image, spec: Vignette) -> Image.Image:
    # Pillow's gradient is 0 in the middle and 255 in the corners.
    distance = Image.radial_gradient("L").resize(image.size, Image.Resampling.BICUBIC)
    light = distance.point(
        [round(255 * (1 - spec.amount * (step / 255) ** VIGNETTE_POWER)) for step in range(256)]
    )
    return ImageChops.multiply(image, Image.merge("RGB", (light, light, light)))


@_on_neighbours
def pixelate(image: Image.Image, spec: Pixelate) -> Image.Image:
    longer = max(image.size)
    if spec.blocks >= longer:
        return image
    blocks = [max(1, round(side * spec.blocks / longer)) for side in image.size]
    return image.resize(blocks, Image.Resampling.BOX).resize(image.size, Image.Resampling.NEAREST)


def border(image: Image.Image, spec: Border) -> Image.Image:
    """Equally wide on all sides. The picture inside keeps its proportions and loses some edge."""
    shorter = min(image.size)
    width = min(max(1, round(spec.size * shorter)), (shorter - 1) // 2)
    if width == 0:
        return image
    inner = (image.width - 2 * width, image.height - 2 * width)
    framed = Image.new(image.mode, image.size, ImageColor.getcolor(spec.colour, image.mode))
    framed.paste(scale(image, *inner, largest_part((0, 0, *image.size), inner)), (width, width))
    return framed


@_on_colour
def watermark(image: Image.Image, spec: Watermark) -> Image.Image:
    return draw_mark(image, spec)


FILTERS: dict[type[FilterSpec], Filter] = {
    Grayscale: grayscale,
    Sepia: sepia,
    Blur: blur,
    Sharpen: sharpen,
    Autocontrast: autocontrast,
    Adjust: adjust,
    Vignette: vignette,
    Pixelate: pixelate,
    Border: border,
    Watermark: watermark,
}
