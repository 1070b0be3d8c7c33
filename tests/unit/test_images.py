"""Opening: upright, sRGB, RGB or RGBA, and nothing but pixels."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms

from darkroom.errors import ImageError
from darkroom.images import load_reduced, load_upright_srgb, open_image
from darkroom.masters import STRIP_PIXELS, pack, unpack
from tests.pictures import noise

SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
RED, GREEN, BLUE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128)


def corners() -> Image.Image:
    """48 x 32 px, upright: red, green / blue, grey."""
    image = Image.new("RGB", (48, 32))
    for place, colour in (((0, 0), RED), ((24, 0), GREEN), ((0, 16), BLUE), ((24, 16), GREY)):
        image.paste(colour, (*place, place[0] + 24, place[1] + 16))
    return image


def assert_near(got: Any, expected: Any, epsilon: int = 3) -> None:
    pairs = list(zip(got, expected, strict=True))
    worst = max(abs(a - b) for a, b in pairs)
    assert worst <= epsilon, f"expected {expected} within {epsilon}, got {got}"


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_is_decoded_at_no_less_than_twice_what_is_wanted(orientation: int) -> None:
    upright = corners().resize((1200, 800), Image.Resampling.NEAREST)
    stored = upright.transpose(Image.Transpose.ROTATE_90) if orientation == 6 else upright
    data = encoded(stored, "JPEG", exif=exif(orientation))
    assert load_reduced(data, at_least=(150, 100)).image.size == (300, 200)
    assert load_reduced(data, at_least=(151, 100)).image.size == (600, 400)
    assert load_reduced(data, at_least=(150, 101)).image.size == (600, 400)
    assert load_reduced(data, at_least=(600, 400)).image.size == (1200, 800)
    assert load_reduced(data, at_least=(9000, 9000)).image.size == (1200, 800)
    assert load_upright_srgb(data).size == (1200, 800)


def test_only_a_jpeg_is_scaled_while_decoding() -> None:
    data = encoded(corners().resize((1200, 800)), "PNG")
    assert load_reduced(data, at_least=(10, 10)).image.size == (1200, 800)


# Modes


def test_no_alpha_means_rgb_and_some_transparency_means_rgba() -> None:
    assert load_upright_srgb(encoded(Image.new("L", (4, 4), 77), "PNG")).mode == "RGB"
    half = Image.new("LA", (4, 4), (77, 128))
    assert load_upright_srgb(encoded(half, "PNG")).getpixel((0, 0)) == (77, 77, 77, 128)


def test_an_alpha_channel_that_is_opaque_throughout_is_dropped() -> None:
    image = load_upright_srgb(encoded(Image.new("RGBA", (4, 4), (1, 2, 3, 255)), "PNG"))
    assert image.mode == "RGB"
    assert image.getpixel((0, 0)) == (1, 2, 3)


def test_one_bit_pictures_are_black_and_white() -> None:
    bits = Image.new("1", (2, 1))
    bits.putpixel((1, 0), 255)
    image = load_upright_srgb(encoded(bits, "PNG"))
    assert [image.getpixel((x, 0)) for x in (0, 1)] == [(0, 0, 0), (255, 255, 255)]


def test_a_palette_keeps_its_transparent_and_its_half_transparent_entries() -> None:
    image = Image.new("P", (3, 1))
    image.putpalette([255, 0, 0, 0, 255, 0, 0, 0, 255])
    for x in range(3):
        image.putpixel((x, 0), x)
    result = load_upright_srgb(encoded(image, "PNG", transparency=bytes([0, 128, 255])))
    assert result.mode == "RGBA"
    assert [result.getpixel((x, 0))[3] for x in range(3)] == [0, 128, 255]  # type: ignore[index]
    assert result.getpixel((1, 0)) == (0, 255, 0, 128)


def test_a_gif_is_its_first_frame() -> None:
    first, second = Image.new("RGB", (4, 4), RED), Image.new("RGB", (4, 4), BLUE)
    image = load_upright_srgb(encoded(first, "GIF", save_all=True, append_images=[second]))
    assert image.getpixel((0, 0)) == RED


@pytest.mark.parametrize("format", ["WEBP", "AVIF"])
def test_a_decoder_is_let_go_before_its_pixels_are_converted(
    format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds the picture twice more, which would pass a gigabyte at 50 megapixels."""
    held: list[Any] = []

    def convert(image: Image.Image, profile: bytes | None) -> Image.Image:
        held.extend((image._decoder, image.fp))  # type: ignore[attr-defined]
        return image.convert("RGB")

    monkeypatch.setattr("darkroom.images.to_srgb", convert)
    load_upright_srgb(encoded(corners(), format))
    assert held == [None, None]


def placed_gif(image: Image.Image, canvas: tuple[int, int], at: tuple[int, int]) -> bytes:
    """A GIF that draws `image` at a place of a larger canvas, and nothing else."""
    data = bytearray(encoded(image, "GIF"))
    data[6:10] = struct.pack("<HH", *canvas)
    picture = data.index(b",", 13 + 3 * (2 << (data[10] & 7)))
    data[picture + 1 : picture + 5] = struct.pack("<HH", *at)
    return bytes(data)


def test_where_a_gif_draws_nothing_there_is_nothing() -> None:
    image = load_upright_srgb(placed_gif(Image.new("RGB", (2, 2), RED), (4, 3), (1, 1)))
    assert (image.mode, image.size) == ("RGBA", (4, 3))
    assert image.getchannel("A").getbbox() == (1, 1, 3, 3)
    assert image.getchannel("A").getextrema() == (0, 255)
    assert image.getpixel((1, 1)) == (*RED, 255)


