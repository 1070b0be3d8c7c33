from __future__ import annotations

import math
import random
from dataclasses import dataclass

from scenes.paint.encode import jpeg
from scenes.paint.field import Field, column, coordinates, length, mix, smooth, square
from scenes.paint.film import develop
from scenes.paint.ground import lay_out
from scenes.paint.noise import noise, tile
from scenes.trunks import Trunks

HORIZON = 0.585
SOURCE = (0.40, 0.33)
# Where the path goes into the mist.
PATH = 0.385
LAYERS = 9
# Between this layer and the one before, the ground begins.
FIRST_ON_GROUND = 3


@dataclass(frozen=True)
class Wood:
    """`sun`: how near the light's source; `lamp`: how much falls on the ground."""

    x: Field
    y: Field
    ground: Field
    sun: Field
    lamp: Field
    bark: Field


@dataclass(frozen=True)
class Layer:
    """`near`: 0 to 1; `clear`: how far from the path nothing stands."""

    near: float
    foot: float
    clear: float
    veil: float
    haze: Field


def picture() -> bytes:
    rng = random.Random(8)
    size = 1200, 1800
    x, y = coordinates(size)
    away = (square(x - SOURCE[0]) * 1.9 + square(y - SOURCE[1])).root()
    sun = (away * -5.2).exp()
    light = mix((0.09, 0.14, 0.125), (0.95, 0.80, 0.46), sun)
    light = light + (away * -17.0).exp() * (1.6, 1.3, 0.8)
    ground = (y - HORIZON).above(0.0)
    lamp = (square(x - 0.39) * -9.0).exp() * (ground * -2.6).exp()
    floor = _floor(rng, x, ground, lamp)
    wood = Wood(x, y, ground, sun, lamp, bark=noise(rng, size, (170.0, 26.0), 5, 0.75))
    mist = noise(rng, size, (3.0, 8.0), 5, 0.5)

    for number in range(LAYERS):
        near = number / (LAYERS - 1)
        layer = Layer(
            near,
            foot=HORIZON + 0.004 + 0.27 * near**2.5,
            clear=0.010 + 0.26 * near**0.95,
            veil=0.93 - 0.92 * near**0.62,
            haze=mix((0.095, 0.15, 0.130), (0.80, 0.68, 0.37), sun) * (1.0 + mist * 0.15),
        )
        if number == FIRST_ON_GROUND:
            light = mix(light, floor, smooth(0.0, 0.008, ground))
            veiled = (ground * -12.0).exp() * smooth(0.0, 0.004, ground) * 0.8
            light = mix(light, layer.haze * 0.85, veiled)
        light = _with_trunks(light, rng, wood, layer)
        light = _with_crowns(light, rng, wood, layer)
        light = _with_ferns(light, rng, wood, layer)
        light = light + sun * sun * (0.035, 0.028, 0.016)

    light = light + _beams(light) * (0.85, 0.74, 0.47) + light.below(4.0).blur(24) * 0.06
    return jpeg(develop(light * 1.05, rng, grain=0.012, vignette=0.5), 84)


def _floor(rng: random.Random, x: Field, ground: Field, lamp: Field) -> Field:
    """Moss, fallen leaves and a path, dappled with light."""
    size = width, height = x.size
    leaves = lay_out(tile(rng, 1024, (40, 40), 5, 0.9), size, HORIZON * height, 1.0, 230.0)
    patches = lay_out(tile(rng, 1024, (7, 7), 5, 0.7), size, HORIZON * height, 1.0, 90.0)
    middle = [
        0.375 + 0.06 * math.sin(0.42 / (max(0.0, n / height - HORIZON) + 0.075) - 0.4)
        for n in range(height)
    ]
    off = x - column(middle, width) + (leaves * 0.05 + patches * 0.07) * (ground + 0.01)
    on_path = 1.0 - smooth(0.75, 1.1, length(off) / (ground * 0.40 + 0.010))
    mossy = smooth(-1.2, 1.5, leaves + patches * 0.4)
    moss = mix((0.008, 0.016, 0.006), (0.070, 0.092, 0.026), mossy)
    sandy = smooth(-1.4, 1.6, leaves + patches * 0.3)
    earth = mix((0.045, 0.028, 0.017), (0.25, 0.165, 0.090), sandy)
    fallen = smooth(0.75, 1.2, leaves) * (0.6 - on_path * 0.2)
    floor = mix(mix(moss, earth, on_path), (0.34, 0.150, 0.040), fallen)
    streaks = noise(rng, size, (5, 26), 5, 0.6)
    dapple = smooth(0.15, 0.9, patches * 0.5 + streaks)
    lit = dapple * lamp * (3.0, 2.6, 1.6) + lamp * (0.62, 0.60, 0.42) + (0.12, 0.15, 0.13)
    return floor * lit


