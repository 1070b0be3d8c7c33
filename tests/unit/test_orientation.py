"""Upright, whatever a file says and wherever it says it; and Validate measures the same."""

from __future__ import annotations

import dataclasses
import io
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, TiffImagePlugin
from PIL.PngImagePlugin import PngInfo

from darkroom.images import load_reduced, load_upright_srgb, open_image
from darkroom.scaling import scale
from tests.pictures import encoded
from validate.inspect import inspect
from validate.limits import Limits

Pixels = npt.NDArray[np.uint8]

LIMITS = Limits(**{limit.name: 10**9 for limit in dataclasses.fields(Limits)})
FORMATS = ["JPEG", "PNG", "WEBP", "AVIF", "HEIF"]
OPTIONS: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 95},
    "PNG": {},
    "WEBP": {"lossless": True},
    "AVIF": {"quality": 95},
    "HEIF": {"quality": 95},
}
# How the stored rows and columns become the upright ones: CIPA DC-008, 4.6.5.1.
UPRIGHT: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.swapaxes(0, 1),
    6: lambda stored: stored[::-1].swapaxes(0, 1),
    7: lambda stored: stored[::-1, ::-1].swapaxes(0, 1),
    8: lambda stored: stored[:, ::-1].swapaxes(0, 1),
}
# The way back: only the two quarter turns are not their own.
STORED = {**UPRIGHT, 6: UPRIGHT[8], 8: UPRIGHT[6]}


