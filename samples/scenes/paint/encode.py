from __future__ import annotations

import io
from typing import Any

from PIL import Image


def jpeg(picture: Image.Image, quality: int, **extra: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality, optimize=True, **({"progressive": True} | extra))
    return out.getvalue()


def png(picture: Image.Image) -> bytes:
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()
