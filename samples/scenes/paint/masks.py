"""Drawn shapes."""

from __future__ import annotations

from PIL import Image, ImageDraw

from scenes.paint.field import Field, Size


def sheet(size: Size, scale: int) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """An empty mask, `scale` times too large: reduced by that, its shapes have soft edges."""
    mask = Image.new("L", (size[0] * scale, size[1] * scale))
    return mask, ImageDraw.Draw(mask)


def from_mask(mask: Image.Image) -> Field:
    """An L picture as 0 to 1."""
    return Field((mask.convert("F"),)) * (1 / 255)
