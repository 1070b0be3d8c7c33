"""Renditions that move: every frame like the first, and the first like the still."""

from __future__ import annotations

from typing import Any

import pytest
from PIL import Image, ImageChops

from darkroom.animation import Frame
from darkroom.contracts import Variant
from darkroom.masters import unpack, unpack_animation
from resize.animations import resized_masters
from resize.renditions import make_rendition
from tests.animations import CLEAR, Patch, ball, gif, written
from tests.pictures import draw, encoded


def resized(data: bytes, width: int, height: int, **fields: Any) -> list[Frame]:
    variant = Variant("v", "rendition", width, height, animated=True, **fields)
    animation = unpack_animation(next(resized_masters(data, [variant])))
    assert animation is not None
    return list(animation.frames)


def pixel(frame: Frame, x: int, y: int) -> Any:
    return frame.image.getpixel((x, y))


@pytest.mark.parametrize(
    ("width", "height", "fields"),
    [
        (24, 16, {}),
        (20, 20, {"fit": "cover", "gravity": "east"}),
        (40, 40, {"fit": "contain", "pad": "#102030"}),
    ],
    ids=["scale", "cover", "contain"],
)
def test_every_frame_is_what_a_still_of_it_would_be(
    width: int, height: int, fields: dict[str, Any]
) -> None:
    pictures = [draw(number, (48, 32)) for number in range(4)]
    still = Variant("v", "rendition", width, height, **fields)

    frames = resized(
        written(pictures, "WEBP", [30, 40, 50, 60], lossless=True), width, height, **fields
    )

    assert [frame.duration_ms for frame in frames] == [30, 40, 50, 60]
    for frame, picture in zip(frames, pictures, strict=True):
        expected = make_rendition(picture, still)
        assert (frame.image.mode, frame.image.size) == ("RGB", (width, height))
        difference = ImageChops.difference(frame.image, expected)
        assert difference.getbbox() is None, difference.getextrema()


def test_how_often_it_plays_is_kept() -> None:
    data = written([ball(number) for number in range(3)], "GIF", loop=4)
    variant = Variant("v", "rendition", 24, 16, animated=True)
    animation = unpack_animation(next(resized_masters(data, [variant])))
    assert animation is not None and animation.plays == 5


def test_the_first_frame_is_the_still_rendition() -> None:
    data = written([draw(number, (48, 32)) for number in range(3)], "PNG")
    variant = Variant("v", "rendition", 20, 20, fit="cover", gravity="center")
    moving = Variant("v", "rendition", 20, 20, fit="cover", gravity="center", animated=True)
    assert (
        unpack(next(resized_masters(data, [moving]))).tobytes()
        == unpack(next(resized_masters(data, [variant]))).tobytes()
    )


def test_a_crop_that_looks_for_what_matters_stays_where_it_was_in_the_first_frame() -> None:
    """Detail on the left in the first frame, on the right in the next."""
    frames = []
    for left in (0, 80):
        image = Image.new("RGB", (120, 40), "navy")
        image.paste(draw("detail", (40, 40)).resize((20, 20)).resize((40, 40), 0), (left, 0))
        frames.append(image)
    first, second = resized(
        written(frames, "WEBP", lossless=True), 40, 40, fit="cover", gravity="auto"
    )
    assert pixel(first, 2, 20) != (0, 0, 128)
    assert second.image.getcolors() == [(1600, (0, 0, 128))]


@pytest.mark.parametrize(("first_clear", "ground"), [(False, (255, 255, 255)), (True, None)])
def test_what_pads_every_frame_is_what_suits_the_first(first_clear: bool, ground: Any) -> None:
    opaque, clear = Patch("red", (0, 0, 8, 4), CLEAR), Patch("red", (0, 0, 4, 4), CLEAR)
    patches = [clear, opaque] if first_clear else [opaque, clear]
    for frame in resized(gif((8, 4), patches), 8, 8, fit="contain"):
        corner = frame.image.convert("RGBA").getpixel((0, 0))
        assert corner == ((*ground, 255) if ground else (0, 0, 0, 0)), corner


def test_what_is_planned_as_a_still_is_one() -> None:
    data = written([ball(number) for number in range(3)], "GIF")
    master = next(resized_masters(data, [Variant("v", "rendition", 24, 16)]))
    assert unpack_animation(master) is None
    assert unpack(master).size == (24, 16)


def test_a_still_is_made_where_nothing_moves() -> None:
    data = encoded(draw("still", (48, 32)), "PNG")
    master = next(resized_masters(data, [Variant("v", "rendition", 24, 16, animated=True)]))
    assert (
        unpack(master).tobytes()
        == unpack(next(resized_masters(data, [Variant("v", "rendition", 24, 16)]))).tobytes()
    )
    assert unpack(master).size == (24, 16)
