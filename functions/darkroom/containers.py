"""The parts of PNG, GIF and ISO media files (AVIF, HEIF), in their order."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
# Within one box; each costs microseconds.
MAX_BOXES = 4096


@dataclass(frozen=True)
class Chunk:
    """`begin` to `end`: where its content lies, without length, name and checksum."""

    kind: bytes
    begin: int
    end: int


def png_chunks(data: bytes) -> Iterator[Chunk]:
    """Up to IEND; the last one may reach beyond the data. https://www.w3.org/TR/png-3/#5DataRep"""
    at = len(PNG_SIGNATURE)
    while at + 8 <= len(data):
        begin = at + 8
        end = begin + int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : begin]
        yield Chunk(kind, begin, end)
        if kind == b"IEND":
            return
        at = end + 4


def is_intact(data: bytes, chunk: Chunk) -> bool:
    """Whether the PNG chunk's checksum is there and right."""
    checksum = data[chunk.end : chunk.end + 4]
    measured = zlib.crc32(memoryview(data)[chunk.begin - 4 : chunk.end])
    return checksum == measured.to_bytes(4, "big")


def gif_table_bytes(data: bytes, flags_at: int) -> int:
    """Bytes of the colour table that the flags announce.
    https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""
    flags = data[flags_at] if flags_at < len(data) else 0
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def gif_after_blocks(data: bytes, at: int) -> tuple[int, int]:
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


def iso_boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and content of each box, up to one that is broken: ISO/IEC 14496-12, 4.2."""
    at = 0
    for _ in range(MAX_BOXES):
        length, begin = int.from_bytes(data[at : at + 4], "big"), at + 8
        if length == 1:
            length, begin = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        end = at + length if length else len(data)  # 0 is "up to the end"
        if begin > end or end > len(data):
            return
        yield data[at + 4 : at + 8], data[begin:end]
        at = end
