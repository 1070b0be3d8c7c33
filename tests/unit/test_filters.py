"""Each filter does what its name says, and keeps size, mode and alpha."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from darkroom.errors import RecipeError
from darkroom.recipes import (
    Adjust,
    AnyFilter,
    Autocontrast,
    Blur,
    Border,
    FilterSpec,
    Grayscale,
    Pixelate,
    Sepia,
    Sharpen,
    Vignette,
    Watermark,
)
from filter import marks
from filter.filters import FILTERS, apply_filter

SIZE: dict[str, Any] = {"name": "x", "width": 960}
BASICS: list[FilterSpec] = [
    Grayscale(**SIZE),
    Sepia(**SIZE),
    Blur(**SIZE),
    Sharpen(**SIZE),
    Autocontrast(**SIZE),
    Adjust(**SIZE, brightness=1.2, contrast=0.8, saturation=1.5),
    Vignette(**SIZE),
    Pixelate(**SIZE, blocks=4),
    Border(**SIZE, size=0.1, colour="#ff8000"),
    Watermark(**SIZE, text="Darkroom"),
]
ids = [spec.filter for spec in BASICS]

RED, GREEN, GREY, WHITE = (255, 0, 0), (0, 255, 0), (128, 128, 128), (255, 255, 255)


def assert_near(got: Any, expected: Any, epsilon: int = 2) -> None:
    worst = max(abs(a - b) for a, b in zip(got, expected, strict=True))
    assert worst <= epsilon, f"expected {expected} within {epsilon}, got {got}"


def noise(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    return Image.merge(mode, [Image.effect_noise(size, 60) for _ in mode])


def halves(left: Any, right: Any, mode: str = "RGB") -> Image.Image:
    """40 x 20 px."""
    image = Image.new(mode, (40, 20), left)
    image.paste(right, (20, 0, 40, 20))
    return image


def test_every_filter_of_the_recipes_is_in_the_table_and_no_other() -> None:
    assert set(FILTERS) == set(get_args(AnyFilter))
    assert [type(spec) for spec in BASICS] == list(FILTERS)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("spec", BASICS, ids=ids)
def test_size_and_mode_stay(spec: FilterSpec, mode: str) -> None:
    for size in ((60, 40), (1, 1), (2, 3), (500, 1), (3, 400)):
        result = apply_filter(noise(mode, size), spec)
        assert (result.size, result.mode) == (size, mode)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("spec", BASICS, ids=ids)
def test_the_picture_changes_and_the_given_one_does_not(spec: FilterSpec, mode: str) -> None:
    image = noise(mode)
    before = image.copy()
    assert apply_filter(image, spec) != before
    assert image == before


@pytest.mark.parametrize("spec", [s for s in BASICS if not isinstance(s, Border)])
def test_alpha_stays(spec: FilterSpec) -> None:
    image = noise("RGBA")
    result = apply_filter(image, spec)
    assert result.getchannel("A").tobytes() == image.getchannel("A").tobytes()


@pytest.mark.parametrize(
    "spec", [Blur(**SIZE, radius=60), Pixelate(**SIZE, blocks=3), Sharpen(**SIZE, threshold=0)]
)
def test_hidden_colour_does_not_bleed(spec: FilterSpec) -> None:
    image = halves((*GREEN, 0), (*GREY, 255), "RGBA")
    result = apply_filter(image, spec)
    for x in range(20, 40):
        assert_near(result.getpixel((x, 10)), (*GREY, 255), 3)


@pytest.mark.parametrize(
    "spec",
    [
        Grayscale(**SIZE, amount=0),
        Sepia(**SIZE, amount=0),
        Vignette(**SIZE, amount=0),
        Adjust(**SIZE),
        Pixelate(**SIZE, blocks=60),
    ],
)
def test_a_filter_of_no_strength_leaves_the_picture(spec: FilterSpec) -> None:
    image = noise()
    assert apply_filter(image, spec).tobytes() == image.tobytes()


@pytest.mark.parametrize(
    ("colour", "luma"), [(RED, 54), (GREEN, 182), ((0, 0, 255), 18), (WHITE, 255)]
)
def test_grey_is_the_luma_of_rec_709(colour: tuple[int, ...], luma: int) -> None:
    image = Image.new("RGB", (2, 2), colour)
    assert_near(apply_filter(image, Grayscale(**SIZE)).getpixel((0, 0)), (luma,) * 3, 1)


def test_half_a_grayscale_is_half_way() -> None:
    result = apply_filter(Image.new("RGB", (2, 2), RED), Grayscale(**SIZE, amount=0.5))
    assert_near(result.getpixel((0, 0)), (155, 27, 27), 1)


@pytest.mark.parametrize(
    ("amount", "expected"), [(1.0, (107, 95, 74)), (0.5, (154, 63, 52)), (0.0, (200, 30, 30))]
)
def test_sepia_is_the_matrix_of_the_w3c_blended_by_amount(
    amount: float, expected: tuple[int, ...]
) -> None:
    result = apply_filter(Image.new("RGB", (2, 2), (200, 30, 30)), Sepia(**SIZE, amount=amount))
    assert_near(result.getpixel((0, 0)), expected, 1)


def test_blur_spreads_an_edge_by_thousandths_of_the_longer_side() -> None:
    def shades(size: tuple[int, int]) -> int:
        image = Image.new("RGB", size)
        image.paste(WHITE, (size[0] // 2, 0, *size))
        blurred = apply_filter(image, Blur(**SIZE, radius=20))
        row = [blurred.getpixel((x, 5))[0] for x in range(size[0])]  # type: ignore[index]
        return sum(25 < level < 230 for level in row)

    small, large = shades((200, 10)), shades((800, 10))
    assert small >= 6
    assert abs(large - 4 * small) <= 6, f"expected four times {small}, got {large}"


def test_sharpen_steepens_an_edge_and_leaves_even_parts() -> None:
    result = apply_filter(halves((100,) * 3, (150,) * 3), Sharpen(**SIZE))
    assert result.getpixel((19, 10))[0] < 95  # type: ignore[index]
    assert result.getpixel((20, 10))[0] > 155  # type: ignore[index]
    assert_near(result.getpixel((2, 10)), (100,) * 3)


def test_autocontrast_reaches_black_and_white() -> None:
    image = Image.linear_gradient("L").point(lambda level: level * 0.4 + 70).convert("RGB")
    assert apply_filter(image, Autocontrast(**SIZE)).getextrema() == ((0, 255),) * 3


def test_autocontrast_is_one_curve_for_all_channels() -> None:
    image = halves((100, 90, 80), (160, 150, 140))
    result = apply_filter(image, Autocontrast(**SIZE, cutoff=0))
    red, green, blue = result.getpixel((30, 10))  # type: ignore[misc]
    assert red >= green > blue
    dark = result.getpixel((5, 10))
    assert dark[0] > dark[1] >= dark[2]  # type: ignore[index]


def test_transparent_pixels_have_no_vote_in_autocontrast() -> None:
    image = Image.new("RGBA", (60, 20), (100, 100, 100, 255))
    image.paste((160, 160, 160, 255), (20, 0, 40, 20))
    image.paste((255, 255, 255, 0), (40, 0, 60, 20))
    result = apply_filter(image, Autocontrast(**SIZE, cutoff=0))
    assert_near(result.getpixel((30, 10)), (255, 255, 255, 255))


def test_a_wholly_transparent_picture_survives_autocontrast() -> None:
    image = Image.new("RGBA", (4, 4), (1, 2, 3, 0))
    assert apply_filter(image, Autocontrast(**SIZE)) == image


@pytest.mark.parametrize(
    ("factors", "expected"),
    [
        ({"brightness": 0}, (0, 0, 0)),
        ({"brightness": 1.5}, (255, 150, 75)),
        ({"contrast": 0}, GREY),
        ({"contrast": 2}, (255, 73, 0)),
        ({"saturation": 0}, (118, 118, 118)),
        ({"saturation": 2}, (255, 82, 0)),
    ],
)
def test_adjust_by_one_factor(factors: dict[str, Any], expected: tuple[int, ...]) -> None:
    image = Image.new("RGB", (2, 2), (200, 100, 50))
    assert_near(apply_filter(image, Adjust(**SIZE, **factors)).getpixel((0, 0)), expected)


def test_a_vignette_darkens_the_corners_and_not_the_middle() -> None:
    result = apply_filter(Image.new("RGB", (300, 200), WHITE), Vignette(**SIZE, amount=0.5))
    assert_near(result.getpixel((150, 100)), WHITE, 1)
    corners = [result.getpixel(xy) for xy in ((0, 0), (299, 0), (0, 199), (299, 199))]
    for corner in corners:
        assert_near(corner, GREY, 6)
    middle_row = [result.getpixel((x, 100))[0] for x in range(150, 300)]  # type: ignore[index]
    assert middle_row == sorted(middle_row, reverse=True)
    half_way = result.getpixel((225, 150))
    assert_near(half_way, (232, 232, 232), 4)


def test_pixelate_makes_even_blocks() -> None:
    result = apply_filter(noise(size=(60, 40)), Pixelate(**SIZE, blocks=6))
    for left in range(0, 60, 10):
        for top in range(0, 40, 10):
            block = result.crop((left, top, left + 10, top + 10))
            assert block.getcolors(1) is not None, f"block at {left}, {top} is not even"


def test_a_block_is_the_mean_of_its_pixels() -> None:
    image = Image.new("RGB", (40, 20))
    for x in range(0, 40, 2):
        image.paste(WHITE, (x, 0, x + 1, 20))
    assert_near(apply_filter(image, Pixelate(**SIZE, blocks=4)).getpixel((3, 3)), GREY, 1)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_border_is_equally_wide_and_opaque(mode: str) -> None:
    inside = RED if mode == "RGB" else (*RED, 100)
    colour = (255, 128, 0) if mode == "RGB" else (255, 128, 0, 255)
    image = Image.new(mode, (60, 40), inside)
    result = apply_filter(image, Border(**SIZE, size=0.1, colour="#ff8000"))
    for xy in ((0, 0), (59, 39), (3, 20), (56, 20), (30, 3), (30, 36)):
        assert result.getpixel(xy) == colour, xy
    for xy in ((4, 4), (55, 35), (4, 20), (30, 4)):
        assert_near(result.getpixel(xy), inside)


def test_a_picture_inside_a_border_keeps_its_proportions() -> None:
    image = Image.new("RGB", (300, 100), WHITE)
    ImageDraw.Draw(image).ellipse((125, 25, 175, 75), fill="black")
    result = apply_filter(image, Border(**SIZE, size=0.2))
    dark = result.convert("L").point([255] * 128 + [0] * 128)
    left, top, right, bottom = dark.getbbox()  # type: ignore[misc]
    assert abs((right - left) - (bottom - top)) <= 2


# Watermarks


def drawn_box(image: Image.Image, ground: tuple[int, ...]) -> tuple[int, int, int, int]:
    box = ImageChops.difference(image, Image.new("RGB", image.size, ground)).getbbox()
    assert box is not None
    return box


@pytest.mark.parametrize("size", [0.2, 0.5, 1.0])
def test_a_text_is_as_wide_as_its_share_of_the_picture(size: float) -> None:
    image = Image.new("RGB", (600, 400), GREY)
    result = apply_filter(image, Watermark(**SIZE, text="Darkroom", size=size))
    left, _, right, _ = drawn_box(result, GREY)
    assert abs((right - left) - 600 * size) <= 8, f"expected {600 * size}, got {right - left}"


@pytest.mark.parametrize(
    ("position", "across", "down"),
    [
        ("north-west", 0, 0),
        ("north-east", 1, 0),
        ("south-west", 0, 1),
        ("south-east", 1, 1),
        ("center", 0.5, 0.5),
    ],
)
def test_a_watermark_stands_where_it_is_told(position: Any, across: float, down: float) -> None:
    image = Image.new("RGB", (600, 400), GREY)
    result = apply_filter(image, Watermark(**SIZE, text="OHO", size=0.2, position=position))
    left, top, right, bottom = drawn_box(result, GREY)
    for before, after, share in ((left, 600 - right, across), (top, 400 - bottom, down)):
        assert min(before, after) >= 10
        assert abs(before / (before + after) - share) < 0.06


@pytest.mark.parametrize("ground", [(0, 0, 0), GREY, WHITE])
def test_a_text_can_be_read_on_dark_and_on_light(ground: tuple[int, ...]) -> None:
    image = Image.new("RGB", (400, 200), ground)
    result = apply_filter(image, Watermark(**SIZE, text="READ ME", size=0.8))
    low, high = result.convert("L").getextrema()
    assert high - low >= 120  # type: ignore[operator]


def test_a_watermark_is_as_strong_as_its_opacity() -> None:
    image = Image.new("RGB", (400, 200), (0, 0, 0))
    result = apply_filter(image, Watermark(**SIZE, text="III", size=0.5, opacity=0.5))
    assert ImageStat.Stat(result).extrema[0] == (0, 128)


def test_a_long_text_on_a_flat_picture_stays_inside() -> None:
    for size in ((400, 8), (8, 400), (40, 40)):
        image = Image.new("RGB", size, GREY)
        text = "a long line of text, longer than some" if size[0] > 8 else "I"
        assert apply_filter(image, Watermark(**SIZE, text=text, size=1)).size == size


def test_characters_without_a_glyph_are_named() -> None:
    with pytest.raises(RecipeError, match="'日本'"):
        apply_filter(noise(), Watermark(**SIZE, text="© 日本 Ltd"))


def test_a_png_is_drawn_across_its_share_with_its_own_alpha(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logo = Image.new("RGBA", (50, 20), (0, 0, 0, 0))
    logo.paste((*RED, 255), (0, 0, 25, 20))
    logo.save(tmp_path / "logo.png")
    monkeypatch.setattr(marks, "WATERMARKS", tmp_path)
    image = Image.new("RGB", (400, 300), GREY)
    spec = Watermark(**SIZE, image="logo.png", size=0.5, opacity=0.5, position="center")
    result = apply_filter(image, spec)
    assert_near(result.getpixel((150, 150)), (192, 64, 64), 3)
    assert result.getpixel((250, 150)) == GREY
    assert result.getpixel((95, 150)) == GREY
    assert result.getpixel((150, 105)) == GREY


def test_a_missing_png_is_named() -> None:
    with pytest.raises(RecipeError, match=r"expected a PNG in watermarks/ .* 'nowhere.png'"):
        apply_filter(noise(), Watermark(**SIZE, image="nowhere.png"))
