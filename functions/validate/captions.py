"""What a picture says about itself in words: title, description, caption, keywords, comments.

Metadata is written by anybody and often broken: what cannot be read is left out, and nothing here
raises.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from email.header import decode_header, make_header
from itertools import islice

from PIL import Image

from darkroom.images import quiet
from validate.metadata import MAX_TEXT, as_bytes, as_text, iptc_texts, xmp_packets

MAX_TEXTS = 100  # of one source

# Exif tags: CIPA DC-008, 4.6.5, and Microsoft's XP tags, which are UTF-16LE:
# https://learn.microsoft.com/windows/win32/wic/-wic-photoprop-system-title
IMAGE_DESCRIPTION = 0x010E
XP_TITLE, XP_COMMENT, XP_KEYWORDS, XP_SUBJECT = 0x9C9B, 0x9C9C, 0x9C9E, 0x9C9F
EXIF_IFD = 0x8769
USER_COMMENT = 0x9286

# Of IPTC's application record: https://www.iptc.org/std/IIM/4.2/specification/IIMV4.2.pdf
TITLE, KEYWORD, HEADLINE, CAPTION = 5, 25, 105, 120
IPTC_DATASETS = (TITLE, KEYWORD, HEADLINE, CAPTION)

# Small and capital letters matter: rdf:Description is no description.
XMP_NAMES = "title|description|subject|Headline|ImageDescription|UserComment"
XMP_ELEMENT = re.compile(rf"<([A-Za-z]\w{{0,40}}:(?:{XMP_NAMES}))(?:\s[^<>]{{0,500}})?>")
XMP_ATTRIBUTE = re.compile(
    rf"\s[A-Za-z]\w{{0,40}}:(?:{XMP_NAMES})\s?=\s?"
    rf"(?:\"([^\"<]{{1,{MAX_TEXT}}})|'([^'<]{{1,{MAX_TEXT}}}))"
)
XMP_TAG = re.compile(r"<[^<>]{0,500}>")

PNG_KEYS = frozenset({"title", "description", "comment"})


def captions(image: Image.Image, metadata: Mapping[str, str]) -> list[str]:
    """The texts in `image` (already decoded: a PNG may carry them behind the pixels), then the
    values of the S3 user `metadata`; each at most MAX_TEXT characters, none twice."""
    tidy = (" ".join(text.replace("\0", " ").split()) for text in _all(image, metadata))
    with quiet():
        return list(dict.fromkeys(text[:MAX_TEXT] for text in tidy if text))


def _all(image: Image.Image, metadata: Mapping[str, str]) -> Iterator[str]:
    for source in SOURCES:
        with suppress(Exception):  # metadata that cannot be read is no reason to refuse a picture
            yield from islice(source(image), MAX_TEXTS)
    yield from map(metadata_text, metadata.values())


def _exif(image: Image.Image) -> Iterator[str]:
    exif = image.getexif()
    yield as_text(exif.get(IMAGE_DESCRIPTION, b""))
    for tag in (XP_TITLE, XP_COMMENT, XP_KEYWORDS, XP_SUBJECT):
        yield as_bytes(exif.get(tag, b"")).decode("utf-16-le", "replace")


def _user_comment(image: Image.Image) -> Iterator[str]:
    value = as_bytes(image.getexif().get_ifd(EXIF_IFD).get(USER_COMMENT, b""))
    code, comment = value[:8], value[8:]
    if code.startswith(b"UNICODE"):
        yield _utf16(comment)
    elif code.startswith(b"JIS"):
        yield comment.decode("iso2022_jp", "replace")
    elif code.startswith(b"ASCII") or not code.strip(b"\0 "):
        yield as_text(comment)
    else:
        yield as_text(value)


def _utf16(data: bytes) -> str:
    """Writers disagree about the byte order: the side with more zeros is the high one."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace")
    big = data[::2].count(0) > data[1::2].count(0)
    return data.decode("utf-16-be" if big else "utf-16-le", "replace")


def _iptc(image: Image.Image) -> Iterator[str]:
    return iptc_texts(image, IPTC_DATASETS)


def _xmp(image: Image.Image) -> Iterator[str]:
    for packet in xmp_packets(image):
        yield from _packet_texts(packet)


def _packet_texts(packet: str) -> Iterator[str]:
    """Found by pattern, not by an XML parser: half a packet is still worth reading, and entity
    bombs stay asleep."""
    for element in XMP_ELEMENT.finditer(packet):
        end = packet.find(f"</{element[1]}", element.end(), element.end() + 4 * MAX_TEXT)
        content = packet[element.end() : end if end >= 0 else element.end() + MAX_TEXT]
        yield html.unescape(XMP_TAG.sub(" ", content))
    for attribute in XMP_ATTRIBUTE.finditer(packet):
        yield html.unescape(attribute[1] or attribute[2])


def _png_text(image: Image.Image) -> Iterator[str]:
    for key, value in image.info.items():
        if isinstance(key, str) and key.casefold() in PNG_KEYS and isinstance(value, str):
            yield as_text(value)


def _comments(image: Image.Image) -> Iterator[str]:
    """GIF comments and JPEG's; Pillow keeps only the last of several in `info`."""
    for name, value in getattr(image, "applist", ()):
        if name == "COM":
            yield as_text(value)
    yield as_text(image.info.get("comment", b""))


SOURCES: tuple[Callable[[Image.Image], Iterator[str]], ...] = (
    _exif,
    _user_comment,
    _iptc,
    _xmp,
    _png_text,
    _comments,
)


def metadata_text(value: str) -> str:
    """A value of S3 user metadata as text; what is beyond ASCII comes as RFC 2047 encoded words:
    https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingMetadata.html"""
    try:
        return str(make_header(decode_header(value)))
    except Exception:  # an unknown or untrue charset: the text as it came
        return value
