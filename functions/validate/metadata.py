"""Where pictures carry words, and how those are encoded. Written by anybody and often broken."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from PIL import Image

MAX_TEXT = 2000  # characters of one text
MAX_PACKET = 1 << 18  # bytes of XMP looked at

# Photoshop's resource that holds IPTC: https://www.iptc.org/std/IIM/4.2/specification/IIMV4.2.pdf
IPTC_RESOURCE = 0x0404


def iptc_texts(image: Image.Image, datasets: Collection[int]) -> Iterator[str]:
    """Those of the application record (2) that have these numbers, in the file's order."""
    data = as_bytes(image.info.get("photoshop", {}).get(IPTC_RESOURCE, b""))
    at = 0
    while data[at : at + 1] == b"\x1c" and at + 5 <= len(data):
        record, dataset = data[at + 1], data[at + 2]
        length = int.from_bytes(data[at + 3 : at + 5], "big")
        if record == 2 and dataset in datasets:
            yield as_text(data[at + 5 : at + 5 + length])
        at += 5 + length


def xmp_packets(image: Image.Image) -> Iterator[str]:
    for key in ("xmp", "XML:com.adobe.xmp"):
        value = image.info.get(key)
        if isinstance(value, str):
            yield value[:MAX_PACKET]
        elif isinstance(value, bytes):
            yield value[:MAX_PACKET].decode("utf-8", "replace")


def as_bytes(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, tuple) and all(isinstance(item, int) for item in value):
        return bytes(item & 0xFF for item in value)
    return str(value).encode("utf-8", "replace")


def as_text(value: Any) -> str:
    """UTF-8 where it is that, Latin-1 otherwise. Pillow reads Exif and PNG text as Latin-1, though
    most writers put UTF-8 there."""
    if isinstance(value, str):
        try:
            value = value.encode("latin-1")
        except UnicodeEncodeError:
            return str(value)
    data = as_bytes(value)[: 4 * MAX_TEXT]
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")
