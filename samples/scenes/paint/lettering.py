from __future__ import annotations

from PIL import ImageFont


def font(size: float) -> ImageFont.FreeTypeFont:
    """The one that Pillow carries, so that no system's fonts and shapers make a difference."""
    face = ImageFont.load_default(size)
    assert isinstance(face, ImageFont.FreeTypeFont)
    return face.font_variant(layout_engine=ImageFont.Layout.BASIC)
