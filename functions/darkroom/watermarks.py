"""What a watermark may be made of. Pictures are not decoded here: recipes are checked where there
is no Pillow."""

from __future__ import annotations

import re
import struct
import zlib
from pathlib import Path

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

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


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
    """Every chunk is there and has its checksum: https://www.w3.org/TR/png-3/#5DataRep"""
    if not data.startswith(_SIGNATURE):
        return False
    kinds, at = [], len(_SIGNATURE)
    while at + 12 <= len(data) and b"IEND" not in kinds:
        (length,) = struct.unpack_from(">I", data, at)
        body, end = data[at + 4 : at + 8 + length], at + 12 + length
        if end > len(data) or zlib.crc32(body) != int.from_bytes(data[end - 4 : end]):
            return False
        kinds.append(body[:4])
        at = end
    return kinds[:1] == [b"IHDR"] and b"IDAT" in kinds and kinds[-1] == b"IEND"
