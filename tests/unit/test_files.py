"""Of a master to its files: which formats, which frames, which settings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from PIL import Image

from darkroom.animation import Animation, Frame, is_animated, open_animation
from darkroom.images import open_image
from darkroom.masters import pack, pack_animation
from optimize import files as module
from optimize.encoders import LOSSLESS, Setting, encode
from optimize.files import encoded_files, is_grey, output_formats
from tests.animations import ball
from tests.pictures import draw

FORMATS = ["avif", "webp", "jpeg", "png"]
# What metadata looks like in any of the four.
TRACES = (b"Exif", b"EXIF", b"eXIf", b"xmpmeta", b"XMP ", b"ICC", b"iCCP", b"tEXt")


def mean_error(got: Image.Image, expected: Image.Image) -> float:
    pairs = zip(got.tobytes(), expected.tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs) / len(expected.tobytes())


@pytest.mark.parametrize(
    ("formats", "has_alpha", "expected"),
    [
        (("avif", "webp", "jpeg"), False, ("avif", "webp", "jpeg")),
        (("avif", "webp", "jpeg"), True, ("avif", "webp", "png")),
        (("jpeg", "png", "webp"), True, ("png", "webp")),
        (("png", "jpeg"), False, ("png", "jpeg")),
        (("webp", "webp"), False, ("webp",)),
    ],
)
def test_png_stands_in_for_jpeg_where_there_is_alpha(
    formats: tuple[str, ...], has_alpha: bool, expected: tuple[str, ...]
) -> None:
    assert output_formats(formats, has_alpha) == expected


# ── Settings ─────────────────────────────────────────────────────────────────────────────────────

ODD = {"avif": Setting(31), "webp": Setting(32), "jpeg": Setting(33), "png": LOSSLESS}


@pytest.fixture
def sought(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, tuple[str, ...], int]]:
    """What settings are looked for: a picture's mode, the formats, the quality. All get ODD."""
    calls = []

    def find(image: Image.Image, formats: Iterable[str], quality: int) -> dict[str, Setting]:
        calls.append((image.mode, tuple(formats), quality))
        return ODD

    monkeypatch.setattr(module, "find_settings", find)
    return calls


def test_each_format_is_encoded_with_its_own_setting(sought: list[Any]) -> None:
    image = draw("a", (96, 64))

    files = dict(encoded_files(pack(image), FORMATS, 55))

    assert sought == [("RGB", tuple(FORMATS), 55)]
    assert files == {format: encode(image, format, ODD[format]) for format in FORMATS}


