"""What a source says beside its picture: words and samples to look for in what is made of it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from bench.containers import Part, parts

# Parts that are the picture, or figures that each picture of its kind has.
PICTURE = {
    *("SOI", "EOI", "SOS", "DQT", "DHT", "DRI", "APP0", "DAC", "DNL", "TEM"),
    *("IHDR", "PLTE", "tRNS", "IDAT", "IEND", "fdAT", "fcTL", "acTL", "sBIT", "bKGD", "hIST"),
    *("VP8 ", "VP8L", "VP8X", "ALPH", "ANIM", "ANMF", "image", "control"),
    *("ftyp", "meta", "mdat", "idat", "moov", "hdlr", "pitm", "iloc", "iinf", "iref", "iprp"),
    *("ipco", "ipma", "ispe", "pixi", "av1C", "hvcC", "auxC", "irot", "imir", "clap", "pasp"),
    *("grpl", "item av01", "item hvc1", "item grid", "item iden", "item iovl", "item tmap"),
}
DEFLATED = {"zTXt", "iTXt", "iCCP"}
MAX_INFLATED = 1 << 20

MIN_BYTES = 12
WORD = re.compile(rb"[\x20-\x7e]{%d,}" % MIN_BYTES)
# UTF-16, as the XP tags of Exif are written.
WIDE_WORD = re.compile(rb"(?:[\x20-\x7e]\0){%d,}" % (MIN_BYTES // 2))
MAX_WORDS = 2000
LONGEST = 80
SAMPLE_BYTES = 32
# Fewer different bytes may well be a coincidence: padding, ramps.
SAMPLE_VARIETY = 16


def planted(format: str, data: bytes) -> list[bytes]:
    """Texts of at least 12 bytes, and samples of what is no text, from all of `data` that is not
    its picture: Exif, XMP, IPTC, profiles, comments, thumbnails, what follows the end."""
    found: dict[bytes, None] = {}
    for part in parts(format, data):
        if part.kind in PICTURE or part.kind.startswith("SOF"):
            continue
        for payload in _payloads(part):
            found |= dict.fromkeys([*_words(payload), *_samples(payload)])
    return sorted(found, key=len, reverse=True)[:MAX_WORDS]


def _payloads(part: Part) -> Iterator[bytes]:
    yield part.payload
    if part.kind in DEFLATED:
        # After a name and one or more bytes and texts: where zlib's first byte stands.
        for at in (found.start() for found in re.finditer(rb"\x78", part.payload[:200])):
            try:
                yield zlib.decompressobj().decompress(part.payload[at:], MAX_INFLATED)
            except zlib.error:
                continue
            return


def _words(payload: bytes) -> Iterator[bytes]:
    for word in (*WORD.findall(payload), *WIDE_WORD.findall(payload)):
        # Padding and tables are everywhere.
        if len(set(word)) > 3:
            yield word[:LONGEST]


def _samples(payload: bytes) -> Iterator[bytes]:
    for share in (0, 0.25, 0.5, 0.75, 1):
        at = round((len(payload) - SAMPLE_BYTES) * share)
        sample = payload[at : at + SAMPLE_BYTES] if at >= 0 else b""
        if len(set(sample)) >= SAMPLE_VARIETY:
            yield sample


def without_tables(format: str, data: bytes) -> bytes:
    """`data` to look into: a JPEG without its tables, which look alike in many a JPEG."""
    if format == "jpeg":
        for part in parts(format, data):
            if part.kind in ("DQT", "DHT"):
                data = data.replace(part.payload, b"")
    return data
