"""Each golden picture is what the steps make today. `make goldens` makes them anew."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from PIL import ImageChops, ImageStat

from bench.goldens import FOLDER, OTHER, goldens, keep, read
from darkroom.recipes import AnyFilter, Fit, Gravity
from tests.pictures import noise

GOLDENS = goldens()
MAX_BYTES = 1_500_000
# Levels of 255: on average over the picture, and over any 8 x 8 px of it. What another machine's
# arithmetic may round differently, and far less than anybody sees.
MEAN, PART = 0.5, 6


@pytest.mark.parametrize("name", GOLDENS)
def test_a_golden_picture_is_what_the_steps_make(name: str, tmp_path: Path) -> None:
    golden, made = read(FOLDER / f"{name}.webp"), GOLDENS[name]()
    beside = tmp_path / f"{name}.webp"
    keep(made, beside)
    assert (made.size, made.mode) == (golden.size, golden.mode), beside

    difference = ImageChops.difference(made.convert("RGBA"), golden.convert("RGBA"))
    mean = max(ImageStat.Stat(difference).mean)
    part = max(high for _, high in difference.reduce(8).getextrema())  # type: ignore[misc]
    found = f"mean difference {mean:.2f}, of a part {part}; the new picture is {beside}"
    assert mean <= MEAN and part <= PART, found


def test_every_filter_fit_gravity_and_orientation_has_a_golden_picture_and_no_other_has() -> None:
    kinds = [kind.__struct_config__.tag for kind in get_args(AnyFilter)]
    expected = {
        *(f"filter-{kind}{suffix}" for kind in kinds for suffix in ("", "-other", "-alpha")),
        "filter-watermark-image",
        *(f"fit-{fit}" for fit in ("scale", *get_args(Fit))),
        *(f"gravity-{gravity}" for gravity in get_args(Gravity)),
        *(
            f"pad-{pad}{alpha}"
            for pad in ("default", "transparent", "colour")
            for alpha in ("", "-alpha")
        ),
        *(f"orientation-{number}" for number in range(1, 9)),
    }
    assert set(GOLDENS) == expected
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.webp" for name in expected}
    assert set(OTHER) == set(kinds)


def test_the_golden_pictures_are_small() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MAX_BYTES


def test_upright_results_are_all_the_same_picture() -> None:
    """Whatever the orientation, to within what a JPEG loses."""
    right = (128, 0, 248, 120)
    first, *others = (
        read(FOLDER / f"orientation-{number}.webp").crop(right) for number in range(1, 9)
    )
    for image in others:
        assert max(ImageStat.Stat(ImageChops.difference(first, image)).mean) < 2


def test_no_two_gravities_keep_the_same() -> None:
    looks = {read(FOLDER / f"gravity-{gravity}.webp").tobytes() for gravity in get_args(Gravity)}
    assert len(looks) == len(get_args(Gravity))


def test_a_kept_picture_is_read_as_it_was(tmp_path: Path) -> None:
    for mode in ("RGB", "RGBA"):
        image = noise((20, 10), 80).convert(mode)
        if mode == "RGBA":
            image.putalpha(100)
        keep(image, tmp_path / "a.webp")
        assert read(tmp_path / "a.webp") == image