def _with_trunks(light: Field, rng: random.Random, wood: Wood, layer: Layer) -> Field:
    near, height = layer.near, light.size[1]
    trunks = Trunks(light.size)
    for _ in range(int(58 - 48 * near**0.7)):
        at = rng.uniform(-0.02, 0.69)
        if abs(at - PATH) < layer.clear * rng.uniform(0.85, 1.3):
            continue
        foot = (layer.foot + rng.uniform(-0.012, 0.012) * (0.3 + near)) * height * 2
        girth = (11 + 92 * near**1.7) * rng.uniform(0.6, 1.3) * 2
        trunks.add(rng, (at * height * 2, foot), girth, rng.gauss(0, 40 + 50 * near))
    shape, rim = trunks.fields()
    side = smooth(0.55, -0.25, wood.x - 0.30) * 0.8 + 0.2
    lit = rim * side * (wood.sun * 1.9 + 0.05) * (0.50, 0.42, 0.27) + (0.014, 0.016, 0.013)
    bark = (0.8 + wood.bark * 0.5).above(0.10) * lit
    return mix(light, mix(bark, layer.haze * (0.80 - 0.35 * near), layer.veil), shape)


def _with_crowns(light: Field, rng: random.Random, wood: Wood, layer: Layer) -> Field:
    near = layer.near
    crown = noise(rng, light.size, (8.0, 7.0), 8, 0.86)
    reach = 0.27 - 0.10 * near
    aside = square(wood.x - 0.39) * (5.0 + 3.0 * near)
    cover = smooth(0.0, 0.22, crown * 0.42 + (reach - wood.y) * 2.1 + aside * 0.55 - 0.34)
    turned = smooth(-1.3, 1.5, noise(rng, light.size, (90.0, 120.0), 3, 0.8))
    leaf = turned * (wood.sun * 1.6 + 0.035) * (0.42, 0.52, 0.15) + (0.007, 0.012, 0.007)
    dim = mix(leaf, layer.haze * (0.78 - 0.3 * near), layer.veil)
    return mix(light, dim, cover * 0.97)


def _with_ferns(light: Field, rng: random.Random, wood: Wood, layer: Layer) -> Field:
    near, foot, y = layer.near, layer.foot, wood.y
    fern = noise(rng, light.size, (26.0, 60.0), 6, 0.9)
    bank = smooth(layer.clear * 0.75, layer.clear * 1.25 + 0.03, length(wood.x - PATH))
    tall = 0.012 + 0.055 * near
    tuft = smooth(-0.004, 0.012, y - foot + tall * 0.62 + fern * tall * 0.6) * bank
    tuft = tuft * smooth(foot + 0.02 + near * 0.30, foot + 0.005, y)
    blades = smooth(-1.1, 1.5, fern + wood.bark * 0.6)
    lit = wood.sun * 1.3 + wood.lamp * 0.5 + 0.05
    green = blades * blades * lit * (0.28, 0.34, 0.09) + (0.005, 0.009, 0.005)
    return mix(light, mix(green, layer.haze * 0.7, layer.veil), tuft)


def _beams(light: Field) -> Field:
    """What is bright, smeared away from the source: every round doubles the smear's length."""
    width, height = small = (light.size[0] // 2, light.size[1] // 2)
    beams = (light - 0.42).above(0.0).below(2.0).resize(small)
    left, top = SOURCE[0] * height, SOURCE[1] * height
    reach = 0.011
    for _ in range(6):
        keep = 1 - reach
        corner = (left * reach, top * reach)
        box = (*corner, corner[0] + width * keep, corner[1] + height * keep)
        beams = (beams + beams.resize(small, box)) * 0.5
        reach *= 2
    return beams.resize(light.size)
