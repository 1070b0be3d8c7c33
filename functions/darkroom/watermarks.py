"""What a watermark may be made of. Pictures are not decoded here: recipes are checked where there
is no Pillow."""

from __future__ import annotations

import re
import struct
from pathlib import Path

from darkroom.containers import PNG_SIGNATURE, is_intact, png_chunks

# Beside recipes.json.
FOLDER = "watermarks"
# A mark is drawn anew for each picture: larger ones cost more than they show.
MAX_MARK_PX = 4_096

# The built-in font's, as a class of a pattern. Pillow's excerpt of Aileron Regular has ASCII, some
# signs (\u00a9 is the copyright's, \u2122 the trademark's), quotation marks and two ligatures.
CHARACTERS = (
    r"\u0020-\u007e\u00a9\u00ab\u00b0\u00b1\u00b4\u00b7\u00bb\u2018\u2019\u201c\u201d\u2026"
    r"\u2039\u203a\u2044\u2122\ufb01\ufb02"
)
_MISSING = re.compile(f"[^{CHARACTERS}]")


def text_problem(text: str) -> str | None:
    """What keeps the built-in font from drawing `text`, or None."""
    missing = "".join(dict.fromkeys(_MISSING.findall(text)))
    if missing:
        return f"expected only characters of the built-in font, got {missing!r}"
    return None if text.strip() else f"expected a text that can be seen, got {text!r}"


def picture_problem(name: str, folder: Path) -> str | None:
    """What keeps the file `name` in `folder` from being a watermark, or None."""
    path = folder / name
    if not path.is_file():
        return f"expected a PNG in {FOLDER}/, got {name!r}, which is not there"
    data = path.read_bytes()
    if not _is_whole_png(data):
        return f"expected a PNG in {FOLDER}/, got {name!r}, which is none or is damaged"
    width, height = struct.unpack_from(">II", data, 16)
    if not (0 < width <= MAX_MARK_PX and 0 < height <= MAX_MARK_PX):
        return f"expected a PNG of at most {MAX_MARK_PX} px a side, got {width} x {height}"
    return None


def _is_whole_png(data: bytes) -> bool:
    """Every chunk is there and has its checksum."""
    if not data.startswith(PNG_SIGNATURE):
        return False
    chunks = list(png_chunks(data))
    kinds = [chunk.kind for chunk in chunks]
    whole = kinds[:1] == [b"IHDR"] and b"IDAT" in kinds and kinds[-1] == b"IEND"
    return whole and all(is_intact(data, chunk) for chunk in chunks)
