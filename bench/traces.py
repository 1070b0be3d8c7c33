"""What a file of ours holds beside its picture: nothing, unless a recipe keeps the copyright."""

from __future__ import annotations

import struct

from bench.containers import Part, parts

# What a picture needs, by format. Everything else is foreign.
NEEDED = {
    "jpeg": {"SOI", "DQT", "DHT", "DRI", "SOS", "EOI", "SOF0", "SOF1", "SOF2"},
    "png": {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"},
    "webp": {"VP8 ", "VP8L", "ALPH", "ANIM", "ANMF"},
    "avif": {
        *("ftyp", "meta", "mdat", "idat", "hdlr", "pitm", "iloc", "iinf", "iref", "iprp", "ipco"),
        *("ipma", "ispe", "pixi", "av1C", "auxC", "item av01", "item grid"),
    },
}
# Where Exif lies.
EXIF = {"jpeg": "APP1", "png": "eXIf", "webp": "EXIF", "avif": "item Exif"}

# "JFIF", version, units, densities, and a thumbnail of 0 x 0: JFIF 1.02, page 5.
JFIF_BYTES = 14
# Bits of a VP8X that announce what is foreign: ICC profile, Exif, XMP.
VP8X_ICC, VP8X_EXIF, VP8X_XMP = 0x20, 0x08, 0x04
# ISO/IEC 23091-2: primaries of BT.709, transfer of sRGB; 2 is "unspecified", read as these two.
SRGB_PRIMARIES, SRGB_TRANSFERS = (1, 2), (13, 2)

COPYRIGHT = 0x8298
ASCII = 2
# Behind the header and a directory of one entry.
TEXT_AT = 26
BEFORE_TIFF = (b"", b"Exif\0\0", b"\0\0\0\0", b"\0\0\0\6Exif\0\0")


def foreign(format: str, data: bytes, copyright: str | None = None) -> list[str]:
    """Each part of `data` that is not the picture, in words; bytes after the end too.

    `format`: "jpeg", "png", "webp" or "avif". An Exif block is no fault where `copyright` is given
    and the block holds that text, as tag 0x8298, and nothing else. A profile, an orientation and
    a colour space other than sRGB are foreign. Raises ValueError for another format.
    """
    if format not in NEEDED:
        raise ValueError(f"expected one of {', '.join(NEEDED)} for format, got {format!r}")
    return [
        f"{part.kind.strip()} of {len(part.payload):,} bytes"
        for part in parts(format, data)
        if part.kind not in NEEDED[format] and not _is_allowed(format, part, copyright)
    ]


def _is_allowed(format: str, part: Part, copyright: str | None) -> bool:
    if part.kind == EXIF[format]:
        return copyright is not None and _says_only(part.payload, copyright)
    match part.kind:
        case "APP0":
            return len(part.payload) == JFIF_BYTES and part.payload.startswith(b"JFIF\0")
        case "VP8X":
            announced = VP8X_ICC | VP8X_XMP | (VP8X_EXIF if copyright is None else 0)
            return not part.payload[:1] or not part.payload[0] & announced
        case "colr":
            return _is_srgb(part.payload)
        case _:
            return False


def _is_srgb(colr: bytes) -> bool:
    """ISO/IEC 14496-12, 12.1.5: a type, then primaries, transfer and matrix, 16 bits each."""
    primaries, transfer = int.from_bytes(colr[4:6], "big"), int.from_bytes(colr[6:8], "big")
    return colr[:4] == b"nclx" and primaries in SRGB_PRIMARIES and transfer in SRGB_TRANSFERS


def _says_only(exif: bytes, copyright: str) -> bool:
    """Whether a block of Exif is one directory of one entry, the copyright, and no byte more.

    JPEG has "Exif" and two zeros before it, AVIF where it starts, too.
    """
    start = max(len(before) for before in BEFORE_TIFF if exif.startswith(before))
    return exif[start:] in (_block(copyright, ">"), _block(copyright, "<"))


def _block(copyright: str, order: str) -> bytes:
    """TIFF 6.0, section 2: a header, the one directory, and the text where it is too long for its
    entry."""
    text = copyright.encode() + b"\0"
    header = struct.pack(f"{order}2sHI", b"MM" if order == ">" else b"II", 42, 8)
    entry = struct.pack(f"{order}HHHI", 1, COPYRIGHT, ASCII, len(text))
    if len(text) <= 4:
        return header + entry + text.ljust(4, b"\0") + bytes(4)
    return header + entry + struct.pack(f"{order}II", TEXT_AT, 0) + text
