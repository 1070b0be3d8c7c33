"""Files taken apart into their chunks, segments, blocks and boxes, and put together again.

Lengths and checksums are made anew, because a decoder throws away whatever contradicts them: a
change to a part then reaches the code that reads the part.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from darkroom.containers import gif_table_bytes
from validate.sniff import sniff


@dataclass
class Part:
    """`kind`: marker or four letters, empty for bytes that have none. `head`: bytes before those
    that are worth changing. `parts`: where a part is made of others."""

    kind: bytes
    content: bytes = b""
    head: bytes = b""
    parts: list[Part] = field(default_factory=list)


@dataclass
class File:
    format: str
    head: bytes
    parts: list[Part]

    def lists(self) -> Iterator[list[Part]]:
        """Every list of parts, the outermost first."""
        waiting = [self.parts]
        while waiting:
            parts = waiting.pop(0)
            yield parts
            waiting += [part.parts for part in parts if part.parts]


class Shape(NamedTuple):
    split: Callable[[bytes], tuple[bytes, list[Part]]]
    join: Callable[[bytes, list[Part]], bytes]


def take_apart(data: bytes) -> File | None:
    """None where the format has no parts that are known here."""
    format = sniff(data) or ""
    if format not in SHAPES:
        return None
    return File(format, *SHAPES[format].split(data))


def put_together(file: File) -> bytes:
    return SHAPES[file.format].join(file.head, file.parts)


# JPEG: ITU-T T.81, annex B. Markers without a length, and the end of a scan's data.
ALONE = frozenset({0x01, 0xD8, 0xD9, *range(0xD0, 0xD8)})
SCAN_END = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")


def _split_jpeg(data: bytes) -> tuple[bytes, list[Part]]:
    parts = []
    at = 0
    while data[at : at + 1] == b"\xff" and at + 1 < len(data):
        marker, at = data[at + 1], at + 2
        if marker in ALONE:
            parts.append(Part(bytes([marker])))
            continue
        length = int.from_bytes(data[at : at + 2], "big")
        parts.append(Part(bytes([marker]), data[at + 2 : at + length]))
        at += max(2, length)
        if marker == 0xDA:
            found = SCAN_END.search(data, at)
            end = found.start() if found else len(data)
            parts.append(Part(b"", data[at:end]))
            at = end
    parts.append(Part(b"", data[at:]))
    return b"", parts


def _join_jpeg(head: bytes, parts: list[Part]) -> bytes:
    out = bytearray(head)
    for part in parts:
        if not part.kind:
            out += part.content
        elif part.kind[0] in ALONE:
            out += b"\xff" + part.kind
        else:
            content = part.content[:65_533]
            out += b"\xff" + part.kind + struct.pack(">H", len(content) + 2) + content
    return bytes(out)


def _split_png(data: bytes) -> tuple[bytes, list[Part]]:
    parts = []
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        parts.append(Part(data[at + 4 : at + 8], data[at + 8 : at + 8 + length]))
        at += 12 + length
    parts.append(Part(b"", data[at:]))
    return data[:8], parts


def _join_png(head: bytes, parts: list[Part]) -> bytes:
    out = bytearray(head)
    for part in parts:
        if not part.kind:
            out += part.content
            continue
        body = part.kind + part.content
        out += struct.pack(">I", len(part.content)) + body + struct.pack(">I", zlib.crc32(body))
    return bytes(out)


# Bytes before the chunks within: https://developers.google.com/speed/webp/docs/riff_container
FRAME_HEAD = 16


def _split_webp(data: bytes) -> tuple[bytes, list[Part]]:
    return data[:12], _chunks(data[12:])


def _chunks(data: bytes) -> list[Part]:
    parts = []
    at = 0
    while at + 8 <= len(data):
        kind = data[at : at + 4]
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        content = data[at + 8 : at + 8 + length]
        if kind == b"ANMF":
            parts.append(Part(kind, b"", content[:FRAME_HEAD], _chunks(content[FRAME_HEAD:])))
        else:
            parts.append(Part(kind, content))
        at += 8 + length + (length & 1)
    return parts


def _join_webp(head: bytes, parts: list[Part]) -> bytes:
    body = head[8:12] + _join_chunks(parts)
    return head[:4] + struct.pack("<I", len(body)) + body


def _join_chunks(parts: list[Part]) -> bytes:
    out = bytearray()
    for part in parts:
        content = part.head + part.content + _join_chunks(part.parts)
        out += part.kind + struct.pack("<I", len(content)) + content + bytes(len(content) & 1)
    return bytes(out)


def _split_gif(data: bytes) -> tuple[bytes, list[Part]]:
    """Blocks: https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""
    at = 13 + gif_table_bytes(data, 10)
    head, parts = data[:at], []
    while data[at : at + 1] in (b"!", b","):
        kind, start = data[at : at + 1], at
        if kind == b",":
            at += 11 + gif_table_bytes(data, at + 9)
        else:
            # The first block of an application's extension is its name.
            at += 14 if data[at + 1 : at + 3] == b"\xff\x0b" else 2
        fixed, content = data[start + 1 : at], bytearray()
        while at < len(data) and data[at]:
            content += data[at + 1 : at + 1 + data[at]]
            at += 1 + data[at]
        at += 1
        parts.append(Part(kind, bytes(content), fixed))
    parts.append(Part(b"", data[at:]))
    return head, parts


