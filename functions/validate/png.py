"""What the text of a PNG takes unpacked, and whether it brings all its rows.

https://www.w3.org/TR/png-3/#5DataRep
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from PIL import Image

from darkroom.containers import png_chunks

TEXT_KINDS = (b"tEXt", b"zTXt", b"iTXt")
MAX_KEYWORD_BYTES = 79

# Adam7: left, top, column step, row step of each pass. https://www.w3.org/TR/png-3/#8Interlace
PASSES = (
    (0, 0, 8, 8),
    (4, 0, 8, 8),
    (0, 4, 4, 8),
    (2, 0, 4, 4),
    (0, 2, 2, 4),
    (1, 0, 2, 2),
    (0, 1, 1, 2),
)
WHOLE = ((0, 0, 1, 1),)
SAMPLES = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # by colour type

# What is fed to zlib, and what comes out of it, at once.
PIECE_BYTES = 1 << 14
UNPACKED_BYTES = 1 << 20


def text_sizes(data: bytes, most: int) -> Iterator[int]:
    """Bytes of text in each text chunk. Packed text is unpacked no further than `most` + 1."""
    for chunk in png_chunks(data):
        if chunk.kind in TEXT_KINDS:
            yield _text_size(chunk.kind, data[chunk.begin : chunk.end], most)


def profile_size(data: bytes, most: int) -> int:
    """Bytes of the largest colour profile, unpacked no further than `most` + 1."""
    profiles = (chunk for chunk in png_chunks(data) if chunk.kind == b"iCCP")
    packed = (data[chunk.begin : chunk.end].partition(b"\0")[2][1:] for chunk in profiles)
    return max((_unpacked(profile, most) for profile in packed), default=0)


def _text_size(kind: bytes, content: bytes, most: int) -> int:
    keyword, _, rest = content.partition(b"\0")
    # Decoders keep whatever stands for a keyword.
    beyond = max(len(keyword) - MAX_KEYWORD_BYTES, 0)
    if kind == b"tEXt":
        return beyond + len(rest)
    if kind == b"zTXt":
        return beyond + _unpacked(rest[1:], most)
    language, _, after = rest[2:].partition(b"\0")
    translated, _, text = after.partition(b"\0")
    size = _unpacked(text, most) if rest[:1] == b"\1" else len(text)
    return beyond + len(language) + len(translated) + size


def _unpacked(packed: bytes, most: int) -> int:
    """Bytes that come out, of which at most `most` + 1 are ever held; 0 where nothing does."""
    try:
        return len(zlib.decompressobj().decompress(packed, most + 1))
    except zlib.error:
        return 0


def lacks_rows(data: bytes, image: Image.Image) -> bool:
    """Whether the compressed pixels of the PNG `data` end before the last row.

    Pillow's decoder takes the end of the stream for the end of the picture and leaves the rest
    zero. So the pixels of `image`, decoded from `data`, are looked at first: the stream is
    unpacked once more only where the row that comes last is all zeros.
    """
    width, height = image.size
    if image.info.get("bbox", (0, 0, width, height)) != (0, 0, width, height):
        return False  # an APNG whose first frame is smaller than its canvas: no encoder's doing
    interlaced = bool(image.info.get("interlace"))
    last = height - 1 if not interlaced or height % 2 == 0 else height - 2
    if last >= 0 and any(image.crop((0, last, width, last + 1)).tobytes()):
        return False
    wanted = _unpacked_size(data, PASSES if interlaced else WHOLE)
    return not _brings(data, wanted)


def _unpacked_size(data: bytes, passes: tuple[tuple[int, int, int, int], ...]) -> int:
    """Bytes of all rows, each with its filter type: https://www.w3.org/TR/png-3/#7Scanline"""
    width, height = (int.from_bytes(data[at : at + 4], "big") for at in (16, 20))
    bits = data[24] * SAMPLES[data[25]]
    size = 0
    for left, top, right, down in passes:
        columns, rows = -((left - width) // right), -((top - height) // down)
        if columns > 0 and rows > 0:
            size += rows * (1 + (columns * bits + 7) // 8)
    return size


def _brings(data: bytes, wanted: int) -> bool:
    """Whether at least `wanted` bytes of pixels come out of `data`."""
    stream = zlib.decompressobj()
    for packed in _pieces(data):
        while packed and wanted > 0:
            try:
                wanted -= len(stream.decompress(packed, UNPACKED_BYTES))
            except zlib.error:
                return True  # behind the pixels, or the decoder would have complained
            packed = stream.unconsumed_tail
        if wanted <= 0 or stream.eof:
            break
    return wanted <= 0


def _pieces(data: bytes) -> Iterator[bytes]:
    for chunk in png_chunks(data):
        if chunk.kind == b"IDAT":
            for begin in range(chunk.begin, chunk.end, PIECE_BYTES):
                yield data[begin : min(begin + PIECE_BYTES, chunk.end)]
