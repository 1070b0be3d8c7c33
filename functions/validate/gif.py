"""Where Pillow reads a GIF in another way than its blocks say."""

from __future__ import annotations

import re

# An extension, a picture, the end. Pillow looks for the first of them beyond any stray bytes.
BLOCK = re.compile(rb"[!,;]")


def is_misread(data: bytes, at: int) -> bool:
    """Whether Pillow reads on beyond the end of the extension at `at`, and so finds other frames
    than are there: it wants a block in all but comments, and a second one that says how often to
    play."""
    first = data[at + 2] if at + 2 < len(data) else None
    if first is None or data[at + 1] == 0xFE:
        return False
    if data[at + 1] == 0xFF and data[at + 3 : at + 3 + first].startswith(b"NETSCAPE2.0"):
        return data[at + 3 + first : at + 4 + first] == b"\0"
    return first == 0


def reach(size: tuple[int, int], place: bytes) -> tuple[int, int]:
    """Pillow makes the canvas as large as a frame that reaches over its edge, and reserves memory
    for a frame to be cleared as it opens the file. `place`: left, top, width, height."""
    left, top, width, height = (int.from_bytes(place[at : at + 2], "little") for at in (0, 2, 4, 6))
    return max(size[0], left + width), max(size[1], top + height)
