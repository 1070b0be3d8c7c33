"""Whatever a file says of its colour, what comes out is sRGB."""

from __future__ import annotations

import io
import itertools
import random
import struct
import zlib
from typing import Any

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms

from darkroom.colour.coded import adopt_coded_colour
from darkroom.images import load_upright_srgb, open_image
from tests import profiles
from tests.pictures import encoded
from tests.profiles import (
    ADOBE_RGB,
    DISPLAY_P3,
    LINEAR,
    PROPHOTO,
    REC_2020,
    SRGB,
    Floats,
    Space,
    gamma,
    grey_profile,
    in_srgb,
    lut_profile,
    matrix_profile,
)

TWO_PERCENT = 0.02 * 255
# Levels of 255: what rounding to 8 bits, before and after, may cost.
ROUNDING = 1.5

STEPS = (0, 51, 102, 153, 204, 255)
PATCHES = np.array(list(itertools.product(STEPS, repeat=3)))
GREYS = np.arange(0, 256, 5)
SWAPPED = Space(SRGB.white, tuple(SRGB.primaries[i] for i in (1, 0, 2)), SRGB.light)
SRGB_PROFILE = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()


def patches(levels: Any, mode: str = "RGB", side: int = 1) -> Image.Image:
    """One row of squares."""
    row = np.asarray(levels, dtype=np.uint8).reshape(1, len(levels), -1)
    image = Image.frombytes(mode, (len(levels), 1), row.tobytes())
    return image.resize((len(levels) * side, side), Image.Resampling.NEAREST)


