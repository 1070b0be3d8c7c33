"""What counts as foreign in a file of ours: each part by hand, both ways."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from PIL import Image, ImageCms

from bench.containers import parts
from bench.planted import planted, without_tables
from bench.traces import foreign

FORMATS = ["jpeg", "png", "webp", "avif"]
TEXT = "(c) 2025 Zoë"
TIFF = struct.pack(">2sHI", b"MM", 42, 8)


def saved(format: str, mode: str = "RGB", **options: Any) -> bytes:
    buffer = io.BytesIO()
    image = Image.linear_gradient("L").resize((24, 16)).convert("RGB")
    if mode == "RGBA":
        image.putalpha(Image.linear_gradient("L").resize((24, 16)))
    image.save(buffer, format.upper(), **options)
    return buffer.getvalue()


def copyright_block(text: str = TEXT, tag: int = 0x8298, next_directory: int = 0) -> bytes:
    raw = text.encode() + b"\0"
    return TIFF + struct.pack(">HHHIII", 1, tag, 2, len(raw), 26, next_directory) + raw


def jpeg_with(marker: int, payload: bytes) -> bytes:
    data = saved("jpeg")
    segment = bytes([0xFF, marker]) + struct.pack(">H", len(payload) + 2) + payload
    return data[:2] + segment + data[2:]


def png_with(kind: bytes, payload: bytes) -> bytes:
    data = saved("png")
    chunk = struct.pack(">I", len(payload)) + kind + payload
    return data[:33] + chunk + struct.pack(">I", zlib.crc32(kind + payload)) + data[33:]


def webp_with(kind: bytes, payload: bytes, flags: int = 0) -> bytes:
    picture = saved("webp", "RGBA")[30:]
    head = (
        struct.pack("<4sI", b"VP8X", 10)
        + bytes([0x10 | flags])
        + bytes(3)
        + struct.pack("<HBHB", 23, 0, 15, 0)
    )
    chunk = struct.pack("<4sI", kind, len(payload)) + payload + bytes(len(payload) % 2)
    body = b"WEBP" + head + picture + (chunk if kind else b"")
    return b"RIFF" + struct.pack("<I", len(body)) + body


def box(kind: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", 8 + len(payload)) + kind + payload


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("format", FORMATS)
def test_a_picture_alone_has_nothing_foreign(format: str, mode: str) -> None:
    if (format, mode) != ("jpeg", "RGBA"):
        assert foreign(format, saved(format, mode)) == []


@pytest.mark.parametrize("options", [{"progressive": True}, {"restart_marker_blocks": 1}])
def test_every_way_to_write_a_jpeg_is_a_picture(options: dict[str, Any]) -> None:
    assert foreign("jpeg", saved("jpeg", **options)) == []


def test_an_animated_webp_is_a_picture() -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green")]
    buffer = io.BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:])
    assert "ANMF" in {part.kind for part in parts("webp", buffer.getvalue())}
    assert foreign("webp", buffer.getvalue()) == []


@pytest.mark.parametrize("format", FORMATS)
def test_bytes_after_the_end_are_foreign(format: str) -> None:
    assert foreign(format, saved(format) + b"!") == ["trailing of 1 bytes"]


@pytest.mark.parametrize(
    ("marker", "payload", "name"),
    [
        (0xE0, b"JFIF\0\1\1\0\0\1\0\1\1\1abc", "APP0"),
        (0xE0, b"JFXX\0\x10", "APP0"),
        (0xE1, b"Exif\0\0" + TIFF, "APP1"),
        (0xE1, b"http://ns.adobe.com/xap/1.0/\0", "APP1"),
        (0xE2, b"ICC_PROFILE\0\1\1", "APP2"),
        (0xED, b"Photoshop 3.0\0", "APP13"),
        (0xEE, b"Adobe\0\x64\0\0\0\0\1", "APP14"),
        (0xFE, b"hello", "COM"),
        (0xDC, b"\0\x10", "DNL"),
        (0xF5, b"", "marker F5"),
    ],
)
def test_a_jpeg_segment_that_is_no_picture_is_foreign(
    marker: int, payload: bytes, name: str
) -> None:
    assert foreign("jpeg", jpeg_with(marker, payload)) == [f"{name} of {len(payload)} bytes"]


@pytest.mark.parametrize(
    "kind", [b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP", b"tIME", b"pHYs", b"gAMA", b"prVt"]
)
def test_a_png_chunk_that_is_no_picture_is_foreign(kind: bytes) -> None:
    assert foreign("png", png_with(kind, b"hello")) == [f"{kind.decode()} of 5 bytes"]


@pytest.mark.parametrize("kind", [b"EXIF", b"XMP ", b"ICCP", b"JUNK"])
def test_a_webp_chunk_that_is_no_picture_is_foreign(kind: bytes) -> None:
    assert foreign("webp", webp_with(kind, b"hello")) == [f"{kind.decode().strip()} of 5 bytes"]


@pytest.mark.parametrize("flag", [0x20, 0x08, 0x04])
def test_a_webp_may_not_announce_what_it_lacks(flag: int) -> None:
    assert foreign("webp", webp_with(b"", b"")) == []
    assert foreign("webp", webp_with(b"", b"", flag)) == ["VP8X of 10 bytes"]


def test_what_a_webp_frame_holds_beside_its_picture_is_foreign() -> None:
    frame = bytes(16) + saved("webp")[12:] + struct.pack("<4sI", b"JUNK", 4) + b"evil"
    assert foreign("webp", webp_with(b"ANMF", frame)) == ["JUNK of 4 bytes"]


@pytest.mark.parametrize("kind", [b"uuid", b"free", b"skip", b"moov"])
def test_an_avif_box_that_is_no_picture_is_foreign(kind: bytes) -> None:
    assert foreign("avif", saved("avif") + box(kind, b"hello"))[0] == f"{kind.decode()} of 5 bytes"


@pytest.mark.parametrize(("option", "item"), [("exif", "item Exif"), ("xmp", "item mime")])
def test_an_avif_item_that_is_no_picture_is_foreign(option: str, item: str) -> None:
    data = saved("avif", **{option: TIFF + struct.pack(">HI", 0, 0)})
    assert [found.partition(" of ")[0] for found in foreign("avif", data)] == [item]


def test_a_profile_in_an_avif_is_foreign_and_a_foreign_colour_space_too() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert foreign("avif", saved("avif", icc_profile=profile))
    data = saved("avif")
    rec2020 = data.replace(b"nclx\0\1\0\x0d", b"nclx\0\x09\0\x10")
    assert rec2020 != data
    assert foreign("avif", rec2020) == ["colr of 11 bytes"]
    assert foreign("avif", data.replace(b"colrnclx", b"colrrICC")) == ["colr of 11 bytes"]


def test_an_orientation_of_an_avif_is_foreign() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert "irot of 1 bytes" in foreign("avif", saved("avif", exif=exif.tobytes()))


def test_media_data_that_no_item_claims_are_foreign() -> None:
    data = saved("avif")
    at = data.index(b"mdat")
    length = int.from_bytes(data[at - 4 : at], "big") + 5
    hidden = data[: at - 4] + struct.pack(">I", length) + data[at:] + b"hello"
    assert foreign("avif", hidden) == ["unclaimed of 5 bytes"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_kept_copyright_is_the_one_thing_that_may_be_there(format: str) -> None:
    data = saved(format, exif=b"Exif\0\0" + copyright_block())
    assert TEXT.encode() in data
    assert foreign(format, data, TEXT) == []
    assert foreign(format, data)
    assert foreign(format, data, "(c) 2025 Zoe")
    assert foreign(format, data, "")


@pytest.mark.parametrize(
    "block",
    [
        copyright_block(tag=0x010E),
        copyright_block(next_directory=8),
        copyright_block() + b"more than was asked for",
        copyright_block("(c) 2025 Zoë, and more"),
        copyright_block()[:-3],
        copyright_block() + b"\0",
        b"hidden words" + copyright_block(),
        TIFF + struct.pack(">H", 0) + bytes(4),
        b"no TIFF",
        b"",
    ],
)
def test_a_block_of_more_than_the_copyright_is_foreign(block: bytes) -> None:
    assert foreign("png", png_with(b"eXIf", copyright_block()), TEXT) == []
    assert foreign("png", png_with(b"eXIf", block), TEXT) == [f"eXIf of {len(block)} bytes"]


def test_a_short_copyright_lies_within_its_entry() -> None:
    block = TIFF + struct.pack(">HHHI4sI", 1, 0x8298, 2, 3, b"Zo\0\0", 0)
    assert foreign("png", png_with(b"eXIf", block), "Zo") == []
    assert foreign("png", png_with(b"eXIf", block), "Zp")
    little = struct.pack("<2sHIHHHI4sI", b"II", 42, 8, 1, 0x8298, 2, 3, b"Zo\0\0", 0)
    assert foreign("png", png_with(b"eXIf", little), "Zo") == []


def test_an_unknown_format_is_named() -> None:
    with pytest.raises(ValueError, match="for format, got 'gif'"):
        foreign("gif", b"")


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "gif", "avif", "heic"])
def test_a_broken_container_gives_what_it_has_and_raises_nothing(format: str) -> None:
    whole = saved("avif" if format == "heic" else format)
    for end in range(0, len(whole), 3):
        list(parts(format, whole[:end]))
        list(parts(format, whole[:end] + b"\xff" * 40))
        list(parts(format, whole[:end] + b"\0" * 40))


WORDS = b"words of somebody else"


@pytest.mark.parametrize(
    ("format", "data"),
    [
        ("jpeg", jpeg_with(0xFE, WORDS)),
        ("jpeg", saved("jpeg") + WORDS),
        ("png", png_with(b"tEXt", b"Comment\0" + WORDS)),
        ("png", png_with(b"zTXt", b"Comment\0\0" + zlib.compress(WORDS))),
        ("png", png_with(b"iTXt", b"Comment\0\1\0\0\0" + zlib.compress(WORDS))),
        ("webp", webp_with(b"XMP ", WORDS)),
        ("gif", saved("gif", comment=WORDS)),
        ("avif", saved("avif", xmp=WORDS)),
        ("heic", saved("avif", xmp=WORDS)),
    ],
)
def test_the_words_of_a_source_are_found_wherever_it_has_them(format: str, data: bytes) -> None:
    assert any(WORDS in words for words in planted(format, data))
    assert not any(WORDS in words for words in planted(format, saved("png")))


def test_samples_are_taken_of_what_is_no_text() -> None:
    secret = bytes((step * 89 + 7) % 256 for step in range(400))
    found = planted("jpeg", saved("jpeg") + secret)
    assert found and all(sample in secret for sample in found)


def test_tables_that_all_jpegs_share_are_no_trace_of_another() -> None:
    made = saved("jpeg")
    words = planted("jpeg", jpeg_with(0xE1, b"Exif\0\0" + made))
    assert any(word in made for word in words), "expected two JPEGs with the same tables"
    huffman = [word for word in words if b"456789:CDEFGHIJ" in word]
    assert huffman and not any(word in without_tables("jpeg", made) for word in huffman)
