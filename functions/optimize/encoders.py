"""The encoders: a picture as a file of a format, and nothing but the picture."""

from __future__ import annotations

import heapq
import io
from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

from optimize.rights import HEADER, copyright_exif


@dataclass(frozen=True)
class Setting:
    """`number`: the encoder's own quality, 0 to 100, which means something else in every format.
    `full_colour`: 4:4:4 instead of 4:2:0; WebP has no such thing."""

    number: int
    full_colour: bool = False


# What PNG, which loses nothing, is given.
LOSSLESS = Setting(100, full_colour=True)

# Speed 6 of libaom, without what costs more time than it saves bytes at equal SSIMULACRA2: measured
# one by one, docs/performance.md. Delta quantizers, which its default `tune=iq` turns on, save some
# photographs 5 % and cost drawn pictures more.
AVIF_SPEED = 6
AVIF_TOOLS = {
    "coeff-cost-upd-freq": "3",
    "deltaq-mode": "0",
    "disable-trellis-quant": "1",
    "enable-filter-intra": "0",
    "enable-intra-edge-filter": "0",
    "enable-paeth-intra": "0",
    "enable-rect-partitions": "0",
    "enable-rect-tx": "0",
    "enable-smooth-intra": "0",
    "mode-cost-upd-freq": "3",
    "reduced-tx-type-set": "1",
    "sb-size": "64",
    "use-intra-dct-only": "1",
}
# libaom takes some photographs for drawn ones, and looks for what they have none of: up to
# a third of the time, for no bytes. Screenshots and plots are 6 to 30 % smaller with these.
FOR_DRAWN = ("enable-palette", "enable-intrabc")
# Drawn is where so few colours make up so much of what a glance at so many px a side sees.
GLANCE_PX = 32
FEW_COLOURS, MUCH = 16, 0.4
# Of 0 to 6: two fifths of the time of 4, the default, for 3 to 6 % more bytes.
WEBP_METHOD = 2
# optimize=True takes fifteen times as long for 13 % fewer bytes.
PNG_LEVEL = 6


def encode(
    image: Image.Image, format: str, setting: Setting, copyright: str | None = None
) -> bytes:
    """`image` (RGB or L; RGBA unless it is to be a JPEG), its pixels as they are, as a file without
    any metadata but the `copyright`, where given. Raises ValueError."""
    if format not in ENCODERS:
        raise ValueError(f"expected one of {', '.join(ENCODERS)} for format, got {format!r}")
    if image.mode not in ("RGB", "RGBA", "L"):
        raise ValueError(f"expected RGB, RGBA or L for {format}, got {image.mode}")
    if image.info:
        # Pillow writes a profile or a comment that it finds here into the file.
        image = image.copy()
        image.info = {}
    buffer = io.BytesIO()
    exif = HEADER + copyright_exif(copyright) if copyright else b""
    ENCODERS[format](image, setting, exif, buffer)
    return buffer.getvalue()


def is_drawn(image: Image.Image) -> bool:
    """Whether a few colours make up much of `image`, as in screenshots and plots."""
    glance = image.resize((GLANCE_PX, GLANCE_PX), Image.Resampling.NEAREST)
    counts = [count for count, _ in glance.getcolors(GLANCE_PX**2) or ()]
    return sum(heapq.nlargest(FEW_COLOURS, counts)) >= MUCH * GLANCE_PX**2


def _avif(image: Image.Image, setting: Setting, exif: bytes, buffer: io.BytesIO) -> None:
    colour = "4:4:4" if setting.full_colour else "4:2:0"
    tools = AVIF_TOOLS if is_drawn(image) else AVIF_TOOLS | dict.fromkeys(FOR_DRAWN, "0")
    image.save(
        buffer,
        "AVIF",
        quality=setting.number,
        speed=AVIF_SPEED,
        subsampling="4:0:0" if image.mode == "L" else colour,
        advanced=tools,
        # A function has one processor: docs/performance.md.
        max_threads=1,
        exif=exif,
    )


def _webp(image: Image.Image, setting: Setting, exif: bytes, buffer: io.BytesIO) -> None:
    image.save(buffer, "WEBP", quality=setting.number, method=WEBP_METHOD, exif=exif)


def _jpeg(image: Image.Image, setting: Setting, exif: bytes, buffer: io.BytesIO) -> None:
    if image.mode == "RGBA":
        raise ValueError("expected RGB or L for jpeg, got RGBA")
    image.save(
        buffer,
        "JPEG",
        quality=setting.number,
        subsampling="4:4:4" if setting.full_colour else "4:2:0",
        optimize=True,
        exif=exif,
    )


def _png(image: Image.Image, setting: Setting, exif: bytes, buffer: io.BytesIO) -> None:
    image.save(buffer, "PNG", compress_level=PNG_LEVEL, exif=exif)


ENCODERS: dict[str, Callable[[Image.Image, Setting, bytes, io.BytesIO], None]] = {
    "avif": _avif,
    "webp": _webp,
    "jpeg": _jpeg,
    "png": _png,
}
