from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from scenes.paint.field import Colour, Field, Point, Size, coordinates, flat, length, mix, smooth
from scenes.paint.masks import from_mask, sheet


@dataclass(frozen=True)
class Balloon:
    """A hot-air balloon: a ball above, drawn together to its mouth, in gores of two colours."""

    middle: Point
    radius: float
    colours: tuple[Colour, Colour]

    def before(self, light: Field) -> Field:
        height = light.size[1]
        x, y = coordinates(light.size)
        dx = (x - self.middle[0]) * (1 / self.radius)
        dy = (y - self.middle[1]) * (1 / self.radius)
        low = dy.above(0.0)
        half = ((1.0 - dy.below(0.0) ** 2.0).root() * (1.0 - low * low * 0.56)).above(0.02)
        px = self.radius * height
        inside = ((half - length(dx)) * px + 0.5).clip()
        inside = inside * ((1.22 - dy) * px).clip() * ((dy + 1.0) * px).clip()
        light = mix(light, self._skin((dx / half).above(-1.2).below(1.2), dy), inside)
        return mix(light, (0.075, 0.035, 0.018), from_mask(self._basket(light.size)))

    def _skin(self, across: Field, dy: Field) -> Field:
        """`across`: -1 at the left edge to 1 at the right one."""
        bulge = (1.0 - across * across).root()
        # Gores are equally wide round the balloon: asin(across), near enough, in steps.
        turn = across * (1.0 + across * across * 0.32)
        stripes = flat(across.size)
        for edge in range(-4, 5, 2):
            stripes = stripes + smooth(0.175, 0.15, length(turn - (edge * 0.32 + 0.16)))
        shade = (across * -0.55 + bulge * 0.55 - dy * 0.22 + 0.35).above(0.07)
        skin = mix(self.colours[0], self.colours[1], stripes.clip()) * shade
        return skin + (((across + 0.42) ** 2.0 + (dy + 0.38) ** 2.0) * -9.0).exp() * 0.16

    def _basket(self, size: Size) -> Image.Image:
        mask, draw = sheet(size, 4)
        unit, cx, cy = (v * mask.height for v in (self.radius, *self.middle))
        for side in (-1, 1):
            head = (cx + side * unit * 0.19, cy + unit * 1.2)
            foot = (cx + side * unit * 0.10, cy + unit * 1.56)
            draw.line([head, foot], fill=170, width=max(2, int(unit * 0.012)))
        box = (cx - unit * 0.115, cy + unit * 1.54, cx + unit * 0.115, cy + unit * 1.74)
        draw.rounded_rectangle(box, unit * 0.03, fill=255)
        return mask.reduce(4)
