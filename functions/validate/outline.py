"""What a file's container says about the picture, read without decoding a pixel.

Decoders trust these numbers and reserve memory for them, and some quietly fill in what is missing;
so they are read here first. Every walk is linear in the size of the file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from darkroom.containers import gif_after_blocks, gif_table_bytes, is_intact, png_chunks
from validate.gif import BLOCK, is_misread, reach
from validate.jpeg import APP1, BARE, EOI, FRAMES, SOI, SOS, segments

# Segments, chunks and blocks of one file. Decoders take microseconds for each, every time that the
# file is opened, and no encoder needs nearly as many; walks end here.
MAX_PARTS = 100_000
# Pillow joins the Exif segments of a JPEG one by one, in quadratic time: 2,000 take seconds. One
# segment holds 64 KiB, and cameras write one.
MAX_EXIF_SEGMENTS = 100


@dataclass(frozen=True)
class Outline:
    """`size`: width x height in px as stored, None where the container does not tell.

    `complete`: False where the file ends before its container does. `announced`: bytes that it
    should have at least, None where the container does not tell. `damage`: what contradicts itself,
    in words, or None.
    """

    size: tuple[int, int] | None = None
    frames: int = 1
    scans: int = 1
    parts: int = 1
    exif_segments: int = 0
    complete: bool = True
    announced: int | None = None
    damage: str | None = None


def outline(format: str, data: bytes) -> Outline:
    """The outline of `data`, which starts like a file of `format` (a name of `sniff.ACCEPTED`)."""
    return WALKS[format](data)


def _jpeg(data: bytes) -> Outline:
    """Markers and their lengths: ITU-T T.81, annex B."""
    size: tuple[int, int] | None = None
    scans = parts = exifs = 0
    complete = False
    at = 2
    for segment in segments(data):
        # Before the first scan, Pillow looks at every byte of padding.
        marker_end = segment.begin if segment.marker in BARE else segment.begin - 2
        parts += 1 if scans else marker_end - at - 1
        at = segment.end
        content = data[segment.begin : segment.end]
        complete = segment.marker == EOI
        if parts > MAX_PARTS or (segment.marker == SOI and scans):
            # Another picture begins inside this one: the rest of this one is lost.
            break
        if segment.marker == SOS:
            scans += 1
        elif segment.marker == APP1:
            exifs += content.startswith(b"Exif\0\0")
        elif segment.marker in FRAMES and size is None and len(content) >= 5:
            size = int.from_bytes(content[3:5], "big"), int.from_bytes(content[1:3], "big")
    parts += 0 if scans or complete else len(data) - at
    return Outline(size, scans=scans, parts=parts, exif_segments=exifs, complete=complete)


def _png(data: bytes) -> Outline:
    """Chunks and their checksums: https://www.w3.org/TR/png-3/#5DataRep"""
    size: tuple[int, int] | None = None
    frames = parts = 0
    for chunk in png_chunks(data):
        parts += 1
        if parts > MAX_PARTS:
            break
        if chunk.end + 4 > len(data):
            return Outline(
                size, max(frames, 1), parts=parts, complete=False, announced=chunk.end + 4
            )
        critical = not chunk.kind[0] & 0x20
        if critical and not is_intact(data, chunk):
            damage = f"the checksum of its part {chunk.kind.decode('ascii', 'replace')} is wrong"
            return Outline(size, max(frames, 1), parts=parts, damage=damage)
        if (chunk.kind == b"IHDR") != (parts == 1):
            # Pillow reads the last of several headers, wherever it stands.
            damage = "its header does not stand once and first"
            return Outline(size, max(frames, 1), parts=parts, damage=damage)
        if chunk.kind == b"IHDR" and chunk.end - chunk.begin >= 8:
            width, height = data[chunk.begin : chunk.begin + 4], data[chunk.begin + 4 : chunk.end]
            size = int.from_bytes(width, "big"), int.from_bytes(height[:4], "big")
        frames += chunk.kind == b"fcTL"
        if chunk.kind == b"IEND":
            return Outline(size, max(frames, 1), parts=parts)
    return Outline(size, max(frames, 1), parts=parts, complete=False)


def _gif(data: bytes) -> Outline:
    """Blocks: https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""
    size = int.from_bytes(data[6:8], "little"), int.from_bytes(data[8:10], "little")
    frames = parts = 0
    kind = b"!"
    at = 13 + gif_table_bytes(data, 10)
    while parts <= MAX_PARTS:
        if not frames and at < len(data):
            # Pillow looks for the first frame beyond any stray bytes, one by one.
            found = BLOCK.search(data, at)
            start = found.start() if found else len(data)
            parts, at = parts + start - at, start
        kind = data[at : at + 1]
        if kind == b"!":
            if not frames and is_misread(data, at):
                damage = "an extension ends where it should begin"
                return Outline(size, parts=parts, damage=damage)
            at, blocks = gif_after_blocks(data, at + 2)
            parts += 1 + blocks
        elif kind == b",":
            size = reach(size, data[at + 1 : at + 9])
            at, _ = gif_after_blocks(data, at + 11 + gif_table_bytes(data, at + 9))
            frames += 1
            parts += 1
        else:
            break
    # The trailer ";" may be missing at the very end, or stray bytes follow the last frame: many
    # writers do that, and every viewer forgives them.
    complete = at <= len(data) and (frames > 0 or kind == b";")
    return Outline(size, max(frames, 1), parts=parts, complete=complete)


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
    return Outline(size, max(frames, 1), parts=parts, complete=end <= len(data), announced=end)


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
    return Outline(parts=parts, complete=at <= len(data), announced=at)


WALKS: dict[str, Callable[[bytes], Outline]] = {
    "jpeg": _jpeg,
    "png": _png,
    "gif": _gif,
    "webp": _webp,
    "avif": _iso_media,
    "heic": _iso_media,
}
