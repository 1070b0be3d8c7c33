"""How a picture was held, from its EXIF: CIPA DC-008 (EXIF 2.32), 4.6.5.1."""

from __future__ import annotations

from PIL import Image

ORIENTATION = 0x0112
# 1 and everything undefined stay as they are.
UPRIGHT_BY = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
LYING_DOWN = (5, 6, 7, 8)

BYTE_ORDERS = {b"II*\0": "little", b"MM\0*": "big"}
# SHORT, as it should be, and LONG: TIFF 6.0, page 15. Their sizes in bytes.
TYPES = {3: 2, 4: 4}


def orientation(image: Image.Image) -> int:
    """1 to 8; 1 where the EXIF of `image` has none, or none that means anything.

    XMP has no say, as in browsers. For AVIF and HEIF it is what their container says: the plugins
    put that into the EXIF. A PNG may carry it behind its pixels: load them first.
    """
    value = _value(_exif_block(image))
    return value if value in UPRIGHT_BY else 1


def _exif_block(image: Image.Image) -> bytes:
    block = image.info.get("exif")
    if block is None:
        # In hexadecimal, below three lines: how ImageMagick and exiftool put it into a PNG.
        text = str(image.info.get("Raw profile type exif", ""))
        try:
            return bytes.fromhex("".join(text.split("\n")[3:]))
        except ValueError:
            return b""
    return bytes(block)


def _value(block: bytes) -> int:
    """The orientation in the first directory, 0 where it has no single number for it."""
    block = block.removeprefix(b"Exif\0\0")
    order = BYTE_ORDERS.get(block[:4])
    if order is None:
        return 0

    def number(at: int, size: int) -> int:
        return int.from_bytes(block[at : at + size], "little" if order == "little" else "big")

    directory = number(4, 4)
    for entry in range(
        directory + 2, min(directory + 2 + 12 * number(directory, 2), len(block)), 12
    ):
        if number(entry, 2) == ORIENTATION:
            size = TYPES.get(number(entry + 2, 2), 0)
            return number(entry + 8, size) if number(entry + 4, 4) == 1 else 0
    return 0
