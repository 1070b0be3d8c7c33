"""Each filter does what its name says, and keeps size, mode and alpha."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any, get_args

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageChops, ImageDraw, ImageFilter, ImageStat
from scipy.ndimage import gaussian_filter

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
    Position,
    Sepia,
    Sharpen,
    Vignette,
    Watermark,
)
from filter import marks
from filter.filters import FILTERS, apply_filter
from tests.pictures import noise

Levels = npt.NDArray[np.float64]

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


def noisy(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    return Image.merge(mode, [noise(size, 60, band) for band in mode])


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
        result = apply_filter(noisy(mode, size), spec)
        assert (result.size, result.mode) == (size, mode)


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("spec", BASICS, ids=ids)
def test_the_picture_changes_and_the_given_one_does_not(spec: FilterSpec, mode: str) -> None:
    image = noisy(mode)
    before = image.copy()
    assert apply_filter(image, spec) != before
    assert image == before


@pytest.mark.parametrize("spec", [s for s in BASICS if not isinstance(s, Border)])
def test_alpha_stays(spec: FilterSpec) -> None:
    image = noisy("RGBA")
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
    image = noisy()
    assert apply_filter(image, spec).tobytes() == image.tobytes()


def levels(image: Image.Image) -> Levels:
    """Height x width x red, green, blue."""
    return np.asarray(image.convert("RGB"), dtype=np.float64)


def assert_like(got: Image.Image, expected: Levels, mean: float = 0.6, worst: float = 2) -> None:
    difference = np.abs(levels(got) - expected.clip(0, 255))
    found = f"mean difference {difference.mean():.2f}, worst {difference.max():.1f}"
    assert difference.mean() <= mean and difference.max() <= worst, found


def colours(mode: str = "RGB") -> Image.Image:
    """60 x 40 px of colours of their own, the same each time; in RGBA half transparent."""
    image = Image.frombytes("RGB", (60, 40), random.Random(5).randbytes(60 * 40 * 3))
    if mode == "RGBA":
        image.putalpha(128)
    return image


LUMA = np.array([0.2126, 0.7152, 0.0722])
# Rows make red, green and blue.
SEPIA = np.array([[0.393, 0.769, 0.189], [0.349, 0.686, 0.168], [0.272, 0.534, 0.131]])
both_modes = pytest.mark.parametrize("mode", ["RGB", "RGBA"])


@both_modes
@pytest.mark.parametrize("amount", [1.0, 0.3])
def test_grayscale_by_its_formula(amount: float, mode: str) -> None:
    before = levels(colours())
    grey = (before @ LUMA)[..., None]
    result = apply_filter(colours(mode), Grayscale(**SIZE, amount=amount))
    assert_like(result, before + amount * (grey - before))


@both_modes
@pytest.mark.parametrize("amount", [1.0, 0.3])
def test_sepia_by_its_formula(amount: float, mode: str) -> None:
    before = levels(colours())
    result = apply_filter(colours(mode), Sepia(**SIZE, amount=amount))
    assert_like(result, before + amount * (before @ SEPIA.T - before))


@both_modes
@pytest.mark.parametrize("factors", [(0.7, 1.3, 1.6), (1.5, 0.6, 0.2), (1, 1, 4), (4, 4, 4)])
def test_adjust_by_its_formula(factors: tuple[float, float, float], mode: str) -> None:
    brightness, contrast, saturation = factors
    curved = (levels(colours()) * brightness).clip(0, 255)
    curved = ((curved - 127.5) * contrast + 127.5).clip(0, 255)
    grey = (curved @ LUMA)[..., None]
    spec = Adjust(**SIZE, brightness=brightness, contrast=contrast, saturation=saturation)
    # The curve is rounded to whole levels before it is multiplied by the saturation.
    assert_like(
        apply_filter(colours(mode), spec), grey + saturation * (curved - grey), mean=1, worst=4
    )


@both_modes
@pytest.mark.parametrize("size", [(60, 40), (300, 20), (31, 200)])
def test_a_vignette_by_its_formula(size: tuple[int, int], mode: str) -> None:
    image = Image.new(mode, size, (200, 120, 80, 99)[: len(mode)])
    across, down = (
        (np.arange(side) + 0.5) / side * 2 - 1 for side in size
    )  # -1 to 1, in the middle of each pixel
    distance = np.sqrt((across[None, :] ** 2 + down[:, None] ** 2) / 2)
    light = 1 - 0.8 * distance**2.5
    result = apply_filter(image, Vignette(**SIZE, amount=0.8))
    assert_like(result, light[..., None] * np.array([200, 120, 80]), mean=1, worst=6)


@both_modes
def test_blur_is_gaussian(mode: str) -> None:
    image = Image.new("RGB", (100, 60), (30, 60, 90))
    image.paste((230, 200, 90), (35, 25, 65, 60))
    if mode == "RGBA":
        image.putalpha(128)
    # Thousandths of 100 px: a standard deviation of 4.
    result = apply_filter(image, Blur(**SIZE, radius=40))
    expected = gaussian_filter(levels(image), sigma=(4, 4, 0), mode="nearest")
    # Pillow's is three box blurs: https://doi.org/10.1007/978-3-642-24785-9_38
    # A half transparent picture loses a level on the way.
    assert_like(
        result, expected, mean=0.7 if mode == "RGB" else 1.4, worst=4 if mode == "RGB" else 6
    )


@both_modes
@pytest.mark.parametrize("threshold", [0, 20])
def test_sharpen_is_an_unsharp_mask(threshold: int, mode: str) -> None:
    image = colours(mode)
    before = levels(image)
    around = levels(image.convert("RGB").filter(ImageFilter.GaussianBlur(2)))
    excess = before - around
    expected = before + np.where(np.abs(excess) > threshold, excess, 0) * 0.9
    result = apply_filter(image, Sharpen(**SIZE, radius=2, percent=90, threshold=threshold))
    if mode == "RGB":
        assert_like(result, expected)
    else:  # Colours lose half a level or so on the way through half their alpha.
        assert_like(result, expected, mean=1.5, worst=40)


def test_sharpen_is_as_strong_on_a_half_transparent_picture() -> None:
    opaque, half = (apply_filter(colours(mode), Sharpen(**SIZE)) for mode in ("RGB", "RGBA"))
    assert np.abs(levels(opaque) - levels(half)).mean() < 1


@both_modes
@pytest.mark.parametrize("cutoff", [0, 5, 40])
def test_autocontrast_by_its_formula(cutoff: float, mode: str) -> None:
    image = colours().point([40 + level // 2 for level in range(256)] * 3)
    before = levels(image)
    grey = np.sort(np.asarray(image.convert("L")), axis=None).astype(np.float64)
    trimmed = int(grey.size * cutoff / 100)
    low, high = grey[trimmed], grey[grey.size - 1 - trimmed]
    if mode == "RGBA":
        image.putalpha(128)
    result = apply_filter(image, Autocontrast(**SIZE, cutoff=cutoff))
    assert_like(result, (before - low) * 255 / (high - low), mean=1, worst=2)


@both_modes
def test_pixelate_by_its_formula(mode: str) -> None:
    before = levels(colours())
    means = before.reshape(8, 5, 12, 5, 3).mean(axis=(1, 3))
    result = apply_filter(colours(mode), Pixelate(**SIZE, blocks=12))
    assert_like(result, means.repeat(5, axis=0).repeat(5, axis=1), mean=1)


@pytest.mark.parametrize(
    "spec",
    [Blur(**SIZE), Blur(**SIZE, radius=100), Pixelate(**SIZE, blocks=2), Sharpen(**SIZE)],
)
def test_what_is_fine_on_transparent_ground_keeps_its_colour(spec: FilterSpec) -> None:
    """Premultiplied in 8 bits, the colour of a single pixel would be lost in a large average."""
    colour = (200, 100, 50, 255)
    image = Image.new("RGBA", (400, 300), (0, 0, 0, 0))
    image.putpixel((200, 150), colour)
    image.paste(colour, (0, 20, 400, 21))
    result = apply_filter(image, spec)
    assert_near(result.getpixel((200, 150)), colour, 8)
    assert_near(result.getpixel((100, 20)), colour, 8)


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
    result = apply_filter(noisy(size=(60, 40)), Pixelate(**SIZE, blocks=6))
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

Mark = dict[str, str]


@pytest.fixture(params=["text", "white", "black", "grey"])
def marked(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Mark:
    """A text, or a PNG of one colour on nothing."""
    if request.param == "text":
        return {"text": "READ ME"}
    monkeypatch.setattr(marks, "WATERMARKS", tmp_path)
    logo = Image.new("RGBA", (400, 200), (0, 0, 0, 0))
    for box in ((0, 0, 180, 200), (220, 80, 400, 120)):
        ImageDraw.Draw(logo).ellipse(box, fill=request.param)
    logo.save(tmp_path / "logo.png")
    return {"image": "logo.png"}


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


@pytest.mark.parametrize("position", get_args(Position))
def test_a_watermark_scales_with_the_picture(position: Any, marked: Mark) -> None:
    """The same shares of the picture, and the same letters."""
    boxes = []
    for width in (320, 1920):
        size = (width, width * 3 // 4)
        image = Image.new("RGB", size, GREY)
        spec = Watermark(**SIZE, **marked, size=0.3, position=position)
        box = drawn_box(apply_filter(image, spec), GREY)
        boxes.append([side / size[axis % 2] for axis, side in enumerate(box)])
        assert abs(boxes[-1][2] - boxes[-1][0] - 0.3) <= 0.004
    for small, large in zip(*boxes, strict=True):
        assert abs(small - large) <= 0.01, boxes


GROUNDS = {
    "white": Image.new("RGB", (400, 200), WHITE),
    "black": Image.new("RGB", (400, 200)),
    "grey": Image.new("RGB", (400, 200), GREY),
    "noise": noise((400, 200), 100).convert("RGB"),
}


@pytest.mark.parametrize("ground", GROUNDS)
def test_a_watermark_can_be_read_on_dark_and_on_light(ground: str, marked: Mark) -> None:
    image = GROUNDS[ground]
    spec = Watermark(**SIZE, **marked, size=0.8, position="center")
    change = ImageChops.difference(apply_filter(image, spec), image).convert("L")
    box = change.getbbox()
    assert box is not None
    histogram = change.crop(box).histogram()
    # A fifth of full contrast, as much as the outline of two blobs makes where they are no
    # different from the ground.
    share = sum(histogram[52:]) / sum(histogram)
    assert share >= 0.02, f"expected 2 % of the box to differ, got {share:.1%}"


def test_a_watermark_is_as_strong_as_its_opacity() -> None:
    image = Image.new("RGB", (400, 200), (0, 0, 0))
    result = apply_filter(image, Watermark(**SIZE, text="III", size=0.5, opacity=0.5))
    assert ImageStat.Stat(result).extrema[0] == (0, 128)


def test_a_long_text_on_a_flat_picture_stays_inside() -> None:
    for size in ((400, 8), (8, 400), (40, 40)):
        image = Image.new("RGB", size, GREY)
        text = "a long line of text, longer than some" if size[0] > 8 else "I"
        assert apply_filter(image, Watermark(**SIZE, text=text, size=1)).size == size


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
        apply_filter(noisy(), Watermark(**SIZE, image="nowhere.png"))
