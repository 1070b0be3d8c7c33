from __future__ import annotations

import random

from PIL import Image

from scenes.harbour_shapes import Lamp, crane, ship
from scenes.paint.encode import jpeg
from scenes.paint.field import Colour, Field, Size, coordinates, flat, mix, smooth, square
from scenes.paint.film import develop
from scenes.paint.glow import add_light, scaled, soft_spot
from scenes.paint.ground import lay_out
from scenes.paint.masks import from_mask, sheet
from scenes.paint.noise import noise, tile

QUAY = 0.63
# Depth (1 is the nearest), how hazy it is there, how many cranes.
LAYERS = ((0.30, 0.60, 9), (0.55, 0.30, 4), (1.0, 0.0, 2))
NEAREST_CRANES = (0.57, 0.86)
SODIUM: Colour = (1.0, 0.62, 0.26)
LED: Colour = (0.75, 0.95, 1.0)


def picture() -> bytes:
    rng = random.Random(31)
    size = width, height = 1600, 1000
    x, y = coordinates(size)
    light = _sky(rng, x, y)
    edge = QUAY * height
    for depth, hazy, count in LAYERS:
        shapes, lamps = _layer(rng, size, depth, count)
        body = mix((0.014, 0.017, 0.028), (0.40, 0.235, 0.205), flat(size, hazy))
        light = mix(light, body, from_mask(shapes))
        light = mix(light, (0.42, 0.24, 0.20), smooth(0.50, QUAY, y) * 0.20 * (1.2 - depth))
        for _ in range(34 if depth < 1.0 else 0):
            lamps.append((rng.uniform(0, width), edge - rng.uniform(4, 30), rng.uniform(0.15, 0.6)))
        for lamp in lamps:
            _add_lamp(light, lamp, SODIUM if rng.random() < 0.8 else LED)
    water = _water(rng, light, y)
    light = mix(light, water, ((y - QUAY) * height - 2.5).clip())
    return jpeg(develop(light * 1.35, rng, grain=0.013, vignette=0.4), 86)


def _sky(rng: random.Random, x: Field, y: Field) -> Field:
    sky = mix((0.022, 0.045, 0.105), (0.13, 0.17, 0.27), smooth(0.0, 0.45, y))
    glow = smooth(0.30, 0.66, y) ** 1.5 * (square(x - 0.5) * -0.9).exp()
    sky = mix(sky, (0.78, 0.33, 0.17), glow)
    cloud = noise(rng, x.size, (3.0, 9.0), 7, 0.56)
    dark = smooth(0.0, 1.2, cloud) * (1.0 - smooth(0.35, 0.62, y)) * 0.8
    sky = mix(sky, (0.055, 0.060, 0.105), dark)
    return mix(sky, (0.62, 0.24, 0.17), smooth(0.1, 1.0, -cloud) * smooth(0.25, 0.5, y) * 0.35)


def _layer(
    rng: random.Random, size: Size, depth: float, cranes: int
) -> tuple[Image.Image, list[Lamp]]:
    """(what stands on one quay, the lamps on it)."""
    mask, draw = sheet(size, 2)
    # In px of the sheet, as is all that is drawn here.
    width, height = mask.size
    edge = QUAY * size[1] * 2
    tall = height * (0.12 + 0.36 * depth**1.3)
    lamps: list[Lamp] = []
    for number in range(cranes):
        at = (number + rng.uniform(0.2, 0.7)) / cranes
        at = at if depth < 1 else NEAREST_CRANES[number]
        found = crane(draw, at * width, edge, tall, rng.random() < 0.4)
        lamps += [(x / 2, y / 2, strength * (0.3 + 0.7 * depth)) for x, y, strength in found]
    unit = 9 + 22 * depth
    for _ in range(int(70 * (1.2 - depth))):
        left, high = rng.uniform(0, width), rng.randrange(1, 5)
        draw.rectangle((left, edge - high * unit, left + unit * 2.4, edge), fill=255)
    if depth == 1.0:
        ship(draw, rng, (0.10 * width, edge + 16), width * 0.40)
        lamps += _ship_lamps(size)
    draw.rectangle((0, edge - 5, width, edge + 6), fill=255)
    return mask.reduce(2), lamps


def _ship_lamps(size: Size) -> list[Lamp]:
    width, edge = size[0], QUAY * size[1]
    lamps = [(0.425 * width, edge - 128, 0.8), (0.44 * width, edge - 96, 0.6)]
    lamps.append((0.115 * width, edge - 70, 0.5))
    portholes = [(across, down) for across in range(5) for down in range(5)]
    return lamps + [(0.445 * width + n * 9, edge - 142 + m * 15, 0.02) for n, m in portholes]


def _add_lamp(light: Field, lamp: Lamp, colour: Colour) -> None:
    """In place, with its glow in damp air."""
    x, y, strength = lamp
    for reach, power in ((5, 5.0), (20, 0.40), (74, 0.085)):
        spread = max(3, int(reach * (0.45 + strength * 0.75)))
        spot = soft_spot((spread * 2, spread * 2))
        add_light(light, spot, int(x) - spread, int(y) - spread, scaled(colour, power))


def _water(rng: random.Random, light: Field, y: Field) -> Field:
    """It shows what is above it, drawn out and broken by ripples."""
    size = light.size
    edge = QUAY * size[1]
    slope = tile(rng, 768, (6, 14), 4, 0.62)
    ripple = lay_out(slope - slope.offset(0, 1), size, edge - 26, 0.8, 170.0) * 1.2
    long = lay_out(tile(rng, 768, (4, 11), 3, 0.5), size, edge - 26, 0.8, 60.0)
    flipped = light.each(lambda p: p.transpose(Image.Transpose.FLIP_TOP_BOTTOM))
    shown = flipped.offset(0, round(2 * edge - size[1])).blur(2.5)
    for reach in (5, 10, 20, 40):
        shown = (shown + shown.offset(0, reach) + shown.offset(0, -reach)) * (1 / 3)
    share = (0.45 + ripple * 3.2 + long * 0.18).clip()
    sky = mix((0.020, 0.036, 0.075), (0.15, 0.12, 0.16), smooth(1.0, QUAY, y))
    return mix(sky * 0.55, shown * 1.05, share) * (1.0 - smooth(QUAY, 1.1, y) * 0.35)