def seen(data: bytes, side: int = 1) -> Floats:
    """The colour in the middle of each square of the decoded file, in rows of three or four."""
    image = load_upright_srgb(data)
    pixels = np.asarray(image, dtype=float)
    return pixels[side // 2, side // 2 :: side]


def assert_mean_error(got: Floats, expected: Floats, limit: float = ROUNDING) -> None:
    error = np.abs(got - expected)
    worst = int(error.mean(axis=-1).argmax())
    assert error.mean() <= limit, (
        f"expected a mean error of at most {limit} levels, got {error.mean():.2f}; "
        f"worst at {worst}: expected {expected[worst].round(1)}, got {got[worst]}"
    )


# ICC profiles


@pytest.mark.parametrize("format", ["PNG", "WEBP", "JPEG", "AVIF", "HEIF"])
@pytest.mark.parametrize(
    "space",
    [DISPLAY_P3, ADOBE_RGB, PROPHOTO, REC_2020, LINEAR],
    ids=["display-p3", "adobe-rgb", "prophoto", "rec-2020", "linear"],
)
def test_an_rgb_profile_becomes_srgb(space: Space, format: str) -> None:
    lossless: dict[str, Any] = {"lossless": True} if format == "WEBP" else {}
    options: dict[str, Any] = lossless if format in ("PNG", "WEBP") else {"quality": 100}
    if format == "JPEG":
        options["subsampling"] = 0
    elif not lossless and format != "PNG":
        options["subsampling" if format == "AVIF" else "chroma"] = (
            "4:4:4" if format == "AVIF" else 444
        )
    side = 1 if format in ("PNG", "WEBP") else 8
    data = encoded(
        patches(PATCHES, side=side), format, icc_profile=matrix_profile(space), **options
    )
    limit = ROUNDING if side == 1 else TWO_PERCENT
    assert_mean_error(seen(data, side), in_srgb(space, PATCHES / 255), limit)


def test_a_profile_that_is_a_table_becomes_srgb() -> None:
    def to_d50(levels: Floats) -> Floats:
        return DISPLAY_P3.light(levels) @ DISPLAY_P3.to_d50().T

    icc = lut_profile(b"RGB ", 3, to_d50, steps=17)
    data = encoded(patches(PATCHES), "PNG", icc_profile=icc)
    assert_mean_error(seen(data), in_srgb(DISPLAY_P3, PATCHES / 255), TWO_PERCENT)


def test_a_palette_goes_through_its_profile() -> None:
    image = Image.new("P", (2, 2))
    image.putpalette([255, 0, 0])
    data = encoded(image, "PNG", icc_profile=matrix_profile(SWAPPED))
    assert_mean_error(seen(data), np.array([[0, 255, 0]] * 2))


def test_a_profile_leaves_alpha_alone() -> None:
    glass = Image.new("RGBA", (2, 2), (255, 0, 0, 99))
    data = encoded(glass, "PNG", icc_profile=matrix_profile(SWAPPED))
    assert_mean_error(seen(data), np.array([[0, 255, 0, 99]] * 2))


def test_an_srgb_profile_changes_no_pixel() -> None:
    image = Image.merge("RGB", [Image.linear_gradient("L")] * 3)
    assert load_upright_srgb(encoded(image, "PNG", icc_profile=SRGB_PROFILE)) == image
    # Many a profile is named sRGB and is off by a rounding.
    nearly = Space(SRGB.white, SRGB.primaries, lambda level: SRGB.light(level) * 0.993)
    ours = encoded(image, "PNG", icc_profile=matrix_profile(nearly))
    assert load_upright_srgb(ours) == image


def test_the_white_and_the_black_of_a_profile_become_white_and_black() -> None:
    """As a viewer adapts to them: paper is not yellow, ink not grey."""
    faded = Space(DISPLAY_P3.white, DISPLAY_P3.primaries, lambda level: 0.02 + 0.98 * level**2.2)
    yellowish = profiles.xyz_tag(np.array([0.93, 0.95, 0.60]))
    icc = matrix_profile(faded).replace(profiles.xyz_tag(profiles.D50), yellowish, 1)
    data = encoded(patches([[0, 0, 0], [255, 255, 255]]), "PNG", icc_profile=icc)
    assert_mean_error(seen(data), np.array([[0, 0, 0], [255, 255, 255]]), 1)


# Grey


@pytest.mark.parametrize("mode", ["L", "LA"])
@pytest.mark.parametrize("exponent", [1.0, 1.8, 2.2])
def test_grey_goes_through_its_profile(exponent: float, mode: str) -> None:
    levels = GREYS if mode == "L" else np.stack([GREYS, np.full_like(GREYS, 99)], axis=1)
    data = encoded(patches(levels, mode), "PNG", icc_profile=grey_profile(gamma(exponent)))
    light = profiles.srgb_level((GREYS / 255) ** exponent) * 255
    assert_mean_error(seen(data)[:, :3], np.stack([light] * 3, axis=1))
    assert seen(data).shape[1] == (3 if mode == "L" else 4)


def test_a_webp_of_grey_goes_through_its_grey_profile() -> None:
    """WebP has no grey of its own: the picture is RGB, and its profile is not."""
    icc = grey_profile(gamma(1.0))
    data = encoded(patches(GREYS, "L"), "WEBP", lossless=True, icc_profile=icc)
    assert open_image(data).mode == "RGB"
    light = profiles.srgb_level(GREYS / 255) * 255
    assert_mean_error(seen(data), np.stack([light] * 3, axis=1))


def test_an_avif_without_chroma_goes_through_its_grey_profile() -> None:
    grey = patches(GREYS, "L", 8)
    icc = grey_profile(gamma(1.0))
    data = encoded(grey, "AVIF", quality=100, subsampling="4:0:0", icc_profile=icc)
    light = profiles.srgb_level(GREYS / 255) * 255
    assert_mean_error(seen(data, 8), np.stack([light] * 3, axis=1), TWO_PERCENT)


def test_grey_goes_through_a_profile_of_rgb() -> None:
    data = encoded(patches(GREYS, "L"), "PNG", icc_profile=matrix_profile(PROPHOTO))
    expected = in_srgb(PROPHOTO, np.stack([GREYS / 255] * 3, axis=1))
    assert_mean_error(seen(data), expected)


def deep_grey(levels: Any) -> Image.Image:
    values = np.asarray(levels, dtype="<u2")
    return Image.frombytes("I;16", (len(values), 1), values.tobytes())


def test_16_bit_grey_keeps_its_tone() -> None:
    data = encoded(deep_grey(GREYS * 257), "PNG")
    assert open_image(data).mode == "I;16"
    assert (seen(data) == np.stack([GREYS] * 3, axis=1)).all()


def test_16_bit_grey_goes_through_its_profile_with_all_its_bits() -> None:
    """8 bits of light have six levels where sRGB has its darkest fifty."""
    levels = np.arange(0, 2000, 50)
    data = encoded(deep_grey(levels), "PNG", icc_profile=grey_profile(gamma(1.0)))
    light = profiles.srgb_level(levels / 65_535) * 255
    assert_mean_error(seen(data), np.stack([light] * 3, axis=1))


def test_the_transparent_level_of_16_bit_grey_survives_a_profile() -> None:
    data = encoded(deep_grey([0, 1000, 1001, 65_535]), "PNG", transparency=1000)
    laden = encoded(
        open_image(data), "PNG", icc_profile=grey_profile(gamma(1.0)), transparency=1000
    )
    for file in (data, laden):
        assert list(seen(file)[:, 3]) == [255, 0, 255, 255]
    assert seen(laden)[1, 0] > seen(data)[1, 0] + 20


@pytest.mark.parametrize("twelve", [False, True], ids=["10 bit", "12 bit"])
def test_a_deep_heic_keeps_its_tone_and_its_profile(
    twelve: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pillow_heif.options, "SAVE_HDR_TO_12_BIT", twelve)
    levels = np.repeat(np.repeat(PATCHES * 257, 8, axis=0)[None], 8, axis=0).astype("<u2")
    buffer = io.BytesIO()
    pillow_heif.from_bytes("RGB;16", (len(PATCHES) * 8, 8), levels.tobytes()).save(
        buffer, quality=100, chroma=444, icc_profile=P3
    )
    expected = in_srgb(DISPLAY_P3, PATCHES / 255)
    assert_mean_error(seen(buffer.getvalue(), 8), expected, TWO_PERCENT)


# CMYK


def reflected(inks: Floats) -> Floats:
    """Ideal inks, each of which takes some of the light that passes it, as linear sRGB."""
    takes = np.array([[0.95, 0.5, 0.1], [0.1, 0.9, 0.4], [0.02, 0.15, 0.9], [1.0, 1.0, 1.0]])
    return np.prod(1 - inks[:, :, None] * takes, axis=1)


def press_to_d50(inks: Floats) -> Floats:
    return reflected(inks) @ SRGB.to_d50().T


INKS = np.array(list(itertools.product((0, 64, 128, 255), repeat=4)))


def cmyk_jpeg(transform: int = 0, **options: Any) -> bytes:
    """`INKS` as an Adobe CMYK JPEG (inverted); with the transform 2, as YCCK."""
    inks = INKS.copy()
    if transform == 2:
        # Y, Cb and Cr of C, M and Y as if these were light; Pillow stores 255 less each.
        cmy = Image.frombytes("RGB", (len(inks), 1), inks[:, :3].astype(np.uint8).tobytes())
        inks[:, :3] = 255 - np.asarray(cmy.convert("YCbCr"), dtype=int)[0]
    data = encoded(patches(inks, "CMYK", 8), "JPEG", quality=100, subsampling=0, **options)
    marker = data.index(b"Adobe") + 11
    return data[:marker] + bytes([transform]) + data[marker + 1 :]


@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("transform", [0, 2], ids=["cmyk", "ycck"])
def test_cmyk_goes_through_its_profile(transform: int, bits: int) -> None:
    icc = lut_profile(b"CMYK", 4, press_to_d50, bits=bits)
    expected = profiles.srgb_level(reflected(INKS / 255)) * 255
    assert_mean_error(seen(cmyk_jpeg(transform, icc_profile=icc), 8), expected, TWO_PERCENT)


@pytest.mark.parametrize("icc", [None, matrix_profile(SWAPPED)], ids=["none", "for-rgb"])
@pytest.mark.parametrize("transform", [0, 2], ids=["cmyk", "ycck"])
def test_cmyk_without_a_profile_is_what_its_inks_leave_of_the_light(
    transform: int, icc: bytes | None
) -> None:
    data = cmyk_jpeg(transform, icc_profile=icc)
    expected = (255 - INKS[:, :3]) * (255 - INKS[:, 3:]) / 255
    assert_mean_error(seen(data, 8), expected, TWO_PERCENT)


def test_cmyk_without_adobes_marker_is_read_the_same() -> None:
    data = cmyk_jpeg()
    start = data.index(b"\xff\xee")
    bare = data[:start] + data[start + 16 :]
    assert "adobe" not in open_image(bare).info
    assert (seen(bare, 8) == seen(data, 8)).all()


# Lab


LAB = np.array(list(itertools.product((0, 60, 128, 200, 255), (98, 128, 158), (98, 128, 158))))


def lab_jpeg(**options: Any) -> bytes:
    return encoded(patches(LAB, side=8), "JPEG", quality=100, subsampling=0, **options)


def test_a_jpeg_whose_samples_are_lab_becomes_srgb() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    data = lab_jpeg(icc_profile=lab, keep_rgb=True)
    assert open_image(data).info["adobe_transform"] == 0
    expected = profiles.lab_in_srgb((LAB - [0, 128, 128]) / [2.55, 1, 1])
    assert_mean_error(seen(data, 8), expected, TWO_PERCENT)


def test_a_profile_of_lab_says_nothing_of_samples_that_are_rgb() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    assert (seen(lab_jpeg(icc_profile=lab), 8) == seen(lab_jpeg(), 8)).all()
    png = encoded(patches(LAB), "PNG", icc_profile=lab)
    assert (seen(png) == LAB).all()


# Broken profiles


P3 = matrix_profile(DISPLAY_P3)
RGB_TABLE = lut_profile(b"RGB ", 3, lambda levels: levels * 0.5, steps=3)
BROKEN = {
    "text": b"no profile at all",
    "zeros": bytes(1000),
    "header alone": P3[:128],
    "cut in its tags": P3[:300],
    "for grey": grey_profile(gamma(1.0)),
    "for cmyk": lut_profile(b"CMYK", 4, press_to_d50, steps=3),
    "a link between devices": RGB_TABLE[:12] + b"link" + RGB_TABLE[16:],
    "named colours": P3[:12] + b"nmcl" + P3[16:],
    "a space that nobody knows": P3[:16] + b"7CLR" + P3[20:],
    "four billion tags": P3[:128] + b"\xff" * 4 + P3[132:],
    "a tag beyond the end": P3[:148] + b"\x7f\xff\xff\xf0" * 2 + P3[156:],
    "a curve of four billion points": P3.replace(
        b"curv\0\0\0\0\0\0\4\0", b"curv" + b"\0" * 4 + b"\xff" * 4
    ),
    "a megabyte of noise": random.Random(1).randbytes(1_000_000),
    "noise under a header": P3[:128] + random.Random(2).randbytes(100_000),
}


@pytest.mark.parametrize(
    ("name", "mode"),
    [(n, m) for n in BROKEN for m in ("RGB", "RGBA", "L") if (n, m) != ("for grey", "L")],
)
def test_a_profile_that_is_broken_or_for_another_picture_is_ignored(name: str, mode: str) -> None:
    image = Image.new("RGBA", (2, 2), (200, 30, 90, 128)).convert(mode)
    data = encoded(image, "PNG", icc_profile=BROKEN[name])
    expected = load_upright_srgb(encoded(image, "PNG"))
    assert load_upright_srgb(data) == expected


def test_a_profile_of_nine_megabytes_is_ignored() -> None:
    image = Image.new("RGB", (2, 2), (200, 30, 90))
    data = encoded(image, "WEBP", lossless=True, icc_profile=P3 + bytes(9_000_000))
    assert load_upright_srgb(data) == image


def test_a_png_may_have_as_large_a_profile_as_any_picture() -> None:
    image = Image.new("RGB", (2, 2), (200, 30, 90))
    large = P3 + bytes(2_000_000)
    assert load_upright_srgb(encoded(image, "PNG", icc_profile=large)) == load_upright_srgb(
        encoded(image, "PNG", icc_profile=P3)
    )


def test_an_empty_profile_is_ignored() -> None:
    data = encoded(Image.new("RGB", (8, 8), (200, 30, 90)), "JPEG", quality=95)
    segment = b"ICC_PROFILE\0\1\1"
    laden = data[:2] + b"\xff\xe2" + struct.pack(">H", 2 + len(segment)) + segment + data[2:]
    assert load_upright_srgb(laden) == load_upright_srgb(data)


def test_no_change_to_a_profile_makes_more_of_it_than_another_colour() -> None:
    """A short walk; thousands of steps of a longer one found nothing else."""
    dice = random.Random(7)
    sources = [P3, grey_profile(gamma(1.8)), RGB_TABLE]
    image = patches(PATCHES[::20])
    for _ in range(40):
        icc = bytearray(dice.choice(sources))
        for _ in range(dice.choice((1, 2, 8))):
            icc[dice.randrange(min(len(icc), dice.choice((140, 400, len(icc)))))] = dice.choice(
                (0, 1, 127, 255, dice.randrange(256))
            )
        result = load_upright_srgb(encoded(image, "PNG", icc_profile=bytes(icc)))
        assert (result.mode, result.size) == ("RGB", image.size)


# Colour said in numbers


def with_chunks(data: bytes, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG with more chunks behind its header."""
    more = b""
    for kind, content in chunks:
        check = struct.pack(">I", zlib.crc32(kind + content))
        more += struct.pack(">I", len(content)) + kind + content + check
    return data[:33] + more + data[33:]


def cicp(primaries: int, transfer: int) -> tuple[bytes, bytes]:
    return b"cICP", bytes([primaries, transfer, 0, 1])


def gama(value: float) -> tuple[bytes, bytes]:
    return b"gAMA", struct.pack(">I", round(value * 100_000))


def chrm(space: Space) -> tuple[bytes, bytes]:
    points = (space.white, *space.primaries)
    return b"cHRM", b"".join(struct.pack(">I", round(v * 100_000)) for p in points for v in p)


CODED = {
    (1, 13): SRGB,
    (12, 13): DISPLAY_P3,
    (9, 13): Space(REC_2020.white, REC_2020.primaries, SRGB.light),
    (1, 8): LINEAR,
    (1, 4): Space(SRGB.white, SRGB.primaries, gamma(2.2)),
    (2, 2): SRGB,
    (1, 1): SRGB,
}


@pytest.mark.parametrize("code", CODED)
def test_a_coded_colour_of_a_png_becomes_srgb(code: tuple[int, int]) -> None:
    data = with_chunks(encoded(patches(PATCHES), "PNG"), cicp(*code))
    assert_mean_error(seen(data), in_srgb(CODED[code], PATCHES / 255))


def test_the_code_of_a_png_comes_before_its_profile() -> None:
    data = encoded(patches(PATCHES), "PNG", icc_profile=matrix_profile(SWAPPED))
    assert (seen(with_chunks(data, cicp(1, 13))) == PATCHES).all()


def test_a_code_that_says_nothing_leaves_the_profile_its_say() -> None:
    data = encoded(patches(PATCHES), "PNG", icc_profile=P3)
    assert (seen(with_chunks(data, cicp(2, 2))) == seen(data)).all()


@pytest.mark.parametrize("mode", ["L", "I;16"])
def test_the_curve_of_a_code_holds_for_grey(mode: str) -> None:
    levels = GREYS * 257 if mode == "L" else np.arange(0, 2000, 50)
    image = patches(GREYS, "L") if mode == "L" else deep_grey(levels)
    light = profiles.srgb_level(levels / 65_535) * 255
    for chunk in (cicp(1, 8), gama(1.0)):
        data = with_chunks(encoded(image, "PNG"), chunk)
        assert_mean_error(seen(data), np.stack([light] * 3, axis=1))


def nclx(data: bytes, code: tuple[int, int]) -> bytes:
    """The AVIF or HEIF with another code in its only `nclx`."""
    at = data.index(b"nclx") + 4
    return data[:at] + struct.pack(">HH", *code) + data[at + 4 :]


@pytest.mark.parametrize("format", ["AVIF", "HEIF"])
@pytest.mark.parametrize("code", [(1, 13), (12, 13), (9, 13), (1, 8)])
def test_the_code_of_an_avif_or_heif_becomes_srgb(code: tuple[int, int], format: str) -> None:
    full: dict[str, Any] = {"subsampling": "4:4:4"} if format == "AVIF" else {"chroma": 444}
    data = nclx(encoded(patches(PATCHES, side=8), format, quality=100, **full), code)
    assert_mean_error(seen(data, 8), in_srgb(CODED[code], PATCHES / 255), TWO_PERCENT)


@pytest.mark.parametrize("format", ["AVIF", "HEIF"])
def test_the_profile_of_an_avif_or_heif_comes_before_a_code(format: str) -> None:
    image = Image.new("RGB", (16, 16), (200, 30, 30))
    data = encoded(image, format, quality=100, icc_profile=matrix_profile(SWAPPED))
    if b"nclx" in data:
        data = nclx(data, (12, 8))
    red, green, _ = load_upright_srgb(data).getpixel((8, 8))  # type: ignore[misc]
    assert abs(red - 30) < 8 and abs(green - 200) < 8, (red, green)


@pytest.mark.parametrize("transfer", [16, 18], ids=["pq", "hlg"])
def test_hdr_keeps_its_order_and_its_greys_and_uses_the_range(transfer: int) -> None:
    greys = np.stack([np.arange(256)] * 3, axis=1)
    got = seen(with_chunks(encoded(patches(greys), "PNG"), cicp(9, transfer)))
    assert (np.diff(got[:, 0]) >= 0).all()
    assert np.ptp(got, axis=1).max() <= 2
    # Paper, 203 cd/m2: at 58 % of PQ and 75 % of HLG (ITU-R BT.2408-7, table 1).
    paper = got[round(255 * (0.58 if transfer == 16 else 0.75)), 0]
    assert 225 <= paper <= 250, paper
    assert got[0, 0] == 0 and got[255, 0] >= 253


@pytest.mark.parametrize(
    "chunks",
    [
        [gama(1 / 2.2)],
        [gama(0.45455), chrm(SRGB)],
        [gama(1.0), (b"sRGB", b"\0")],
        [gama(0)],
        [gama(1000)],
        [gama(1.0), (b"cHRM", bytes(32))],
        [chrm(SWAPPED)],
    ],
    ids=["usual", "usual primaries", "srgb", "zero", "absurd", "no primaries", "chrm alone"],
)
def test_gamma_that_means_srgb_or_nothing_changes_nothing(
    chunks: list[tuple[bytes, bytes]],
) -> None:
    assert (seen(with_chunks(encoded(patches(PATCHES), "PNG"), *chunks)) == PATCHES).all()


def test_gamma_becomes_srgb() -> None:
    plain = encoded(patches(PATCHES), "PNG")
    linear = with_chunks(plain, gama(1.0))
    assert_mean_error(seen(linear), in_srgb(LINEAR, PATCHES / 255))
    adobe = with_chunks(plain, gama(1 / 2.2), chrm(ADOBE_RGB))
    assert_mean_error(seen(adobe), in_srgb(ADOBE_RGB, PATCHES / 255))


def test_a_profile_comes_before_gamma() -> None:
    data = encoded(patches(PATCHES), "PNG", icc_profile=P3)
    assert (seen(with_chunks(data, gama(1.0))) == seen(data)).all()


@pytest.mark.parametrize("cut", range(0, 300, 4))
def test_boxes_that_lie_are_ignored(cut: int) -> None:
    data = bytearray(encoded(Image.new("RGB", (8, 8), (200, 30, 90)), "AVIF"))
    data[cut : cut + 4] = b"\xff\xff\xff\xff"
    image = Image.new("RGB", (1, 1))
    image.format = "AVIF"
    adopt_coded_colour(image, bytes(data))
