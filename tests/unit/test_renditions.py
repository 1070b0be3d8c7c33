"""One rendition at a planned size, and the placeholder."""

from __future__ import annotations

import base64
import io
from typing import Any, Literal

import pytest
from PIL import Image

from darkroom.contracts import Variant
from resize.renditions import make_rendition
from tests.pictures import noise
from validate.placeholder import placeholder

Fit = Literal["scale", "cover", "contain"]

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def assert_near(got: Any, expected: Any, epsilon: int = 2) -> None:
    worst = max(abs(a - b) for a, b in zip(got, expected, strict=True))
    assert worst <= epsilon, f"expected {expected} within {epsilon}, got {got}"


def made(image: Image.Image, width: int, height: int, fit: Fit, **more: Any) -> Image.Image:
    return make_rendition(image, Variant("x", "rendition", width, height, fit, **more))


def bands(widths: tuple[int, int, int], height: int) -> Image.Image:
    """Blue, red, blue, side by side."""
    image = Image.new("RGB", (sum(widths), height), BLUE)
    image.paste(RED, (widths[0], 0, widths[0] + widths[1], height))
    return image


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("fit", ["scale", "cover", "contain"])
def test_every_fit_gives_the_planned_size_in_the_same_mode(fit: Fit, mode: str) -> None:
    for size in ((31, 17), (1, 1), (60, 1), (7, 40)):
        result = made(Image.new(mode, (60, 40)), *size, fit)
        assert (result.size, result.mode) == (size, mode)


@pytest.mark.parametrize("fit", ["scale", "cover", "contain"])
def test_a_picture_of_the_planned_size_is_left_as_it_is(fit: Fit) -> None:
    image = noise((20, 10), 80).convert("RGB")
    assert made(image, 20, 10, fit) is image


def test_scale_shows_the_whole_picture() -> None:
    result = made(bands((40, 40, 40), 40), 60, 20, "scale")
    assert_near(result.getpixel((5, 10)), BLUE)
    assert_near(result.getpixel((30, 10)), RED)
    assert_near(result.getpixel((55, 10)), BLUE)


def test_cover_cuts_both_sides_alike_and_keeps_the_middle() -> None:
    result = made(bands((60, 40, 60), 40), 20, 20, "cover")
    for x in range(20):
        assert_near(result.getpixel((x, 10)), RED, 30)


def test_cover_cuts_top_and_bottom_of_a_tall_picture() -> None:
    image = bands((60, 40, 60), 40).transpose(Image.Transpose.TRANSPOSE)
    result = made(image, 20, 20, "cover")
    for y in range(20):
        assert_near(result.getpixel((10, y)), RED, 30)


def test_contain_puts_a_picture_in_the_middle_of_white() -> None:
    result = made(Image.new("RGB", (80, 40), RED), 40, 40, "contain")
    column = [result.getpixel((20, y)) for y in range(40)]
    assert column == [WHITE] * 10 + [RED] * 20 + [WHITE] * 10


def test_contain_puts_a_tall_picture_in_the_middle_too() -> None:
    result = made(Image.new("RGB", (40, 80), RED), 40, 40, "contain")
    row = [result.getpixel((x, 20)) for x in range(40)]
    assert row == [WHITE] * 10 + [RED] * 20 + [WHITE] * 10


def test_contain_puts_a_picture_with_alpha_on_nothing() -> None:
    result = made(Image.new("RGBA", (80, 40), (*RED, 128)), 40, 40, "contain")
    assert result.getpixel((20, 5)) == (0, 0, 0, 0)
    assert_near(result.getpixel((20, 20)), (*RED, 128))


def test_contain_does_not_enlarge_the_picture() -> None:
    result = made(Image.new("RGB", (10, 10), RED), 30, 20, "contain")
    assert sum(1 for x in range(30) for y in range(20) if result.getpixel((x, y)) == RED) == 100


# Gravity


def stripes(width: int, height: int) -> Image.Image:
    """From left to right, and along the height from top to bottom: red, green, blue."""
    image = Image.new("RGB", (3, 1) if width > height else (1, 3))
    for place, colour in enumerate((RED, GREEN, BLUE)):
        image.putpixel((place, 0) if width > height else (0, place), colour)
    return image.resize((width, height), Image.Resampling.NEAREST)


KEPT_OF_WIDE = {
    **dict.fromkeys(("north-west", "west", "south-west"), RED),
    **dict.fromkeys(("north", "center", "south", None), GREEN),
    **dict.fromkeys(("north-east", "east", "south-east"), BLUE),
}
KEPT_OF_TALL = {
    **dict.fromkeys(("north-west", "north", "north-east"), RED),
    **dict.fromkeys(("west", "center", "east", None), GREEN),
    **dict.fromkeys(("south-west", "south", "south-east"), BLUE),
}


@pytest.mark.parametrize("size", [(10, 10), (30, 30)])
@pytest.mark.parametrize("gravity", KEPT_OF_WIDE)
def test_a_gravity_names_the_end_of_the_axis_that_is_trimmed(
    gravity: str | None, size: tuple[int, int]
) -> None:
    for image, kept in ((stripes(90, 30), KEPT_OF_WIDE), (stripes(30, 90), KEPT_OF_TALL)):
        result = made(image, *size, "cover", gravity=gravity)
        inner = result.crop((2, 2, size[0] - 2, size[1] - 2))
        for x in range(inner.width):
            assert_near(inner.getpixel((x, x)), kept[gravity], 12)


