"""How near a picture comes to its original: what SSIMULACRA2 looks at, on blocks."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageChops, ImageEnhance, ImageFilter
from ssimulacra2 import ssimulacra2 as package  # type: ignore[import-untyped]

from bench.scoring import LINEAR
from optimize.closeness import BLOCK_PX, C2, Features, Original
from tests.pictures import draw, encoded, noise

Plane = NDArray[np.float64]

SIZE = (323, 227)  # uneven at every halving, and in blocks
# Of Features. Luminance at a quarter; at full size, lost and gained contrast; red-green at a
# quarter; blue-yellow at an eighth and a sixteenth.
LIGHT = 0
DETAIL, LOST, GAINED, RED, BLUE, BLUE_APART, BLUE_APART_MOST = range(-7, 0)
# Under a tenth of what the logarithms begin with: optimize.quality.LEAST_FEATURE.
NOTHING = 1e-5


def photograph(size: tuple[int, int] = SIZE) -> Image.Image:
    """Soft blotches with grain of every colour."""
    return with_grain(draw("a", size), 12)


def with_grain(image: Image.Image, sigma: float) -> Image.Image:
    grain = Image.merge("RGB", [noise(image.size, sigma, f"{seed}{sigma}") for seed in "abc"])
    return ImageChops.add(image, grain, offset=-128)


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    return Image.open(io.BytesIO(encoded(image, "JPEG", quality=quality))).convert("RGB")


def compared(image: Image.Image) -> Features:
    return Original(photograph()).compare(image)


@pytest.mark.parametrize("size", [SIZE, (80, 80), (80, 2000), (1440, 96)])
def test_nothing_tells_a_picture_from_itself(size: tuple[int, int]) -> None:
    image = photograph(size)
    assert max(Original(image).compare(image.copy())) < NOTHING


@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_a_picture_of_one_colour_is_compared(level: int) -> None:
    flat = Image.new("RGB", (80, 80), (level, level, level))
    for other, most in ((photograph((80, 80)), 10), (flat.copy(), NOTHING)):
        features = np.array(Original(flat).compare(other))
        assert ((features >= 0) & (features < most)).all(), features


def test_what_lost_more_is_further_by_every_feature_but_what_was_gained() -> None:
    steps = np.array([compared(jpeg(photograph(), quality)) for quality in (95, 60, 20, 5)])
    others = np.delete(steps, GAINED, axis=1)
    assert (np.diff(others, axis=0) > 0).all(), steps


def test_what_has_more_grain_is_further_by_every_feature_but_what_was_lost() -> None:
    steps = np.array([compared(with_grain(photograph(), sigma)) for sigma in (4, 10, 25, 60)])
    others = np.delete(steps, LOST, axis=1)
    assert (np.diff(others, axis=0) > 0).all(), steps


def test_contrast_that_was_lost_is_told_from_contrast_that_was_gained() -> None:
    blurred = compared(photograph().filter(ImageFilter.GaussianBlur(1)))
    grained = compared(with_grain(photograph(), 25))
    assert blurred[LOST] > 5 * blurred[GAINED]
    assert grained[GAINED] > 5 * grained[LOST]


def test_colours_that_have_paled_count_where_luminance_hardly_does() -> None:
    pale = np.array(compared(ImageEnhance.Color(photograph()).enhance(0.8)))
    coarse = np.array(compared(jpeg(photograph(), 20)))
    of_colour = [BLUE, BLUE_APART, BLUE_APART_MOST]
    assert (pale / coarse)[of_colour].min() > 3 * (pale / coarse)[[DETAIL, LOST, GAINED]].max()


def test_a_comparison_leaves_the_original_as_it_is() -> None:
    original = Original(photograph())
    first = original.compare(jpeg(photograph(), 60))
    original.compare(jpeg(photograph(), 5))
    assert original.compare(jpeg(photograph(), 60)) == first


# ── The same by numpy, with the colours of the package ssimulacra2 ───────────────────────────────


def blocks(plane: Plane, side: int) -> Plane:
    """Means of blocks; the last ones are what is left."""
    height, width = plane.shape
    tops, lefts = np.arange(0, height, side), np.arange(0, width, side)
    sums = np.add.reduceat(np.add.reduceat(plane, tops, 0), lefts, 1)
    high, wide = np.diff([*tops, height]), np.diff([*lefts, width])
    found: Plane = sums / np.outer(high, wide)
    return found


def whole(plane: Plane) -> Plane:
    """Without what is left beside whole blocks."""
    height, width = (side // BLOCK_PX * BLOCK_PX for side in plane.shape)
    return plane[:height, :width]


def seen(image: Image.Image, *halvings: int) -> dict[str, Plane]:
    """Red-green, luminance and blue-yellow of the picture, reduced in linear light in steps."""
    channels = [LINEAR[np.asarray(channel)] for channel in image.split()]
    for side in halvings:
        channels = [blocks(channel, side) for channel in channels]
    xyb = package.make_positive_xyb(package.linear_rgb_to_xyb(np.dstack(channels)))
    return dict(zip(("red", "light", "blue"), np.moveaxis(xyb, 2, 0), strict=True))


def dissimilar(one: Plane, other: Plane) -> Plane:
    """SSIMULACRA2's SSIM of blocks, from 1."""
    m, n = blocks(one, BLOCK_PX), blocks(other, BLOCK_PX)
    covariance = blocks(one * other, BLOCK_PX) - m * n
    variances = blocks(one**2, BLOCK_PX) - m**2 + blocks(other**2, BLOCK_PX) - n**2
    apart: Plane = 1 - (1 - (m - n) ** 2) * (2 * covariance + C2) / (variances + C2)
    return apart.clip(0)


