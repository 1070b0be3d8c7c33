"""Opening: upright, sRGB, RGB or RGBA, and nothing but pixels."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms

from darkroom.errors import ImageError
from darkroom.images import load_upright_srgb, open_image
from darkroom.masters import pack, unpack

RED, GREEN, BLUE, GREY = (255, 0, 0), (0, 255, 0), (0, 0, 255), (128, 128, 128)


def corners() -> Image.Image:
    """48 x 32 px, upright: red, green / blue, grey."""
    image = Image.new("RGB", (48, 32))
    for place, colour in (((0, 0), RED), ((24, 0), GREEN), ((0, 16), BLUE), ((24, 16), GREY)):
        image.paste(colour, (*place, place[0] + 24, place[1] + 16))
    return image


def seen_corners(image: Image.Image) -> list[tuple[int, ...]]:
    right, bottom = image.width - 5, image.height - 5
    return [image.getpixel(xy)[:3] for xy in ((4, 4), (right, 4), (4, bottom), (right, bottom))]  # type: ignore[index]


def assert_near(got: Any, expected: Any, epsilon: int = 3) -> None:
    pairs = list(zip(got, expected, strict=True))
    worst = max(abs(a - b) for a, b in pairs)
    assert worst <= epsilon, f"expected {expected} within {epsilon}, got {got}"


def assert_upright(image: Image.Image, epsilon: int = 6) -> None:
    assert image.size == (48, 32)
    for got, expected in zip(seen_corners(image), (RED, GREEN, BLUE, GREY), strict=True):
        assert_near(got, expected, epsilon)


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, format, **options)
    return buffer.getvalue()


# How a camera that wrote this orientation stored the upright picture.
STORED = {
    1: lambda image: image,
    2: lambda image: image.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    3: lambda image: image.transpose(Image.Transpose.ROTATE_180),
    4: lambda image: image.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
    5: lambda image: image.transpose(Image.Transpose.TRANSPOSE),
    6: lambda image: image.transpose(Image.Transpose.ROTATE_90),
    7: lambda image: image.transpose(Image.Transpose.TRANSVERSE),
    8: lambda image: image.transpose(Image.Transpose.ROTATE_270),
}


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", STORED)
def test_every_orientation_comes_out_upright(orientation: int, format: str) -> None:
    options: dict[str, dict[str, Any]] = {
        "PNG": {},
        "WEBP": {"lossless": True},
        "JPEG": {"quality": 95, "subsampling": 0},
    }
    stored = STORED[orientation](corners())
    data = encoded(stored, format, exif=exif(orientation), **options[format])
    assert_upright(load_upright_srgb(data))


@pytest.mark.parametrize("format", ["AVIF", "HEIF"])
@pytest.mark.parametrize("orientation", STORED)
def test_a_container_that_says_the_orientation_is_turned_once(
    orientation: int, format: str
) -> None:
    data = encoded(STORED[orientation](corners()), format, exif=exif(orientation), quality=95)
    assert_upright(load_upright_srgb(data), epsilon=25)


def test_xmp_does_not_turn_an_avif() -> None:
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    data = encoded(corners(), "AVIF", xmp=xmp, quality=95)
    assert_upright(load_upright_srgb(data), epsilon=25)


@pytest.mark.parametrize("orientation", [0, 9, 65_535])
def test_an_undefined_orientation_means_upright(orientation: int) -> None:
    data = encoded(corners(), "PNG", exif=exif(orientation))
    assert_upright(load_upright_srgb(data))


def test_a_broken_exif_block_means_upright() -> None:
    data = encoded(corners(), "JPEG", quality=95, subsampling=0, exif=b"Exif\0\0MM\0*nonsense")
    assert_upright(load_upright_srgb(data))


@pytest.mark.parametrize("orientation", [1, 6])
def test_a_jpeg_is_decoded_at_no_less_than_twice_what_is_wanted(orientation: int) -> None:
    upright = corners().resize((1200, 800), Image.Resampling.NEAREST)
    data = encoded(STORED[orientation](upright), "JPEG", exif=exif(orientation))
    assert load_upright_srgb(data, at_least=(150, 100)).size == (300, 200)
    assert load_upright_srgb(data, at_least=(151, 100)).size == (600, 400)
    assert load_upright_srgb(data, at_least=(150, 101)).size == (600, 400)
    assert load_upright_srgb(data, at_least=(600, 400)).size == (1200, 800)
    assert load_upright_srgb(data, at_least=(9000, 9000)).size == (1200, 800)
    assert load_upright_srgb(data).size == (1200, 800)


def test_only_a_jpeg_is_scaled_while_decoding() -> None:
    data = encoded(corners().resize((1200, 800)), "PNG")
    assert load_upright_srgb(data, at_least=(10, 10)).size == (1200, 800)


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


def test_a_jpeg_with_more_pictures_behind_it_is_its_first() -> None:
    first, second = Image.new("RGB", (16, 16), RED), Image.new("RGB", (16, 16), BLUE)
    data = encoded(first, "MPO", save_all=True, append_images=[second])
    assert open_image(data).format == "MPO"
    assert_near(load_upright_srgb(data).getpixel((8, 8)), RED)


def test_16_bit_grey_is_scaled_and_not_clipped() -> None:
    deep = Image.new("I;16", (3, 1))
    for x, level in enumerate((0, 0x8080, 0xFFFF)):
        deep.putpixel((x, 0), level)
    image = load_upright_srgb(encoded(deep, "PNG"))
    assert image.mode == "RGB"
    assert [image.getpixel((x, 0)) for x in range(3)] == [(v, v, v) for v in (0, 128, 255)]


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


def test_cmyk_becomes_rgb() -> None:
    cyan = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    image = load_upright_srgb(encoded(cyan, "JPEG", quality=95))
    assert image.mode == "RGB"
    assert_near(image.getpixel((4, 4)), (0, 255, 255))


# Colour profiles


def matrix_profile(space: bytes, channels: dict[bytes, tuple[float, float, float]]) -> bytes:
    """An ICC profile with a gamma of 1.0, and the XYZ of its primaries (or none, for grey)."""
    xyz = {b"wtpt": (0.9642, 1.0, 0.8249), **channels}
    curves = [b"kTRC"] if space == b"GRAY" else [b"rTRC", b"gTRC", b"bTRC"]
    bodies = {
        name: b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65_536)) for v in values)
        for name, values in xyz.items()
    }
    bodies |= {name: b"curv\0\0\0\0" + struct.pack(">I", 0) for name in curves}
    offset, table, body = 128 + 4 + 12 * len(bodies), b"", b""
    for name, content in bodies.items():
        table += struct.pack(">4sII", name, offset + len(body), len(content))
        body += content
    header = struct.pack(
        ">I4sI4s4s4s12s4s4sIIIQIiii48x",
        *(offset + len(body), b"lcms", 0x02100000, b"mntr", space, b"XYZ ", b"\0" * 12, b"acsp"),
        *(b"APPL", 0, 0, 0, 0, 0, 63_190, 65_536, 54_061),
    )
    return header + struct.pack(">I", len(bodies)) + table + body


# sRGB's own primaries with red and green exchanged, so that a profile that is applied shows.
SWAPPED = matrix_profile(
    b"RGB ",
    {
        b"rXYZ": (0.3851, 0.7169, 0.0971),
        b"gXYZ": (0.4361, 0.2225, 0.0139),
        b"bXYZ": (0.1431, 0.0606, 0.7141),
    },
)
LINEAR_GREY = matrix_profile(b"GRAY", {})
SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def test_colours_come_out_in_srgb() -> None:
    image = load_upright_srgb(encoded(Image.new("RGB", (2, 2), RED), "PNG", icc_profile=SWAPPED))
    assert_near(image.getpixel((0, 0)), GREEN)


def test_a_profile_leaves_alpha_alone() -> None:
    glass = Image.new("RGBA", (2, 2), (255, 0, 0, 99))
    image = load_upright_srgb(encoded(glass, "PNG", icc_profile=SWAPPED))
    assert_near(image.getpixel((0, 0)), (0, 255, 0, 99))


def test_a_palette_goes_through_its_profile() -> None:
    image = Image.new("P", (2, 2))
    image.putpalette([255, 0, 0])
    result = load_upright_srgb(encoded(image, "PNG", icc_profile=SWAPPED))
    assert_near(result.getpixel((0, 0)), GREEN)


@pytest.mark.parametrize("mode", ["L", "LA"])
def test_grey_goes_through_its_profile(mode: str) -> None:
    # Half of the light is 188 of 255 in sRGB.
    image = Image.new(mode, (2, 2), 128 if mode == "L" else (128, 99))
    result = load_upright_srgb(encoded(image, "PNG", icc_profile=LINEAR_GREY))
    assert_near(result.getpixel((0, 0)), (188, 188, 188) + ((99,) if mode == "LA" else ()), 2)


def test_an_srgb_profile_changes_no_pixel() -> None:
    image = Image.merge("RGB", [Image.linear_gradient("L")] * 3)
    assert load_upright_srgb(encoded(image, "PNG", icc_profile=SRGB_PROFILE)) == image


@pytest.mark.parametrize(
    ("mode", "colour", "profile"),
    [
        ("RGB", (200, 30, 30), b"no profile at all"),
        ("RGB", (200, 30, 30), SWAPPED[:300]),
        ("RGB", (200, 30, 30), LINEAR_GREY),
        ("L", 128, SWAPPED),
        ("RGBA", (200, 30, 30, 128), LINEAR_GREY),
    ],
)
def test_a_profile_that_is_corrupt_or_for_another_mode_is_ignored(
    mode: str, colour: Any, profile: bytes
) -> None:
    image = load_upright_srgb(encoded(Image.new(mode, (2, 2), colour), "PNG", icc_profile=profile))
    assert image.getpixel((0, 0)) == (colour if mode != "L" else GREY)


def test_a_cmyk_jpeg_with_an_rgb_profile_still_becomes_rgb() -> None:
    cyan = Image.new("CMYK", (8, 8), (255, 0, 0, 0))
    data = encoded(cyan, "JPEG", quality=95, icc_profile=SWAPPED)
    assert_near(load_upright_srgb(data).getpixel((4, 4)), (0, 255, 255))


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
    data = encoded(Image.effect_noise((64, 64), 50), format)
    with pytest.raises(ImageError) as caught:
        load_upright_srgb(data[: len(data) // 2])
    assert caught.value.code in ("corrupt", "not_an_image")


def test_a_truncated_jpeg_is_corrupt_and_not_half_grey() -> None:
    data = encoded(Image.effect_noise((64, 64), 50), "JPEG")
    with pytest.raises(ImageError, match="corrupt"):
        load_upright_srgb(data[:-200], at_least=(4, 4))


# Masters


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_master_gives_back_every_pixel(mode: str) -> None:
    bands = [Image.effect_noise((33, 17), 90) for _ in mode]
    image = Image.merge(mode, bands)
    image.info["icc_profile"] = SRGB_PROFILE
    back = unpack(pack(image))
    assert (back.mode, back.size, back.info) == (mode, (33, 17), {})
    assert back.tobytes() == image.tobytes()


def test_a_master_keeps_colour_under_transparent_pixels() -> None:
    assert unpack(pack(Image.new("RGBA", (3, 3), (9, 8, 7, 0)))).getpixel((1, 1)) == (9, 8, 7, 0)


def test_a_master_that_is_opaque_throughout_comes_back_as_rgb() -> None:
    assert unpack(pack(Image.new("RGBA", (3, 3), (9, 8, 7, 255)))).mode == "RGB"


def test_a_master_is_read_as_webp_only() -> None:
    with pytest.raises(OSError, match="cannot identify"):
        unpack(encoded(corners(), "PNG"))
