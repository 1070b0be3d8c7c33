"""From linear light to a picture."""

from __future__ import annotations

import random

from PIL import Image

from scenes.paint.field import Field, Size, coordinates, square
from scenes.paint.noise import speckle


def develop(
    light: Field, rng: random.Random, *, grain: float, vignette: float = 0.25
) -> Image.Image:
    """Linear light to sRGB: fall-off to the corners, a film's curve, grain, and no banding."""
    width, height = light.size
    x, y = coordinates(light.size)
    middle = width / height / 2
    reach = (square(x - middle) + square(y - 0.5)) * (1 / (middle**2 + 0.25))
    light = (light * (1.0 - reach * vignette)).above(0.0)
    # The fit of the ACES curve by Krzysztof Narkowicz.
    # https://knarkowicz.wordpress.com/2016/01/06/aces-filmic-tone-mapping-curve/
    light = light * 0.8
    film = (light * (light * 2.51 + 0.03)) / (light * (light * 2.43 + 0.59) + 0.14)
    shown = film.clip() ** (1 / 2.2)
    if grain:
        shown = shown + clumps(rng, light.size) * grain
    return _rgb(shown * 255.0 + speckle(rng, light.size) * 0.5 + 0.5)


def add_grain(picture: Image.Image, rng: random.Random, levels: float) -> Image.Image:
    """For what was put together after it was developed."""
    shown = Field(tuple(band.convert("F") for band in picture.split()))
    return _rgb(shown + clumps(rng, picture.size) * levels + 0.5)


def clumps(rng: random.Random, size: Size) -> Field:
    """Grain, half as large again as a pixel, from -1 to 1."""
    return speckle(rng, (size[0] * 2 // 3, size[1] * 2 // 3)).resize(size)


def _rgb(levels: Field) -> Image.Image:
    return Image.merge("RGB", [plane.convert("L") for plane in levels.planes])
