from __future__ import annotations

import random

from scenes.paint.field import Field, Point, Size, coordinates, length, mix, smooth
from scenes.paint.noise import noise


def dusk_sky(rng: random.Random, size: Size, sun: Point) -> Field:
    """Sunset over `sun` (in coordinates), with clouds lit from beneath."""
    x, y = coordinates(size)
    down = (y * (1 / sun[1])).clip()
    sky = mix((0.055, 0.085, 0.20), (0.34, 0.23, 0.34), smooth(0.0, 0.72, down))
    sky = mix(sky, (1.05, 0.36, 0.13), smooth(0.45, 1.05, down) ** 1.4)
    dx, dy = (x - sun[0]) * 0.62, y - sun[1]
    away = length(dx, dy)
    near = (away * -4.2).exp()
    sky = sky + near * (1.5, 0.62, 0.17) + (away * -22.0).exp() * (3.2, 2.1, 0.9)
    disc = 1.0 - smooth(0.028, 0.031, (away * away + dx * dx * 1.6).root())
    sky = sky + disc * (9.0, 6.5, 3.4)

    stretch = noise(rng, size, (3.2, 8.0), 6, 0.56)
    fine = noise(rng, size, (9.0, 36.0), 4, 0.55)
    cover = smooth(0.02, 0.95, stretch + fine * 0.30 + (0.34 - down * 0.55))
    cover = cover * smooth(1.0, 0.75, down)
    lit = smooth(-0.8, 0.9, fine - stretch * 0.8)
    shade = mix((0.11, 0.095, 0.17), (1.05, 0.36, 0.24), lit * (0.16 + near * 1.5).below(1.0))
    return mix(sky, shade + near * (0.5, 0.22, 0.05), cover * 0.82)
