"""Making smaller: sharp inside, and no ghosts where the alpha has an edge."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageOps

from darkroom import scaling
from darkroom.scaling import scale
from tests.pictures import draw, noise

YELLOW, GREEN, BLUE = (250, 200, 40), (0, 255, 0), (0, 0, 255)
SIZES = [(20, 20), (33, 33), (67, 67), (99, 99), (150, 150)]
SOURCE_PX = 200
EDGE_PX = 71


def shape() -> Image.Image:
    """200 x 200 px: opaque yellow from x = 71 on, with a hidden green on its left."""
    image = Image.new("RGBA", (SOURCE_PX, SOURCE_PX), (*GREEN, 0))
    image.paste((*YELLOW, 255), (EDGE_PX, 0, SOURCE_PX, SOURCE_PX))
    return image


def row(image: Image.Image) -> NDArray[np.int_]:
    """Width x 4: the pixels across the middle."""
    middle = image.crop((0, image.height // 2, image.width, image.height // 2 + 1))
    return np.asarray(middle, dtype=int)[0]


@pytest.mark.parametrize("size", SIZES)
def test_alpha_rises_steadily_across_an_edge(size: tuple[int, int]) -> None:
    alpha = row(scale(shape(), *size))[:, 3]
    assert (np.diff(alpha) >= 0).all(), f"expected no ringing, got {alpha}"


@pytest.mark.parametrize("size", SIZES)
def test_alpha_is_nothing_outside_and_full_inside_two_px_from_an_edge(
    size: tuple[int, int],
) -> None:
    alpha = row(scale(shape(), *size))[:, 3]
    edge = EDGE_PX * size[0] / SOURCE_PX
    outside, inside = alpha[: int(edge - 1)], alpha[int(edge + 2) :]
    assert not outside.any(), f"expected 0 outside, got {outside}"
    assert (inside == 255).all(), f"expected 255 inside, got {inside}"


@pytest.mark.parametrize("size", SIZES)
def test_what_can_be_seen_near_an_edge_has_the_colour_of_the_shape(size: tuple[int, int]) -> None:
    pixels = row(scale(shape(), *size))
    seen = pixels[pixels[:, 3] >= 64]
    worst = np.abs(seen[:, :3] - YELLOW).max()
    assert worst <= 4, f"expected {YELLOW} within 4 levels, got {worst}"


@pytest.mark.parametrize("ground", [0, 255])
@pytest.mark.parametrize("size", SIZES)
def test_on_black_and_on_white_an_edge_is_a_mix_of_both_sides(
    size: tuple[int, int], ground: int
) -> None:
    pixels = row(scale(shape(), *size))
    alpha = pixels[:, 3:] / 255
    shown = pixels[:, :3] * alpha + ground * (1 - alpha)
    expected = np.array(YELLOW) * alpha + ground * (1 - alpha)
    worst = np.abs(shown - expected).max()
    assert worst <= 4, f"expected no fringe, got {worst} levels of difference"


def test_a_soft_alpha_stays_where_it_was() -> None:
    image = draw("soft", (300, 200))
    image.putalpha(Image.linear_gradient("L").resize(image.size))
    got = np.asarray(scale(image, 75, 50), dtype=int)[..., 3]
    expected = np.asarray(image.resize((75, 50), Image.Resampling.BOX), dtype=int)[..., 3]
    assert np.abs(got - expected).max() <= 2


@pytest.mark.parametrize("alpha", [255, 128])
def test_where_alpha_does_not_change_a_picture_is_as_sharp_as_without(alpha: int) -> None:
    grain = Image.merge("RGB", [noise((300, 200), 80, band) for band in "RGB"])
    image = grain.copy()
    image.putalpha(Image.new("L", image.size, alpha))
    image.paste((0, 0, 0, 0), (0, 0, 30, 200))
    got = np.asarray(scale(image, 100, 67), dtype=int)[:, 16:, :3]
    expected = np.asarray(scale(grain, 100, 67), dtype=int)[:, 16:]
    worst = np.abs(got - expected).max()
    # At half of the alpha, a level of 8 bits is two of the colour.
    assert worst <= (0 if alpha == 255 else 4), f"expected the same detail, got {worst} levels"


def test_a_line_thinner_than_a_pixel_keeps_its_share_and_has_no_echo() -> None:
    image = Image.new("RGBA", (200, 20), (*GREEN, 0))
    image.paste((*YELLOW, 255), (98, 0, 102, 20))
    alpha = row(scale(image, 20, 2))[:, 3]
    assert alpha[:8].tolist() + alpha[12:].tolist() == [0] * 16
    share = alpha.sum() / 255
    assert abs(share - 0.4) <= 0.06, f"expected 0.4 px of a line, got {share}"


def test_nothing_to_do_gives_the_picture_itself() -> None:
    image = draw("same", (20, 10))
    assert scale(image, 20, 10) is image
    assert scale(image, 20, 10, (0, 0, 20, 10)) is image


@pytest.mark.parametrize("size", [(10, 10), (60, 40)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_box_is_all_that_is_shown(mode: str, size: tuple[int, int]) -> None:
    image = Image.new(mode, (60, 40), "red")
    image.paste(BLUE, (30, 20, 60, 40))
    got = scale(image, *size, (30.0, 20.0, 60.0, 40.0))
    assert (got.mode, got.size) == (mode, size)
    middle = np.asarray(got, dtype=int)[size[1] // 3, size[0] // 3, :3]
    worst = np.abs(middle - BLUE).max()
    assert worst <= 2, f"expected blue, got {worst} levels of difference"


def test_patches_are_not_to_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Resampled a piece at a time near an edge of the alpha, a picture is what it is at once."""
    image = Image.merge("RGB", [noise((500, 400), 80, band) for band in "RGB"])
    ellipse = Image.radial_gradient("L").resize((360, 300)).point([255] * 128 + [0] * 128)
    image.putalpha(ImageOps.expand(ellipse, (90, 30, 50, 70)))
    for box in (None, (40.5, 10.25, 470.5, 390.75)):
        monkeypatch.setattr(scaling, "PATCH_PX", 1000)
        whole = np.asarray(scale(image, 210, 170, box), dtype=int)
        monkeypatch.setattr(scaling, "PATCH_PX", 16)
        patched = np.asarray(scale(image, 210, 170, box), dtype=int)
        assert (patched[..., 3] == whole[..., 3]).all()
        worst = np.abs(patched - whole)[whole[..., 3] > 64].max()
        assert worst <= 4, f"expected no seam, got {worst} levels"


@pytest.mark.parametrize("width", [20, 33, 100])
def test_with_alpha_a_picture_is_made_smaller_in_steps_without_a_shift(width: int) -> None:
    """Reduced by whole numbers first; a ramp shows any shift."""
    ramp = Image.linear_gradient("L").rotate(90).resize((600, 400), Image.Resampling.BILINEAR)
    image = Image.merge("RGBA", (ramp, ramp, ramp, Image.new("L", ramp.size, 255)))
    image.paste((0, 0, 0, 0), (0, 0, 600, 40))
    got = np.asarray(scale(image, width, width), dtype=int)[width // 2, 2:-2, 0]
    expected = np.asarray(scale(ramp.convert("RGB"), width, width), dtype=int)[width // 2, 2:-2, 0]
    assert np.abs(got - expected).max() <= 1
