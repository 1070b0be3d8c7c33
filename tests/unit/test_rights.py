"""The copyright line: read from where programs put it, and written as the one tag there is."""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable
from typing import Any

import pillow_heif
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from darkroom.animation import open_animation
from darkroom.images import open_image
from optimize.encoders import Setting, encode
from optimize.files import encode_animation
from optimize.rights import copyright_exif
from tests.animations import ball, written
from tests.pictures import draw
from validate.captions import captions
from validate.rights import MAX_COPYRIGHT, copyright_line

LINE = "© 2026 Ana Čapek & Söhne, 東京"
TAG = 0x8298


def saved(format: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (16, 16), "teal").save(buffer, format, **options)
    return buffer.getvalue()


def line_of(data: bytes) -> str | None:
    image = open_image(data)
    image.load()
    return copyright_line(image)


def exif(value: bytes) -> bytes:
    """Exif data of one Copyright tag, with whatever it is to hold."""
    place = value.ljust(4, b"\0") if len(value) <= 4 else struct.pack("<I", 26)
    entry = struct.pack("<HHHI", 1, TAG, 2, len(value)) + place
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + entry + bytes(4) + value


def xmp(rights: str) -> bytes:
    return (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF><rdf:Description rdf:about=""'
        f' xmlns:dc="http://purl.org/dc/elements/1.1/">{rights}</rdf:Description></rdf:RDF>'
        "</x:xmpmeta>"
    ).encode()


def shouting() -> bytes:
    """Exif data with a title and a copyright line, and tags of which Pillow warns."""
    text = LINE.encode() + b"\0"
    title = struct.pack("<HHI4s", 0x010E, 2, 4, b"sea\0")
    broken = [struct.pack("<HHII", tag, 2, 10**6, 10**6) for tag in (0x010F, 0x013B)]
    entries = [title, struct.pack("<HHII", TAG, 2, len(text), 62), *broken]
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 4) + b"".join(entries) + bytes(4) + text


def in_languages(**texts: str) -> str:
    items = "".join(
        f'<rdf:li xml:lang="{language.replace("_", "-")}">{text}</rdf:li>'
        for language, text in texts.items()
    )
    return f"<dc:rights>\n <rdf:Alt>\n {items}\n </rdf:Alt>\n</dc:rights>"


def iptc(*datasets: tuple[int, bytes]) -> bytes:
    """A JPEG with these datasets of IPTC's application record."""
    records = b"".join(
        b"\x1c\x02" + struct.pack(">BH", number, len(text)) + text for number, text in datasets
    )
    resource = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records
    data = saved("JPEG")
    return data[:2] + b"\xff\xed" + struct.pack(">H", len(resource) + 2) + resource + data[2:]


# ── Where it is read ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_exif_says_it_in_every_format_and_either_encoding(format: str, encoding: str) -> None:
    data = saved(format, exif=exif("© Ana Müller\0".encode(encoding)))
    assert line_of(data) == "© Ana Müller"


def test_exif_says_it_in_a_heic() -> None:
    buffer = io.BytesIO()
    file = pillow_heif.from_pillow(Image.new("RGB", (64, 64), "teal"))
    file.save(buffer, exif=exif(f"{LINE}\0".encode()))
    assert line_of(buffer.getvalue()) == LINE


@pytest.mark.parametrize(
    ("value", "line"),
    [
        (b"Ana\0Bo\0", "Ana, Bo"),
        (b"Ana\0", "Ana"),
        (b" \0Bo\0", "Bo"),
        (b"Ana", "Ana"),
        (b"A\0", "A"),
        (b"\0", None),
        (b" \0 \0", None),
    ],
)
def test_exif_has_the_photographers_and_the_editors(value: bytes, line: str | None) -> None:
    assert line_of(saved("JPEG", exif=exif(value))) == line


def test_iptc_says_it_in_its_copyright_notice() -> None:
    assert line_of(iptc((80, b"the author"), (116, LINE.encode()), (120, b"a caption"))) == LINE
    assert line_of(iptc((80, b"the author"), (120, b"a caption"))) is None


