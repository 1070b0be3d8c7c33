"""A JPEG that was cut off and closed with an end marker, so that every decoder takes it for whole.

libjpeg, whose messages Pillow drops, fills what is missing with grey. Two things give it away:

- A Huffman-coded scan whose data has run out is filled with zero bits, and bytes behind its last
  block are skipped (libjpeg-turbo: jdhuff.c, jdphuff.c, `insufficient_data`; jdmarker.c,
  `next_marker`). So bytes put in front of the marker that ends a scan, or an interval between two
  restarts, change the picture if data is missing there, and only then.
- A component of which nothing was ever sent. That much, and no more, does a JPEG need: the standard
  allows a progressive one to leave out scans that refine it.

Arithmetic coding may leave out zero bytes at the end (T.81, D.1.8), so that nothing can be said.
"""

from __future__ import annotations

import hashlib
import re
import zlib
from itertools import islice

from PIL import Image

from validate.jpeg import frame_and_scans

# Baseline, extended sequential, progressive.
HUFFMAN = (0xC0, 0xC1, 0xC2)

# Any bytes but FF, which would be half a marker. The first bit is no zero, as libjpeg's filling is.
FILLING = b"\xd6" + hashlib.shake_256(b"darkroom").digest(300).replace(b"\xff", b"")[:255]
BEFORE_RESTART = FILLING[:64]
RESTART_MARKER = re.compile(rb"\xff[\xd0-\xd7]")
# With the FFs before it. It is looked for by its first byte, which is many times as fast.
RESTART = re.compile(rb"\xff(?<!\xff\xff)\xff*+[\xd0-\xd7]")
# Intervals with a filling, 16 MiB of it in all; a JPEG of more is looked at in its ends alone.
MAX_RESTARTS = 1 << 18

STRIP_PIXELS = 1 << 20


def lacks_components(data: bytes) -> bool:
    """Whether some component of the JPEG `data` is in no scan; where it is progressive, in none
    with its coefficient 0."""
    frame, scans = frame_and_scans(data)
    if frame is None or frame.process not in HUFFMAN:
        return False
    sent = {name for scan in scans if scan.first == 0 for name in scan.components}
    # Some writers call all components the same.
    unique = len(set(frame.components)) == len(frame.components)
    return unique and not sent.issuperset(frame.components)


def stuffed(data: bytes) -> bytes | None:
    """The JPEG `data` with bytes that a decoder skips, unless it lacks some; None for a coding
    where that does not hold."""
    frame, scans = frame_and_scans(data)
    if frame is None or frame.process not in HUFFMAN:
        return None
    fills_intervals = 0 < _restarts(data) <= MAX_RESTARTS
    pieces = []
    at = 0
    for scan in scans:
        coded = data[scan.begin : scan.end]
        # Where whole intervals are missing, libjpeg waits for the restart that begins the next.
        restart = bytes((0xFF, 0xD0 + _restarts(coded) % 8))
        if fills_intervals:
            coded = RESTART.sub(lambda found: BEFORE_RESTART + found[0], coded)
        pieces += [data[at : scan.begin], coded, FILLING, restart, FILLING]
        at = scan.end
    return b"".join([*pieces, data[at:]])


def _restarts(coded: bytes) -> int:
    few = sum(1 for _ in islice(RESTART_MARKER.finditer(coded), MAX_RESTARTS))
    if few < MAX_RESTARTS:
        return few
    # Eight times as slow for an ordinary file, and faster for one that is nothing but these.
    return sum(coded.count(bytes((0xFF, marker))) for marker in range(0xD0, 0xD8))


def fingerprint(image: Image.Image) -> tuple[int, ...]:
    """Checksums of a decoded picture, strip by strip, so that two need not be held at once."""
    rows = max(1, STRIP_PIXELS // image.width)
    return tuple(
        zlib.crc32(image.crop((0, top, image.width, min(top + rows, image.height))).tobytes())
        for top in range(0, image.height, rows)
    )
