"""The picture for Rekognition keeps Rekognition's limits, whatever was uploaded."""

from __future__ import annotations

import io
import random

import pytest
from PIL import Image

from bench.steps import default_settings
from tests.pictures import draw, encoded
from validate.inspect import inspect
from validate.moderation import moderation_jpeg
from validate.verdict import LOOK_PX

# https://docs.aws.amazon.com/rekognition/latest/dg/limits.html
LEAST_PX, MOST_PX, MOST_BYTES = 80, 10_000, 15 * 1024 * 1024


def seen(data: bytes) -> Image.Image:
    """What Rekognition gets, after a look at its limits."""
    small = inspect(data, default_settings().limits(), LOOK_PX).small
    made = moderation_jpeg(small.image, small.box)
    image = Image.open(io.BytesIO(made))
    image.load()
    assert (image.format, image.mode) == ("JPEG", "RGB")
    assert min(image.size) >= LEAST_PX and max(image.size) <= MOST_PX, image.size
    assert len(made) <= MOST_BYTES
    return image


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((1024, 768), (1024, 768)),
        ((80, 80), (80, 80)),
        ((300, 200), (300, 200)),
        ((3000, 2000), (1024, 683)),
        ((2000, 3000), (683, 1024)),
        ((1025, 1025), (1024, 1024)),
        # Enlarged as little as the shorter side needs.
        ((1, 1), (80, 80)),
        ((79, 79), (80, 80)),
        ((40, 60), (80, 120)),
        ((300, 9), (2667, 80)),
        # Strips keep the shorter side where they can; white fills up where they cannot.
        ((2000, 100), (1600, 80)),
        ((100, 2000), (80, 1600)),
        ((10_000, 80), (10_000, 80)),
        ((10_001, 80), (10_000, 80)),
        ((1, 125), (80, 10_000)),
        ((1, 126), (80, 10_000)),
        ((16_000, 1), (10_000, 80)),
        ((1, 16_000), (80, 10_000)),
    ],
)
def test_a_picture_of_any_size_fits(size: tuple[int, int], expected: tuple[int, int]) -> None:
    assert seen(encoded(Image.new("L", size, 90), "PNG")).size == expected


@pytest.mark.parametrize(("size", "drawn"), [((320, 32), (800, 80)), ((16_000, 64), (10_000, 40))])
def test_a_strip_shows_all_of_the_picture(size: tuple[int, int], drawn: tuple[int, int]) -> None:
    strip = Image.new("RGB", size, (200, 0, 0))
    strip.paste((0, 0, 200), (size[0] // 2, 0, *size))
    width, height = drawn

    image = seen(encoded(strip, "PNG"))

    def near(x: int, y: int, colour: tuple[int, int, int]) -> bool:
        pixel = image.getpixel((x, y))
        assert isinstance(pixel, tuple)
        return all(abs(a - b) <= 12 for a, b in zip(pixel, colour, strict=True))

    for y in (2, height - 3):
        assert near(2, y, (200, 0, 0)) and near(width - 3, y, (0, 0, 200)), y
    if height < LEAST_PX:
        assert near(2, LEAST_PX - 2, (255, 255, 255))


def test_transparent_parts_are_white() -> None:
    clear = Image.new("RGBA", (300, 200), (0, 0, 0, 0))
    clear.paste((0, 90, 0, 255), (0, 0, 100, 200))

    image = seen(encoded(clear, "PNG"))

    assert min(image.crop((120, 0, 300, 200)).tobytes()) >= 250
    assert max(image.crop((0, 0, 80, 200)).getchannel("R").tobytes()) <= 12


def test_a_picture_that_lies_down_is_turned_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6

    assert seen(encoded(draw("lying", (320, 240)), "JPEG", exif=exif)).size == (240, 320)


def test_a_large_jpeg_keeps_what_a_megapixel_can_show() -> None:
    striped = Image.new("L", (3000, 3000), 255)
    for x in range(0, 3000, 12):
        striped.paste(0, (x, 0, x + 6, 3000))

    darkest, brightest = seen(encoded(striped, "JPEG")).convert("L").getextrema()

    assert darkest <= 40 and brightest >= 215


@pytest.mark.parametrize("size", [(1024, 1024), (10_000, 80)])
def test_what_cannot_be_compressed_fits(size: tuple[int, int]) -> None:
    dots = Image.frombytes("RGB", size, random.Random(1).randbytes(3 * size[0] * size[1]))
    seen(encoded(dots, "PNG", compress_level=1))


@pytest.mark.parametrize(
    ("format", "mode"),
    [
        ("PNG", "P"),
        ("PNG", "I;16"),
        ("PNG", "LA"),
        ("JPEG", "CMYK"),
        ("GIF", "P"),
        ("WEBP", "RGBA"),
        ("AVIF", "RGB"),
    ],
)
def test_every_format_and_mode_becomes_a_jpeg(format: str, mode: str) -> None:
    assert seen(encoded(Image.new(mode, (90, 120)), format)).size == (90, 120)
