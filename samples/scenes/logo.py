from __future__ import annotations

import math

from PIL import Image, ImageChops, ImageFilter

from scenes.paint.encode import png
from scenes.paint.field import Point, coordinates, length, smooth
from scenes.paint.lettering import font
from scenes.paint.masks import sheet

SIZE = WIDTH, HEIGHT = 1040, 420
SCALE = 3
CENTRE, RADIUS = (210.0, 210.0), 132.0
# Where each blade of the iris begins, in degrees.
BLADES = range(-90, 270, 60)


def picture() -> bytes:
    """An iris of six blades before a safelight, with the name; glow and shadow fade to nothing."""
    result = Image.new("RGBA", SIZE, (226, 62, 28, 0))
    result.putalpha(_safelight())
    for start in BLADES:
        mask, draw = sheet(SIZE, SCALE)
        rim = [_around(start + 14 + step * 2, RADIUS) for step in range(31)]
        hub, next_hub = _around(start, RADIUS * 0.40), _around(start + 60, RADIUS * 0.40)
        draw.polygon([hub, *rim, next_hub], fill=255)
        light = 0.5 + 0.5 * math.cos(math.radians(start + 130))
        colour = (int(150 + 98 * light), int(28 + 98 * light**1.5), int(18 + 34 * light**2))
        result.paste((*colour, 255), (0, 0), mask.reduce(SCALE))
    result.putalpha(ImageChops.subtract(result.getchannel("A"), _seams_and_hole()))
    result.alpha_composite(_name())
    return png(result)


def _around(angle: float, reach: float) -> Point:
    """A point round the centre, in px of the sheet."""
    turn = math.radians(angle)
    return (
        (CENTRE[0] + math.cos(turn) * reach) * SCALE,
        (CENTRE[1] + math.sin(turn) * reach) * SCALE,
    )


def _safelight() -> Image.Image:
    x, y = coordinates(SIZE)
    far = length(x - CENTRE[0] / HEIGHT, y - CENTRE[1] / HEIGHT)
    return (smooth(0.49, 0.20, far) ** 2.0 * 150.0 + 0.5).planes[0].convert("L")


def _seams_and_hole() -> Image.Image:
    mask, draw = sheet(SIZE, SCALE)
    for start in BLADES:
        hub = _around(start, RADIUS * 0.40)
        for end in (_around(start + 14, RADIUS * 1.01), _around(start + 60, RADIUS * 0.40)):
            draw.line([hub, end], fill=255, width=11)
    draw.polygon([_around(start, RADIUS * 0.385) for start in BLADES], fill=255)
    return mask.reduce(SCALE)


def _name() -> Image.Image:
    text, draw = sheet(SIZE, SCALE)
    face = font(134 * SCALE)
    draw.text((385 * SCALE, 216 * SCALE), "Darkroom", 255, face, "lm", stroke_width=5)
    shape = text.reduce(SCALE)
    shadow = shape.filter(ImageFilter.GaussianBlur(9)).point(lambda v: v * 2 // 5)
    name = Image.new("RGBA", SIZE, (196, 44, 22, 0))
    name.putalpha(ImageChops.offset(shadow, 0, 7))
    ramp = Image.linear_gradient("L").rotate(90).resize(SIZE)
    light, dark = (Image.new("RGB", SIZE, colour) for colour in ((243, 128, 58), (190, 38, 20)))
    warm = Image.composite(light, dark, ramp)
    warm.putalpha(shape)
    name.alpha_composite(warm)
    return name
