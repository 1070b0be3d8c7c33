"""The line that says whose picture it is, for recipes that keep it."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import suppress

from PIL import Image

from darkroom.images import quiet
from darkroom.text import BIDI_CONTROLS, UNPRINTABLE
from validate.metadata import MAX_TEXT, as_text, iptc_texts, xmp_packets

MAX_COPYRIGHT = 500  # characters

# Exif's Copyright (CIPA DC-008, 4.6.5.7): the photographer's and, behind a zero byte, the editor's.
EXIF_COPYRIGHT = 0x8298
# IPTC's CopyrightNotice, 2:116: https://www.iptc.org/std/IIM/4.2/specification/IIMV4.2.pdf
IPTC_COPYRIGHT = (116,)
# XMP's dc:rights, a text in several languages, as an element or short as an attribute.
XMP_RIGHTS = re.compile(
    rf"<([A-Za-z]\w{{0,40}}:rights)(?:\s[^<>]{{0,500}})?>([^\0]{{1,{4 * MAX_TEXT}}})"
)
XMP_ATTRIBUTE = re.compile(
    rf"\s[A-Za-z]\w{{0,40}}:rights\s?=\s?"
    rf"(?:\"([^\"<]{{1,{MAX_TEXT}}})\"|'([^'<]{{1,{MAX_TEXT}}})')"
)
XMP_ITEM = re.compile(r"<\w{1,40}:li((?:\s[^<>]{0,500})?)>([^<]{0,2000})")
XMP_TAG = re.compile(r"<[^<>]{0,500}>")
PNG_COPYRIGHT = "copyright"


def copyright_line(image: Image.Image) -> str | None:
    """What `image` (already decoded: a PNG may carry it behind the pixels) says of its copyright,
    on one line of at most MAX_COPYRIGHT characters; None where it says nothing."""
    for source in SOURCES:
        # Metadata that cannot be read is no reason to refuse a picture, nor for lines in the log.
        with quiet(), suppress(Exception):
            for text in source(image):
                if line := _tidy(text):
                    return line
    return None


def _exif(image: Image.Image) -> Iterator[str]:
    value = as_text(image.getexif().get(EXIF_COPYRIGHT, b""))
    yield ", ".join(part for part in map(_tidy, value.split("\0")) if part)


def _iptc(image: Image.Image) -> Iterator[str]:
    return iptc_texts(image, IPTC_COPYRIGHT)


def _xmp(image: Image.Image) -> Iterator[str]:
    for packet in xmp_packets(image):
        if element := XMP_RIGHTS.search(packet):
            content, _, _ = element[2].partition(f"</{element[1]}")
            yield html.unescape(_in_default_language(content))
        if attribute := XMP_ATTRIBUTE.search(packet):
            yield html.unescape(attribute[1] or attribute[2])


def _in_default_language(content: str) -> str:
    """Of its items the one in `x-default`, or else the first; where there are none, all of it."""
    items = [(item[1], item[2]) for item in XMP_ITEM.finditer(content)]
    default = [text for attributes, text in items if "x-default" in attributes]
    return next(iter([*default, *(text for _, text in items)]), XMP_TAG.sub(" ", content))


def _png_text(image: Image.Image) -> Iterator[str]:
    for key, value in image.info.items():
        if isinstance(key, str) and key.casefold() == PNG_COPYRIGHT and isinstance(value, str):
            yield as_text(value)


SOURCES: tuple[Callable[[Image.Image], Iterator[str]], ...] = (_exif, _iptc, _xmp, _png_text)


def _tidy(text: str) -> str:
    """On one line, without what is unprintable or would turn its direction."""
    one_line = " ".join(text.split())
    printable = (
        letter
        for letter in one_line
        if letter not in BIDI_CONTROLS and unicodedata.category(letter) not in UNPRINTABLE
    )
    return "".join(printable).strip()[:MAX_COPYRIGHT].rstrip()
