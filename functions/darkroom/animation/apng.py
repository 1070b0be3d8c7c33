"""The parts of an animated PNG: https://www.w3.org/TR/png-3/#apng-frame-based-animation"""

from __future__ import annotations

import functools
import struct
import zlib
from dataclasses import dataclass, field
from typing import Literal

from darkroom.animation.composing import Part
from darkroom.containers import PNG_SIGNATURE, Chunk, is_intact, png_chunks
from darkroom.errors import ImageError

# What a frame's samples mean, said once for all frames.
COLOUR = frozenset({b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP"})
# Sequence, width, height, left, top, delay (numerator, denominator), disposal, blending.
CONTROL = struct.Struct(">IIIIIHHBB")
THEN: tuple[Literal["keep", "clear", "restore"], ...] = ("keep", "clear", "restore")
SOURCE, OVER = 0, 1


@dataclass
class _Frame:
    control: tuple[int, ...]
    pixels: list[Chunk] = field(default_factory=list)


class _Broken(Exception):
    """The animation's own chunks contradict each other: the default image is what there is."""


def apng_parts(data: bytes) -> tuple[int, list[Part]]:
    """How often it plays (0: for ever), and its frames' parts; none where it is no animation, or
    one that browsers show as a still, since its chunks contradict each other.

    A default image that is no frame is left out.
    """
    try:
        plays, head, frames = _read(data)
    except (_Broken, struct.error):
        return 1, []
    return plays, [_part(data, head, frame) for frame in frames]


def _read(data: bytes) -> tuple[int, list[Chunk], list[_Frame]]:
    plays = announced = sequence = 0
    head: list[Chunk] = []
    frames: list[_Frame] = []
    seen_pixels = False
    for chunk in png_chunks(data):
        content = data[chunk.begin : chunk.end]
        if chunk.kind == b"acTL":
            if announced or seen_pixels:
                raise _Broken("a second acTL, or one behind the picture")
            announced, plays = struct.unpack(">II", content)
        elif chunk.kind == b"fcTL":
            frames.append(_Frame(CONTROL.unpack(content)))
        elif chunk.kind == b"IDAT":
            seen_pixels = True
            if frames:
                frames[-1].pixels.append(chunk)
        elif chunk.kind == b"fdAT" and frames:
            frames[-1].pixels.append(chunk)
        elif chunk.kind in COLOUR | {b"IHDR"} and not seen_pixels:
            head.append(chunk)
        if chunk.kind in (b"fcTL", b"fdAT"):
            if int.from_bytes(content[:4], "big") != sequence:
                raise _Broken("chunks out of order")
            sequence += 1
    _check(data, announced, head, frames)
    return plays, head, frames


def _check(data: bytes, announced: int, head: list[Chunk], frames: list[_Frame]) -> None:
    if not announced or announced != len(frames) or not head or head[0].kind != b"IHDR":
        raise _Broken("another number of frames than announced")
    size = struct.unpack(">II", data[head[0].begin : head[0].begin + 8])
    for index, frame in enumerate(frames):
        _, width, height, left, top, _, _, then, blending = frame.control
        inside = 0 < width <= size[0] - left and 0 < height <= size[1] - top
        is_default = bool(frame.pixels) and frame.pixels[0].kind == b"IDAT"
        if is_default and (index or (width, height) != size):
            raise _Broken("the default image is no part of a frame")
        if not (inside and frame.pixels and then < len(THEN) and blending in (SOURCE, OVER)):
            raise _Broken("a frame without pixels, or one outside of the picture")


def _part(data: bytes, head: list[Chunk], frame: _Frame) -> Part:
    _, width, height, left, top, numerator, denominator, then, blending = frame.control
    return Part(
        left=left,
        top=top,
        width=width,
        height=height,
        duration_ms=1000 * numerator / (denominator or 100),
        over=blending == OVER,
        then=THEN[then],
        picture=functools.partial(_alone, data, head, frame),
    )


def _alone(data: bytes, head: list[Chunk], frame: _Frame) -> bytes:
    """The part as a PNG of its own."""
    pixels = b"".join(_pixels(data, chunk) for chunk in frame.pixels)
    size = struct.pack(">II", *frame.control[1:3])
    chunks = [
        _written(chunk.kind, (size if chunk.kind == b"IHDR" else b"") + data[start : chunk.end])
        for chunk in head
        for start in [chunk.begin + (8 if chunk.kind == b"IHDR" else 0)]
    ]
    return b"".join((PNG_SIGNATURE, *chunks, _written(b"IDAT", pixels), _written(b"IEND", b"")))


def _pixels(data: bytes, chunk: Chunk) -> bytes:
    """Its share of the picture. Decoders do not look at the checksum of an fdAT. Raises
    ImageError."""
    if not is_intact(data, chunk):
        raise ImageError("corrupt", "the checksum of a frame is wrong")
    # An fdAT begins with its number.
    return data[chunk.begin + (4 if chunk.kind == b"fdAT" else 0) : chunk.end]


def _written(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return b"".join((struct.pack(">I", len(content)), kind, content, struct.pack(">I", checksum)))
