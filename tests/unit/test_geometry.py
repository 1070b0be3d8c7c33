"""Renditions against a full decode and one LANCZOS resampling: the same place, the same pixels."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from bench.fidelity import LEAST_SSIM, Compared, compare, levels, reference, shift, similarity
from bench.goldens import TURN_BY
from darkroom.contracts import Variant, parse, plain
from darkroom.images import load_reduced, load_upright_srgb
from darkroom.masters import unpack
from darkroom.recipes import load_recipes
from filter.filters import filtered_masters
from resize.animations import resized_masters
from resize.renditions import make_rendition
from tests.pictures import draw, encoded
from validate.plan import plan

SAMPLES = Path(__file__).parents[2] / "samples"
MOST_SHIFT_PX = 0.1


def photograph(image: Image.Image, orientation: int = 1) -> bytes:
    """A JPEG of the upright `image`, stored as `orientation` says."""
    tags = Image.Exif()
    tags[0x0112] = orientation
    turn = TURN_BY.get(orientation)
    stored = image if turn is None else image.transpose(turn)
    return encoded(stored, "JPEG", quality=95, exif=tags)


def variant(width: int, height: int, fit: Any = "scale", **more: Any) -> Variant:
    return Variant("x", "rendition", width, height, fit, **more)


def assert_in_place(got: Image.Image, expected: Image.Image) -> None:
    """On the whole and along each edge, where a stretch shows most."""
    ours, theirs = levels(got), levels(expected)
    y, x = (side // 4 for side in ours.shape[:2])
    parts = {
        "everywhere": np.s_[:, :],
        "left": np.s_[:, :x],
        "right": np.s_[:, -x:],
        "top": np.s_[:y, :],
        "bottom": np.s_[-y:, :],
    }
    found = {name: shift(ours[part], theirs[part]) for name, part in parts.items()}
    far = {name: by for name, by in found.items() if not max(map(abs, by)) < MOST_SHIFT_PX}
    assert not far, f"expected less than {MOST_SHIFT_PX} px of shift, got {far}"


# What is measured with


@pytest.mark.parametrize("by", [(0.25, 0.0), (0.0, -0.25), (-0.1, 0.15)])
def test_the_measure_of_shifts_finds_a_shift(by: tuple[float, float]) -> None:
    image = draw("shift", (96, 64))
    box = (16 - by[0], 16 - by[1], 80 - by[0], 48 - by[1])
    moved = image.resize((64, 32), Image.Resampling.BICUBIC, box)
    found = shift(levels(moved), levels(image.crop((16, 16, 80, 48))))
    assert found == pytest.approx(by, abs=0.03)


def test_a_flat_picture_says_nothing_of_shifts() -> None:
    flat = levels(Image.new("RGB", (9, 9), (9, 99, 199)))
    assert np.isnan(shift(flat, flat)).all()


def test_the_measure_of_likeness_is_1_for_equals_only() -> None:
    image = levels(draw("likeness", (40, 30)))
    assert similarity(image, image) == 1
    assert similarity(image, image[::-1]) < 0.9
    assert similarity(image[:2], image[:2]) == 1
    assert similarity(image[:2], 255 - image[:2]) < 0.9


# Scaled decoding


@pytest.mark.parametrize("orientation", TURN_BY)
@pytest.mark.parametrize(
    ("size", "small"),
    [((1001, 753), (62, 47)), ((513, 777), (32, 49)), ((265, 1015), (61, 234))],
)
def test_a_scaled_decoding_moves_nothing(
    size: tuple[int, int], small: tuple[int, int], orientation: int
) -> None:
    data = photograph(draw("geometry", size), orientation)
    wanted = variant(*small)
    assert load_reduced(data, small).image.size < size
    got = unpack(next(resized_masters(data, [wanted])))
    assert_in_place(got, reference(load_upright_srgb(data), wanted))


@pytest.mark.parametrize("orientation", [1, 3, 6])
def test_a_crop_of_a_scaled_decoding_lies_where_it_lies_in_the_whole(orientation: int) -> None:
    data = photograph(draw("crop", (1001, 641)), orientation)
    full = load_upright_srgb(data)
    for gravity in ("west", "center", "east"):
        wanted = variant(40, 40, "cover", gravity=gravity)
        assert_in_place(unpack(next(resized_masters(data, [wanted]))), reference(full, wanted))


def test_a_padded_scaled_decoding_lies_where_it_lies_in_the_whole() -> None:
    data = photograph(draw("pad", (1001, 753)), 3)
    got = unpack(next(resized_masters(data, [variant(62, 80, "contain")])))
    inner = (0, 16, 62, 63)
    expected = reference(load_upright_srgb(data), variant(62, 47))
    assert_in_place(got.crop(inner), expected)


def test_a_filter_sees_the_picture_where_a_rendition_has_it() -> None:
    data = photograph(draw("filter", (1001, 753)), 6)
    unchanged = {"name": "x", "filter": "sepia", "width": 62, "amount": 0.0}
    wanted = Variant("x", "filter", 62, 47, filter="sepia", spec=unchanged)
    got = unpack(next(filtered_masters(data, [wanted])))
    assert_in_place(got, reference(load_upright_srgb(data), variant(62, 47)))


@pytest.mark.parametrize(
    ("size", "orientation", "box"),
    [
        ((1000, 800), 3, (0, 0, 125, 100)),
        ((1001, 803), 1, (0, 0, 125.125, 100.375)),
        ((1001, 803), 2, (0.875, 0, 126, 100.375)),
        ((1001, 803), 3, (0.875, 0.625, 126, 101)),
        ((1001, 803), 4, (0, 0.625, 125.125, 101)),
        ((1001, 803), 6, (0.875, 0, 126, 100.375)),
        ((1001, 803), 8, (0, 0.625, 125.125, 101)),
    ],
)
def test_a_scaled_decoding_says_where_in_its_pixels_the_picture_lies(
    size: tuple[int, int], orientation: int, box: tuple[float, ...]
) -> None:
    reduced = load_reduced(photograph(draw("box", size), orientation), (20, 20))
    assert reduced.box == box


def filled_up_with(colour: str, size: tuple[int, int], coded: tuple[int, int]) -> bytes:
    """A JPEG of `size` px, grey, in blocks that make up `coded` px, the rest of `colour`."""
    image = Image.new("RGB", coded, colour)
    image.paste("#808080", (0, 0, *size))
    data = encoded(image, "JPEG", quality=95)
    # SOF0 (ITU-T T.81, B.2.2): marker, length, precision, height, width.
    at = data.index(b"\xff\xc0") + 5
    return data[:at] + struct.pack(">HH", size[1], size[0]) + data[at + 4 :]


@pytest.mark.parametrize("size", [(1001, 753), (1003, 755)])
def test_what_fills_up_the_last_blocks_of_a_jpeg_does_not_show(size: tuple[int, int]) -> None:
    data = filled_up_with("black", size, (1008, 768))
    assert load_reduced(data, (62, 47)).image.width == 126
    made = unpack(next(resized_masters(data, [variant(62, 47)])))
    worst = np.abs(levels(made) - 128).max()
    assert worst <= 3, f"expected nothing but grey, got {worst} levels of difference"


def test_a_full_decoding_fills_its_pixels() -> None:
    assert load_reduced(encoded(draw("box", (101, 80)), "PNG"), (5, 5)).box == (0, 0, 101, 80)


# Likeness


@pytest.mark.parametrize("name", ["sea-glitter.jpg", "still-life.jpg", "upside-down.jpg"])
def test_every_rendition_of_a_photograph_is_as_a_full_resampling(name: str) -> None:
    data = (SAMPLES / name).read_bytes()
    full = load_upright_srgb(data)
    for planned in plan(load_recipes()["default"], *full.size).renditions:
        wanted = parse(Variant, plain(planned))
        reduced = load_reduced(data, (wanted.width, wanted.height))
        assert_alike(make_rendition(reduced.image, wanted, reduced.box), reference(full, wanted))


def assert_alike(got: Image.Image, expected: Image.Image) -> Compared:
    found = compare(got, expected)
    assert found.ssim >= LEAST_SSIM, f"expected an SSIM of {LEAST_SSIM} or more, got {found}"
    return found


@pytest.mark.parametrize("width", [320, 301])
def test_a_photograph_with_rounded_corners_is_as_a_full_resampling(width: int) -> None:
    with Image.open(SAMPLES / "still-life.jpg", formats=("JPEG",)) as opened:
        image = opened.resize((840, 600))
    mask = Image.new("L", image.size)
    mask.paste(255, (60, 0, 780, 600))
    mask.paste(255, (0, 60, 840, 540))
    image.putalpha(mask)
    wanted = variant(width, round(width * 600 / 840))
    assert_alike(make_rendition(image, wanted), reference(image, wanted))


@pytest.mark.parametrize("size", [(1, 1), (1, 10_000), (10_000, 1), (2, 3), (3, 9_999)])
@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_the_smallest_pictures_and_the_longest_strips_have_the_stated_size(
    size: tuple[int, int], format: str
) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", size, (200, 80, 40)).save(buffer, format, quality=95)
    for planned in plan(load_recipes()["default"], *size).renditions:
        wanted = parse(Variant, plain(planned))
        made = unpack(next(resized_masters(buffer.getvalue(), [wanted])))
        assert made.size == (wanted.width, wanted.height)
        worst = np.abs(levels(made) - (200, 80, 40)).max()
        assert worst <= 2, f"expected a flat picture to stay flat, got {worst} levels of difference"
