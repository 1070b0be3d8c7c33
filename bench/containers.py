"""The parts of a picture file, read from its bytes without a decoder: pixels and everything else.

Broken files give what can be read of them: nothing here raises for what bytes say. The steps have
walks of their own; these share none of them, for they judge what the steps make.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

PNG_START = 8
GIF_START = 13


@dataclass(frozen=True)
class Part:
    """`kind`: the name that the format gives it, "trailing" for bytes after the picture's end."""

    kind: str
    payload: bytes


def parts(format: str, data: bytes) -> Iterator[Part]:
    """The parts of a "jpeg", "png", "webp", "gif", "avif" or "heic", in the order of the file.

    Raises ValueError for another format.
    """
    if format not in WALKS:
        raise ValueError(f"expected one of {', '.join(WALKS)} for format, got {format!r}")
    return WALKS[format](data)


def _rest(data: bytes, at: int) -> Iterator[Part]:
    if at < len(data):
        yield Part("trailing", data[at:])


# Markers without a length: ITU-T T.81, table B.1.
JPEG_NAMES = {0xD8: "SOI", 0xD9: "EOI", 0x01: "TEM", 0xC4: "DHT", 0xC8: "JPG", 0xCC: "DAC",
              0xDA: "SOS", 0xDB: "DQT", 0xDC: "DNL", 0xDD: "DRI", 0xDE: "DHP", 0xDF: "EXP",
              0xFE: "COM"}  # fmt: skip
ALONE = (0xD8, 0xD9, 0x01)


def _jpeg(data: bytes) -> Iterator[Part]:
    """Segments: ITU-T T.81, annex B. What an SOS begins, its entropy-coded data, is left out."""
    at = 0
    while at + 1 < len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # padding
            at += 1
            continue
        length = 0 if marker in ALONE else int.from_bytes(data[at + 2 : at + 4], "big")
        # A segment's length counts itself.
        yield Part(_jpeg_name(marker), data[at + 4 : at + 2 + length])
        at += 2 + length
        if marker == 0xD9:
            break
        if marker == 0xDA:
            at = _jpeg_scan_end(data, at)
    yield from _rest(data, at)


def _jpeg_name(marker: int) -> str:
    if marker in JPEG_NAMES:
        return JPEG_NAMES[marker]
    if 0xC0 <= marker <= 0xCF:
        return f"SOF{marker - 0xC0}"
    return f"APP{marker - 0xE0}" if 0xE0 <= marker <= 0xEF else f"marker {marker:02X}"


def _jpeg_scan_end(data: bytes, at: int) -> int:
    """Where the next marker is that is no restart; FF 00 stands for a byte FF."""
    while (at := data.find(b"\xff", at)) >= 0:
        after = data[at + 1 : at + 2]
        if after and after != b"\0" and not 0xD0 <= after[0] <= 0xD7 and after != b"\xff":
            return at
        at += 1
    return len(data)


def _png(data: bytes) -> Iterator[Part]:
    """Chunks: https://www.w3.org/TR/png-3/#5DataRep"""
    at = PNG_START
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        kind = data[at + 4 : at + 8]
        yield Part(kind.decode("latin-1"), data[at + 8 : at + 8 + length])
        at += 12 + length
        if kind == b"IEND":
            break
    yield from _rest(data, at)


def _webp(data: bytes) -> Iterator[Part]:
    """Chunks, those within a frame after its own:
    https://developers.google.com/speed/webp/docs/riff_container"""
    end = min(8 + int.from_bytes(data[4:8], "little"), len(data))
    yield from _riff(data[:end], 12, "ANMF")
    yield from _rest(data, end)


def _riff(data: bytes, at: int, folder: str | None = None) -> Iterator[Part]:
    while at + 8 <= len(data):
        kind = data[at : at + 4].decode("latin-1")
        length = int.from_bytes(data[at + 4 : at + 8], "little")
        payload = data[at + 8 : at + 8 + length]
        yield Part(kind, payload)
        if kind == folder:
            yield from _riff(payload, 16)
        at += 8 + length + (length & 1)
    yield from _rest(data, at)


def _gif(data: bytes) -> Iterator[Part]:
    """Blocks: https://www.w3.org/Graphics/GIF/spec-gif89a.txt"""
    at = GIF_START + _gif_colours(data, 10)
    while data[at : at + 1] in (b"!", b","):
        if data[at : at + 1] == b"!":
            kind = {0xFE: "comment", 0xFF: "application", 0x01: "text", 0xF9: "control"}.get(
                data[at + 1] if at + 1 < len(data) else 0, "extension"
            )
            start = at + 2
            payload, at = _gif_blocks(data, start)
            # XMP is no chain of blocks, and only dressed up as one.
            yield Part(kind, data[start:at] if kind == "application" else payload)
        else:
            payload, at = _gif_blocks(data, at + 11 + _gif_colours(data, at + 9))
            yield Part("image", payload)
    if data[at : at + 1] == b";":
        at += 1
    yield from _rest(data, at)


