"""Encoding for the web: one quality, as a viewer sees it, for every format."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Iterable, Iterator

from PIL import Image

from darkroom.animation import Animation
from darkroom.animation.film import write_webp
from darkroom.masters import unpack, unpack_animation
from optimize.hidden import blacken, spread
from optimize.rights import HEADER, copyright_exif

# A recipe's quality (SSIMULACRA2) to the encoder's own number, straight lines between.
# First measurements, with the encoders of Pillow 13.0 (libjpeg-turbo, libwebp 1.6, libaom 3.14)
# and the options below: medians over seven photographs at 640 and 1280 px wide. A single
# picture lies within some 8 points. WebP, always 4:2:0, ends at about 89.
ENCODER_QUALITY: dict[str, tuple[tuple[int, int], ...]] = {
    "jpeg": (
        *((30, 22), (40, 26), (50, 33), (60, 44), (65, 53), (72, 67), (78, 77), (82, 84)),
        *((85, 84), (88, 88), (90, 91), (95, 98)),
    ),
    "webp": (
        *((30, 13), (40, 22), (50, 36), (60, 54), (65, 64), (72, 78), (78, 84), (82, 89)),
        *((85, 93), (88, 97), (90, 100), (95, 100)),
    ),
    "avif": (
        *((30, 16), (40, 23), (50, 30), (60, 37), (65, 41), (72, 49), (78, 59), (82, 71)),
        *((85, 76), (88, 85), (90, 89), (92, 96), (95, 100)),
    ),
}

# Beyond so many, encoders take their faster way, since hardly anybody loads such a file: 20
# megapixels of photographs take AVIF and WebP 1.3 s (noise 3.6 s) instead of 3.2 s (8.2 s), for
# 8 to 9 % more bytes.
LARGE_PIXELS = 5_000_000

# From here on, colour at half the resolution is what keeps JPEG and AVIF from being any better.
FULL_COLOUR_FROM = 85


def encoded_files(
    master: bytes, formats: Iterable[str], quality: int, copyright: str | None = None
) -> Iterator[tuple[str, bytes]]:
    """(format, file) for each of a recipe's `formats`, in their order; with alpha, "png" stands
    in for "jpeg". Of an animation WebP has all frames, the others the first. Colours that nobody
    sees are in none of them.

    `copyright`, where given, is all that a file says beside its picture.
    """
    image = unpack(master)
    has_alpha = image.mode == "RGBA"
    wanted = output_formats(formats, has_alpha)
    if has_alpha and wanted != ("png",):
        image = spread(image)  # once for all that are lossy
    for format in wanted:
        animation = unpack_animation(master) if format == "webp" else None
        if animation is None:
            shown = blacken(image) if has_alpha and format == "png" else image
            yield format, encode(shown, format, quality, copyright)
        else:
            yield format, encode_animation(animation, quality, copyright)


def encode(image: Image.Image, format: str, quality: int, copyright: str | None = None) -> bytes:
    """`image` (RGB, or RGBA unless it is to be a JPEG), its pixels as they are, as a file without
    any metadata but the `copyright`, where given.

    `quality` is a recipe's, 30 to 95; "png" is lossless and ignores it. Raises ValueError.
    """
    if format not in ENCODERS:
        raise ValueError(f"expected one of {', '.join(ENCODERS)} for format, got {format!r}")
    if image.mode not in ("RGB", "RGBA"):
        raise ValueError(f"expected RGB or RGBA for {format}, got {image.mode}")
    if image.info:
        # Pillow writes a profile or a comment that it finds here into the file.
        image = image.copy()
        image.info = {}
    buffer = io.BytesIO()
    exif = HEADER + copyright_exif(copyright) if copyright else b""
    ENCODERS[format](image, quality, exif, buffer)
    return buffer.getvalue()


def encode_animation(animation: Animation, quality: int, copyright: str | None = None) -> bytes:
    """All frames as WebP; the rest as in `encode`."""
    exif = copyright_exif(copyright) if copyright else b""
    number = encoder_quality("webp", quality)
    # Mixed: frames of few colours are smaller and better without loss.
    return write_webp(animation, quality=number, method=4, allow_mixed=True, exif=exif)


def output_formats(formats: Iterable[str], has_alpha: bool) -> tuple[str, ...]:
    """A recipe's formats, each once and in their order; with alpha, "png" stands in for "jpeg"."""
    wanted = ("png" if has_alpha and format == "jpeg" else format for format in formats)
    return tuple(dict.fromkeys(wanted))


def encoder_quality(format: str, quality: int) -> int:
    """The encoder's own number; beyond the ends of the table, the number at that end."""
    points = ENCODER_QUALITY[format]
    if quality <= points[0][0]:
        return points[0][1]
    for (left, low), (right, high) in itertools.pairwise(points):
        if quality <= right:
            return round(low + (high - low) * (quality - left) / (right - left))
    return points[-1][1]


def _is_large(image: Image.Image) -> bool:
    return image.width * image.height > LARGE_PIXELS


def _subsampling(quality: int) -> str:
    return "4:4:4" if quality >= FULL_COLOUR_FROM else "4:2:0"


def _avif(image: Image.Image, quality: int, exif: bytes, buffer: io.BytesIO) -> None:
    number = encoder_quality("avif", quality)
    subsampling = _subsampling(quality)
    speed = 9 if _is_large(image) else 8
    image.save(buffer, "AVIF", quality=number, speed=speed, subsampling=subsampling, exif=exif)


def _webp(image: Image.Image, quality: int, exif: bytes, buffer: io.BytesIO) -> None:
    method = 2 if _is_large(image) else 4
    image.save(buffer, "WEBP", quality=encoder_quality("webp", quality), method=method, exif=exif)


def _jpeg(image: Image.Image, quality: int, exif: bytes, buffer: io.BytesIO) -> None:
    if image.mode != "RGB":
        raise ValueError(f"expected RGB for jpeg, got {image.mode}")
    image.save(
        buffer,
        "JPEG",
        quality=encoder_quality("jpeg", quality),
        subsampling=_subsampling(quality),
        progressive=True,
        optimize=True,
        exif=exif,
    )


def _png(image: Image.Image, quality: int, exif: bytes, buffer: io.BytesIO) -> None:
    # optimize=True takes fifteen times as long for 13 % fewer bytes.
    image.save(buffer, "PNG", compress_level=6, exif=exif)


ENCODERS: dict[str, Callable[[Image.Image, int, bytes, io.BytesIO], None]] = {
    "avif": _avif,
    "webp": _webp,
    "jpeg": _jpeg,
    "png": _png,
}
