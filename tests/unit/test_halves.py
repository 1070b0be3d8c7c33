"""One decoding for pictures of several sizes."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image

from bench.fidelity import LEAST_SSIM, compare, reference
from darkroom.contracts import Variant
from darkroom.errors import ImageError
from darkroom.halves import JPEG_GAP, OTHER_GAP, load_for
from darkroom.images import load_reduced, load_upright_srgb
from darkroom.masters import unpack
from resize.animations import resized_masters
from tests.pictures import draw, encoded
from tests.unit.test_geometry import assert_in_place, photograph

SIZES = [(500, 376), (251, 189), (125, 94), (62, 47), (40, 30)]


def jpeg() -> bytes:
    return encoded(draw("halves", (1001, 753)), "JPEG", quality=95)


def test_the_largest_is_what_it_would_be_alone() -> None:
    found, alone = load_for(jpeg(), SIZES)[SIZES[0]], load_reduced(jpeg(), SIZES[0])
    assert (found.image, found.box) == (alone.image, alone.box)


@pytest.mark.parametrize(("format", "gap"), [("JPEG", JPEG_GAP), ("PNG", OTHER_GAP)])
def test_there_is_as_much_left_as_a_good_resampling_needs_and_no_twice_as_much(
    format: str, gap: float
) -> None:
    found = load_for(encoded(draw("halves", (1000, 752)), format), SIZES)
    for size, reduced in found.items():
        left, top, right, bottom = reduced.box
        room = min((right - left) / size[0], (bottom - top) / size[1])
        assert (room >= gap or reduced.image.size == (1000, 752)) and room < 2 * gap, size


def test_what_needs_the_same_shares_it() -> None:
    found = load_for(jpeg(), [(500, 376), (62, 47), (60, 45)])
    assert found[62, 47].image is found[60, 45].image


@pytest.mark.parametrize("orientation", [1, 2, 3, 4, 6, 8])
@pytest.mark.parametrize("size", [(1001, 753), (1003, 755), (515, 777)])
def test_halves_move_nothing(size: tuple[int, int], orientation: int) -> None:
    """An odd width is half a px less than the halves are wide, on whichever side."""
    data = photograph(draw("moved", size), orientation)
    full = load_upright_srgb(data)
    wide = Variant("wide", "rendition", size[0] // 3, size[1] // 3)
    small = [
        Variant("small", "rendition", size[0] // 16, size[1] // 16),
        Variant("east", "rendition", 40, 40, "cover", gravity="east"),
        Variant("west", "rendition", 40, 40, "cover", gravity="west"),
    ]
    _, *masters = resized_masters(data, [wide, *small])
    for variant, master in zip(small, masters, strict=True):
        assert_in_place(unpack(master), reference(full, variant))


@pytest.mark.parametrize("format", ["JPEG", "PNG"])
def test_a_small_rendition_beside_a_large_one_is_as_a_full_resampling(format: str) -> None:
    data = encoded(draw("alike", (1200, 900)), format)
    variants = [Variant("x", "rendition", width, width * 3 // 4) for width in (800, 400, 200, 100)]
    for variant, master in zip(variants, resized_masters(data, variants), strict=True):
        found = compare(unpack(master), reference(load_upright_srgb(data), variant))
        assert found.ssim >= LEAST_SSIM, (variant.name, found)


def test_hidden_colours_stay_hidden() -> None:
    image = Image.new("RGBA", (640, 480), (255, 0, 0, 0))
    image.paste((0, 0, 255, 255), (0, 0, 322, 480))
    found = load_for(encoded(image, "PNG"), [(640, 480), (50, 37)])
    assert found[640, 480].image.mode == found[50, 37].image.mode == "RGBA"
    small = found[50, 37].image
    assert small.size == (160, 120)
    seen: Any = [colour for _, colour in small.getcolors() or [] if colour[3]]
    assert sorted(alpha for *_, alpha in seen) == [128, 255]
    assert all(red == 0 and blue >= 254 for red, _, blue, _ in seen), seen


def test_no_rounding_is_added_up() -> None:
    """By halving a half, and that again, each time what is left over would be rounded up."""
    pixels = bytes(100 + (x % 8 == 0) for _ in range(256) for x in range(256))
    image = Image.frombytes("L", (256, 256), pixels).convert("RGB")
    found: Any = load_for(encoded(image, "PNG"), [(128, 128), (10, 10)])[10, 10]
    assert found.image.size == (32, 32)
    assert found.image.getcolors() == [(32 * 32, (100, 100, 100))]


def test_what_cannot_be_decoded_is_refused() -> None:
    with pytest.raises(ImageError):
        load_for(jpeg()[:300], SIZES)
