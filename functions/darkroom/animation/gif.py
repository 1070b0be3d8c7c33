"""The parts of an animated GIF: https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""

from __future__ import annotations

import functools
from typing import Literal

from darkroom.animation.composing import Part
from darkroom.containers import gif_after_blocks, gif_table_bytes

SCREEN = 13  # bytes of the header and of what is said of the whole picture
EXTENSION, PICTURE, TRAILER = b"!", b",", b";"
CONTROL, APPLICATION = 0xF9, 0xFF
# How often to play: a Netscape invention, which everybody reads.
# http://www.vurdalakov.net/misc/gif/netscape-looping-application-extension
LOOPING = (b"NETSCAPE2.0", b"ANIMEXTS1.0")
NO_CONTROL = b"!\xf9\x04\0\0\0\0\0"
THEN: dict[int, Literal["clear", "restore"]] = {2: "clear", 3: "restore"}


def gif_parts(data: bytes) -> tuple[int, list[Part]]:
    """How often it plays (0: for ever), and its frames' parts; where the file breaks off, those
    before."""
    plays = 1
    parts: list[Part] = []
    control = NO_CONTROL
    at = SCREEN + gif_table_bytes(data, SCREEN - 3)
    while (kind := data[at : at + 1]) in (EXTENSION, PICTURE) and kind:
        if kind == PICTURE:
            pixels = at + 10 + gif_table_bytes(data, at + 9)
            end, _ = gif_after_blocks(data, pixels + 1)
            parts.append(_part(data, control, at, end))
            control = NO_CONTROL
            at = end
            continue
        body = at + 2
        at, _ = gif_after_blocks(data, body)
        if data[body - 1] == CONTROL and data[body : body + 1] == b"\x04":
            control = data[body - 2 : body + 5] + b"\0"
        elif data[body - 1] == APPLICATION and data[body + 1 : body + 12] in LOOPING:
            plays = _plays(data[body + 12 : body + 16], plays)
    return plays, parts


def _plays(block: bytes, otherwise: int) -> int:
    """A GIF says how often to play again; as gif2webp of libwebp and browsers read it."""
    if len(block) < 4 or block[0] < 3 or block[1] != 1:
        return otherwise
    again = int.from_bytes(block[2:4], "little")
    return again + 1 if again else 0


def _part(data: bytes, control: bytes, at: int, end: int) -> Part:
    left, top, width, height = (
        int.from_bytes(data[at + 1 + 2 * index : at + 3 + 2 * index], "little")
        for index in range(4)
    )
    return Part(
        left=left,
        top=top,
        width=width,
        height=height,
        duration_ms=10 * int.from_bytes(control[4:6], "little"),
        over=True,
        then=THEN.get(control[3] >> 2 & 7, "keep"),
        picture=functools.partial(_alone, data, control, at, end),
    )


def _alone(data: bytes, control: bytes, at: int, end: int) -> bytes:
    """The part as a GIF of one picture, which fills its screen."""
    size = data[at + 5 : at + 9]
    screen = data[10 : SCREEN + gif_table_bytes(data, SCREEN - 3)]
    return b"".join(
        (b"GIF89a", size, screen, control, PICTURE, bytes(4), size, data[at + 9 : end], TRAILER)
    )
