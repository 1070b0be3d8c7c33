import io
import struct
from typing import Any

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from validate.captions import MAX_TEXT, captions


def written(format: str, **options: Any) -> Image.Image:
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4), "teal").save(buffer, format, **options)
    image = Image.open(io.BytesIO(buffer.getvalue()))
    image.load()
    return image


def exif_with(tag: int, value: Any) -> Image.Exif:
    exif = Image.Exif()
    exif[tag] = value
    return exif


def description(text: bytes) -> bytes:
    """Exif data of one ImageDescription; Pillow itself would write ASCII only."""
    entry = struct.pack("<HHII", 0x010E, 2, len(text), 8 + 2 + 12 + 4)
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4) + text


def user_comment(data: bytes) -> Image.Exif:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = data
    return exif


def with_segment(marker: int, content: bytes) -> Image.Image:
    """A JPEG with one more segment behind its start."""
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "JPEG")
    data = buffer.getvalue()
    segment = struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content
    image = Image.open(io.BytesIO(data[:2] + segment + data[2:]))
    image.load()
    return image


def with_iptc(records: bytes) -> Image.Image:
    resource = b"8BIM\x04\x04\0\0" + struct.pack(">I", len(records)) + records
    return with_segment(0xED, b"Photoshop 3.0\0" + resource)


def with_xmp(packet: str) -> Image.Image:
    return with_segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + packet.encode())


def dataset(number: int, text: bytes) -> bytes:
    return b"\x1c\x02" + struct.pack(">BH", number, len(text)) + text


def test_a_picture_without_words_has_no_captions() -> None:
    assert captions(written("JPEG"), {}) == []


def test_exif_gives_its_description_whether_utf8_or_not() -> None:
    for encoding in ("utf-8", "latin-1"):
        exif = description("Über den Wolken\0".encode(encoding))
        assert captions(written("JPEG", exif=exif), {}) == ["Über den Wolken"], encoding


@pytest.mark.parametrize("tag", [0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F])
def test_windows_tags_are_utf16(tag: int) -> None:
    exif = exif_with(tag, "Grüße 日本\0".encode("utf-16-le"))
    assert captions(written("JPEG", exif=exif), {}) == ["Grüße 日本"]


@pytest.mark.parametrize(
    "comment",
    [
        b"ASCII\0\0\0forbidden thing",
        b"\0\0\0\0\0\0\0\0forbidden thing",
        b"UNICODE\0" + "forbidden thing".encode("utf-16-le"),
        b"UNICODE\0" + "forbidden thing".encode("utf-16-be"),
        b"JIS\0\0\0\0\0forbidden thing",
        b"forbidden thing",
    ],
)
def test_a_user_comment_is_read_in_every_encoding(comment: bytes) -> None:
    assert captions(written("JPEG", exif=user_comment(comment)), {}) == ["forbidden thing"]


def test_iptc_gives_title_headline_caption_and_keywords() -> None:
    image = with_iptc(
        dataset(5, b"a title")
        + dataset(25, b"one")
        + dataset(25, b"two")
        + dataset(80, b"the author, who is no caption")
        + dataset(105, b"a headline")
        + dataset(120, "a caption, naïve".encode())
    )
    assert captions(image, {}) == ["a title", "one", "two", "a headline", "a caption, naïve"]


def test_what_stands_before_a_break_in_iptc_is_kept() -> None:
    assert captions(with_iptc(dataset(5, b"a title") + b"\x1c\x02\x78\xff\xff"), {}) == ["a title"]


def test_xmp_gives_elements_and_attributes_with_entities_resolved() -> None:
    image = with_xmp(
        """<rdf:Description photoshop:Headline="Fish &amp; chips" dc:format='image/jpeg'>
        <dc:title><rdf:Alt><rdf:li xml:lang="en">A &lt;b&gt; title</rdf:li></rdf:Alt></dc:title>
        <dc:description><rdf:Alt><rdf:li>What it shows</rdf:li></rdf:Alt></dc:description>
        <dc:creator><rdf:Seq><rdf:li>Somebody</rdf:li></rdf:Seq></dc:creator>"""
    )
    assert captions(image, {}) == ["A <b> title", "What it shows", "Fish & chips"]


def test_half_an_xmp_packet_is_still_read() -> None:
    assert captions(with_xmp("<dc:title><rdf:li>cut off he"), {}) == ["cut off he"]


def test_an_entity_bomb_stays_asleep() -> None:
    bomb = (
        '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><dc:title>&b;</dc:title>'
    )
    assert captions(with_xmp(bomb), {}) == ["&b;"]


@pytest.mark.parametrize("key", ["Title", "Description", "Comment", "comment"])
def test_png_texts_count_and_others_do_not(key: str) -> None:
    info = PngInfo()
    info.add_text(key, "the words")
    info.add_itxt("Software", "a program")
    assert captions(written("PNG", pnginfo=info), {}) == ["the words"]


def test_every_jpeg_comment_and_the_gif_comment_count() -> None:
    assert captions(written("GIF", comment=b"in a gif"), {}) == ["in a gif"]
    buffer = io.BytesIO()
    Image.new("RGB", (4, 4)).save(buffer, "JPEG", comment=b"second")
    data = buffer.getvalue()
    image = Image.open(io.BytesIO(data[:2] + b"\xff\xfe\x00\x07first" + data[2:]))
    assert captions(image, {}) == ["first", "second"]


def test_user_metadata_is_decoded_where_it_is_encoded() -> None:
    metadata = {"caption": "=?UTF-8?B?dmVyYm90ZW4g4pyT?=", "title": "plain", "odd": "=?x-no?Q?a?="}
    assert captions(written("PNG"), metadata) == ["verboten ✓", "plain", "=?x-no?Q?a?="]


def test_texts_are_tidied_shortened_and_named_once() -> None:
    metadata = {"a": "  two\n words\0 ", "b": "two words", "c": "x" * (MAX_TEXT + 1), "d": " \0"}
    assert captions(written("PNG"), metadata) == ["two words", "x" * MAX_TEXT]


def test_broken_metadata_hides_itself_and_nothing_else() -> None:
    image = with_xmp("<dc:title>still here</dc:title>")
    image.info["exif"] = b"Exif\0\0MM\0*\xff\xff\xff\xff" + b"\x12" * 40
    image.info["photoshop"] = {0x0404: 7}
    image.info["comment"] = object()
    assert "still here" in captions(image, {})
