"""Small pictures for tests, each of its own."""

from __future__ import annotations

import io
import random
from typing import Any

import numpy as np
from PIL import Image


def draw(seed: int | str, size: tuple[int, int] = (320, 240)) -> Image.Image:
    """Soft blotches, RGB: other seeds do not resemble it."""
    dice = random.Random(seed)
    blotches = Image.frombytes("RGB", (12, 9), dice.randbytes(12 * 9 * 3))
    return blotches.resize(size, Image.Resampling.BICUBIC)


def noise(size: tuple[int, int], sigma: float, seed: int | str = 0) -> Image.Image:
    """Grey around 128, normally distributed, L. Pillow's own is another one each time."""
    levels = np.random.default_rng(list(str(seed).encode())).normal(128, sigma, size[::-1])
    return Image.fromarray(levels.clip(0, 255).astype(np.uint8))


def encoded(image: Image.Image, format: str = "JPEG", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


def jpeg(seed: int | str, size: tuple[int, int] = (320, 240), **options: Any) -> bytes:
    return encoded(draw(seed, size), "JPEG", quality=90, **options)
