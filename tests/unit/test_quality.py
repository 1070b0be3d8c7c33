"""One quality for all: what it takes each encoder to bring a picture there."""

from __future__ import annotations

import io
from itertools import pairwise
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageDraw

from bench.scoring import Reference
from optimize import quality as module
from optimize.encoders import LOSSLESS, Setting, encode
from optimize.quality import (
    FULL_COLOUR,
    LEAST_SIDE_PX,
    MOST_HALVED,
    Curve,
    find_settings,
)
from optimize.sample import MOST_TILES, TILE_PX
from tests.pictures import draw, noise

SAMPLES = Path(__file__).parents[2] / "samples"
LOSSY = ("jpeg", "webp", "avif")
SMALL = (320, 240)  # its own sample
LARGE = (512, 384)
# Too small to be compared.
TINY = [(1, 1), (300, 1), (1, 300), (79, 79), (79, 2000), (2000, 79)]


def grained(size: tuple[int, int], sigma: float) -> Image.Image:
    grain = noise(size, sigma).convert("RGB")
    return ImageChops.add(draw("a", size), grain, offset=-128)


def numbers(image: Image.Image, quality: int) -> dict[str, int]:
    return {format: one.number for format, one in find_settings(image, LOSSY, quality).items()}


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """(format, pixels) of all that is encoded for the search."""
    calls: list[tuple[str, int]] = []

    def counted(image: Image.Image, format: str, setting: Setting) -> bytes:
        calls.append((format, image.width * image.height))
        return encode(image, format, setting)

    monkeypatch.setattr(module, "encode", counted)
    return calls


# ── What is reached ──────────────────────────────────────────────────────────────────────────────


def sample(name: str) -> Image.Image:
    """640 px wide."""
    image = Image.open(SAMPLES / name)
    height = round(640 * image.height / image.width)
    return image.resize((640, height), Image.Resampling.LANCZOS)


@pytest.mark.parametrize("name", ["city-rain.jpg", "still-life.jpg", "dusk-mountains.jpg"])
def test_every_format_comes_near_the_quality_that_is_asked(name: str) -> None:
    image = sample(name)
    reference = Reference(image)
    scores = {}
    for format, setting in find_settings(image, LOSSY, 72).items():
        file = Image.open(io.BytesIO(encode(image, format, setting)))
        scores[format] = reference.score(file)
    assert scores == pytest.approx(dict.fromkeys(LOSSY, 72), abs=5)


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("sigma", [0, 15])
def test_more_quality_is_a_higher_number_or_full_colour_in_every_format(
    size: tuple[int, int], sigma: float
) -> None:
    image = grained(size, sigma)
    found = [find_settings(image, LOSSY, quality) for quality in (40, 55, 70, 80, 92)]
    for format in LOSSY:
        rising = [(one[format].full_colour, one[format].number) for one in found]
        assert all(0 <= number <= 100 for _, number in rising)
        assert all(low < high or low == high for low, high in pairwise(rising)), rising
        assert rising[0] < rising[-1]


@pytest.mark.parametrize("quality", [30, 50, 72])
@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_what_loses_more_needs_a_higher_number(quality: int, size: tuple[int, int]) -> None:
    smooth, rough = numbers(grained(size, 0), quality), numbers(grained(size, 15), quality)
    assert [format for format in LOSSY if rough[format] <= smooth[format]] == []


# ── What is tried ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("size", TINY)
def test_a_tiny_or_thin_picture_gets_the_usual_settings_untried(
    size: tuple[int, int], tried: list[tuple[str, int]]
) -> None:
    flat, rough = Image.new("RGB", size), noise(size, 80).convert("RGB")
    assert find_settings(flat, LOSSY, 72) == find_settings(rough, LOSSY, 72)
    assert tried == []


def test_the_usual_number_rises_with_the_quality_and_is_one_that_encoders_take() -> None:
    tiny = Image.new("RGB", (1, 1))
    found = [find_settings(tiny, LOSSY, quality) for quality in range(30, 96)]
    for format in LOSSY:
        rising = [(one[format].full_colour, one[format].number) for one in found]
        assert rising == sorted(rising) and rising[0] < rising[-1]
        assert all(0 <= number <= 100 for _, number in rising)


@pytest.mark.parametrize("size", [(LEAST_SIDE_PX, LEAST_SIDE_PX), (LEAST_SIDE_PX, 2000)])
def test_the_least_that_can_be_compared_is(
    size: tuple[int, int], tried: list[tuple[str, int]]
) -> None:
    find_settings(grained(size, 10), LOSSY, 72)
    assert {format for format, _ in tried} == {"jpeg", "webp"}


@pytest.mark.parametrize("formats", [("jpeg",), ("webp",), ("avif",), ("avif", "webp"), ("png",)])
def test_only_what_is_asked_for_is_tried_and_found(
    formats: tuple[str, ...], tried: list[tuple[str, int]]
) -> None:
    found = find_settings(grained(LARGE, 10), formats, 72)
    assert set(found) == set(formats)
    assert {format for format, _ in tried} == set(formats) - {"png"}