def _gif_colours(data: bytes, at: int) -> int:
    """Bytes of the colour table that the flags at `at` announce."""
    flags = data[at] if at < len(data) else 0
    return 3 << ((flags & 7) + 1) if flags & 0x80 else 0


def _gif_blocks(data: bytes, at: int) -> tuple[bytes, int]:
    """What the chain of sub-blocks at `at` holds, and where it ends."""
    found = []
    while at < len(data):
        length = data[at]
        found.append(data[at + 1 : at + 1 + length])
        at += 1 + length
        if not length:
            break
    return b"".join(found), at


# Boxes that hold boxes, and how many bytes precede them.
ISO_FOLDERS = {"meta": 4, "iprp": 0, "ipco": 0}
ISO_DEPTH = 3


def _iso(data: bytes) -> Iterator[Part]:
    """Boxes of ISO/IEC 14496-12 and items of ISO/IEC 23008-12; an item is named "item" and its
    type. "unclaimed": what media data hold for no item (and for no track)."""
    boxes = list(_boxes(data, 0, len(data)))
    yield from (Part(kind, data[start:end]) for kind, start, end in boxes)
    items = list(_items(data, boxes))
    for kind, extents in items:
        yield Part(f"item {kind}", b"".join(data[start:end] for start, end in extents))
    if not any(kind == "moov" for kind, _, _ in boxes):
        claimed = sorted(extent for _, extents in items for extent in extents)
        for kind, start, end in boxes:
            if kind in ("mdat", "idat"):
                yield from _unclaimed(data, start, end, claimed)


Box = tuple[str, int, int]  # type, start and end of its payload
Extent = tuple[int, int]


def _boxes(data: bytes, at: int, end: int, depth: int = 0) -> Iterator[Box]:
    while at + 8 <= end:
        length, start = int.from_bytes(data[at : at + 4], "big"), at + 8
        if length == 1:
            length, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        length = length or end - at
        if length < start - at or at + length > end:
            break
        kind = data[at + 4 : at + 8].decode("latin-1")
        yield kind, start, at + length
        if kind in ISO_FOLDERS and depth < ISO_DEPTH:
            yield from _boxes(data, start + ISO_FOLDERS[kind], at + length, depth + 1)
        at += length
    if at < end:
        yield "trailing", at, end


def _items(data: bytes, boxes: list[Box]) -> Iterator[tuple[str, list[Extent]]]:
    places: dict[int, list[Extent]] = {}
    idat = next((start for kind, start, _ in boxes if kind == "idat"), 0)
    for kind, start, end in boxes:
        if kind == "iloc":
            places |= dict(_locations(_Reader(data[start:end]), idat))
    for kind, start, end in boxes:
        if kind == "iinf":
            skip = 4 + (2 if data[start : start + 1] == b"\0" else 4)
            for _, at, _ in _boxes(data, start + skip, end):
                wide = 4 if data[at : at + 1] == b"\3" else 2
                number = int.from_bytes(data[at + 4 : at + 4 + wide], "big")
                type_at = at + 4 + wide + 2
                item = data[type_at : type_at + 4].decode("latin-1")
                yield item, places.get(number, [])


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> int:
        """A number of `size` bytes, big end first; 0 beyond the end."""
        self._at += size
        return int.from_bytes(self._data[self._at - size : self._at], "big")

    @property
    def ended(self) -> bool:
        return self._at >= len(self._data)


def _locations(box: _Reader, idat: int) -> Iterator[tuple[int, list[Extent]]]:
    """Of each item, where its bytes are: ISO/IEC 14496-12, 8.11.3."""
    version = box.take(4) >> 24
    sizes = box.take(2)
    offset_size, length_size = sizes >> 12, sizes >> 8 & 15
    base_size, index_size = sizes >> 4 & 15, sizes & 15 if version else 0
    wide = 4 if version == 2 else 2
    for _ in range(box.take(wide)):
        if box.ended:
            return
        number = box.take(wide)
        within = idat if version and box.take(2) & 15 == 1 else 0
        box.take(2)
        base = box.take(base_size) + within
        extents = []
        for _ in range(box.take(2)):
            if box.ended:
                return
            box.take(index_size)
            start = base + box.take(offset_size)
            extents.append((start, start + box.take(length_size)))
        yield number, extents


def _unclaimed(data: bytes, at: int, end: int, claimed: list[Extent]) -> Iterator[Part]:
    for start, stop in [*claimed, (end, end)]:
        if at < min(start, end):
            yield Part("unclaimed", data[at : min(start, end)])
        at = max(at, stop)


WALKS: dict[str, Callable[[bytes], Iterator[Part]]] = {
    "jpeg": _jpeg,
    "png": _png,
    "webp": _webp,
    "gif": _gif,
    "avif": _iso,
    "heic": _iso,
}