def picture(size: tuple[int, int] = (49, 33)) -> Image.Image:
    """Soft, so that lossy formats keep it; no two of its eight orientations look alike."""
    across = Image.linear_gradient("L").rotate(90).resize(size)
    down = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (across, down, across.point([255 - v // 3 for v in range(256)])))


def stored(upright: Image.Image, orientation: int) -> Image.Image:
    return Image.fromarray(np.ascontiguousarray(STORED[orientation](np.asarray(upright))))


def exif(*entries: bytes, order: str = "<", after: int = 0) -> bytes:
    """A TIFF block with one directory of these 12 byte entries: TIFF 6.0, page 13."""
    start = b"II*\0" if order == "<" else b"MM\0*"
    head = start + struct.pack(f"{order}IH", 8, len(entries))
    return head + b"".join(entries) + struct.pack(f"{order}I", after)


def short(value: int, order: str = "<") -> bytes:
    return struct.pack(f"{order}HHIHH", 0x0112, 3, 1, value, 0)


def orientation(value: int) -> bytes:
    return b"Exif\0\0" + exif(short(value))


def with_exif(image: Image.Image, format: str, block: bytes) -> bytes:
    return encoded(image, format, exif=block, **OPTIONS[format])


def assert_same(got: Image.Image, expected: Image.Image, limit: float) -> None:
    assert (got.mode, got.size) == (expected.mode, expected.size)
    error = np.abs(np.asarray(got, dtype=float) - np.asarray(expected, dtype=float)).mean()
    assert error <= limit, f"expected a mean error of at most {limit} levels, got {error:.2f}"


def assert_measured_as_made(data: bytes) -> None:
    found = inspect(data, LIMITS)
    assert (found.width, found.height) == load_upright_srgb(data).size


@pytest.mark.parametrize("size", [(49, 33), (32, 48), (24, 64)])
@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("value", UPRIGHT)
def test_every_orientation_gives_the_same_pixels(
    value: int, format: str, size: tuple[int, int]
) -> None:
    upright = picture(size)
    data = with_exif(stored(upright, value), format, orientation(value))
    lossless = format in ("PNG", "WEBP")
    assert_same(load_upright_srgb(data), upright, 0 if lossless else 5)
    assert_measured_as_made(data)


@pytest.mark.parametrize("format", ["AVIF", "HEIF"])
def test_the_container_of_an_avif_or_heif_turns_and_not_its_exif(format: str) -> None:
    data = with_exif(stored(picture(), 6), format, orientation(6))
    assert b"irot" in data
    assert_same(load_upright_srgb(data), picture(), 5)
    flat = data.replace(short(6), short(3))
    assert_same(load_upright_srgb(flat), picture(), 5)
    assert_measured_as_made(flat)


@pytest.mark.parametrize("value", UPRIGHT)
def test_a_jpeg_that_is_decoded_smaller_is_upright_too(value: int) -> None:
    upright = picture((1203, 797))
    data = with_exif(stored(upright, value), "JPEG", orientation(value))
    wanted = (150, 99)
    reduced = load_reduced(data, at_least=wanted)
    assert reduced.image.width < 1203
    expected = upright.resize(wanted, Image.Resampling.LANCZOS)
    assert_same(scale(reduced.image, *wanted, reduced.box), expected, 2)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_exif_may_have_either_byte_order(format: str, order: str) -> None:
    block = b"Exif\0\0" + exif(short(6, order), order=order)
    data = with_exif(stored(picture(), 6), format, block)
    assert_same(load_upright_srgb(data), picture(), 5)
    assert_measured_as_made(data)


def entry(kind: int, count: int, value: bytes) -> bytes:
    return struct.pack("<HHI4s", 0x0112, kind, count, value)


MEANINGLESS = {
    "0": exif(short(0)),
    "9": exif(short(9)),
    "65535": exif(short(65_535)),
    "a string": exif(entry(2, 2, b"6\0")),
    "a byte": exif(entry(1, 1, b"\6")),
    "a rational": exif(entry(5, 1, struct.pack("<I", 26))) + struct.pack("<II", 6, 1),
    "a fraction": exif(entry(5, 1, struct.pack("<I", 26))) + struct.pack("<II", 6, 0),
    "a float": exif(entry(11, 1, struct.pack("<f", 6))),
    "two": exif(entry(3, 2, struct.pack("<HH", 6, 6))),
    "none": exif(entry(3, 0, struct.pack("<HH", 6, 0))),
    "negative": exif(entry(8, 1, struct.pack("<h", -6))),
    "of no type": exif(entry(99, 1, struct.pack("<H", 6))),
    "in the thumbnail's directory": exif(after=14) + struct.pack("<H", 1) + short(6) + bytes(4),
    "beyond the end": b"II*\0" + struct.pack("<I", 0xFFFF_FFFF),
    "directory in itself": exif(after=8),
    "cut": exif(short(6))[:12],
    "no tiff": b"nonsense, nonsense",
    "big tiff": b"II+\0\x08\0\0\0" + bytes(8),
    "empty": b"",
}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("name", MEANINGLESS)
def test_what_is_no_orientation_turns_nothing(name: str, format: str) -> None:
    data = with_exif(picture(), format, b"Exif\0\0" + MEANINGLESS[name])
    assert_same(load_upright_srgb(data), picture(), 5)
    assert_measured_as_made(data)


def test_an_orientation_that_is_a_long_counts() -> None:
    block = b"Exif\0\0" + exif(entry(4, 1, struct.pack("<I", 6)))
    data = with_exif(stored(picture(), 6), "PNG", block)
    assert_same(load_upright_srgb(data), picture(), 0)
    assert_measured_as_made(data)


def test_an_orientation_counts_in_spite_of_a_broken_neighbour() -> None:
    broken = struct.pack("<HHII", 0x010F, 2, 0xFFFF_FFFF, 0xFFFF_FFF0)
    data = with_exif(stored(picture(), 6), "PNG", b"Exif\0\0" + exif(broken, short(6)))
    assert_same(load_upright_srgb(data), picture(), 0)
    assert_measured_as_made(data)


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("value", [3, 6])
def test_xmp_turns_nothing_as_in_browsers(value: int, format: str) -> None:
    packet = f'<x:xmpmeta><rdf:Description tiff:Orientation="{value}"/></x:xmpmeta>'
    options: dict[str, Any] = {"xmp": packet.encode()}
    if format == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet)
        options = {"pnginfo": info}
    data = encoded(picture(), format, **OPTIONS[format], **options)
    assert_same(load_upright_srgb(data), picture(), 5)
    assert_measured_as_made(data)


def test_a_png_may_say_it_behind_its_pixels() -> None:
    data = with_exif(stored(picture(), 6), "PNG", exif(short(6)))
    at = data.index(b"eXIf") - 4
    length = 12 + int.from_bytes(data[at : at + 4], "big")
    chunk, rest = data[at : at + length], data[:at] + data[at + length :]
    moved = rest[:-12] + chunk + rest[-12:]
    assert_same(load_upright_srgb(moved), picture(), 0)
    assert_measured_as_made(moved)


@pytest.mark.parametrize(("text", "turned"), [("{}", True), ("zz", False)])
def test_a_png_may_say_it_as_imagemagick_does(text: str, turned: bool) -> None:
    block = orientation(6)
    info = PngInfo()
    info.add_text(
        "Raw profile type exif", f"\nexif\n{len(block):8}\n" + text.format(block.hex()) + "\n"
    )
    source = stored(picture(), 6)
    data = encoded(source, "PNG", pnginfo=info)
    assert_same(load_upright_srgb(data), picture() if turned else source, 0)
    assert_measured_as_made(data)


def test_the_first_picture_of_an_mpo_is_turned_by_its_own_exif() -> None:
    buffer = io.BytesIO()
    first, second = stored(picture(), 6), Image.new("RGB", (20, 20))
    tags = Image.Exif()
    tags[0x0112] = 6
    first.save(buffer, "MPO", save_all=True, append_images=[second], exif=tags, quality=95)
    assert open_image(buffer.getvalue()).format == "MPO"
    assert_same(load_upright_srgb(buffer.getvalue()), picture(), 5)
    assert_measured_as_made(buffer.getvalue())


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16", "RGBA", "CMYK"])
@pytest.mark.parametrize("value", UPRIGHT)
def test_a_picture_of_any_mode_is_turned(value: int, mode: str) -> None:
    format = "JPEG" if mode == "CMYK" else "PNG"
    grey = picture().convert("L")
    if mode == "I;16":
        upright = Image.fromarray(np.asarray(grey).astype(np.uint16) * 257)
    else:
        upright = grey.convert(mode)
        if "A" in mode:
            upright.putalpha(grey)
    turned = np.ascontiguousarray(STORED[value](np.asarray(upright)))
    image = upright.__class__()
    image = Image.fromarray(turned) if mode != "P" else Image.fromarray(turned, "L").convert("P")
    if mode == "CMYK":
        image = Image.merge("CMYK", [Image.fromarray(turned[..., band]) for band in range(4)])
    data = encoded(image, format, exif=orientation(value), **OPTIONS[format])
    expected = encoded(upright, format, **OPTIONS[format])
    assert_same(load_upright_srgb(data), load_upright_srgb(expected), 3 if mode == "CMYK" else 0)
    assert_measured_as_made(data)


def test_the_exif_of_this_test_is_what_pillow_would_read() -> None:
    """So that a wrong value is ignored for being wrong, and not for being out of place."""
    tags = Image.Exif()
    tags.load(orientation(6))
    assert tags[0x0112] == 6
    tags = Image.Exif()
    tags.load(b"Exif\0\0" + MEANINGLESS["a rational"])
    assert isinstance(tags[0x0112], TiffImagePlugin.IFDRational)
