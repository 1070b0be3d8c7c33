from __future__ import annotations

import math
import random

from PIL import Image

from scenes.balloon import Balloon
from scenes.paint.field import BICUBIC, Field, Size, coordinates, mix, row, smooth
from scenes.paint.film import develop
from scenes.paint.ground import lay_out
from scenes.paint.noise import noise, speckle, tile, wander

LAYERS = 5
# How far the lines of the crests go on beyond the picture at either side, in px.
MARGIN = 500
BALLOONS = (
    Balloon((0.50, 0.265), 0.150, ((0.75, 0.06, 0.035), (0.95, 0.74, 0.40))),
    Balloon((1.12, 0.335), 0.060, ((0.04, 0.16, 0.34), (0.90, 0.84, 0.72))),
    Balloon((0.93, 0.180), 0.036, ((0.85, 0.42, 0.05), (0.28, 0.05, 0.09))),
)


def dunes() -> Image.Image:
    rng = random.Random(17)
    size = width, height = 1280, 853
    _, y = coordinates(size)
    light = mix((0.10, 0.24, 0.48), (0.80, 0.60, 0.42), smooth(0.0, 0.60, y))
    cirrus = noise(rng, size, (2.6, 9.0), 7, 0.58)
    light = mix(light, (1.05, 0.80, 0.62), smooth(0.25, 1.3, cirrus) * 0.55)
    ripples = lay_out(tile(rng, 1024, (9, 60), 4, 0.6), size, 0.30 * height, 1.0, 170.0)
    for layer in range(LAYERS):
        near = layer / (LAYERS - 1)
        base = 0.53 + 0.34 * near**1.3
        relief = 0.045 + 0.10 * near
        folded = wander(rng, width + 2 * MARGIN, 5.2 - 1.2 * near, 1, 0.0)
        line = [(0.55 - abs(value)) * relief * 1.3 for value in folded]
        top = [base - value for value in line[MARGIN:-MARGIN]]
        below = y - row(top, height)
        slopes = _slopes(size, line, near, base, relief)
        rounding = noise(rng, size, (3.0, 3.0), 3, 0.5)
        lit = smooth(-0.45, 0.25, slopes + rounding * 0.10 + 0.05)
        lit = lit * (0.82 + rounding * 0.14)
        sand = mix((0.135, 0.060, 0.050), (1.05, 0.52, 0.20), lit)
        sand = sand * (1.0 + ripples * (0.07 + 0.13 * near) * (below * 16.0).clip())
        sand = sand * (1.0 + speckle(rng, size) * 0.04 * near)
        haze = 0.62 * (1 - near) ** 1.4
        light = mix(light, mix(sand, (0.80, 0.56, 0.40), haze), (below * height + 0.5).clip())
    for balloon in BALLOONS:
        light = balloon.before(light)
    return develop(light * 0.92, rng, grain=0.010, vignette=0.35)


def _slopes(size: Size, line: list[float], near: float, base: float, relief: float) -> Field:
    """How much a dune faces the light, which comes from the left.

    A crest runs down towards the viewer, in a bend: its row of slopes is moved aside, more so the
    further down.
    """
    width, height = size
    lean = [(b - a) / 3 for a, b in zip(line, line[3:] + line[-3:], strict=True)]
    strip = row([value / relief * 160 for value in lean], 1).planes[0]
    slopes = Image.new("F", size)
    for down in range(height):
        depth = down / height - base + relief * 0.7
        aside = 520 * depth + (20 + 30 * near) * math.sin(depth * (30 - 14 * near))
        left = min(max(0.0, MARGIN + aside), 2.0 * MARGIN)
        box = (left, 0, left + width, 1)
        slopes.paste(strip.resize((width, 1), BICUBIC, box=box), (0, down))
    return Field((slopes,))