@pytest.mark.parametrize("gravity", ["center", "east", "auto"])
def test_a_crop_that_scales_nothing_changes_no_pixel(gravity: str) -> None:
    image = noise((45, 40), 90).convert("RGB")
    result = made(image, 40, 40, "cover", gravity=gravity)
    crops = [image.crop((left, 0, left + 40, 40)) for left in range(6)]
    assert result in crops


def test_auto_keeps_what_stands_out() -> None:
    image = Image.new("RGB", (90, 30), (120, 120, 120))
    image.paste(RED, (66, 8, 80, 22))
    colours = made(image, 30, 30, "cover", gravity="auto").getcolors() or []
    assert sum(count for count, colour in colours if colour == RED) == 14 * 14


# Pad


@pytest.mark.parametrize("size", [(40, 40), (20, 20)])
def test_a_pad_of_a_colour_is_around_the_picture(size: tuple[int, int]) -> None:
    result = made(Image.new("RGB", (40, 20), RED), *size, "contain", pad="#102030")
    column = [result.getpixel((size[0] // 2, y)) for y in range(size[1])]
    ends, inner = [(16, 32, 48)] * (size[1] // 4), [RED] * (size[1] // 2)
    assert (result.mode, column) == ("RGB", ends + inner + ends)


def test_a_pad_of_a_colour_leaves_a_pictures_own_transparency() -> None:
    result = made(Image.new("RGBA", (80, 40), (*RED, 128)), 40, 40, "contain", pad="#102030")
    assert result.mode == "RGBA"
    assert result.getpixel((20, 5)) == (16, 32, 48, 255)
    assert_near(result.getpixel((20, 20)), (*RED, 128))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_transparent_pad_is_nothing(mode: str) -> None:
    result = made(Image.new(mode, (80, 40), RED), 40, 40, "contain", pad="transparent")
    assert result.mode == "RGBA"
    assert result.getpixel((20, 5)) == (0, 0, 0, 0)
    assert_near(result.getpixel((20, 20)), (*RED, 255))


@pytest.mark.parametrize("pad", ["transparent", "#102030", None])
def test_where_nothing_is_padded_a_picture_stays_as_it_is(pad: str | None) -> None:
    image = noise((40, 20), 90).convert("RGB")
    assert made(image, 40, 20, "contain", pad=pad) is image
    half = made(image, 20, 10, "contain", pad=pad)
    assert (half.mode, half.size) == ("RGB", (20, 10))


@pytest.mark.parametrize("factor", [2, 9])
def test_colour_under_transparent_pixels_makes_no_fringe(factor: int) -> None:
    image = Image.new("RGBA", (20 * factor, 20 * factor), (0, 0, 0, 0))
    image.paste((255, 255, 255, 255), (7 * factor + 1, 0, 20 * factor, 20 * factor))
    row = [made(image, 20, 20, "scale").getpixel((x, 10)) for x in range(20)]
    edge = [pixel for pixel in row if pixel[3]]  # type: ignore[index]
    assert any(0 < pixel[3] < 255 for pixel in edge)  # type: ignore[index]
    for pixel in edge:
        assert_near(pixel[:3], WHITE)  # type: ignore[index]


def test_a_strong_reduction_is_as_smooth_as_one_in_full() -> None:
    image = noise((900, 900), 120).convert("RGB")
    full = image.resize((40, 40), Image.Resampling.LANCZOS)
    got = made(image, 40, 40, "scale")
    worst = max(abs(a - b) for a, b in zip(got.tobytes(), full.tobytes(), strict=True))
    assert worst <= 6, f"expected at most 6 levels of difference, got {worst}"


# The placeholder


def decoded(uri: str) -> Image.Image:
    head, _, body = uri.partition(",")
    assert head == "data:image/webp;base64"
    return Image.open(io.BytesIO(base64.b64decode(body, validate=True)), formats=("WEBP",))


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize(
    ("size", "small"),
    [
        ((640, 480), (16, 12)),
        ((480, 640), (12, 16)),
        ((1, 10_000), (1, 16)),
        ((10_000, 1), (16, 1)),
        ((5, 3), (5, 3)),
        ((1, 1), (1, 1)),
    ],
)
def test_a_placeholder_is_16_px_along_its_longer_side(
    size: tuple[int, int], small: tuple[int, int], mode: str
) -> None:
    colour = (200, 40, 90) if mode == "RGB" else (200, 40, 90, 100)
    image = decoded(placeholder(Image.new(mode, size, colour)))
    assert (image.size, image.mode) == (small, mode)
    assert_near(image.getpixel((0, 0)), colour, 6)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_placeholder_of_noise_is_no_longer_than_a_kibibyte(mode: str) -> None:
    grain = Image.merge(mode, [noise((16, 16), 200, band) for band in mode])
    assert len(placeholder(grain)) <= 1024


def test_a_placeholder_looks_like_its_picture() -> None:
    image = decoded(placeholder(bands((400, 400, 400), 300)))
    assert_near(image.getpixel((1, 2)), BLUE, 60)
    assert_near(image.getpixel((8, 2)), RED, 60)
