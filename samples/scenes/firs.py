from __future__ import annotations

import random

from PIL import Image, ImageDraw

from scenes.paint.field import Size
from scenes.paint.masks import sheet


def forest_mask(
    rng: random.Random, size: Size, line: list[float], tall: float, gap: float
) -> Image.Image:
    """Firs along a line of heights (px from the top), all beneath it filled."""
    width, height = size
    mask, draw = sheet(size, 2)
    ground = [(i * 2, y * 2 + tall * 0.12) for i, y in enumerate(line)]
    draw.polygon([*ground, (width * 2, height * 2), (0, height * 2)], fill=255)
    x = -tall / 4
    while x < width + tall / 4:
        foot = line[min(width - 1, max(0, int(x)))]
        size_now = tall * rng.uniform(0.45, 1.0) * (1.3 if rng.random() < 0.08 else 1.0)
        _fir(draw, rng, x * 2, foot * 2 + tall * 0.2, size_now * 2)
        x += gap * rng.uniform(0.35, 1.7)
    return mask.reduce(2)


def _fir(draw: ImageDraw.ImageDraw, rng: random.Random, x: float, foot: float, tall: float) -> None:
    """A fir's silhouette, `tall` px high."""
    draw.line((x, foot + tall * 0.2, x, foot - tall), fill=255, width=max(1, int(tall * 0.018)))
    tiers = int(11 + tall / 22)
    for tier in range(tiers):
        share = tier / tiers
        y = foot - tall * (1 - share) * 0.98
        half = tall * 0.205 * share**0.85 * rng.uniform(0.65, 1.15) + 1
        drop = tall * (0.05 + 0.055 * share)
        for side in (-1, 1):
            tip = x + side * half * rng.uniform(0.8, 1.1)
            draw.polygon(
                [(x, y - drop * 0.9), (tip, y + drop * rng.uniform(0.5, 1.1)), (x, y + drop * 0.6)],
                fill=255,
            )
