"""A copyright line as the one Exif tag of a file."""

from __future__ import annotations

import struct

HEADER = b"Exif\0\0"
# TIFF 6.0, section 2: big-endian, the first directory directly behind the header.
TIFF = struct.pack(">2sHI", b"MM", 42, 8)
COPYRIGHT, ASCII, INLINE_BYTES = 0x8298, 2, 4


def copyright_exif(line: str) -> bytes:
    """Exif data, TIFF from the first byte on. In UTF-8, as most programs write and read it, though
    the standard says ASCII."""
    text = line.encode() + b"\0"
    behind = len(TIFF) + struct.calcsize(">HHHIII")
    fits = len(text) <= INLINE_BYTES
    place = text.ljust(INLINE_BYTES, b"\0") if fits else struct.pack(">I", behind)
    entry = struct.pack(">HHHI", 1, COPYRIGHT, ASCII, len(text)) + place
    return TIFF + entry + bytes(4) + (b"" if fits else text)
