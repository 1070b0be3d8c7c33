from __future__ import annotations

import math
import random

from PIL import Image, ImageChops, ImageFilter

from scenes.paint.field import BICUBIC
from scenes.paint.masks import sheet

Drop = tuple[float, float, float]  # x, y, size in px


def rain_on_glass(view: Image.Image, light: Image.Image, rng: random.Random) -> Image.Image:
    """Drops on a window: each a small lens that shows `view` upside down."""
    glass = light.copy()
    kept: list[Drop] = []
    for cx, cy, size in sorted(_drops(rng, *view.size), key=lambda drop: -drop[2]):
        if all((cx - ox) ** 2 + (cy - oy) ** 2 > (size + other) ** 2 for ox, oy, other in kept):
            kept.append((cx, cy, size))
            _add_drop(glass, view, rng, (cx, cy, size))
    return glass


def _drops(rng: random.Random, width: int, height: int) -> list[Drop]:
    """Those that hit the glass, and the traces of some that ran down it."""
    drops: list[Drop] = []
    for _ in range(1500):
        size = 2.0 + 21.0 * rng.random() ** 6
        drops.append((rng.uniform(0, width), rng.uniform(0, height), size))
    for _ in range(9):
        cx, cy = rng.uniform(0, width), rng.uniform(-0.1, 0.5) * height
        drift = rng.uniform(-0.3, 0.3)
        for step in range(rng.randrange(18, 46)):
            cx += rng.gauss(drift, 1.1)
            cy += rng.uniform(7, 13)
            drops.append((cx, cy, rng.uniform(1.6, 4.6) + (step % 9 == 0) * 2))
        drops.append((cx, cy + 16, rng.uniform(15, 23)))
    return drops


def _add_drop(glass: Image.Image, view: Image.Image, rng: random.Random, drop: Drop) -> None:
    cx, cy, size = drop
    wide, tall = size * rng.uniform(0.88, 1.0), size * rng.uniform(1.0, 1.25)
    side = int(tall * 2.6) + 4
    mask = _outline(rng, side, wide, tall)
    seen = _darken_rim(_upside_down(view, drop, side), mask, size)
    if size > 4:
        seen = ImageChops.screen(seen, _highlight(side, wide, tall, size))
    left, top = int(cx - side / 2), int(cy - side / 2)
    shade = mask.filter(ImageFilter.GaussianBlur(size * 0.18)).point(lambda value: value * 2 // 5)
    glass.paste((6, 7, 12), (left, top + max(1, round(size * 0.10))), shade)
    glass.paste(seen, (left, top), mask)


def _upside_down(view: Image.Image, drop: Drop, side: int) -> Image.Image:
    cx, cy, size = drop
    reach = 60 + size * 9
    left = min(max(0.0, cx - reach), view.width - 2 * reach)
    top = min(max(0.0, cy - reach), view.height - 2 * reach)
    seen = view.resize((side, side), BICUBIC, box=(left, top, left + 2 * reach, top + 2 * reach))
    return seen.transpose(Image.Transpose.ROTATE_180)


def _outline(rng: random.Random, side: int, wide: float, tall: float) -> Image.Image:
    scale = 4
    mask, draw = sheet((side, side), scale)
    bumps = [rng.uniform(-0.05, 0.05) for _ in range(3)]
    outline = []
    for step in range(48):
        turn = step / 48 * math.tau
        bump = 1 + sum(b * math.cos((n + 2) * turn + n) for n, b in enumerate(bumps))
        sag = 1 + 0.10 * math.sin(turn)
        x = side / 2 + math.cos(turn) * wide * bump / sag
        y = side / 2 + math.sin(turn) * tall * bump
        outline.append((x * scale, y * scale))
    draw.polygon(outline, fill=255)
    return mask.reduce(scale)


def _darken_rim(seen: Image.Image, mask: Image.Image, size: float) -> Image.Image:
    """Where the light is bent away; darker above than below."""
    inner = mask.filter(ImageFilter.GaussianBlur(size * 0.34))
    rim = inner.point(lambda value: int(255 * min(1.0, max(0.0, (value / 255 - 0.42) * 2.3))))
    rim = ImageChops.offset(rim, 0, round(size * 0.16)).point(lambda v: 70 + v * 185 // 255)
    seen = ImageChops.multiply(seen, rim.convert("RGB"))
    return seen.point(lambda value: min(255, int(value * 1.22)))


def _highlight(side: int, wide: float, tall: float, size: float) -> Image.Image:
    shine, draw = sheet((side, side), 1)
    x, y, r = side / 2 - wide * 0.34, side / 2 - tall * 0.42, size * 0.13
    draw.ellipse((x - r, y - r, x + r, y + r * 0.8), fill=210)
    return shine.filter(ImageFilter.GaussianBlur(size * 0.05)).convert("RGB")
