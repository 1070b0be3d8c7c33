"""How many cuts in JPEGs Validate's second decoding shows, at full size and at less.

    python -m bench.cuts [--pictures 200] [--seed 1]

Small pictures of all kinds that Pillow writes are cut anywhere, and within the last bytes of a
scan, and closed with an end marker. Why the second decoding is a full one: docs/decisions.md.
"""

from __future__ import annotations

import argparse
import io
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

from PIL import Image
from rich.console import Console
from rich.table import Table

from bench.subjects import photograph
from validate.cut_jpeg import stuffed
from validate.jpeg import Scan, frame_and_scans

EOI = b"\xff\xd9"
SCALES = (1, 2, 8)
LAST_BYTES = 39
SCANS, PLACES = 3, 8
SOURCE_PX = (600, 400)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.cuts", description=__doc__)
    parser.add_argument("--pictures", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    dice = random.Random(arguments.seed)
    seen: Counter[tuple[str, int]] = Counter()
    for _ in range(arguments.pictures):
        data = _jpeg(dice)
        for where, cut in _cuts(data, dice):
            seen[where, 0] += 1
            for scale in SCALES:
                seen[where, scale] += _shows(cut, scale)
    table = Table("cut", "cuts", *(f"seen at 1/{scale}" for scale in SCALES))
    for where in ("anywhere", "at the end"):
        table.add_row(where, *(f"{seen[where, column]:,}" for column in (0, *SCALES)))
    Console().print(table)


def _jpeg(dice: random.Random) -> bytes:
    width, height = dice.randint(8, 200), dice.randint(8, 160)
    left, top = dice.randrange(SOURCE_PX[0] - width), dice.randrange(SOURCE_PX[1] - height)
    picture = photograph(*SOURCE_PX, seed=dice.randrange(5), grain=0.08)
    part = picture.crop((left, top, left + width, top + height))
    options: dict[str, Any] = {
        "quality": dice.choice([30, 50, 75, 85, 92, 97, 100]),
        "optimize": dice.random() < 0.3,
        "progressive": dice.random() < 0.5,
        "restart_marker_blocks": dice.choice([0, 0, 1, 3, 10, 50]),
        "subsampling": dice.choice(["4:4:4", "4:2:2", "4:2:0"]),
    }
    buffer = io.BytesIO()
    part.convert(dice.choice(["RGB", "RGB", "RGB", "L", "CMYK"])).save(buffer, "JPEG", **options)
    return buffer.getvalue()


def _cuts(data: bytes, dice: random.Random) -> Iterator[tuple[str, bytes]]:
    """Where it was cut, and what is left, closed."""
    _, scans = frame_and_scans(data)
    for scan in dice.sample(scans, min(SCANS, len(scans))):
        for where, places in _places(scan, dice):
            for at in places:
                yield where, data[:at].rstrip(b"\xff") + EOI


def _places(scan: Scan, dice: random.Random) -> Iterator[tuple[str, list[int]]]:
    yield "anywhere", [dice.randrange(scan.begin, scan.end) for _ in range(PLACES)]
    yield "at the end", list(range(max(scan.begin + 1, scan.end - LAST_BYTES), scan.end))


def _shows(cut: bytes, scale: int) -> bool:
    try:
        whole = _decoded(cut, scale)
    except (OSError, SyntaxError):
        return True
    filled = stuffed(cut)
    return filled is not None and whole != _decoded(filled, scale)


def _decoded(data: bytes, scale: int) -> bytes:
    image = Image.open(io.BytesIO(data), formats=("JPEG",))
    if scale > 1:
        image.draft(None, (image.width // scale, image.height // scale))
    return image.tobytes()


if __name__ == "__main__":
    main()
