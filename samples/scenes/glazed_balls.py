"""Balls on a table, and the light on and between them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from scenes.paint.field import Colour, Field, flat, length, mix, smooth

Vector = tuple[Any, ...]  # x to the right, y up, z away from the viewer


def dot(a: Vector, b: Vector) -> Any:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def along(start: Vector, way: Vector, far: Any) -> Vector:
    return tuple(s + w * far for s, w in zip(start, way, strict=True))


@dataclass(frozen=True)
class Ball:
    """`mirror`: how much of what it reflects head-on is seen; a metal colours its reflections."""

    middle: Colour
    radius: float
    colour: Colour
    mirror: float
    metal: bool = False

    def meet(self, start: Vector, way: Vector) -> tuple[Field, Field]:
        """(how far along `way`, how nearly it passes: positive is a hit)."""
        to = self.towards(start)
        reach = dot(to, way)
        room = reach * reach - (dot(to, to) - self.radius**2)
        return reach - room.root(), room

    def towards(self, start: Vector) -> Vector:
        return tuple(m - s for m, s in zip(self.middle, start, strict=True))

    def outwards(self, place: Vector) -> Vector:
        return tuple((p - m) * (1 / self.radius) for p, m in zip(place, self.middle, strict=True))


# Light falls in through a window at the left, in front of the table.
WINDOW = (-0.60, 0.62, -0.505)
BALLS = (
    Ball((-1.02, 0.86, 0.55), 0.86, (0.80, 0.33, 0.20), 0.02),
    Ball((0.62, 1.06, 1.15), 1.06, (0.025, 0.085, 0.115), 0.07),
    Ball((0.18, 0.40, -0.78), 0.40, (0.93, 0.66, 0.30), 0.80, metal=True),
    Ball((-0.50, 0.245, -1.10), 0.245, (0.78, 0.75, 0.68), 0.025),
    Ball((1.72, 0.52, -0.18), 0.52, (0.76, 0.71, 0.62), 0.03),
    Ball((1.16, 0.19, -1.22), 0.19, (0.60, 0.055, 0.065), 0.06),
    Ball((-1.95, 0.33, -0.35), 0.33, (0.10, 0.20, 0.13), 0.05),
)


def surface(
    way: Vector, place: Vector, normal: Vector, colour: Any, mirror: float, metal: bool = False
) -> tuple[Field, Field]:
    """(the light it scatters, the light it mirrors) to an eye that looks along `way`."""
    facing = (dot(normal, WINDOW) * 0.92 + 0.08).above(0.0)
    sun = _window_light(place) * facing
    fall = (place[0] * -0.14).exp() * (place[2].above(0.0) * -0.16).exp()
    sky = _room_light(place, normal) * (normal[1] * 0.35 + 0.65)
    bounce = (normal[1] * -0.5 + 0.5) * (place[1] * -1.6).exp()
    light = sun * fall * (1.75, 1.55, 1.28) + sky * (0.085, 0.10, 0.135)
    light = (light + bounce * (0.085, 0.045, 0.024)) * colour
    twice = dot(normal, way) * 2.0
    bounced = tuple(w - n * twice for w, n in zip(way, normal, strict=True))
    seen = _reflected(place, normal, bounced)
    head_on = (dot(normal, way) * -1.0).clip()
    fresnel = mirror + (1.0 - mirror) * (1.0 - head_on) ** 5.0
    if metal:
        return light * 0.06, seen * fresnel * colour
    return light, seen * fresnel


def _window_light(place: Vector) -> Field:
    """The share of the window's light that arrives.

    Soft shadows of spheres in closed form: https://iquilezles.org/articles/spherefunctions/
    """
    left = flat(place[0].size, 1.0)
    for ball in BALLS:
        to = ball.towards(place)
        reach = dot(to, WINDOW)
        miss = (dot(to, to) - reach * reach).root() - ball.radius
        open_sky = smooth(-0.17, 0.17, miss / reach.above(0.05))
        left = left * mix(1.0, open_sky, smooth(0.0, 0.10, reach))
    return left


def _room_light(place: Vector, normal: Vector) -> Field:
    """The share of the room's light that the balls leave, from the same source."""
    left = flat(place[0].size, 1.0)
    for ball in BALLS:
        to = ball.towards(place)
        far2 = dot(to, to).above(ball.radius**2)
        facing = (dot(to, normal) / far2.root()).above(0.0)
        left = left * (1.0 - facing * (ball.radius**2) / far2)
    return left


def _room(way: Vector) -> Field:
    """What a mirror sees past the table: a dim room, and a window with four panes."""
    x, y, z = way
    dim = mix((0.050, 0.043, 0.040), (0.17, 0.165, 0.17), smooth(-0.3, 0.9, y - x * 0.5))
    towards = dot(way, WINDOW)
    ahead = towards.above(0.05)
    # The window's own right and up, for where a ray crosses its plane.
    across = (x * 0.644 - z * 0.765) / ahead
    above = (y * 0.785 + x * 0.474 + z * 0.399) / ahead
    inside = flat(x.size, 1.0)
    for value, half, bar in ((across, 0.36, 0.022), (above, 0.46, 0.022)):
        off = length(value)
        inside = inside * smooth(half, half - 0.035, off) * smooth(bar * 0.5, bar * 1.5, off)
    return dim + inside * smooth(0.2, 0.3, towards) * (6.6, 6.4, 6.0)


def _reflected(place: Vector, normal: Vector, bounced: Vector) -> Field:
    """The light from direction `bounced`: the room, the table or another ball."""
    zero = flat(place[0].size)
    seen = _room(bounced)
    far = place[1] / (-bounced[1]).above(1e-3)
    spot = (place[0] + bounced[0] * far, zero, place[2] + bounced[2] * far)
    fall = ((spot[0] * spot[0] + spot[2] * spot[2]) * -0.02).exp()
    table = (_window_light(spot) * fall * 1.1 + 0.10) * (0.19, 0.10, 0.052)
    seen = mix(seen, table, (bounced[1] * -60.0).clip() * (place[1] * 40.0).clip())
    nearest = flat(zero.size, 50.0)
    lifted = along(place, normal, 0.004)
    for ball in BALLS:
        reach, room = ball.meet(lifted, bounced)
        hit = (room * (60.0 / ball.radius)).clip() * (1.0 - reach.less(0.01)) * reach.less(nearest)
        own = ball.outwards(along(lifted, bounced, reach))
        lit = (dot(own, WINDOW) * 1.5).above(0.0) + 0.10 + own[1] * 0.05
        seen = mix(seen, lit * ball.colour, hit)
        nearest = mix(nearest, reach, hit)
    return seen
