"""Encoding: the right format with the setting that is given, and nothing but the picture."""

from __future__ import annotations

import io
import struct
from typing import Any, get_args

import pytest
from PIL import Image, ImageCms, ImageDraw, JpegImagePlugin

from darkroom.images import open_image
from darkroom.recipes import Format
from optimize import encoders
from optimize.encoders import ENCODERS, LOSSLESS, Setting, encode, is_drawn
from tests.pictures import noise

FORMATS = ["avif", "webp", "jpeg", "png"]
USUAL = Setting(74)
# What metadata looks like in any of the four: EXIF, XMP, ICC, comments and their containers.
TRACES = (b"Exif", b"EXIF", b"eXIf", b"ns.adobe.com", b"xmpmeta", b"XMP ", b"ICC", b"iCCP", b"acsp",
          b"hello", b"tEXt", b"pHYs")  # fmt: skip


def picture(mode: str = "RGB", size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Soft slopes with some noise: what a photograph asks of an encoder."""
    across = Image.linear_gradient("L").resize(size)
    down = Image.linear_gradient("L").rotate(90).resize(size)
    noisy = Image.blend(across, noise(size, 60), 0.3)
    bands = [across, down, noisy, down]
    return noisy if mode == "L" else Image.merge(mode, bands[: len(mode)])


def mean_error(got: Image.Image, expected: Image.Image) -> float:
    pairs = zip(got.tobytes(), expected.tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs) / len(expected.tobytes())


def chroma_flags(avif: bytes) -> int:
    """Of av1C, after marker and version, profile and level: monochrome, chroma_subsampling_x, _y,
    as three bits. https://aomediacodec.github.io/av1-isobmff/#av1codecconfigurationbox"""
    (flags,) = struct.unpack_from(">B", avif, avif.index(b"av1C") + 6)
    return int(flags) >> 2 & 0b111


def test_every_format_of_the_recipes_has_an_encoder_and_no_other() -> None:
    assert set(ENCODERS) == set(get_args(Format))


@pytest.mark.parametrize(
    ("format", "mode"),
    [(f, m) for f in FORMATS for m in ("RGB", "RGBA", "L") if (f, m) != ("jpeg", "RGBA")],
)
def test_a_file_is_its_format_and_shows_the_picture(format: str, mode: str) -> None:
    image = picture(mode)
    back = open_image(encode(image, format, USUAL))
    # WebP always has colour.
    kept = "RGB" if (format, mode) == ("webp", "L") else mode
    assert (back.format, back.mode, back.size) == (format.upper(), kept, image.size)
    error = mean_error(back.convert(mode), image)
    limit = 0 if format == "png" else 8
    assert error <= limit, f"expected a mean error of at most {limit} levels, got {error:.2f}"


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (3, 5)])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_narrow_pictures_are_encoded(format: str, size: tuple[int, int], mode: str) -> None:
    assert open_image(encode(picture(mode, size), format, USUAL)).size == size


@pytest.mark.parametrize("format", FORMATS)
def test_no_metadata_is_written(format: str) -> None:
    tags = Image.Exif()
    tags[0x010E] = "hello"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    laden = io.BytesIO()
    picture().save(laden, "JPEG", exif=tags, icc_profile=profile, comment=b"hello", dpi=(300, 300))
    image = Image.open(laden)
    image.load()
    image.info |= {"xmp": b"<x:xmpmeta>hello</x:xmpmeta>", "dpi": (300, 300)}

    data = encode(image, format, USUAL)

    assert {trace for trace in TRACES if trace in data} == set()
    assert not open_image(data).getexif()
    assert "icc_profile" in image.info, "the given picture is left as it is"


@pytest.mark.parametrize("format", ["avif", "webp", "jpeg"])
def test_a_higher_number_is_more_like_the_picture_and_more_bytes(format: str) -> None:
    image = picture(size=(256, 192))
    files = [encode(image, format, Setting(number)) for number in (0, 25, 50, 75, 100)]
    sizes = [len(data) for data in files]
    errors = [mean_error(open_image(data), image) for data in files]
    assert sizes == sorted(sizes) and len(set(sizes)) == 5, sizes
    assert errors == sorted(errors, reverse=True), errors


def test_png_loses_nothing_whatever_it_is_given() -> None:
    image = picture()
    assert encode(image, "png", Setting(10)) == encode(image, "png", LOSSLESS)


@pytest.mark.parametrize(("full", "sampling"), [(False, 2), (True, 0)])
def test_a_jpeg_is_baseline_and_of_full_colour_where_that_is_asked(
    full: bool, sampling: int
) -> None:
    jpeg: Any = open_image(encode(picture(), "jpeg", Setting(74, full)))
    assert "progressive" not in jpeg.info
    assert JpegImagePlugin.get_sampling(jpeg) == sampling


@pytest.mark.parametrize(("full", "flags"), [(False, 0b011), (True, 0b000)])
def test_an_avif_is_of_full_colour_where_that_is_asked(full: bool, flags: int) -> None:
    assert chroma_flags(encode(picture(), "avif", Setting(74, full))) == flags


def plot(mode: str = "RGB") -> Image.Image:
    """Even colours and hard edges."""
    image = Image.new("RGB", (256, 256), "white")
    draw = ImageDraw.Draw(image)
    for number in range(14):
        colour = ("#d02020", "#2060c0", "#209040")[number % 3]
        draw.text((17 * number % 200, 18 * number), f"value {number * 37}", colour)
        draw.line([(0, 19 * number), (256, 11 * number + 40)], colour, 2)
    return image.convert(mode)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
def test_few_colours_on_most_of_a_picture_make_it_drawn(mode: str) -> None:
    assert is_drawn(plot(mode))
    assert not is_drawn(picture(mode, (256, 256)))
    assert is_drawn(Image.new(mode, (1, 1)))


def test_libaom_looks_for_what_only_drawn_pictures_have_in_those_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn, other = encode(plot(), "avif", USUAL), encode(picture(), "avif", USUAL)
    monkeypatch.setattr(encoders, "is_drawn", lambda image: False)
    assert len(encode(plot(), "avif", USUAL)) > len(drawn)
    assert encode(picture(), "avif", USUAL) == other


@pytest.mark.parametrize("full", [False, True])
def test_grey_is_stored_without_colour(full: bool) -> None:
    setting = Setting(74, full)
    jpeg: Any = open_image(encode(picture("L"), "jpeg", setting))
    assert jpeg.layers == 1
    assert chroma_flags(encode(picture("L"), "avif", setting)) == 0b111


def test_a_jpeg_of_a_picture_with_alpha_is_refused() -> None:
    with pytest.raises(ValueError, match="expected RGB or L for jpeg, got RGBA"):
        encode(picture("RGBA"), "jpeg", USUAL)


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(ValueError, match="for format, got 'gif'"):
        encode(picture(), "gif", USUAL)


def test_a_mode_that_no_master_has_is_named() -> None:
    with pytest.raises(ValueError, match="expected RGB, RGBA or L for webp, got P"):
        encode(Image.new("P", (2, 2)), "webp", USUAL)
