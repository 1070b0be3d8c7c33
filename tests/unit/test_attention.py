"""Which part of a picture `gravity: auto` keeps."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageDraw

from darkroom.contracts import Variant
from darkroom.images import load_reduced
from resize.attention import best_place
from resize.renditions import crop_box
from tests.pictures import draw, encoded, noise

GREY, RED, TEAL = (120, 120, 120), (220, 30, 30), (20, 165, 145)
# As light and as saturated as each other.
SKIN, SKY = (224, 172, 134), (134, 196, 224)
SIDE = 120


def ground(width: int, height: int, colour: Any = GREY) -> Image.Image:
    return Image.new("RGB" if len(colour) == 3 else "RGBA", (width, height), colour)


def face(image: Image.Image, x: int, y: int, radius: int = 24, colour: Any = SKIN) -> None:
    """A disc with eyes and a mouth."""
    pen = ImageDraw.Draw(image)
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), colour)
    for dx in (-radius // 3, radius // 3):
        pen.ellipse((x + dx - 3, y - 8, x + dx + 3, y - 2), (60, 40, 30))
    pen.line((x - 8, y + 10, x + 8, y + 10), (150, 60, 60), 3)


def kept(image: Image.Image, width: int = SIDE, height: int = SIDE) -> tuple[float, ...]:
    """left, top, right, bottom of the automatic crop."""
    variant = Variant("x", "rendition", width, height, "cover", "auto")
    return crop_box(image, variant, (0, 0, *image.size))


def assert_inside(box: tuple[float, ...], x: int, y: int, radius: int = 24) -> None:
    left, top, right, bottom = box
    inside = left <= x - radius and x + radius <= right and top <= y - radius
    assert inside and y + radius <= bottom, f"expected ({x}, {y}) in the crop, got {box}"


@pytest.mark.parametrize("x", [40, 150, 200, 320])
@pytest.mark.parametrize("turned", [False, True])
def test_a_face_stays_in_the_crop_wherever_it_is(x: int, turned: bool) -> None:
    image = ground(360, 120)
    face(image, x, 60)
    if turned:
        image = image.transpose(Image.Transpose.TRANSPOSE)
    assert_inside(kept(image), *((60, x) if turned else (x, 60)))


def test_a_face_wins_against_more_detail_of_another_colour() -> None:
    image = ground(480, 120)
    face(image, 60, 60)
    face(image, 400, 60, radius=40, colour=SKY)
    assert_inside(kept(image), 60, 60)


@pytest.mark.parametrize("x", [60, 300])
def test_detail_wins_against_flat_ground(x: int) -> None:
    image = ground(360, 120)
    for step in range(-20, 20, 8):
        image.paste((60, 60, 60), (x + step, 40, x + step + 4, 80))
    assert_inside(kept(image), x, 60)


@pytest.mark.parametrize("x", [60, 300])
def test_a_strong_colour_wins_against_grey_with_the_same_detail(x: int) -> None:
    image = ground(360, 120)
    for place, colour in ((x, TEAL), (360 - x, (104, 104, 104))):
        image.paste(colour, (place - 20, 40, place + 20, 80))
    assert_inside(kept(image), x, 60, 20)


def test_sand_is_no_skin_for_there_is_too_much_of_it() -> None:
    image = ground(120, 480, (150, 190, 230))
    image.paste(SKIN, (0, 160, 120, 480))
    for y in range(240, 470, 24):
        ImageDraw.Draw(image).line((0, y, 120, y + 6), (216, 164, 126), 3)
    face(image, 60, 60, colour=RED)
    assert_inside(kept(image), 60, 60)


@pytest.mark.parametrize("colour", [GREY, SKIN, RED, (0, 0, 0), (*RED, 0), (*RED, 99)])
@pytest.mark.parametrize("size", [(361, 120), (120, 361), (1, 900), (900, 1), (5000, 7)])
def test_a_flat_picture_is_cut_in_the_middle(colour: Any, size: tuple[int, int]) -> None:
    assert best_place(ground(*size, colour), (0, 0, *size), size[0] > size[1], 0.3) == 0.5


def test_evenly_spread_noise_is_cut_near_the_middle() -> None:
    image = noise((480, 120), 12).convert("RGB")
    assert abs(best_place(image, (0, 0, *image.size), True, 0.25) - 0.5) <= 0.1


def test_what_is_alike_at_both_ends_is_cut_in_the_middle() -> None:
    half = draw("mirror", (180, 120))
    image = ground(360, 120)
    image.paste(half, (0, 0))
    image.paste(half.transpose(Image.Transpose.FLIP_LEFT_RIGHT), (180, 0))
    left, _, right, _ = kept(image)
    assert abs((left + right) / 2 - 180) <= 60


@pytest.mark.parametrize("end", [0, 1])
def test_transparent_pixels_count_for_nothing(end: int) -> None:
    image = draw("hidden", (360, 120)).convert("RGBA")
    hidden = noise((180, 120), 120).convert("RGBA")
    hidden.putalpha(0)
    image.paste(hidden, (180 * end, 0))
    left, _, right, _ = kept(image)
    assert (right <= 200) if end else (left >= 160)


@pytest.mark.parametrize("x", [60, 180, 300])
def test_a_mirrored_picture_is_cut_as_in_a_mirror(x: int) -> None:
    image = draw("mirrored", (360, 120))
    face(image, x, 60)
    place = best_place(image, (0, 0, 360, 120), True, 1 / 3)
    mirrored = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    assert best_place(mirrored, (0, 0, 360, 120), True, 1 / 3) == pytest.approx(1 - place, abs=0.02)


def test_only_what_is_in_the_box_counts() -> None:
    image = ground(480, 120)
    face(image, 140, 60)
    variant = Variant("x", "rendition", 120, 120, "cover", "auto")
    assert_inside(crop_box(image, variant, (100.0, 0.0, 480.0, 120.0)), 140, 60)


def test_a_picture_decoded_smaller_is_cut_at_the_same_place() -> None:
    image = draw("scales", (2001, 803)).resize((2001, 803))
    face(image, 1500, 400, 200)
    data = encoded(image, "JPEG", quality=90)
    places = []
    for least in ((800, 400), (400, 200), (200, 100), (100, 100)):
        reduced = load_reduced(data, least)
        places.append(best_place(reduced.image, reduced.box, True, 0.4))
    spread = (max(places) - min(places)) * 2001 * 0.6
    assert spread <= 0.01 * 2001, f"expected one place within 1 %, got {places}"


@pytest.mark.parametrize(
    ("size", "crop"),
    [
        ((1, 1), (1, 1)),
        ((1, 9000), (1, 1)),
        ((9000, 1), (1, 1)),
        ((2, 3), (2, 2)),
        ((3, 2), (1, 2)),
    ],
)
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_the_smallest_pictures_and_strips_are_cut_within_their_bounds(
    size: tuple[int, int], crop: tuple[int, int], mode: str
) -> None:
    image = noise(size, 90).convert(mode)
    left, top, right, bottom = kept(image, *crop)
    assert left >= 0 and top >= 0 and right <= size[0] and bottom <= size[1]
    assert (right - left, bottom - top) == pytest.approx(crop)


def test_the_same_picture_is_cut_at_the_same_place() -> None:
    image = draw("twice", (400, 130))
    assert kept(image) == kept(image.copy())
