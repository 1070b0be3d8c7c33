"""What the best possible search would take in bytes, beside one number for all pictures.

    python -m bench.quality.ideal [--quality 72]

From `data.csv`, without any search: each picture's own curve is read off at the quality, and the
number is looked for whose mean score is the same.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from bench.quality.data import UNSEEN, Measured, read
from optimize.quality import LOSSY

# Numbers, scores and logarithms of bytes of one picture, by rising number.
Line = NDArray[np.float64]


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare a perfect search with one number.")
    parser.add_argument("--quality", type=int, default=72)
    quality = parser.parse_args().quality
    rows = read()
    for title, unseen in (("fitted on", False), ("not seen", True)):
        print(title)
        both = [0.0, 0.0]
        for format in LOSSY:
            lines = _lines(
                row
                for row in rows
                if row.kind == format and row.picture.startswith(UNSEEN) == unseen
            )
            reached = [line for line in lines if line[1].min() < quality < line[1].max()]
            own, one, spread = compare(reached, quality)
            both = [both[0] + own, both[1] + one]
            print(
                f"  {format:5} {len(reached):4} files, bytes / those of one number: "
                f"{own / one:.3f}, whose scores have a standard deviation of {spread:.1f}"
            )
        print(f"  all formats: {both[0] / both[1]:.3f}")


def compare(lines: list[Line], quality: float) -> tuple[float, float, float]:
    """Bytes with each picture's own number, bytes with one for all, and the standard deviation of
    the scores that has."""
    own = sum(float(np.exp(np.interp(quality, line[1], line[2]))) for line in lines)
    numbers = np.linspace(1, 99, 400)
    means = [np.mean([np.interp(number, line[0], line[1]) for line in lines]) for number in numbers]
    number = np.interp(quality, means, numbers)
    one = sum(float(np.exp(np.interp(number, line[0], line[2]))) for line in lines)
    spread = float(np.std([np.interp(number, line[0], line[1]) for line in lines]))
    return own, one, spread


def _lines(rows: Iterable[Measured]) -> list[Line]:
    found = defaultdict(list)
    for row in rows:
        found[row.picture, row.width].append((row.number, row.score, np.log(row.bytes)))
    lines = [np.array(sorted(points)).T for points in found.values()]
    for line in lines:
        line[1] = np.maximum.accumulate(line[1])
    return lines


if __name__ == "__main__":
    main()
