"""The parts of PNG and of ISO media files (AVIF, HEIF), in their order."""

from __future__ import annotations

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