def power_mean(plane: Plane) -> float:
    return float((plane**4).mean() ** 0.25)


@pytest.fixture(scope="module", params=[75, 25])
def pair(request: pytest.FixtureRequest) -> tuple[Image.Image, Image.Image]:
    return photograph(), jpeg(photograph(), request.param)


def test_luminance_is_compared_on_blocks_that_overlap_by_half(
    pair: tuple[Image.Image, Image.Image],
) -> None:
    one, other = (seen(image, 4)["light"] for image in pair)
    height, width = (side - 2 for side in one.shape)
    grids = [
        (slice(top, top + height), slice(left, left + width)) for top in (0, 2) for left in (0, 2)
    ]
    means = [dissimilar(whole(one[grid]), whole(other[grid])).mean() for grid in grids]
    assert Original(pair[0]).compare(pair[1])[LIGHT] == pytest.approx(np.mean(means), rel=4e-3)


def test_colours_are_compared_as_the_measure_sees_them(
    pair: tuple[Image.Image, Image.Image],
) -> None:
    features = Original(pair[0]).compare(pair[1])
    quarter, eighth, sixteenth = (
        [seen(image, *sides) for image in pair] for sides in ((4,), (4, 2), (4, 2, 2))
    )
    apart = abs(sixteenth[0]["blue"] - sixteenth[1]["blue"])
    assert [features[at] for at in (RED, BLUE, BLUE_APART, BLUE_APART_MOST)] == pytest.approx(
        [
            power_mean(dissimilar(whole(quarter[0]["red"]), whole(quarter[1]["red"]))),
            dissimilar(whole(eighth[0]["blue"]), whole(eighth[1]["blue"])).mean(),
            apart.mean(),
            power_mean(apart),
        ],
        rel=4e-3,
    )


def test_at_full_size_the_slope_of_the_root_stands_in_for_the_root(
    pair: tuple[Image.Image, Image.Image],
) -> None:
    one, other = (seen(image)["light"] for image in pair)
    spreads = [
        (blocks(light**2, BLOCK_PX) - blocks(light, BLOCK_PX) ** 2).clip(0) ** 0.5
        for light in (one, other)
    ]
    # Contrast is thrice as much, since only what follows the root's slope counts.
    gained = 3 * (spreads[1] - spreads[0])
    features = Original(pair[0]).compare(pair[1])
    assert [features[at] for at in (DETAIL, LOST, GAINED)] == pytest.approx(
        [
            power_mean(dissimilar(one, other)),
            power_mean(gained.clip(max=0)),
            power_mean(gained.clip(min=0)),
        ],
        rel=0.2,
    )
