from __future__ import annotations

import random

from scenes.dusk_sky import dusk_sky
from scenes.firs import forest_mask
from scenes.paint.encode import jpeg
from scenes.paint.field import coordinates, length, mix, row, smooth, square
from scenes.paint.film import develop
from scenes.paint.masks import from_mask
from scenes.paint.noise import noise, wander

SUN = (1.02, 0.515)
# From the farthest ridge to the nearest; from the fifth on they are wooded.
RELIEFS = (0.085, 0.125, 0.10, 0.15, 0.075, 0.06, 0.065, 0.07, 0.10)
BARE = 4


def picture() -> bytes:
    rng = random.Random(11)
    size = width, height = 2400, 1500
    x, y = coordinates(size)
    light = dusk_sky(rng, size, SUN)

    toward = (square(x - SUN[0]) * -3.2).exp()
    rough = noise(rng, size, (14.0, 7.0), 7, 0.66)
    lit = (rough - rough.offset(-7, 5)) * 3.2
    mist = noise(rng, size, (2.6, 9.0), 6, 0.54)
    for layer, relief in enumerate(RELIEFS):
        near = layer / (len(RELIEFS) - 1)
        wooded = layer >= BARE
        base = 0.535 + 0.475 * near**1.2
        line = _ridge_line(rng, width, 1.7 + 0.5 * (layer % 3), 0.9 - 0.55 * near)
        top = [base - value * relief for value in line]
        haze = mix((0.235, 0.17, 0.30), (1.35, 0.50, 0.19), toward * (1.0 - near * 0.45))
        own = mix((0.014, 0.019, 0.040), (0.085, 0.036, 0.028), toward * (1.0 - near))
        rock = 0.08 if wooded else 0.6 + near
        face = own * (0.85 + lit * rock).above(0.10)
        veil = 0.88 - 0.87 * near**0.5
        fog = smooth(-0.045, 0.105, y - base + mist * 0.035) * (0.85 * (1 - near**3))
        face = mix(face, haze * (0.86 - 0.45 * near), (fog * (1 - veil) + veil).clip())
        if wooded:
            tall = 26 + 420 * (near - 0.5) ** 1.6
            pixels = [value * height for value in top]
            mask = from_mask(forest_mask(rng, size, pixels, tall, tall * 0.14))
        else:
            mask = ((y - row(top, height)) * height + 0.5).clip()
        light = mix(light, face, mask)
    away = length(x - SUN[0], y - SUN[1])
    light = light + (away * -3.4).exp() * (0.16, 0.07, 0.022)
    return jpeg(develop(light, rng, grain=0.011), 86)


def _ridge_line(rng: random.Random, width: int, cells: float, rough: float) -> list[float]:
    """Peaks rather than hills: noise folded at its middle."""
    broad = wander(rng, width, cells, 3, 0.5)
    sharp = wander(rng, width, cells * 2.6, 7, 0.53)
    return [b * 0.55 + (0.5 - abs(s)) * rough for b, s in zip(broad, sharp, strict=True)]
