"""The part that stands for a picture: whole tiles of it, from all over, never more than so many."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from PIL import Image

from optimize.sample import GRID_PX, INNER_PX, MARGIN_PX, MOST_SHARE, MOST_TILES, TILE_PX, Sample

MOST_PIXELS = MOST_TILES * TILE_PX**2
LARGE = [
    *[(640, 427), (427, 640), (1280, 853), (2400, 1500), (1440, 97), (97, 1440), (480, 289)],
    *[(5000, 120), (120, 5000), (100, 6000), (8000, 300), (500, 500), (3000, 3000), (100, 1383)],
]
WHOLE = [(1, 1), (300, 1), (1, 300), (80, 80), (95, 500), (320, 240), (240, 320), (300, 300)]
THIN = [(16_383, 90), (90, 16_383)]


def numbered(size: tuple[int, int]) -> Image.Image:
    """RGB, each px of it telling where it is: left + top * width, in 24 bits."""
    width, height = size
    places = np.arange(width * height, dtype=">u4").reshape(height, width, 1)
    return Image.fromarray(np.ascontiguousarray(places.view(np.uint8)[:, :, 1:]))


def corners(picture: Image.Image, tiled: Image.Image, tile_px: int) -> list[tuple[int, int]]:
    """(left, top) in the `picture`, which is numbered, of each tile of `tiled`; each has to be all
    that is there."""
    found = []
    tops, lefts = range(0, tiled.height, tile_px), range(0, tiled.width, tile_px)
    for top, left in product(tops, lefts):
        red, green, blue = tiled.getpixel((left, top))  # type: ignore[misc]
        y, x = divmod(red << 16 | green << 8 | blue, picture.width)
        assert x + tile_px <= picture.width and y + tile_px <= picture.height
        theirs = picture.crop((x, y, x + tile_px, y + tile_px))
        ours = tiled.crop((left, top, left + tile_px, top + tile_px))
        assert ours.tobytes() == theirs.tobytes()
        found.append((x, y))
    return found


@pytest.mark.parametrize("size", LARGE)
def test_a_sample_is_tiles_from_all_over_the_picture(size: tuple[int, int]) -> None:
    picture = numbered(size)

    found = corners(picture, Sample(picture).image, TILE_PX)

    for axis, side in enumerate(size):
        places = sorted({place[axis] for place in found})
        assert [place for place in places if place % GRID_PX] == []
        # Each in the middle of its share of the side, but for the grid; so none is there twice.
        for number, place in enumerate(places):
            middle = (number + 0.5) * side / len(places)
            assert 0 <= middle - (place + TILE_PX / 2) < GRID_PX
        assert all(right - left >= TILE_PX for left, right in pairwise(places))
    columns = {left for left, _ in found}
    rows = {top for _, top in found}
    assert found == sorted(product(columns, rows), key=lambda place: (place[1], place[0]))


@pytest.mark.parametrize("size", LARGE)
def test_what_a_sample_costs_is_bounded(size: tuple[int, int]) -> None:
    pixels = size[0] * size[1]
    sampled = Sample(Image.new("RGB", size)).image
    assert sampled.width * sampled.height <= min(MOST_PIXELS, pixels / 2)


@pytest.mark.parametrize("size", [(640, 427), (1280, 853), (3000, 3000), (5000, 120), (120, 5000)])
def test_of_what_may_be_sampled_most_is(size: tuple[int, int]) -> None:
    sampled = Sample(Image.new("RGB", size)).image
    assert sampled.width * sampled.height >= 0.75 * min(MOST_PIXELS, MOST_SHARE * size[0] * size[1])


@pytest.mark.parametrize("size", LARGE)
def test_within_the_margins_are_the_same_tiles(size: tuple[int, int]) -> None:
    picture = numbered(size)
    sample = Sample(picture)

    inner = corners(picture, sample.inner(sample.image), INNER_PX)

    tiles = corners(picture, sample.image, TILE_PX)
    assert inner == [(left + MARGIN_PX, top + MARGIN_PX) for left, top in tiles]
    assert 0 < INNER_PX == TILE_PX - 2 * MARGIN_PX < TILE_PX


@pytest.mark.parametrize("size", WHOLE + THIN)
def test_a_small_or_thin_picture_is_its_own_sample(size: tuple[int, int]) -> None:
    picture = Image.new("RGB", size)
    sample = Sample(picture)
    encoded = picture.copy()
    assert sample.image is picture and sample.inner(encoded) is encoded


def test_a_picture_no_larger_than_all_tiles_is_its_own_sample() -> None:
    width, height = TILE_PX * 5, MOST_PIXELS // (TILE_PX * 5)
    exactly = Image.new("RGB", (width, height))
    assert Sample(exactly).image is exactly
    more = Image.new("RGB", (width, height + 1))
    assert Sample(more).image is not more
