from __future__ import annotations

import math

from PIL import Image

from scenes.paint.field import BICUBIC, Field, Size


def lay_out(pattern: Field, size: Size, horizon: float, eye: float, per_unit: float) -> Field:
    """A repeating pattern on level ground, seen from `eye` units above it.

    `horizon` in px from the top; `per_unit`: px of the pattern in a unit. Every row is one strip of
    the pattern, averaged over what a pixel covers there, so that the distance does not shimmer.
    """
    width, height = size
    side = pattern.size[0]

    def laid(wide: Image.Image) -> Image.Image:
        image = Image.new("F", size)
        for y in range(max(0, math.ceil(horizon)), height):
            far, close = (eye * height / (y + d - horizon + 0.02) * per_unit for d in (0, 1))
            span = min(eye * width / (y + 0.5 - horizon) * per_unit, side * 3.0)
            deep = min(max(far - close, 1.0), side * 1.0)
            left, top = (side * 2 - span / 2), (side - close) % side
            strip = wide.resize((width, 1), BICUBIC, box=(left, top, left + span, top + deep))
            image.paste(strip, (0, y))
        return image

    return pattern.repeat(4, 2).each(laid)
