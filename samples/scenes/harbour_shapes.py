"""Silhouettes of a container port, drawn into masks; all in px."""

from __future__ import annotations

import random

from PIL import ImageDraw

from scenes.paint.field import Point

Lamp = tuple[float, float, float]  # x, y, strength

# Right and up from the bow's water line, in lengths of the ship.
HULL = (
    (-0.02, 0.115),
    (0.06, 0.105),
    (0.08, 0.085),
    (1.0, 0.085),
    (1.01, 0.02),
    (0.98, 0.0),
    (0.02, 0.0),
)
# Left, head, right and foot of the house, its bridge and its funnel, from the house's left.
HOUSE = ((0.0, 0.27, 0.07, 0.08), (-0.02, 0.25, 0.09, 0.225), (0.085, 0.21, 0.12, 0.08))


def crane(draw: ImageDraw.ImageDraw, x: float, quay: float, tall: float, up: bool) -> list[Lamp]:
    """A container crane, its boom down over the water or up. Returns its lamps."""
    thin = max(2, int(tall * 0.011))
    wide, deck, top = tall * 0.34, quay - tall * 0.56, quay - tall
    leg = tall * 0.022
    _portal(draw, x, quay, tall, thin)
    draw.line((x, deck, x + wide * 0.25, top), fill=255, width=thin * 2)
    draw.line((x + wide * 0.55, deck, x + wide * 0.25, top), fill=255, width=thin * 2)
    root, back = (x, deck), (x + wide * 1.75, deck)
    tip = (x - tall * 0.30, deck - tall * 0.56) if up else (x - tall * 0.62, deck)
    for end in (tip, back):
        _truss(draw, root, end, tall * 0.045, thin)
    mast = (x + wide * 0.25, top)
    for end in (tip, back, ((x + tip[0]) / 2, (deck + tip[1]) / 2)):
        draw.line((*mast, *end), fill=255, width=max(1, thin // 2))
    draw.rectangle((x + wide * 0.9, deck - tall * 0.09, x + wide * 1.45, deck), fill=255)
    draw.rectangle((x - tall * 0.10, deck + leg, x - tall * 0.05, deck + tall * 0.07), fill=255)
    return [
        (mast[0], top, 0.6),
        (tip[0], tip[1] - 4, 0.5),
        (x, deck + leg * 2, 1.0),
        (x + wide, deck + leg * 2, 1.0),
        (x - tall * 0.07, deck + tall * 0.08, 0.7),
    ]


def _portal(draw: ImageDraw.ImageDraw, x: float, quay: float, tall: float, thin: int) -> None:
    wide, leg, deck = tall * 0.34, tall * 0.022, quay - tall * 0.56
    for foot in (x, x + wide):
        draw.rectangle((foot - leg / 2, deck, foot + leg / 2, quay), fill=255)
        draw.rectangle((foot - leg, quay - leg * 1.6, foot + leg, quay), fill=255)
    for low in (0.14, 0.38):
        draw.line((x, quay - tall * low, x + wide, quay - tall * low), fill=255, width=thin * 2)
    draw.line((x, quay - tall * 0.14, x + wide, quay - tall * 0.38), fill=255, width=thin)


def _truss(draw: ImageDraw.ImageDraw, start: Point, end: Point, lift: float, thin: int) -> None:
    draw.line((*start, *end), fill=255, width=thin * 3)
    draw.line((start[0], start[1] - lift, end[0], end[1] - lift), fill=255, width=thin)
    for step in range(15):
        a, b = (s + (e - s) * step / 15 for s, e in zip(start, end, strict=True))
        c, d = (s + (e - s) * (step + 1) / 15 for s, e in zip(start, end, strict=True))
        heights = (b - lift, d) if step % 2 else (b, d - lift)
        draw.line((a, heights[0], c, heights[1]), fill=255, width=max(1, thin // 2))


def ship(draw: ImageDraw.ImageDraw, rng: random.Random, bow: Point, long: float) -> None:
    """A container ship, its bow to the left, from its bow's water line."""
    x, y = bow
    draw.polygon([(x + a * long, y - b * long) for a, b in HULL], fill=255)
    unit = long * 0.033
    for stack in range(22):
        high = rng.randrange(2, 6) if stack < 20 else 1
        left = x + long * 0.10 + stack * unit * 1.04
        head = y - long * 0.085 - high * unit * 0.72
        draw.rectangle((left, head, left + unit, y - long * 0.08), fill=255)
    house = x + long * 0.84
    for left, head, right, foot in HOUSE:
        box = (house + long * left, y - long * head, house + long * right, y - long * foot)
        draw.rectangle(box, fill=255)
    mast = house + long * 0.03
    draw.line((mast, y - long * 0.33, mast, y - long * 0.2), fill=255, width=5)
