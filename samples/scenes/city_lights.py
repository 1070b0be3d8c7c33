from __future__ import annotations

import random

from PIL import ImageFilter

from scenes.paint.field import Colour, Field, Size, coordinates, mix, smooth, square
from scenes.paint.glow import add_light, scaled, soft_spot
from scenes.paint.masks import from_mask, sheet

SODIUM: Colour = (1.00, 0.50, 0.14)
TAIL: Colour = (1.00, 0.10, 0.05)
HEAD: Colour = (0.85, 0.90, 1.00)
# How often each is seen.
LAMPS: dict[Colour, float] = {
    SODIUM: 0.34,
    (1.00, 0.70, 0.34): 0.16,
    TAIL: 0.16,
    (0.16, 0.75, 0.62): 0.10,
    (0.20, 0.42, 1.00): 0.10,
    (0.95, 0.20, 0.55): 0.08,
    HEAD: 0.06,
}
# Where the street vanishes, as a share of the width.
STREET = 0.52


def city_lights(rng: random.Random, size: Size) -> Field:
    """A wet street at night, far out of focus."""
    light = _night(rng, size)
    _add_far_lamps(light, rng)
    _add_street_lamps(light)
    _add_cars(light, rng)
    return light


def _night(rng: random.Random, size: Size) -> Field:
    width, height = size
    x, y = coordinates(size)
    light = mix((0.010, 0.016, 0.040), (0.055, 0.036, 0.045), smooth(0.0, 0.6, y))
    light = mix(light, (0.012, 0.012, 0.018), smooth(0.6, 1.0, y))
    blocks, draw = sheet(size, 1)
    for _ in range(34):
        left = rng.uniform(-0.1, 1.0) * width
        away = abs(left / width - STREET)
        top = height * rng.uniform(0.30, 0.52) - away * height * 0.75
        box = [left, top, left + rng.uniform(60, 170), height * 0.64]
        draw.rectangle(box, fill=rng.randrange(20, 110))
    blocks = blocks.filter(ImageFilter.GaussianBlur(22))
    light = light + from_mask(blocks) * (0.050, 0.055, 0.085)
    glow = (square(x - 0.80) * 3.0 + square(y - 0.60) * 14.0) * -1.0
    return light + glow.exp() * (0.11, 0.05, 0.022)


def _add_far_lamps(light: Field, rng: random.Random) -> None:
    width, height = light.size
    for _ in range(110):
        side = rng.choice((-1, 1))
        depth = rng.random() ** 0.6
        cx = width * STREET + side * width * (0.05 + (1 - depth) * rng.uniform(0.25, 0.62))
        cy = height * (0.60 - (1 - depth) * rng.uniform(-0.02, 0.62))
        power = rng.uniform(0.10, 0.55)
        colour = rng.choices(list(LAMPS), list(LAMPS.values()))[0]
        _add_lamp(light, cx, cy, int(10 + 30 * (1 - depth)), scaled(colour, power))


def _add_street_lamps(light: Field) -> None:
    width, height = light.size
    for step in range(9):
        depth = step / 9
        spread = width * 0.50 * (1 - depth) ** 1.5 + 20
        cy = height * (0.585 - 0.50 * (1 - depth) ** 1.6)
        for side in (-1, 1):
            cx = width * STREET + side * spread
            _add_lamp(light, cx, cy, int(15 + 34 * (1 - depth)), scaled(SODIUM, 1.1))


def _add_cars(light: Field, rng: random.Random) -> None:
    width, height = light.size
    for _ in range(26):
        near = (1 - rng.random()) ** 1.5
        leaving = rng.random() < 0.5
        aside = (0.02 + near * rng.uniform(0.05, 0.36)) * width
        cx = width * STREET + (aside if leaving else -aside)
        cy = height * (0.61 + 0.20 * near)
        for apart in (-1, 1):
            colour = scaled(TAIL if leaving else HEAD, rng.uniform(0.4, 0.9))
            _add_lamp(light, cx + apart * (6 + 36 * near), cy, int(9 + 20 * near), colour)


def _add_lamp(light: Field, cx: float, cy: float, radius: int, colour: Colour) -> None:
    """In place, with its reflection on the wet street."""
    disc = _lens_disc(radius)
    add_light(light, disc, int(cx) - disc.size[0] // 2, int(cy) - disc.size[1] // 2, colour)
    smear = soft_spot((radius * 4, radius * 18))
    height = light.size[1]
    foot = max(cy + radius * 3.0, height * (0.72 + (0.60 - cy / height) * 0.35))
    add_light(light, smear, int(cx) - radius * 2, int(foot) - radius * 9, scaled(colour, 0.12))


def _lens_disc(radius: int) -> Field:
    """What a lens makes of a point out of focus: a disc, its rim a little brighter."""
    side = radius * 2 + 4
    mask, draw = sheet((side, side), 4)
    for reach, level in ((1.0, 255), (0.93, 205), (0.80, 180)):
        draw.circle((side * 2, side * 2), radius * 4 * reach, fill=level)
    small = mask.reduce(4)
    return from_mask(small.filter(ImageFilter.GaussianBlur(max(0.6, radius * 0.035))))
