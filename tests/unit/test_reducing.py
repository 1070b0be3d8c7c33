"""The small copy of a decoded picture looks like the whole one."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from darkroom import reducing
from darkroom.images import decode, load_upright_srgb, open_image
from darkroom.reducing import reduced_copy
from darkroom.scaling import scale
from tests.pictures import draw, encoded
from tests.profiles import DISPLAY_P3, matrix_profile
from tests.unit.test_images import placed_gif

SIZE = (403, 301)
SMALL = (40, 30)
RED = (255, 0, 0)


def cut_out() -> Image.Image:
    image = draw("reducing", SIZE)
    image.putalpha(Image.linear_gradient("L").resize(SIZE))
    image.paste((0, 255, 0, 0), (0, 0, 100, 301))
    return image


def transparent_colour() -> bytes:
    image = draw("key", SIZE).quantize(8).convert("RGB")
    key = image.getpixel((200, 150))
    return encoded(image, "PNG", transparency=key)


def deep_grey() -> bytes:
    grey = Image.linear_gradient("L").resize(SIZE).convert("I").point(lambda level: level * 257)
    return encoded(grey.convert("I;16"), "PNG")


def turned(orientation: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return encoded(draw("turned", SIZE), "JPEG", quality=95, exif=exif)


FILES: dict[str, bytes] = {
    "jpeg": encoded(draw("jpeg", SIZE), "JPEG", quality=95),
    "grey": encoded(draw("grey", SIZE).convert("L"), "JPEG", quality=95),
    "cmyk": encoded(draw("cmyk", SIZE).convert("CMYK"), "JPEG", quality=95),
    "p3": encoded(draw("p3", SIZE), "PNG", icc_profile=matrix_profile(DISPLAY_P3)),
    "palette": encoded(draw("palette", SIZE).quantize(16), "PNG"),
    "alpha": encoded(cut_out(), "PNG"),
    "grey and alpha": encoded(cut_out().convert("LA"), "PNG"),
    "transparent colour": transparent_colour(),
    "16 bits": deep_grey(),
    "1 bit": encoded(draw("bits", SIZE).convert("1"), "PNG"),
    "webp": encoded(cut_out(), "WEBP", lossless=True),
    "gif": encoded(draw("gif", SIZE).quantize(16), "GIF"),
    **{f"turned {number}": turned(number) for number in range(2, 9)},
}


def copied(data: bytes, least_px: int = 1) -> reducing.Reduced:
    image = open_image(data)
    decode(image)
    return reduced_copy(image, least_px)


def shown(image: Image.Image, box: Any = None) -> Any:
    ground = Image.new("RGBA", SMALL, "white")
    ground.alpha_composite(scale(image, *SMALL, box).convert("RGBA"))
    return np.asarray(ground.convert("RGB"), dtype=int)


@pytest.mark.parametrize("name", FILES)
def test_a_small_copy_shows_what_the_whole_picture_shows(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reducing, "STRIP_PIXELS", 5_000)
    small = copied(FILES[name])
    whole = load_upright_srgb(FILES[name])
    assert small.image.size == tuple(-(-side // 8) for side in whole.size)
    assert small.image.mode == whole.mode
    assert small.image.info == {}
    difference = np.abs(shown(small.image, small.box) - shown(whole))
    # What is averaged before it is resampled comes out a little softer.
    assert difference.mean() <= 4, f"expected the same, got {difference.mean():.1f} levels"


def test_no_side_falls_below_the_least() -> None:
    data = encoded(draw("least", (640, 400)), "PNG")
    sizes = {least: copied(data, least).image.size for least in (1, 50, 51, 101, 201, 9000)}
    assert sizes == {
        1: (80, 50),
        50: (80, 50),
        51: (160, 100),
        101: (320, 200),
        201: (640, 400),
        9000: (640, 400),
    }


def test_the_box_ends_where_the_picture_does() -> None:
    assert copied(FILES["jpeg"]).box == (0, 0, 403 / 8, 301 / 8)
    assert copied(FILES["turned 3"]).box == (51 - 403 / 8, 38 - 301 / 8, 51, 38)


def test_the_decoded_picture_stays_as_it_is() -> None:
    for name in ("p3", "turned 6", "palette", "alpha"):
        image = open_image(FILES[name])
        decode(image)
        before = image.copy()
        for least in (1, 9000):
            copy = reduced_copy(image, least).image
            assert copy.im is not image.im
        assert (image.mode, image.size, image.info) == (before.mode, before.size, before.info)
        assert image.tobytes() == before.tobytes()


def test_what_a_gif_does_not_draw_is_nothing_in_the_copy() -> None:
    data = placed_gif(Image.new("RGB", (80, 80), RED), (160, 80), (80, 0))
    small = copied(data).image
    assert small.mode == "RGBA"
    assert small.getpixel((2, 5))[3] == 0  # type: ignore[index]
    assert small.getpixel((15, 5)) == (*RED, 255)


def test_a_converted_strip_is_all_that_is_held_beside_a_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A palette's indices take a byte, its colours four."""
    seen: list[int] = []

    def convert(image: Image.Image, profile: bytes | None) -> Image.Image:
        seen.append(image.width * image.height)
        return image.convert("RGB")

    monkeypatch.setattr(reducing, "STRIP_PIXELS", 10_000)
    monkeypatch.setattr(reducing, "to_srgb", convert)
    buffer = io.BytesIO()
    Image.new("P", (1000, 400)).save(buffer, "PNG")
    copied(buffer.getvalue())
    assert sum(seen) == 400_000
    assert max(seen) <= 16_000
