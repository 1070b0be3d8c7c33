"""Encoding: the right format, one quality for all, and nothing but the picture."""

from __future__ import annotations

import io
import struct
from typing import Any, get_args

import pytest
from PIL import Image, ImageCms, JpegImagePlugin

from darkroom.animation import Animation, Frame, is_animated, open_animation
from darkroom.images import open_image
from darkroom.masters import pack, pack_animation
from darkroom.recipes import Format
from optimize import encoders
from optimize.encoders import (
    ENCODER_QUALITY,
    ENCODERS,
    encode,
    encoded_files,
    encoder_quality,
    output_formats,
)
from tests.animations import ball
from tests.pictures import noise

FORMATS = ["avif", "webp", "jpeg", "png"]
# What metadata looks like in any of the four: EXIF, XMP, ICC, comments and their containers.
TRACES = (b"Exif", b"EXIF", b"eXIf", b"ns.adobe.com", b"xmpmeta", b"XMP ", b"ICC", b"iCCP", b"acsp",
          b"hello", b"tEXt", b"pHYs")  # fmt: skip


def picture(mode: str = "RGB", size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Soft slopes with some noise: what a photograph asks of an encoder."""
    across = Image.linear_gradient("L").resize(size)
    down = Image.linear_gradient("L").rotate(90).resize(size)
    noisy = Image.blend(across, noise(size, 60), 0.3)
    bands = [across, down, noisy, down]
    return Image.merge(mode, bands[: len(mode)])


def mean_error(got: Image.Image, expected: Image.Image) -> float:
    pairs = zip(got.tobytes(), expected.tobytes(), strict=True)
    return sum(abs(a - b) for a, b in pairs) / len(expected.tobytes())


def test_every_format_of_the_recipes_has_an_encoder_and_no_other() -> None:
    assert set(ENCODERS) == set(get_args(Format))
    assert set(ENCODER_QUALITY) == set(ENCODERS) - {"png"}


@pytest.mark.parametrize(
    ("format", "mode"),
    [(f, m) for f in FORMATS for m in ("RGB", "RGBA") if (f, m) != ("jpeg", "RGBA")],
)
def test_a_file_is_its_format_and_shows_the_picture(format: str, mode: str) -> None:
    image = picture(mode)
    back = open_image(encode(image, format, 72))
    assert (back.format, back.mode, back.size) == (format.upper(), mode, image.size)
    error = mean_error(back, image)
    limit = 0 if format == "png" else 6
    assert error <= limit, f"expected a mean error of at most {limit} levels, got {error:.2f}"


@pytest.mark.parametrize("format", ["avif", "webp"])
def test_only_a_large_picture_is_encoded_the_faster_way(
    format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = picture()
    thorough = encode(image, format, 72)
    monkeypatch.setattr(encoders, "LARGE_PIXELS", image.width * image.height)
    assert encode(image, format, 72) == thorough
    monkeypatch.setattr(encoders, "LARGE_PIXELS", image.width * image.height - 1)
    assert encode(image, format, 72) != thorough


@pytest.mark.parametrize("format", FORMATS)
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (3, 5)])
def test_narrow_pictures_are_encoded(format: str, size: tuple[int, int]) -> None:
    assert open_image(encode(picture(size=size), format, 72)).size == size


@pytest.mark.parametrize("format", FORMATS)
def test_no_metadata_is_written(format: str) -> None:
    tags = Image.Exif()
    tags[0x010E] = "hello"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    laden = io.BytesIO()
    picture().save(laden, "JPEG", exif=tags, icc_profile=profile, comment=b"hello", dpi=(300, 300))
    image = Image.open(laden)
    image.load()
    image.info |= {"xmp": b"<x:xmpmeta>hello</x:xmpmeta>", "dpi": (300, 300)}

    data = encode(image, format, 72)

    assert {trace for trace in TRACES if trace in data} == set()
    assert not open_image(data).getexif()
    assert "icc_profile" in image.info, "the given picture is left as it is"


@pytest.mark.parametrize("format", ["avif", "webp", "jpeg"])
def test_more_quality_is_more_like_the_picture_and_more_bytes(format: str) -> None:
    image = picture(size=(256, 192))
    files = [encode(image, format, quality) for quality in (30, 50, 72, 90)]
    sizes = [len(data) for data in files]
    errors = [mean_error(open_image(data), image) for data in files]
    assert sizes == sorted(sizes) and len(set(sizes)) == 4, sizes
    assert errors == sorted(errors, reverse=True), errors


def test_png_has_no_quality() -> None:
    image = picture()
    assert encode(image, "png", 30) == encode(image, "png", 95)


@pytest.mark.parametrize("format", ["avif", "webp", "jpeg"])
def test_the_quality_table_rises_over_the_whole_range_of_recipes(format: str) -> None:
    numbers = [encoder_quality(format, quality) for quality in range(30, 96)]
    assert numbers == sorted(numbers)
    assert 1 <= numbers[0] < numbers[-1] <= 100
    for quality, number in ENCODER_QUALITY[format]:
        assert encoder_quality(format, quality) == number


def test_between_two_anchors_the_quality_is_interpolated() -> None:
    assert encoder_quality("avif", 45) in (26, 27)
    assert encoder_quality("jpeg", 10) == encoder_quality("jpeg", 30)
    assert encoder_quality("jpeg", 99) == encoder_quality("jpeg", 95)


@pytest.mark.parametrize(("quality", "sampling"), [(84, 2), (85, 0)])
def test_a_jpeg_is_progressive_and_has_full_colour_from_85_on(quality: int, sampling: int) -> None:
    jpeg: Any = open_image(encode(picture(), "jpeg", quality))
    assert jpeg.info["progressive"] == 1
    assert JpegImagePlugin.get_sampling(jpeg) == sampling


@pytest.mark.parametrize(("quality", "full"), [(84, False), (85, True)])
def test_an_avif_has_full_colour_from_85_on(quality: int, full: bool) -> None:
    data = encode(picture(), "avif", quality)
    # av1C: marker and version, profile and level, then flags with chroma_subsampling_x and _y.
    (flags,) = struct.unpack_from(">B", data, data.index(b"av1C") + 6)
    assert (flags & 0b1100 == 0) is full


def test_a_jpeg_of_a_picture_with_alpha_is_refused() -> None:
    with pytest.raises(ValueError, match="expected RGB for jpeg, got RGBA"):
        encode(picture("RGBA"), "jpeg", 72)


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(ValueError, match="for format, got 'gif'"):
        encode(picture(), "gif", 72)


def test_a_mode_that_is_not_rgb_is_named() -> None:
    with pytest.raises(ValueError, match="expected RGB or RGBA for webp, got L"):
        encode(Image.new("L", (2, 2)), "webp", 72)


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
    assert [frame.convert("RGBA").getpixel((63, 0))[3] for frame in frames] == [0, 0, 255]


def test_the_first_frame_decides_what_the_fallback_is() -> None:
    files = dict(encoded_files(moving("RGB", "RGBA"), ("webp", "jpeg"), 72))
    assert list(files) == ["webp", "jpeg"]


def test_the_still_of_an_animation_is_what_a_still_master_gives() -> None:
    stills = dict(encoded_files(pack(ball(0, (64, 48))), ("avif", "jpeg"), 72))
    assert dict(encoded_files(moving("RGB", "RGB"), ("avif", "jpeg"), 72)) == stills


def test_the_copyright_goes_into_every_file_of_a_master() -> None:
    for master in (moving("RGB", "RGB"), pack(ball(0))):
        for format, data in encoded_files(master, FORMATS, 72, "(c) Ana"):
            assert dict(open_image(data).getexif()) == {0x8298: "(c) Ana"}, format
        for format, data in encoded_files(master, FORMATS, 72):
            assert [trace for trace in TRACES if trace in data] == [], format