@pytest.mark.parametrize("format", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_xmp_says_it_in_every_format(format: str) -> None:
    packet = xmp(in_languages(x_default=LINE.replace("&", "&amp;")))
    if format == "PNG":
        info = PngInfo()
        info.add_itxt("XML:com.adobe.xmp", packet.decode())
        assert line_of(saved("PNG", pnginfo=info)) == LINE
    else:
        assert line_of(saved(format, xmp=packet)) == LINE


@pytest.mark.parametrize(
    ("rights", "line"),
    [
        (in_languages(de="Alle Rechte", x_default="All rights"), "All rights"),
        (in_languages(de="Alle Rechte", fr="Tous droits"), "Alle Rechte"),
        ("<dc:rights>Ana</dc:rights>", "Ana"),
        ("<dc:rights>A &lt;b&gt; &#169;</dc:rights>", "A <b> ©"),
        ("<dc:rights></dc:rights><dc:creator>Ana</dc:creator>", None),
        ("<dc:rights/><dc:creator>Ana</dc:creator>", None),
        ("<dc:title>Ana</dc:title><xmpRights:Marked>True</xmpRights:Marked>", None),
        ("<dc:rights><rdf:Alt><rdf:li>cut off he", "cut off he"),
    ],
)
def test_xmp_has_it_in_languages(rights: str, line: str | None) -> None:
    assert line_of(saved("JPEG", xmp=xmp(rights).partition(b"</rdf:Desc")[0])) == line


def test_xmp_may_say_it_as_an_attribute() -> None:
    packet = b'<rdf:Description dc:format="image/jpeg" dc:rights="Ana &amp; Bo" dc:x=\'y\'/>'
    assert line_of(saved("JPEG", xmp=packet)) == "Ana & Bo"


@pytest.mark.parametrize("key", ["Copyright", "copyright", "COPYRIGHT"])
def test_a_png_says_it_in_its_text_before_or_behind_the_pixels(key: str) -> None:
    info = PngInfo()
    info.add_text("Author", "somebody else")
    info.add_itxt(key, LINE)
    assert line_of(saved("PNG", pnginfo=info)) == LINE
    behind = PngInfo()
    behind.add_itxt(key, LINE, zip=True)
    behind.chunks = [(*chunk[:2], True) for chunk in behind.chunks]  # type: ignore[misc]
    assert line_of(saved("PNG", pnginfo=behind)) == LINE


def test_exif_comes_before_iptc_before_xmp_before_text() -> None:
    places = {"exif": exif(b"in Exif\0"), "xmp": xmp(in_languages(x_default="in XMP"))}
    both = saved("JPEG", **places)
    from_iptc = iptc((116, b"in IPTC"))
    segment = from_iptc[2 : from_iptc.index(b"in IPTC") + 7]
    assert line_of(both[:2] + segment + both[2:]) == "in Exif"
    bare = saved("JPEG", xmp=places["xmp"])
    assert line_of(bare[:2] + segment + bare[2:]) == "in IPTC"
    info = PngInfo()
    info.add_text("Copyright", "in a text")
    assert line_of(saved("PNG", pnginfo=info)) == "in a text"
    info.add_itxt("XML:com.adobe.xmp", places["xmp"].decode())
    assert line_of(saved("PNG", pnginfo=info)) == "in XMP"


def test_a_place_that_is_broken_or_empty_leaves_it_to_the_next() -> None:
    packet = xmp(in_languages(x_default="in XMP"))
    broken = b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\x12" * 40
    assert line_of(saved("JPEG", exif=broken, xmp=packet)) == "in XMP"
    assert line_of(saved("JPEG", exif=exif(b" \t\0"), xmp=packet)) == "in XMP"


def test_a_picture_that_says_nothing_has_none() -> None:
    for format in ("JPEG", "PNG", "WEBP", "GIF", "AVIF"):
        assert line_of(saved(format)) is None


# ── What anybody may have written there ──────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hostile", "line"),
    [
        (b"a\r\nSet-Cookie: b\0", "a Set-Cookie: b"),
        (b"\x1b[31ma\x07\x08b\x7f\0", "[31mab"),
        (b"  a \t  b  \0", "a b"),
        ("a\u202eb\u2066c\u2028d".encode() + b"\0", "abc d"),
        (b"\"'><script>alert(1)</script>\0", "\"'><script>alert(1)</script>"),
        (b"\xff\xfe\xed\xa0\x80\0", "ÿþí\xa0"),
        (b"\xc3\0", "Ã"),
        (b"x" * 65_000 + b"\0", "x" * MAX_COPYRIGHT),
        ("é".encode() * 30_000 + b"\0", "é" * MAX_COPYRIGHT),
        (b"\n" * 400 + b"late\0", "late"),
        (b"\x01\x02\x03\x04\x05\0", None),
    ],
    ids=["lines", "controls", "spaces", "bidi", "markup", "surrogate", "half", "long", "wide",
         "late", "nothing"],
)  # fmt: skip
def test_hostile_text_is_one_tidy_line(hostile: bytes, line: str | None) -> None:
    found = line_of(saved("JPEG", exif=exif(hostile)))
    assert found == (line.replace("\xa0", "").strip() if line else None)
    assert found is None or len(found) <= MAX_COPYRIGHT
    assert found is None or found.isprintable()


