from __future__ import annotations

import random

from PIL import Image

from scenes.paint.encode import jpeg
from scenes.paint.field import Field, Size, coordinates, flat, length, mix, smooth, square
from scenes.paint.film import develop
from scenes.paint.ground import lay_out
from scenes.paint.masks import from_mask, sheet
from scenes.paint.noise import noise, speckle, tile

HORIZON = 0.40
SUN = (0.93, 0.275)
# The sun's height above the horizon.
SUN_UP = 0.125
# Cells and octaves of the noise, its px in a unit of the water, strength.
WAVES: tuple[tuple[tuple[int, int], int, float, float], ...] = (
    ((5, 9), 3, 26.0, 1.1),
    ((9, 15), 4, 130.0, 1.25),
    ((14, 22), 4, 620.0, 0.8),
)
HULL_AND_SAILS = (
    ((-34, -9), (40, -10), (30, 2), (-26, 2)),
    ((1, -13), (3, -150), (-40, -17)),
    ((5, -14), (6, -134), (46, -16)),
)


def picture() -> bytes:
    rng = random.Random(5)
    size = 2000, 1334
    x, y = coordinates(size)
    sky = _sky(rng, x, y)
    water = _water(rng, x, (y - HORIZON).above(0.0006))
    light = mix(sky, water, ((y - HORIZON) * size[1] + 0.5).clip())
    light = mix(light, (0.075, 0.045, 0.040), from_mask(_boat(size)) * 0.93)
    shown = light.below(12.0)
    glow = shown.blur(60) * 0.10 + shown.blur(14) * 0.06
    return jpeg(develop(light * 0.86 + glow, rng, grain=0.010), 84)


def _heaven(aside: Field, up: Field) -> Field:
    """The clear sky's light in a direction: `aside` from the sun, `up` above the horizon."""
    high = smooth(0.0, 0.5, up)
    base = mix((0.62, 0.30, 0.17), (0.10, 0.17, 0.30), high**0.55)
    away = (aside * aside * 0.7 + square(up - SUN_UP)).root()
    glow = (away * -4.6).exp() * (1.25, 0.66, 0.27)
    return base + glow + (away * -16.0).exp() * (4.0, 2.6, 1.3)


def _sky(rng: random.Random, x: Field, y: Field) -> Field:
    up = HORIZON - y
    sky = _heaven(x - SUN[0], up)
    away = length(x - SUN[0], y - SUN[1])
    sky = sky + (1.0 - smooth(0.022, 0.026, away)) * (14.0, 11.0, 8.0)
    streak = noise(rng, x.size, (2.6, 6.0), 7, 0.56)
    puff = noise(rng, x.size, (8.0, 15.0), 7, 0.6)
    body = streak + puff * 0.55
    cover = smooth(0.10, 1.0, body + smooth(0.1, 0.42, up) * 0.35) * smooth(0.012, 0.10, up)
    warm = (away * -2.6).exp()
    rim = smooth(-0.25, 0.45, body - body.offset(0, -14))
    shade = mix((0.085, 0.075, 0.105), (0.95, 0.50, 0.30), (rim * 0.75 + warm * 0.45).below(1.0))
    return mix(sky, shade + warm * (0.75, 0.36, 0.13) * rim, cover * 0.9)


def _water(rng: random.Random, x: Field, down: Field) -> Field:
    """`down`: how far below the horizon."""
    tilt_x, tilt_z = _tilts(rng, x.size, down)
    # A wave that leans by a mirrors light from 2a higher up; far ones hide the side turned away.
    lifted = (down * 0.95 + tilt_z * 2.0).above(-0.25)
    mirrored_up = (lifted * lifted + 0.0016).root()
    aside = x - SUN[0] + tilt_x * 1.5
    facing = (down * 1.25 + tilt_z).above(0.03)
    grazing = (1.0 - facing * 0.95).clip() ** 4.0
    fresnel = (grazing * 0.9 + 0.03).below(1.0)
    deep = mix((0.008, 0.030, 0.046), (0.022, 0.068, 0.076), smooth(-0.12, 0.22, tilt_z))
    water = mix(deep, _heaven(aside, mirrored_up.below(0.75)) * 0.80, fresnel)
    sharp = 0.0016 + 0.0028 * (1.0 - smooth(0.0, 0.3, down))
    miss = aside * aside * 0.55 + square(mirrored_up - SUN_UP)
    water = water + (miss / sharp * -1.0).exp() * (17.0, 12.2, 7.2) * (fresnel * 0.8 + 0.2)
    haze = (down * -26.0).exp()
    return mix(water, _heaven(x - SUN[0], flat(x.size, 0.02)) * 0.8, haze * 0.55)


def _tilts(rng: random.Random, size: Size, down: Field) -> tuple[Field, Field]:
    """How much the water leans to the right, and away from the viewer."""
    to_right, away = flat(size), flat(size)
    horizon = HORIZON * size[1]
    for cells, octaves, per_unit, strength in WAVES:
        swell = tile(rng, 768, cells, octaves, 0.6)
        crest = swell - (swell * swell) * 0.28
        across = (crest - crest.offset(-1, 0)) * (strength * 1.5)
        along = (crest - crest.offset(0, 1)) * strength
        to_right += lay_out(across, size, horizon, 1.0, per_unit)
        away += lay_out(along, size, horizon, 1.0, per_unit)
    ruffle = 0.030 + 0.10 * (1.0 - smooth(0.0, 0.22, down))
    away = away * 1.1 + speckle(rng, size) * ruffle * 0.55
    return to_right + speckle(rng, size) * ruffle, away


def _boat(size: Size) -> Image.Image:
    height = size[1]
    mask, draw = sheet(size, 2)
    left, foot = 0.42 * height * 2, (HORIZON + 0.012) * height * 2
    for shape in HULL_AND_SAILS:
        draw.polygon([(left + dx, foot + dy) for dx, dy in shape], fill=255)
    return mask.reduce(2)