def test_an_animation_has_the_setting_of_its_first_frame(
    sought: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers: list[int] = []

    def write(animation: Animation, **options: Any) -> bytes:
        numbers.append(options["quality"])
        return b"moving"

    monkeypatch.setattr(module, "write_webp", write)

    files = dict(encoded_files(moving("RGB", "RGB"), ("webp",), 60))

    assert (sought, numbers) == ([("RGB", ("webp",), 60)], [ODD["webp"].number])
    assert files == {"webp": b"moving"}


def test_of_a_picture_with_alpha_what_is_seen_decides(sought: list[Any]) -> None:
    """And no JPEG is looked for, which there will not be."""
    image = draw("a", (96, 64))
    image.putalpha(Image.linear_gradient("L").resize(image.size))

    assert [format for format, _ in encoded_files(pack(image), ("jpeg", "webp"), 72)] == [
        *("png", "webp"),
    ]
    assert sought == [("RGB", ("png", "webp"), 72)]


# ── Grey ─────────────────────────────────────────────────────────────────────────────────────────


def grey(size: tuple[int, int] = (100, 90)) -> Image.Image:
    return draw("grey", size).convert("L").convert("RGB")


def test_a_picture_without_colour_is_grey() -> None:
    assert is_grey(grey()) and is_grey(grey((1, 1))) and is_grey(Image.new("RGB", (3, 500)))
    assert not is_grey(draw("a"))
    assert not is_grey(grey().convert("RGBA")), "it keeps its alpha"


@pytest.mark.parametrize("place", [(0, 0), (99, 89), (99, 0), (0, 89), (3, 4), (50, 45), (61, 17)])
@pytest.mark.parametrize("channel", range(3))
def test_one_pixel_of_the_least_colour_anywhere_is_colour(
    place: tuple[int, int], channel: int
) -> None:
    image = Image.new("RGB", (100, 90), (128, 128, 128))
    levels = [128, 128, 128]
    levels[channel] += 1
    image.putpixel(place, tuple(levels))
    assert not is_grey(image)


def test_the_files_of_a_grey_picture_are_grey_and_show_the_same() -> None:
    files = {format: open_image(data) for format, data in encoded_files(pack(grey()), FORMATS, 72)}

    # WebP always has colour.
    assert {format: file.mode for format, file in files.items()} == {
        **{"avif": "L", "jpeg": "L", "png": "L"},
        "webp": "RGB",
    }
    for format, file in files.items():
        error = mean_error(file.convert("RGB"), grey())
        assert error <= (0 if format == "png" else 5), (format, error)


# ── Masters ──────────────────────────────────────────────────────────────────────────────────────


def moving(*modes: str) -> bytes:
    frames = (
        Frame(ball(number, (64, 48), mode), 30 + 10 * number) for number, mode in enumerate(modes)
    )
    return pack_animation(Animation(len(modes), 3, frames))


def test_of_an_animation_webp_moves_and_the_others_show_its_first_frame() -> None:
    files = dict(encoded_files(moving("RGB", "RGB", "RGB"), FORMATS, 72))

    assert list(files) == FORMATS
    assert {format for format, data in files.items() if is_animated(data)} == {"webp"}
    animation = open_animation(files["webp"])
    assert animation is not None
    frames = list(animation.frames)
    assert (animation.plays, [frame.duration_ms for frame in frames]) == (3, [30, 40, 50])
    for number, frame in enumerate(frames):
        error = mean_error(frame.image, ball(number, (64, 48)))
        assert error <= 3, (number, error)
    for format in ("avif", "jpeg", "png"):
        still = open_image(files[format])
        assert getattr(still, "n_frames", 1) == 1
        assert mean_error(still.convert("RGB"), ball(0, (64, 48))) <= 3, format


def test_transparent_frames_stay_transparent() -> None:
    files = dict(encoded_files(moving("RGBA", "RGBA", "RGB"), ("webp", "jpeg"), 72))

    assert list(files) == ["webp", "png"]
    animation = open_animation(files["webp"])
    assert animation is not None
    frames = [frame.image for frame in animation.frames]
    assert [frame.mode for frame in frames] == ["RGBA", "RGBA", "RGB"]
    alphas = [frame.convert("RGBA").getchannel("A") for frame in frames]
    assert [alpha.getpixel((63, 0)) for alpha in alphas] == [0, 0, 255]


def test_the_first_frame_decides_what_the_fallback_is() -> None:
    files = dict(encoded_files(moving("RGB", "RGBA"), ("webp", "jpeg"), 72))
    assert list(files) == ["webp", "jpeg"]


def test_the_still_of_an_animation_is_what_a_still_master_gives() -> None:
    stills = dict(encoded_files(pack(ball(0, (64, 48))), ("avif", "jpeg"), 72))
    assert dict(encoded_files(moving("RGB", "RGB"), ("avif", "jpeg"), 72)) == stills


def test_the_copyright_goes_into_every_file_of_a_master() -> None:
    grey_one = Image.new("RGB", (64, 48), (90, 90, 90))
    for master in (moving("RGB", "RGB"), pack(ball(0)), pack(grey_one)):
        for format, data in encoded_files(master, FORMATS, 72, "(c) Ana"):
            assert dict(open_image(data).getexif()) == {0x8298: "(c) Ana"}, format
        for format, data in encoded_files(master, FORMATS, 72):
            assert [trace for trace in TRACES if trace in data] == [], format
