"""Small pictures of a storm, no two alike, and files that are none."""

from __future__ import annotations

import io
import random

from PIL import Image

FORMATS = ("jpeg", "png", "webp")


def picture(seed: str, size: tuple[int, int], format: str) -> bytes:
    """Soft blotches, `size` (width, height) px: likenesses of other seeds are far off."""
    dice = random.Random(seed)
    blotches = Image.frombytes("RGB", (12, 9), dice.randbytes(12 * 9 * 3))
    target = io.BytesIO()
    blotches.resize(size, Image.Resampling.BICUBIC).save(target, format, quality=85)
    return target.getvalue()


def broken(turn: int, data: bytes) -> bytes:
    """In turn: a picture whose second half is missing, a text, nothing."""
    return (data[: len(data) // 2], b"This is no picture, whatever its name says.\n", b"")[turn % 3]
