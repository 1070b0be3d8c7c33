import io
import random
import struct
import zlib
from dataclasses import replace
from typing import Any

import pytest
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from darkroom.errors import ImageError
from validate.captions import captions
from validate.inspect import Inspected, inspect
from validate.limits import Limits
from validate.outline import MAX_PARTS
from validate.sniff import ACCEPTED, sniff

LIMITS = Limits(
    max_bytes=100_000,
    max_pixels=10_000,
    max_side_px=200,
    max_frames=5,
    max_frame_pixels=20_000,
    max_jpeg_scans=12,
    max_scan_pixels=100_000,
    max_png_text_chunk_bytes=100,
    max_png_text_bytes=250,
)
PILLOW_NAMES = {
    "jpeg": "JPEG",
    "png": "PNG",
    "webp": "WEBP",
    "gif": "GIF",
    "avif": "AVIF",
    "heic": "HEIF",
}


def drawn(width: int = 60, height: int = 40, mode: str = "RGB") -> Image.Image:
    image = Image.linear_gradient("L").resize((width, height)).convert(mode)
    ImageDraw.Draw(image).ellipse((5, 5, width // 2, height // 2), fill=0)
    return image


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, PILLOW_NAMES[format], **options)
    return buffer.getvalue()


def animated(format: str, frames: int, size: tuple[int, int] = (20, 10)) -> bytes:
    pictures = [Image.new("RGB", size, (index * 40 % 256, 90, 0)) for index in range(frames)]
    return encoded(pictures[0], format, save_all=True, append_images=pictures[1:], duration=50)


def png_chunk(kind: bytes, content: bytes) -> bytes:
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png_header(width: int, height: int) -> bytes:
    """A PNG that announces a size and brings no pixel."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IEND", b"")


def refused(data: bytes, limits: Limits = LIMITS) -> ImageError:
    with pytest.raises(ImageError) as caught:
        inspect(data, limits)
    return caught.value


@pytest.mark.parametrize("format", ACCEPTED)
def test_every_accepted_format_is_known_measured_and_decoded(format: str) -> None:
    data = encoded(drawn(60, 40), format)

    found = inspect(data, LIMITS)

    expected = Inspected(format, 60, 40, len(data), False, 1, found.small, found.image)
    assert found == expected


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "heic"])
def test_what_is_found_keeps_the_words_and_not_the_pixels(format: str) -> None:
    exif = Image.Exif()
    exif[0x010E] = "a lake"
    found = inspect(encoded(drawn(60, 40), format, exif=exif), LIMITS).image
    assert found.size == (1, 1)
    assert "a lake" in captions(found, {})


def test_what_is_found_in_a_jpeg_keeps_all_its_comments() -> None:
    data = encoded(drawn(60, 40), "jpeg", comment=b"first")
    at = data.index(b"\xff\xdb")
    found = inspect(data[:at] + b"\xff\xfe\0\x08second" + data[at:], LIMITS).image
    assert captions(found, {}) == ["first", "second"]


@pytest.mark.parametrize("format", ["png", "webp", "gif", "avif"])
def test_a_transparent_picture_has_alpha(format: str) -> None:
    image = drawn(mode="RGBA")
    image.putalpha(Image.new("L", image.size, 0))
    assert inspect(encoded(image, format), LIMITS).has_alpha


def test_the_first_picture_of_an_mpo_counts_as_a_jpeg() -> None:
    buffer = io.BytesIO()
    drawn(60, 40).save(buffer, "MPO", save_all=True, append_images=[drawn(20, 20)])
    found = inspect(buffer.getvalue(), LIMITS)
    assert (found.format, found.width, found.height, found.frames) == ("jpeg", 60, 40, 1)


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif"])
@pytest.mark.parametrize(
    ("orientation", "size"), [(1, (60, 40)), (3, (60, 40)), (6, (40, 60)), (8, (40, 60))]
)
def test_width_and_height_are_those_of_the_upright_picture(
    format: str, orientation: int, size: tuple[int, int]
) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    found = inspect(encoded(drawn(60, 40), format, exif=exif), LIMITS)
    assert (found.width, found.height) == size


@pytest.mark.parametrize("format", ["png", "webp", "jpeg", "avif"])
def test_xmp_turns_no_picture(format: str) -> None:
    xmp = b'<rdf:Description tiff:Orientation="6"/>'
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", xmp.decode())
    options = {"pnginfo": info} if format == "png" else {"xmp": xmp}
    found = inspect(encoded(drawn(60, 40), format, **options), LIMITS)
    assert (found.width, found.height) == (60, 40)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_an_undefined_orientation_and_broken_exif_turn_nothing() -> None:
    exif = Image.Exif()
    exif[0x0112] = 9
    found = inspect(encoded(drawn(60, 40), "jpeg", exif=exif), LIMITS)
    assert (found.width, found.height) == (60, 40)
    broken = encoded(drawn(60, 40), "jpeg", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff\0\0")
    found = inspect(broken, LIMITS)
    assert (found.width, found.height) == (60, 40)


@pytest.mark.parametrize(
    ("start", "name"),
    [
        (b"II*\0\x08\0\0\0", "tiff"),
        (b"MM\0*\0\0\0\x08", "tiff"),
        (b"BM" + bytes(12) + b"\x28\0\0\0", "bmp"),
        (b"8BPS\0\1", "psd"),
        (b"%PDF-1.7\n", "pdf"),
        (b"%!PS-Adobe-3.0 EPSF", "eps"),
        (b"\0\0\1\0\1\0", "ico"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
        (b"\xff\x0a\xfa", "jxl"),
        (b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
        (b"\xff\x4f\xff\x51", "jp2"),
        (b"P6\n2 2\n255\n", "pnm"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", "mov"),
        (b"\xef\xbb\xbf \n<svg xmlns='http://www.w3.org/2000/svg'/>", "svg"),
        (b"<?xml version='1.0'?><!-- x --><svg/>", "svg"),
        (b"\n<!DOCTYPE HTML><html>", "html"),
        (b"\0\0\2\0\1\0\x20\x20", "cur"),
        (b"\xc5\xd0\xd3\xc6", "eps"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"),
    ],
)
def test_an_unsupported_format_is_refused_by_its_name(start: bytes, name: str) -> None:
    error = refused(start + bytes(40))
    assert (error.code, error.measured, error.limit) == (
        "unsupported_format",
        name,
        "jpeg, png, webp, gif, avif, heic",
    )
    assert name.upper() in error.detail


@pytest.mark.parametrize(
    "data", [b"hello", b"\0" * 100, b"\xff\xd8", b"RIFF\0\0\0\0WAVEfmt ", b"BM, a car maker"]
)
def test_bytes_of_no_known_format_are_not_an_image(data: bytes) -> None:
    assert refused(data).code == "not_an_image"


@pytest.mark.parametrize(
    ("major", "compatible", "format"),
    [
        (b"avif", b"mif1", "avif"),
        (b"avis", b"", "avif"),
        (b"mif1", b"heicavif", "avif"),
        (b"mif1", b"heic", "heic"),
        (b"msf1", b"hevc", "heic"),
        (b"heic", b"mif1avif", "heic"),
        (b"heix", b"", "heic"),
    ],
)
def test_brands_tell_avif_from_heic(major: bytes, compatible: bytes, format: str) -> None:
    box = struct.pack(">I", 16 + len(compatible)) + b"ftyp" + major + bytes(4) + compatible
    # The brand lies behind the box, and says nothing.
    assert sniff(box + b"avif") == format


def test_a_webp_that_holds_svg_is_a_webp() -> None:
    assert sniff(b"RIFF\x20\0\0\0WEBPVP8L<svg xmlns=") == "webp"


def test_no_bytes_are_empty() -> None:
    error = refused(b"")
    assert (error.code, error.measured, error.limit) == ("empty", 0, 1)


def test_a_file_of_exactly_the_limit_passes_and_a_byte_more_does_not() -> None:
    data = encoded(drawn(), "png")
    limits = replace(LIMITS, max_bytes=len(data))
    assert inspect(data, limits).bytes == len(data)
    error = refused(data + b"\0", limits)
    assert (error.code, error.measured, error.limit) == (
        "too_many_bytes",
        len(data) + 1,
        len(data),
    )


@pytest.mark.parametrize("format", ACCEPTED)
def test_a_picture_of_exactly_the_pixel_limit_passes_and_a_row_more_does_not(format: str) -> None:
    assert inspect(encoded(drawn(100, 100), format), LIMITS).width == 100
    error = refused(encoded(drawn(100, 102), format))
    assert (error.code, error.measured, error.limit) == ("too_many_pixels", 10_200, 10_000)
    assert "10,200" in error.detail and "10,000" in error.detail


def test_a_side_over_the_limit_is_refused_even_of_few_pixels() -> None:
    error = refused(encoded(drawn(201, 10), "png"))
    assert (error.code, error.measured, error.limit) == ("too_many_pixels", 201, 200)


def test_a_size_is_judged_by_the_header_alone() -> None:
    """There is no pixel behind these headers: decoding would be another verdict."""
    webp = b"RIFF" + struct.pack("<I", 22) + b"WEBPVP8X" + struct.pack("<II", 10, 0)
    canvas = (16_000).to_bytes(3, "little") * 2
    jpeg = b"\xff\xd8\xff\xc0\0\x0b\x08\x40\x00\x40\x00\x01\x01\x11\x00"
    gif = b"GIF89a" + struct.pack("<HH", 60_000, 60_000) + b"\0\0\0"
    for data in (png_header(60_000, 60_000), webp + canvas, jpeg, gif):
        assert refused(data).code == "too_many_pixels", data


@pytest.mark.parametrize("format", ACCEPTED)
def test_no_pixel_of_too_large_a_picture_is_decoded(
    format: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decode(*_: Any) -> None:
        pytest.fail("decoded")

    monkeypatch.setattr("validate.inspect._decode", decode)
    assert refused(encoded(drawn(100, 102), format)).code == "too_many_pixels"


def test_a_picture_without_extent_is_corrupt() -> None:
    error = refused(png_header(0, 10))
    assert error.code == "corrupt"
    assert "0 x 10 px" in error.detail


@pytest.mark.parametrize("format", ["gif", "png", "webp", "avif"])
def test_an_animation_of_exactly_the_frame_limit_passes_and_one_more_does_not(format: str) -> None:
    assert inspect(animated(format, 5), LIMITS).frames == 5
    error = refused(animated(format, 6))
    assert (error.code, error.measured, error.limit) == ("too_many_frames", 6, 5)


def test_countless_frames_are_too_many_frames_rather_than_too_complex() -> None:
    frame = b",\0\0\0\0\1\0\1\0\0\2\2L\1\0"
    gif = b"GIF89a\1\0\1\0\0\0\0" + frame * (MAX_PARTS + 1)
    limits = replace(LIMITS, max_bytes=10_000_000)
    assert refused(gif, limits).code == "too_many_frames"


def test_few_frames_of_many_pixels_are_too_many() -> None:
    assert inspect(animated("gif", 2, (100, 100)), LIMITS).frames == 2
    error = refused(animated("gif", 3, (100, 100)))
    assert (error.code, error.measured, error.limit) == ("too_many_frames", 30_000, 20_000)


def test_a_jpeg_of_too_many_scans_is_refused_without_decoding_them() -> None:
    progressive = encoded(drawn(), "jpeg", progressive=True)
    scans = progressive.count(b"\xff\xda")
    limits = replace(LIMITS, max_jpeg_scans=scans)
    assert inspect(progressive, limits).format == "jpeg"
    # One more scan, that no decoder could read.
    spoiled = progressive[:-2] + b"\xff\xda\x00\x02" + progressive[-2:]
    error = refused(spoiled, limits)
    assert (error.code, error.measured, error.limit) == ("too_complex", scans + 1, scans)


def test_bytes_within_a_segment_and_restarts_are_no_scans() -> None:
    limits = replace(LIMITS, max_jpeg_scans=1)
    commented = encoded(drawn(), "jpeg", comment=b"\xff\xda" * 50, restart_marker_blocks=1)
    assert inspect(commented, limits).format == "jpeg"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda: encoded(drawn(), "jpeg")[:2] + b"\xff\xfe\0\2" * (MAX_PARTS + 1),
        lambda: encoded(drawn(), "png")[:33] + png_chunk(b"prVt", b"") * (MAX_PARTS + 1),
        lambda: b"GIF89a\x01\0\x01\0\0\0\0" + b"!\xfe\0" * (MAX_PARTS + 1),
    ],
    ids=["jpeg", "png", "gif"],
)
def test_a_file_of_countless_parts_is_too_complex(spoil: Any) -> None:
    limits = replace(LIMITS, max_bytes=10_000_000)
    assert refused(spoil(), limits).code == "too_complex"


@pytest.mark.parametrize("before", [b"", b"\xff\xc0\0\x0b\x08\0\x10\0\x10\1\1\x11\0\xff\xda\0\2"])
def test_a_jpeg_of_nothing_but_padding_is_judged_at_once(before: bytes) -> None:
    """A search for runs of FF would take hours for it, Pillow a look at every byte."""
    limits = replace(LIMITS, max_bytes=10_000_000)
    error = refused(b"\xff\xd8" + before + b"\xff" * 5_000_000, limits)
    assert error.code == ("truncated" if before else "too_complex")


@pytest.mark.parametrize("format", ACCEPTED)
@pytest.mark.parametrize("share", [0.5, 0.9, 0.99])
def test_a_cut_file_is_truncated(format: str, share: float) -> None:
    noise = Image.frombytes("RGB", (60, 40), random.Random(1).randbytes(60 * 40 * 3))
    data = encoded(noise, format)
    assert refused(data[: int(len(data) * share)]).code == "truncated"


@pytest.mark.parametrize("format", ["png", "webp", "avif", "heic"])
def test_a_cut_file_is_measured_where_it_announces_its_bytes(format: str) -> None:
    data = encoded(drawn(), format)
    error = refused(data[:-1])
    assert (error.measured, error.limit) == (len(data) - 1, len(data))


def test_a_jpeg_without_its_end_marker_is_truncated() -> None:
    assert refused(encoded(drawn(), "jpeg")[:-2]).code == "truncated"


def test_a_jpeg_in_which_the_next_one_begins_is_truncated() -> None:
    whole = encoded(drawn(), "jpeg")
    assert refused(whole[: len(whole) - 40] + whole).code == "truncated"


def test_a_gif_may_lack_its_trailer_and_any_file_may_trail_bytes() -> None:
    assert inspect(encoded(drawn(), "gif").removesuffix(b";"), LIMITS).format == "gif"
    for format in ACCEPTED:
        data = encoded(drawn(), format) + b"PK\x03\x04 something of a camera's maker"
        assert inspect(data, LIMITS).format == format


def test_a_png_with_a_wrong_checksum_is_corrupt() -> None:
    data = bytearray(encoded(drawn(), "png"))
    data[data.index(b"IDAT") + 20] ^= 1
    error = refused(bytes(data))
    assert error.code == "corrupt"
    assert "IDAT" in error.detail


@pytest.mark.parametrize("format", ACCEPTED)
def test_a_file_of_which_only_the_start_is_true_is_refused(format: str) -> None:
    data = encoded(drawn(), format)
    # The frame header of a lossy WebP, up to its size, stands within 30 bytes.
    kept = 30 if format == "webp" else 16
    assert refused(data[:kept] + b"\x55" * (len(data) - kept)).code in ("corrupt", "truncated")


def test_a_heic_without_the_picture_that_it_names_is_corrupt() -> None:
    data = encoded(drawn(), "heic", save_all=True, append_images=[drawn(20, 20)])
    assert inspect(data, LIMITS).width == 60
    # The main picture is said to be made of tiles, and has none; the other one would open.
    error = refused(data.replace(b"hvc1", b"grid", 1))
    assert (error.code, "names" in error.detail) == ("corrupt", True)
