"""Animations written as WebP, and as masters between the steps."""

from __future__ import annotations

import weakref
from collections.abc import Iterable, Iterator

import pytest
from PIL import Image

from darkroom.animation import Animation, Frame, is_animated, open_animation
from darkroom.animation.film import write_webp
from darkroom.errors import ImageError
from darkroom.masters import pack, pack_animation, unpack, unpack_animation
from tests.animations import ball
from tests.pictures import draw

LOSSLESS = {"lossless": True, "quality": 0, "method": 0}


def animation(
    images: Iterable[Image.Image], durations: list[float] | None = None, plays: int = 0
) -> Animation:
    images = list(images)
    times = durations or [100] * len(images)
    frames = (Frame(image, time) for image, time in zip(images, times, strict=True))
    return Animation(len(images), plays, frames)


def read(data: bytes) -> tuple[Animation, list[Frame]]:
    found = open_animation(data)
    assert found is not None
    return found, list(found.frames)


def visible(image: Image.Image) -> bytes:
    """Without the colour of what is fully transparent."""
    return image.convert("RGBA").convert("RGBa").tobytes()


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_master_has_every_pixel_of_every_frame(mode: str) -> None:
    images = [ball(number, mode=mode) for number in range(6)]

    found, frames = read(pack_animation(animation(images, [30, 40, 1000, 20, 20, 70], 3)))

    assert (found.count, found.plays) == (6, 3)
    assert [frame.duration_ms for frame in frames] == [30, 40, 1000, 20, 20, 70]
    for frame, image in zip(frames, images, strict=True):
        assert frame.image.mode == mode
        assert visible(frame.image) == visible(image)


def test_a_time_between_two_milliseconds_adds_up() -> None:
    sixtieths = [1000 / 60] * 6
    _, frames = read(pack_animation(animation(map(ball, range(6)), sixtieths)))
    assert [frame.duration_ms for frame in frames] == [17, 16, 17, 17, 16, 17]


def test_frames_with_and_without_alpha_go_together() -> None:
    images = [ball(0), ball(1, mode="RGBA"), ball(2)]
    _, frames = read(pack_animation(animation(images)))
    assert [frame.image.mode for frame in frames] == ["RGB", "RGBA", "RGB"]
    assert [visible(frame.image) for frame in frames] == [visible(image) for image in images]


def test_equal_frames_become_one_of_their_time_together() -> None:
    _, frames = read(pack_animation(animation([ball(0), ball(0), ball(3)], [50, 60, 70])))
    assert [frame.duration_ms for frame in frames] == [110, 70]


def test_where_all_frames_are_equal_the_master_is_a_still() -> None:
    data = pack_animation(animation([ball(0)] * 3))
    assert not is_animated(data)
    assert unpack_animation(data) is None
    assert unpack(data).tobytes() == ball(0).tobytes()


def test_of_an_animation_the_still_is_the_first_frame() -> None:
    opaque_first = pack_animation(animation([ball(0), ball(1, mode="RGBA")]))
    assert (unpack(opaque_first).mode, unpack(opaque_first).tobytes()) == ("RGB", ball(0).tobytes())
    transparent = ball(0, mode="RGBA")
    unpacked = unpack(pack_animation(animation([transparent, ball(1)])))
    assert (unpacked.mode, visible(unpacked)) == ("RGBA", visible(transparent))


def test_a_still_is_no_animation() -> None:
    assert unpack_animation(pack(draw("still"))) is None


def test_frames_are_made_one_at_a_time_and_let_go() -> None:
    made: list[weakref.ref[Image.Image]] = []
    most = 0

    def frames() -> Iterator[Frame]:
        nonlocal most
        for number in range(20):
            image = draw(number, (40, 30))
            made.append(weakref.ref(image))
            yield Frame(image, 40)
            del image
            most = max(most, sum(one() is not None for one in made))

    data = write_webp(Animation(20, 0, frames()), **LOSSLESS)

    assert most <= 1
    assert read(data)[0].count == 20


def test_an_animation_that_ends_early_is_no_animation() -> None:
    short = animation([ball(0), ball(1)])
    with pytest.raises(ImageError, match="expected 3 frames, got 2"):
        write_webp(Animation(3, 0, short.frames), **LOSSLESS)


def test_what_breaks_while_frames_are_made_comes_through() -> None:
    def frames() -> Iterator[Frame]:
        yield Frame(ball(0), 40)
        raise ImageError("corrupt", "frame 2 is damaged")

    with pytest.raises(ImageError, match="frame 2 is damaged"):
        write_webp(Animation(2, 0, frames()), **LOSSLESS)