def _join_gif(head: bytes, parts: list[Part]) -> bytes:
    out = bytearray(head)
    for part in parts:
        if not part.kind:
            out += part.content
            continue
        out += part.kind + part.head
        for start in range(0, len(part.content), 255):
            block = part.content[start : start + 255]
            out += bytes([len(block)]) + block
        out += b"\0"
    return bytes(out)


# Boxes of boxes, with the bytes before the first: ISO/IEC 14496-12 and 23008-12.
CONTAINERS = {
    **{b"meta": 4, b"iprp": 0, b"ipco": 0, b"iinf": 6, b"iref": 4, b"grpl": 0},
    **{
        b"moov": 0,
        b"trak": 0,
        b"mdia": 0,
        b"minf": 0,
        b"stbl": 0,
        b"dinf": 0,
        b"stsd": 8,
        b"edts": 0,
    },
}
# Boxes that hold absolute positions of other bytes.
POSITIONS = (b"iloc", b"stco")


def _split_iso(data: bytes) -> tuple[bytes, list[Part]]:
    return b"", _boxes(data)


def _boxes(data: bytes) -> list[Part]:
    parts = []
    at = 0
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        if length < 8 or at + length > len(data):
            break
        content = data[at + 8 : at + length]
        if kind in CONTAINERS:
            fixed = CONTAINERS[kind]
            parts.append(Part(kind, b"", content[:fixed], _boxes(content[fixed:])))
        else:
            # What the box said of positions in the old file is remembered in its head.
            position = struct.pack(">I", at + 8) if kind == b"mdat" else b""
            parts.append(Part(kind, content, position))
        at += length
    if at < len(data):
        parts.append(Part(b"", data[at:]))
    return parts


def _join_iso(head: bytes, parts: list[Part]) -> bytes:
    media = next((part for part in parts if part.kind == b"mdat" and part.head), None)
    if media is None:
        return _join_boxes(parts)
    before = parts[: next(at for at, part in enumerate(parts) if part is media)]
    old = int.from_bytes(media.head, "big")
    moved = len(_join_boxes(before)) + 8 - old
    out = _join_boxes(parts, (old, old + len(media.content), moved))
    return out


def _join_boxes(parts: list[Part], moved: tuple[int, int, int] = (0, 0, 0)) -> bytes:
    out = bytearray()
    for part in parts:
        if not part.kind:
            out += part.content
            continue
        if part.kind in CONTAINERS:
            content = part.head + _join_boxes(part.parts, moved)
        else:
            content = part.content
        if part.kind in POSITIONS and moved[2]:
            content = _move(content, *moved)
        out += struct.pack(">I", len(content) + 8) + part.kind + content
    return bytes(out)


def _move(content: bytes, start: int, end: int, by: int) -> bytes:
    """Whatever looks like a position in the media data, moved along with it: a guess that holds
    in small files, and spares reading six versions of a box."""
    out = bytearray(content)
    at = 4
    while at + 4 <= len(out):
        value = int.from_bytes(out[at : at + 4], "big")
        if start <= value < end and value + by >= 0:
            out[at : at + 4] = struct.pack(">I", value + by)
            at += 3
        at += 1
    return bytes(out)


SHAPES: dict[str, Shape] = {
    "jpeg": Shape(_split_jpeg, _join_jpeg),
    "png": Shape(_split_png, _join_png),
    "webp": Shape(_split_webp, _join_webp),
    "gif": Shape(_split_gif, _join_gif),
    "avif": Shape(_split_iso, _join_iso),
    "heic": Shape(_split_iso, _join_iso),
}