@pytest.mark.parametrize("quality", [30, 72, 95])
@pytest.mark.parametrize("sigma", [0, 40])
def test_a_format_is_tried_at_most_twice_a_kind_and_never_on_all_of_a_large_picture(
    quality: int, sigma: float, tried: list[tuple[str, int]]
) -> None:
    find_settings(grained(LARGE, sigma), LOSSY, quality)
    formats = [format for format, _ in tried]
    assert set(formats) == set(LOSSY)
    # With halved colour, and with full colour.
    assert max(map(formats.count, LOSSY)) <= 4 and formats.count("webp") <= 2
    assert max(pixels for _, pixels in tried) <= MOST_TILES * TILE_PX**2 < LARGE[0] * LARGE[1]


def test_avif_is_tried_on_a_small_picture_only_where_nothing_else_was(
    tried: list[tuple[str, int]],
) -> None:
    image = grained(SMALL, 10)
    find_settings(image, LOSSY, 72)
    assert {format for format, _ in tried} == {"jpeg", "webp"}
    tried.clear()
    for formats in (("avif",), ("avif", "png")):
        find_settings(image, formats, 72)
        assert {format for format, _ in tried} == {"avif"}
        tried.clear()


def test_the_order_of_formats_does_not_matter() -> None:
    image = grained(LARGE, 10)
    assert find_settings(image, LOSSY, 72) == find_settings(image, reversed(LOSSY), 72)


@pytest.mark.parametrize("size", [(1, 1), SMALL])
def test_png_loses_nothing_at_any_quality(size: tuple[int, int]) -> None:
    for quality in (30, 72, 95):
        assert find_settings(grained(size, 5), ("png",), quality) == {"png": LOSSLESS}


def striped(size: tuple[int, int], colours: tuple[str, str]) -> Image.Image:
    """Lines of 1 px, of which two colours that are equally light leave nothing at half the size."""
    image = Image.new("RGB", size, colours[0])
    draw = ImageDraw.Draw(image)
    for left in range(0, size[0], 2):
        draw.line([(left, 0), (left, size[1])], colours[1])
    return image


def test_where_halved_colour_would_take_a_high_number_colour_is_full() -> None:
    striking = Image.blend(grained(LARGE, 5), striped(LARGE, ("#e00000", "#0060ff")), 0.4)
    usual, found = (find_settings(one, LOSSY, 72) for one in (grained(LARGE, 5), striking))
    assert {setting.full_colour for setting in usual.values()} == {False}
    assert {format for format, one in found.items() if one.full_colour} == {"jpeg", "avif"}


@pytest.mark.parametrize("size", [(1, 1), SMALL])
def test_high_quality_is_reached_with_full_colour(size: tuple[int, int]) -> None:
    """WebP has none."""
    found = find_settings(grained(size, 5), LOSSY, 95)
    assert {format for format, one in found.items() if one.full_colour} == {"jpeg", "avif"}
    assert "webp" + FULL_COLOUR not in module.curves() and MOST_HALVED["webp"] == 100


def test_an_untried_avif_of_full_colour_follows_what_the_picture_lost_before(
    tried: list[tuple[str, int]],
) -> None:
    smooth, rough = (find_settings(grained(SMALL, sigma), LOSSY, 88)["avif"] for sigma in (0, 25))
    assert "avif" not in {format for format, _ in tried}
    assert smooth.full_colour and rough.full_colour
    assert smooth.number < rough.number


# ── Curves ───────────────────────────────────────────────────────────────────────────────────────


def test_a_curve_is_lines_between_its_points_and_level_beyond() -> None:
    curve = Curve([(10, 4.0), (50, 3.0), (90, 1.0)], follows=1)
    assert [curve.missing(number) for number in (0, 10, 30, 50, 80, 90, 100)] == pytest.approx(
        [4, 4, 3.5, 3, 1.5, 1, 1]
    )
    assert [curve.number(missing) for missing in (9, 4, 3.5, 3, 1.5, 1, -2)] == [
        *(10, 10, 30, 50, 80, 90, 90)
    ]


def test_a_curve_leads_back_to_the_number_that_it_came_from() -> None:
    for format, curve in module.curves().items():
        first, last = curve.number(100), curve.number(-100)
        assert [curve.number(curve.missing(number)) for number in range(first, last + 1)] == list(
            range(first, last + 1)
        ), format


@pytest.mark.parametrize(
    ("tried", "goal", "number"),
    [
        # As far from the curve as it is at 50 (0.5 more is missing), it is along all of it.
        ([(50, 3.5)], 2.5, 70),
        ([(50, 3.5)], 3.5, 50),
        # Of two, what is nearer to the goal says how far from the curve it is.
        ([(30, 4.0), (50, 3.4)], 2.5, 68),
        ([(50, 3.4), (30, 4.0)], 2.5, 68),
        # With the goal between two tries, the curve has no say.
        ([(30, 4.0), (50, 2.0)], 2.5, 45),
        ([(50, 2.0), (30, 4.0)], 2.5, 45),
        # The same try again says no more.
        ([(50, 3.5), (50, 3.5)], 2.5, 70),
        ([(10, 3.0)], 4.5, 10),
    ],
)
def test_what_was_tried_corrects_the_number(
    tried: list[tuple[int, float]], goal: float, number: int
) -> None:
    assert Curve([(10, 4.0), (50, 3.0), (90, 1.0)], follows=1).corrected(tried, goal) == number
