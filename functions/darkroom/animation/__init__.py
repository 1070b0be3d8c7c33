"""Animations: what moves, how fast, how often; read from GIF, APNG, WebP and AVIF."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from PIL import Image

from darkroom.animation.apng import apng_parts
from darkroom.animation.avis import sequence_plays
from darkroom.animation.composing import Part, compose
from darkroom.animation.gif import gif_parts
from darkroom.errors import ImageError
from darkroom.images import open_image, upright_srgb
from darkroom.orientation import UPRIGHT_BY, orientation

# Browsers show what asks for 10 ms or less for 100 ms, and so does gif2webp:
# https://bugs.webkit.org/show_bug.cgi?id=36082
TOO_SHORT_MS = 10
INSTEAD_MS = 100
# WebP has 24 bits for a frame's time, libwebp 31 for that of all frames together.
LONGEST_MS = (1 << 24) - 1
LONGEST_TOTAL_MS = (1 << 31) - 1
# WebP has 16 bits for it.
MOST_PLAYS = 0xFFFF

PARTS = {"GIF": gif_parts, "PNG": apng_parts}
DECODED = ("WEBP", "AVIF")


@dataclass(frozen=True)
class Frame:
    """`image`: RGB, or RGBA where some pixel is not opaque; upright, in sRGB, the whole canvas."""

    image: Image.Image
    duration_ms: float


@dataclass(frozen=True)
class Animation:
    """`count` frames, at least two. `plays`: how often, 0 for ever, as WebP counts. `frames` goes
    through them once, one at a time in memory; it raises ImageError `corrupt` for what cannot be
    decoded."""

    count: int
    plays: int
    frames: Iterator[Frame]


def open_animation(data: bytes) -> Animation | None:
    """The animation in `data`, nothing of it decoded yet; None where it is a still.

    Raises ImageError `not_an_image`.
    """
    opened = open_image(data)
    if opened.format in PARTS:
        plays, parts = PARTS[opened.format](data)
        frames, count = _composed(opened, parts), len(parts)
    elif opened.format in DECODED:
        plays = sequence_plays(data) if opened.format == "AVIF" else opened.info.get("loop", 0)
        count = getattr(opened, "n_frames", 1)
        frames = _decoded(opened, count)
    else:
        return None
    if count < 2:
        return None
    return Animation(count, min(plays, MOST_PLAYS), _safely(frames, count))


def is_animated(webp: bytes) -> bool:
    """Whether a WebP moves, by its header:
    https://developers.google.com/speed/webp/docs/riff_container#extended_file_format"""
    return webp[:4] == b"RIFF" and webp[12:16] == b"VP8X" and bool(webp[20] & 0x02)


def _composed(opened: Image.Image, parts: Iterable[Part]) -> Iterator[tuple[Image.Image, float]]:
    parts = list(parts)
    opened.load()  # as for a still: its orientation may stand behind the pixels
    turn = UPRIGHT_BY.get(orientation(opened))
    for part, canvas in zip(parts, compose(opened.size, parts), strict=True):
        image = upright_srgb(canvas)  # a copy, RGB where it is opaque
        yield image if turn is None else image.transpose(turn), part.duration_ms


def _decoded(opened: Any, count: int) -> Iterator[tuple[Image.Image, float]]:
    for index in range(count):
        opened.seek(index)
        opened.load()
        yield upright_srgb(opened), opened.info["duration"]


def _safely(frames: Iterator[tuple[Image.Image, float]], count: int) -> Iterator[Frame]:
    longest = min(LONGEST_MS, LONGEST_TOTAL_MS // count)
    number = 1
    try:
        for image, duration in frames:
            shown = INSTEAD_MS if duration <= TOO_SHORT_MS else min(duration, longest)
            yield Frame(image, shown)
            number += 1
    except Exception as error:  # Pillow's decoders raise whatever broken bytes lead them to
        raise ImageError(
            "corrupt",
            f"frame {number} of the animation's {count} is damaged and cannot be decoded: "
            "export it again or send the original file",
        ) from error
