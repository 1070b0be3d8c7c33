"""How often an AVIF image sequence plays, which Pillow does not tell.

ISO/IEC 14496-12: track header (8.3.2), edit list (8.6.6); read as libavif does.
"""

from __future__ import annotations

from darkroom.containers import iso_boxes

REPEATS = 0x1  # an edit list's flag


def sequence_plays(data: bytes) -> int:
    """How often, 0 for ever. So play those that do not say it, as in browsers."""
    track = _inside(_inside(data, b"moov"), b"trak")
    edits = _inside(_inside(track, b"edts"), b"elst")
    header = _inside(track, b"tkhd")
    if len(edits) < 8:
        return 0
    if not edits[3] & REPEATS:
        return 1
    long = edits[0] == 1
    segment = int.from_bytes(edits[8 : 16 if long else 12], "big")
    start, width = (28, 8) if header[:1] == b"\1" else (20, 4)
    whole = header[start : start + width]
    if not segment or whole == b"\xff" * width:
        return 0
    return -(-int.from_bytes(whole, "big") // segment)


def _inside(data: bytes, wanted: bytes) -> bytes:
    """What the first box of that kind holds; nothing where there is none."""
    return next((content for kind, content in iso_boxes(data) if kind == wanted), b"")
