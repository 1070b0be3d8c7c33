"""What a file's container says about the picture, read without decoding a pixel.

Decoders trust these numbers and reserve memory for them, and some quietly fill in what is missing;
so they are read here first. Every walk is linear in the size of the file.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

# Segments, chunks and blocks of one file. Decoders take microseconds for each, every time that the
# file is opened, and no encoder needs nearly as many; walks end here.
MAX_PARTS = 100_000


@dataclass(frozen=True)
class Outline:
    """`size`: width x height in px as stored, None where the container does not tell.

    `complete`: False where the file ends before its container does. `damage`: what contradicts
    itself, in words, or None.
    """

    size: tuple[int, int] | None = None
    frames: int = 1
    scans: int = 1
    parts: int = 1
    complete: bool = True
    damage: str | None = None


def outline(format: str, data: bytes) -> Outline:
    """The outline of `data`, which starts like a file of `format` (a name of `sniff.ACCEPTED`)."""
    return WALKS[format](data)


# In entropy-coded data, FF 00 is a byte FF, FF D0 to D7 are restarts, and FF FF is padding.
JPEG_MARKER = re.compile(rb"\xff+([^\x00\xd0-\xd7\xff])")
JPEG_FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
SOI, EOI, SOS, TEM = 0xD8, 0xD9, 0xDA, 0x01


def _jpeg(data: bytes) -> Outline:
    """Markers and their lengths: ITU-T T.81, annex B."""
    size: tuple[int, int] | None = None
    scans = parts = 0
    at = 2
    while parts <= MAX_PARTS and (found := JPEG_MARKER.search(data, at)):
        # Before the first scan, Pillow looks at every byte of padding.
        parts += 1 if scans else found.end() - at - 1
        marker, at = found[1][0], found.end()
        if marker == EOI:
            return Outline(size, scans=scans, parts=parts)
        if marker == SOI and scans:
            # Another picture begins inside this one: the rest of this one is lost.
            break
        if marker in (SOI, TEM):
            continue
        segment = data[at + 2 : at + int.from_bytes(data[at : at + 2], "big")]
        if marker == SOS:
            scans += 1
        elif marker in JPEG_FRAMES and size is None and len(segment) >= 5:
            size = int.from_bytes(segment[3:5], "big"), int.from_bytes(segment[1:3], "big")
        at += 2 + len(segment)
    return Outline(size, scans=scans, parts=parts, complete=False)


def _png(data: bytes) -> Outline:
    """Chunks and their checksums: https://www.w3.org/TR/png-3/#5DataRep"""
    size: tuple[int, int] | None = None
    frames = parts = 0
    complete = False
    damage = None
    at = 8
    while parts <= MAX_PARTS and at + 12 <= len(data) and not complete:
        parts += 1
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        end = at + 12 + length
        if end > len(data):
            break
        critical = not kind[0] & 0x20
        checksum = int.from_bytes(data[end - 4 : end], "big")
        if critical and zlib.crc32(memoryview(data)[at + 4 : end - 4]) != checksum:
            complete = True
            damage = f"the checksum of its part {kind.decode('ascii', 'replace')} is wrong"
        elif kind == b"IHDR" and length >= 8:
            size = (
                int.from_bytes(data[at + 8 : at + 12], "big"),
                int.from_bytes(data[at + 12 : at + 16], "big"),
            )
        frames += kind == b"fcTL"
        complete = complete or kind == b"IEND"
        at = end
    return Outline(size, max(frames, 1), parts=parts, complete=complete, damage=damage)


def _gif(data: bytes) -> Outline:
    """Blocks: https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""
    size = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    frames = parts = 0
    kind = b"!"
    at = 13 + _gif_colours(data, 10)
    while parts <= MAX_PARTS:
        kind = data[at : at + 1]
        if kind == b"!":
            at, blocks = _gif_after(data, at + 2)
            parts += 1 + blocks
        elif kind == b",":
            at, _ = _gif_after(data, at + 11 + _gif_colours(data, at + 9))
            frames += 1
            parts += 1
        else:
            break
    # The trailer ";" may be missing at the very end, or stray bytes follow the last frame: many
    # writers do that, and every viewer forgives them.
    complete = at <= len(data) and (frames > 0 or kind == b";")
    return Outline(size, max(frames, 1), parts=parts, complete=complete)


def _gif_colours(data: bytes, at: int) -> int:
    """Bytes of the colour table that the flags at `at` announce."""
    flags = data[at] if at < len(data) else 0
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_after(data: bytes, at: int) -> tuple[int, int]:
    """Where the chain of sub-blocks that starts at `at` has ended, beyond the data if it is cut,
    and how many they were."""
    blocks = 0
    while at < len(data):
        length = data[at]
        at += 1 + length
        if not length:
            return at, blocks
        blocks += 1
    return len(data) + 1, blocks


def _webp(data: bytes) -> Outline:
    """Chunks: https://developers.google.com/speed/webp/docs/riff_container"""
    end = 8 + int.from_bytes(data[4:8], "little")
    size = _webp_size(data[12:16], data[20:30])
    frames = parts = 0
    at = 12
    while parts <= MAX_PARTS and at + 8 <= min(end, len(data)):
        parts += 1
        frames += data.startswith(b"ANMF", at)
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        at += 8 + length + (length & 1)
    return Outline(size, max(frames, 1), parts=parts, complete=end <= len(data))


def _webp_size(kind: bytes, head: bytes) -> tuple[int, int] | None:
    if kind == b"VP8X":
        return (
            int.from_bytes(head[4:7], "little") + 1,
            int.from_bytes(head[7:10], "little") + 1,
        )
    if kind == b"VP8L":
        bits = int.from_bytes(head[1:5], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    if kind == b"VP8 ":
        return (
            int.from_bytes(head[6:8], "little") & 0x3FFF,
            int.from_bytes(head[8:10], "little") & 0x3FFF,
        )
    return None


# The boxes of a picture. Others may follow, and cameras append what is none.
ISO_BOXES = frozenset({b"ftyp", b"meta", b"moov", b"mdat", b"idat", b"free", b"skip", b"uuid"})


def _iso_media(data: bytes) -> Outline:
    """Top-level boxes: ISO/IEC 14496-12, 4.2. Sizes are left to libavif and libheif, which
    decode nothing as they open."""
    at = parts = 0
    while parts <= MAX_PARTS and data[at + 4 : at + 8] in ISO_BOXES:
        parts += 1
        length = int.from_bytes(data[at : at + 4], "big")
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16], "big")
        if length < 8:  # 0 is "up to the end"
            break
        at += length
    return Outline(parts=parts, complete=at <= len(data))


WALKS: dict[str, Callable[[bytes], Outline]] = {
    "jpeg": _jpeg,
    "png": _png,
    "gif": _gif,
    "webp": _webp,
    "avif": _iso_media,
    "heic": _iso_media,
}
