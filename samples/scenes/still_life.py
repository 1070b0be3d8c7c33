from __future__ import annotations

import random

from scenes.glazed_balls import BALLS, Ball, Vector, along, dot, surface
from scenes.paint.encode import jpeg
from scenes.paint.field import Field, coordinates, flat, mix, smooth, square
from scenes.paint.film import develop
from scenes.paint.ground import lay_out
from scenes.paint.noise import noise, tile

HORIZON = 0.085
# How far a ray leans aside per unit of the coordinates.
LENS = 0.475
LEFT, EYE = 0.10, 2.15
CAMERA = (LEFT, EYE, -7.3)


def picture() -> bytes:
    rng = random.Random(23)
    size = width, height = 1680, 1200
    x, y = coordinates(size)
    dx, dy = (x - width / height / 2) * LENS, (y - HORIZON) * -LENS
    stretch = (dx * dx + dy * dy + 1.0).root()
    way = (dx / stretch, dy / stretch, 1.0 / stretch)
    far = (EYE / (-dy).above(1e-4) * stretch).below(60.0)

    light = _table(rng, way, far)
    light = mix(light, _wall(rng, x, y), smooth(9.6, 15.0, far))
    light = mix(light, light.below(3.0).blur(9), smooth(8.2, 10.6, far))
    for ball in sorted(BALLS, key=lambda ball: -ball.middle[2]):
        _add_ball(light, way, ball)
    light = light + light.below(8.0).blur(34) * 0.05
    return jpeg(develop(light * 1.25, rng, grain=0.010, vignette=0.5), 88)


def _table(rng: random.Random, way: Vector, far: Field) -> Field:
    size = far.size
    grain = tile(rng, 1024, (5, 90), 4, 0.7)
    bands = tile(rng, 1024, (2, 14), 4, 0.55)
    pattern = grain * 0.55 + bands * 0.75
    wood = lay_out(pattern, size, HORIZON * size[1], EYE / LENS, 150 * LENS)
    tone = smooth(-1.3, 1.3, wood)
    colour = mix((0.055, 0.024, 0.012), (0.27, 0.135, 0.066), tone)
    upright = (flat(size), flat(size, 1.0), flat(size))
    own, gloss = surface(way, along(CAMERA, way, far), upright, colour, 0.05)
    return own + gloss.blur(11) * (0.25 + tone * 0.30)


def _wall(rng: random.Random, x: Field, y: Field) -> Field:
    plaster = noise(rng, x.size, (8.0, 8.0), 6, 0.6) * 0.06 + 1.0
    glow = ((square(x - 0.30) + square(y + 0.05)) * -3.0).exp()
    return mix((0.012, 0.014, 0.017), (0.165, 0.145, 0.125), glow) * plaster


def _add_ball(light: Field, way: Vector, ball: Ball) -> None:
    """In place; `way`: the direction in which each pixel looks."""
    box = _frame(light.size[0], light.size[1], ball)
    look = tuple(w.crop(box) for w in way)
    start = tuple(flat(look[0].size, c) for c in CAMERA)
    to = ball.towards(start)
    reach = dot(to, look)
    miss = (dot(to, to) - reach * reach).root()
    cover = ((ball.radius - miss) / reach * (light.size[1] / LENS) + 0.5).clip()
    near = reach - (ball.radius**2 - miss * miss).root()
    place = along(start, look, near)
    out = ball.outwards(place)
    long = dot(out, out).root()
    normal = tuple(o / long for o in out)
    own, gloss = surface(look, place, normal, ball.colour, ball.mirror, ball.metal)
    light.paste(mix(light.crop(box), own + gloss, cover), box)


def _frame(width: int, height: int, ball: Ball) -> tuple[int, int, int, int]:
    """The part of the picture (px) that a ball touches."""
    scale = height / LENS / (ball.middle[2] - CAMERA[2])
    cx = (ball.middle[0] - LEFT) * scale + width / 2
    cy = (EYE - ball.middle[1]) * scale + HORIZON * height
    reach = ball.radius * scale * 1.15
    return (
        max(0, int(cx - reach)),
        max(0, int(cy - reach)),
        min(width, int(cx + reach)),
        min(height, int(cy + reach)),
    )
