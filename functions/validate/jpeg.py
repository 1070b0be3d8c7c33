"""The segments of a JPEG, by their markers alone: ITU-T T.81, annex B."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

# In entropy-coded data, FF 00 is a byte FF, FF D0 to D7 are restarts, and FF FF is padding. One FF
# is looked for, not a run of them: a search for runs takes quadratic time where nothing follows.
MARKER = re.compile(rb"\xff([^\x00\xd0-\xd7\xff])")
SOI, EOI, SOS, APP1, TEM = 0xD8, 0xD9, 0xDA, 0xE1, 0x01
BARE = (SOI, EOI, TEM)
FRAMES = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})


@dataclass(frozen=True)
class Segment:
    """`begin` and `end`: of the content behind marker and length; for SOS, that of its header."""

    marker: int
    begin: int
    end: int


def segments(data: bytes) -> Iterator[Segment]:
    """What follows the first SOI, up to the first EOI; a marker within a segment is none."""
    at = 2
    while found := MARKER.search(data, at):
        marker, at = found[1][0], found.end()
        if marker in BARE:
            yield Segment(marker, at, at)
        else:
            end = max(at + int.from_bytes(data[at : at + 2], "big"), at + 2)
            yield Segment(marker, at + 2, min(end, len(data)))
            at = end
        if marker == EOI:
            return


@dataclass(frozen=True)
class Frame:
    """`process`: the marker's second byte. `components`: their numbers, as scans name them."""

    process: int
    components: tuple[int, ...]


@dataclass(frozen=True)
class Scan:
    """T.81, B.2.3. `first`: the number of its first coefficient, in zigzag order. `begin` to `end`:
    its entropy-coded data."""

    components: tuple[int, ...]
    first: int
    begin: int
    end: int


def frame_and_scans(data: bytes) -> tuple[Frame | None, list[Scan]]:
    """The first frame header and the scans of a JPEG that is complete; broken headers are left
    out."""
    frame: Frame | None = None
    scans: list[Scan] = []
    found = list(segments(data))
    for segment, following in pairwise(found):
        content = data[segment.begin : segment.end]
        if segment.marker in FRAMES and frame is None and len(content) >= 6:
            frame = Frame(segment.marker, tuple(content[6 : 6 + 3 * content[5] : 3]))
        elif segment.marker == SOS and content and len(content) >= 4 + 2 * content[0]:
            count = content[0]
            end = segment.end + len(_without_padding(data, segment.end, following))
            components = tuple(content[1 : 1 + 2 * count : 2])
            scans.append(Scan(components, content[1 + 2 * count], segment.end, end))
    return frame, scans


def _without_padding(data: bytes, begin: int, following: Segment) -> bytes:
    """The entropy-coded data from `begin` to the FFs before the marker of the `following`."""
    marker = following.begin - (2 if following.marker in BARE else 4)
    return data[begin:marker].rstrip(b"\xff")
