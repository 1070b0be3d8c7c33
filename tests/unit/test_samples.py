from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from PIL import Image, ImageChops, ImageFile, ImageStat

from darkroom.images import open_image
from samples import draw

SAMPLES = Path(draw.__file__).parent
PICTURES = {".jpg", ".png"}
GPS, MODEL, ORIENTATION = 0x8825, 0x0110, 0x0112


def committed() -> set[str]:
    return {path.name for path in SAMPLES.iterdir() if path.suffix in PICTURES}


def expected() -> dict[str, str]:
    return dict(json.loads((SAMPLES / "expected.json").read_text()))


def test_the_script_draws_the_pictures_that_are_committed() -> None:
    assert set(draw.SAMPLES) == committed()


# The cheap ones; the broken one is a computed scene like the large ones, as far as it goes.
@pytest.mark.parametrize("name", ["logo.png", "screenshot.png", "broken.jpg"])
def test_the_script_draws_the_same_pixels_as_are_committed(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    drawn = Image.open(io.BytesIO(draw.SAMPLES[name]()))
    kept = Image.open(SAMPLES / name)
    assert (drawn.mode, drawn.size) == (kept.mode, kept.size)
    off = max(ImageStat.Stat(ImageChops.difference(drawn, kept)).mean)
    assert off < 0.5, f"{name}: the worst band differs by {off:.2f} levels of 255 on average"


def test_every_sample_has_an_expectation_and_every_expectation_a_sample() -> None:
    assert set(expected()) == committed()
    assert set(expected().values()) == {"PUBLISHED", "IN_REVIEW", "INVALID"}


def test_the_samples_stay_small_enough_to_commit() -> None:
    total = sum((SAMPLES / name).stat().st_size for name in committed())
    assert total < 3_000_000, f"{total} bytes"


def test_every_sample_but_the_broken_one_decodes() -> None:
    for name in committed() - {"broken.jpg"}:
        open_image((SAMPLES / name).read_bytes()).load()


def test_the_broken_sample_has_a_header_and_not_all_of_its_pixels() -> None:
    picture = open_image((SAMPLES / "broken.jpg").read_bytes())
    assert picture.format == "JPEG"
    with pytest.raises(OSError, match="truncated"):
        picture.load()


def test_the_upside_down_sample_says_so_and_carries_a_place_and_a_camera() -> None:
    exif = open_image((SAMPLES / "upside-down.jpg").read_bytes()).getexif()
    assert exif[ORIENTATION] == 3
    assert exif[MODEL] == "Sample Camera 3"
    assert exif.get_ifd(GPS)[1] == "S"


def test_the_logo_is_neither_opaque_nor_only_cut_out() -> None:
    alpha = open_image((SAMPLES / "logo.png").read_bytes()).getchannel("A")
    levels = alpha.histogram()
    assert levels[0] > 0 and levels[255] > 0
    assert sum(1 for count in levels[1:255] if count) > 100


def test_two_samples_are_wide_enough_for_the_widest_rendition() -> None:
    widths = [open_image((SAMPLES / name).read_bytes()).width for name in committed()]
    assert sum(width >= 1920 for width in widths) >= 2