def test_a_gif_that_reaches_over_its_canvas_is_opaque() -> None:
    image = load_upright_srgb(placed_gif(Image.new("RGB", (4, 4), RED), (3, 3), (0, 0)))
    assert (image.mode, image.getpixel((2, 2))) == ("RGB", RED)


def test_a_jpeg_with_more_pictures_behind_it_is_its_first() -> None:
    first, second = Image.new("RGB", (16, 16), RED), Image.new("RGB", (16, 16), BLUE)
    data = encoded(first, "MPO", save_all=True, append_images=[second])
    assert open_image(data).format == "MPO"
    assert_near(load_upright_srgb(data).getpixel((8, 8)), RED)


def png(width: int, depth: int, colour_type: int, row: bytes, key: bytes) -> bytes:
    """A PNG of one row, with one colour that is transparent; Pillow writes no such depths."""

    def chunk(name: bytes, body: bytes) -> bytes:
        tail = struct.pack(">I", zlib.crc32(name + body))
        return struct.pack(">I", len(body)) + name + body + tail

    header = struct.pack(">IIBBBBB", width, 1, depth, colour_type, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"tRNS", key)
        + chunk(b"IDAT", zlib.compress(b"\0" + row))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    ("depth", "row", "key", "second"),
    [
        (1, b"\x40", b"\0\0", 255),
        (2, b"\x40", b"\0\1", 0),
        (4, b"\x9f", b"\0\x09", 255),
        (8, b"\x09\xff", b"\0\x09", 255),
        (16, b"\x12\x34\x12\x35", b"\x12\x34", 18),
    ],
)
def test_the_one_transparent_grey_is_found_at_every_depth(
    depth: int, row: bytes, key: bytes, second: int
) -> None:
    image = load_upright_srgb(png(2, depth, 0, row, key))
    assert image.mode == "RGBA"
    assert [image.getpixel((x, 0))[3] for x in (0, 1)] == [0, 255]  # type: ignore[index]
    assert image.getpixel((1, 0))[0] == second  # type: ignore[index]


def test_the_one_transparent_colour_of_a_16_bit_png_is_found() -> None:
    row = b"\xff\xff\x12\x34\x00\x00" + b"\x80\x00" * 3
    image = load_upright_srgb(png(2, 16, 2, row, b"\xff\xff\x12\x34\x00\x00"))
    assert image.getpixel((0, 0))[3] == 0  # type: ignore[index]
    assert image.getpixel((1, 0)) == (128, 128, 128, 255)


# What does not come along, and what is no picture


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF", "HEIF", "GIF"])
def test_nothing_but_pixels_comes_along(format: str) -> None:
    options: dict[str, Any] = {"comment": b"hello"} if format in ("GIF", "JPEG") else {}
    if format != "GIF":
        options |= {"exif": exif(1), "icc_profile": SRGB_PROFILE, "xmp": b"<x:xmpmeta/>"}
    data = encoded(corners(), format, **options)
    assert open_image(data).info
    image = load_upright_srgb(data)
    assert image.info == {}
    assert type(image) is Image.Image
    assert not image.getexif()


def test_bytes_that_are_no_picture_are_refused() -> None:
    with pytest.raises(ImageError) as caught:
        load_upright_srgb(b"<html>not a picture</html>")
    assert caught.value.code == "not_an_image"


@pytest.mark.parametrize("format", ["TIFF", "BMP", "ICO", "PPM"])
def test_a_picture_that_pillow_knows_and_we_do_not_is_refused(format: str) -> None:
    with pytest.raises(ImageError) as caught:
        load_upright_srgb(encoded(corners(), format))
    assert caught.value.code == "not_an_image"


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
def test_a_picture_that_ends_too_early_is_corrupt(format: str) -> None:
    data = encoded(noise((64, 64), 50), format)
    with pytest.raises(ImageError) as caught:
        load_upright_srgb(data[: len(data) // 2])
    assert caught.value.code in ("corrupt", "not_an_image")


def test_a_truncated_jpeg_is_corrupt_and_not_half_grey() -> None:
    data = encoded(noise((64, 64), 50), "JPEG")
    with pytest.raises(ImageError, match="corrupt"):
        load_reduced(data[:-200], at_least=(4, 4))


# Masters


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(33, 17), (300, 437), (STRIP_PIXELS + 1, 2)])
def test_a_master_gives_back_every_pixel(size: tuple[int, int], mode: str) -> None:
    bands = [noise(size, 90, band) for band in mode]
    image = Image.merge(mode, bands)
    image.info["icc_profile"] = SRGB_PROFILE
    back = unpack(pack(image))
    assert (back.mode, back.size, back.info) == (mode, size, {})
    assert back.tobytes() == image.tobytes()


def test_a_master_keeps_colour_under_transparent_pixels() -> None:
    assert unpack(pack(Image.new("RGBA", (3, 3), (9, 8, 7, 0)))).getpixel((1, 1)) == (9, 8, 7, 0)


def test_a_master_that_is_opaque_throughout_comes_back_as_rgb() -> None:
    assert unpack(pack(Image.new("RGBA", (3, 3), (9, 8, 7, 255)))).mode == "RGB"


def test_a_master_is_read_as_webp_only() -> None:
    with pytest.raises(OSError, match="cannot identify"):
        unpack(encoded(corners(), "PNG"))
