"""Small animations for tests, part by part: Pillow's writers choose the parts themselves."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass
from typing import Any

from PIL import Image

KEEP, CLEAR, RESTORE = range(3)  # as APNG counts
GIF_DISPOSALS = {KEEP: 1, CLEAR: 2, RESTORE: 3}
# GIF's colours here, by index; the first is the transparent one.
COLOURS = {
    "clear": (0, 0, 0, 0),
    "red": (255, 0, 0, 255),
    "lime": (0, 255, 0, 255),
    "blue": (0, 0, 255, 255),
}


@dataclass(frozen=True)
class Patch:
    """A rectangle of one colour: `box` is left, top, width, height. `disposal` of a GIF as it
    stands in the file, where given."""

    colour: str | tuple[int, int, int, int]
    box: tuple[int, int, int, int]
    then: int = KEEP
    delay: tuple[int, int] = (1, 10)  # of a second; GIF has hundredths
    over: bool = True
    disposal: int | None = None


def gif(
    size: tuple[int, int],
    patches: list[Patch],
    again: int | None = 0,
    transparent: bool = True,
    background: str = "clear",
) -> bytes:
    """`again`: the looping extension's number, None without it."""
    table = bytes(level for colour in COLOURS.values() for level in colour[:3])
    names = list(COLOURS)
    screen = struct.pack("<HHBBB", *size, 0x91, names.index(background), 0)
    parts = [b"GIF89a", screen, table]
    if again is not None:
        parts.append(b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<H", again) + b"\0")
    for patch in patches:
        disposal = GIF_DISPOSALS[patch.then] if patch.disposal is None else patch.disposal
        delay = 100 * patch.delay[0] // patch.delay[1]
        flags = disposal << 2 | transparent
        parts.append(b"!\xf9\x04" + struct.pack("<BHB", flags, delay, 0) + b"\0")
        parts.append(b"," + struct.pack("<HHHHB", *patch.box, 0))
        parts.append(_lzw(names.index(str(patch.colour)), patch.box[2] * patch.box[3]))
    return b"".join(parts) + b";"


def _lzw(index: int, count: int) -> bytes:
    """So many pixels of one index: codes of three bits, the table cleared before it grows."""
    codes = [code for at in range(0, count, 2) for code in (4, *[index] * min(2, count - at))] + [5]
    bits = "".join(f"{code:03b}" for code in reversed(codes))
    data = int(bits, 2).to_bytes(-(-len(bits) // 8), "little")
    blocks = [data[at : at + 255] for at in range(0, len(data), 255)]
    return b"\x02" + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"


def apng(
    size: tuple[int, int],
    patches: list[Patch],
    plays: int = 0,
    default: str | None = None,
    extra: bytes = b"",
) -> bytes:
    """`default`: the colour of a default image that is no frame. `extra`: chunks before the
    pixels."""
    chunks = [
        b"\x89PNG\r\n\x1a\n",
        png_chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 8, 6, 0, 0, 0)),
        extra,
        png_chunk(b"acTL", struct.pack(">II", len(patches), plays)),
    ]
    if default:
        chunks.append(png_chunk(b"IDAT", _pixels(COLOURS[default], size)))
    sequence = 0
    for number, patch in enumerate(patches):
        left, top, width, height = patch.box
        control = (sequence, width, height, left, top, *patch.delay, patch.then, patch.over)
        chunks.append(png_chunk(b"fcTL", struct.pack(">IIIIIHHBB", *control)))
        sequence += 1
        colour = COLOURS[patch.colour] if isinstance(patch.colour, str) else patch.colour
        pixels = _pixels(colour, (width, height))
        if number or default:
            chunks.append(png_chunk(b"fdAT", struct.pack(">I", sequence) + pixels))
            sequence += 1
        else:
            chunks.append(png_chunk(b"IDAT", pixels))
    return b"".join((*chunks, png_chunk(b"IEND", b"")))


def png_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", checksum)


def _pixels(colour: tuple[int, int, int, int], size: tuple[int, int]) -> bytes:
    return zlib.compress((b"\0" + bytes(colour) * size[0]) * size[1])


def written(
    frames: list[Image.Image], format: str, durations: list[float] | float = 100, **options: Any
) -> bytes:
    """By Pillow; equal neighbours are not told apart in every format."""
    buffer = io.BytesIO()
    frames[0].save(
        buffer, format, save_all=True, append_images=frames[1:], duration=durations, **options
    )
    return buffer.getvalue()


def ball(number: int, size: tuple[int, int] = (48, 32), mode: str = "RGB") -> Image.Image:
    """A bright block on a dark ground (or on nothing), further right with each number."""
    ground = (0, 0, 60, 255) if mode == "RGB" else (0, 0, 0, 0)
    image = Image.new("RGBA", size, ground)
    left = 4 * number % (size[0] - 12)
    image.paste((255, 200, 0, 255), (left, 10, left + 12, 22))
    return image.convert(mode)