def test_an_entity_bomb_stays_asleep() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><dc:rights>&b;</dc:rights>'
    assert line_of(saved("JPEG", xmp=bomb)) == "&b;"


@pytest.mark.parametrize(
    "packet",
    ["<dc:rights" * 6_000, "<dc:rights>" * 5_000, "<dc:rights " + "x='" * 20_000,
     "<dc:rights>" + "<rdf:li " * 8_000],
)  # fmt: skip
def test_a_packet_made_to_be_slow_is_read_like_any_other(packet: str) -> None:
    image = Image.new("RGB", (1, 1))
    image.info["xmp"] = packet
    copyright_line(image)


def test_whatever_stands_in_the_tag_is_no_error() -> None:
    for value in (7, (1, 2, 300), 1.5, b"\0\xff", "\ud800", object()):
        image = Image.new("RGB", (1, 1))
        image.getexif()[TAG] = value
        found = copyright_line(image)
        assert found is None or found.encode()


# ── How it is written ────────────────────────────────────────────────────────────────────────────


def tags(data: bytes) -> dict[int, Any]:
    return dict(open_image(data).getexif())


LINES = ["A", "Ana", "Anna", LINE, "x" * MAX_COPYRIGHT, "'\"<&>\\"]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("format", ["avif", "webp", "jpeg", "png"])
def test_a_file_says_it_in_one_tag_and_says_nothing_else(format: str, line: str) -> None:
    plain = encode(draw("a", (32, 24)), format, Setting(72))
    data = encode(draw("a", (32, 24)), format, Setting(72), line)
    assert set(tags(data)) == {TAG}
    assert line_of(data) == line
    assert data.count(copyright_exif(line)) == 1
    assert tags(plain) == {}
    assert open_image(data).convert("RGB").tobytes() == open_image(plain).convert("RGB").tobytes()


@pytest.mark.parametrize("line", LINES)
def test_an_animation_says_it_too(line: str) -> None:
    animation = open_animation(written([ball(number) for number in range(3)], "GIF"))
    assert animation is not None
    data = encode_animation(animation, Setting(72), line)
    assert set(tags(data)) == {TAG}
    assert line_of(data) == line
    moving = open_animation(data)
    assert moving is not None and moving.count == 3


def written_by_pillow(line: str) -> bytes:
    exif = Image.Exif()
    exif[TAG] = line
    return exif.tobytes().removeprefix(b"Exif\0\0")


@pytest.mark.parametrize("line", ["A", "Ana", "Anna", "Anna B", "An odd one"])
def test_the_tag_is_laid_out_as_others_do_it(line: str) -> None:
    theirs: Callable[[bytes], dict[int, Any]] = lambda data: dict(_loaded(data))  # noqa: E731
    assert theirs(copyright_exif(line)) == theirs(written_by_pillow(line)) == {TAG: line}


def _loaded(data: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif.load(data)
    return exif


def test_exif_of_which_pillow_warns_is_read_without_a_word() -> None:
    image = open_image(saved("PNG", exif=shouting()))
    image.load()
    with pytest.warns(UserWarning, match="(?i)tag data|corrupt"):
        image.getexif()
    image = open_image(saved("PNG", exif=shouting()))
    image.load()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert copyright_line(image) == LINE
        assert captions(open_image(saved("PNG", exif=shouting())), {}) == ["sea"]
