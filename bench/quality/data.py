"""The measurements that the fit is made of: one line for a picture, a width, a format, a number."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from pathlib import Path

FILE = Path(__file__).with_name("data.csv")
# Pictures in this folder are not fitted on.
UNSEEN = "unseen/"


@dataclass(frozen=True)
class Measured:
    """`picture`: its path without a suffix; in UNSEEN it is left to the report. `kind`: its format,
    as `optimize.quality.missing` has it. `score`: SSIMULACRA2 of the whole picture. `features`:
    `closeness` of its sample, encoded with the same number."""

    picture: str
    width: int
    height: int
    kind: str
    number: int
    score: float
    bytes: int
    features: tuple[float, ...]


def read(file: Path = FILE) -> list[Measured]:
    with file.open(encoding="utf-8", newline="") as lines:
        reader = csv.reader(lines)
        next(reader)
        return [_measured(row) for row in reader]


def write(rows: Iterable[Measured], file: Path = FILE) -> None:
    with file.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow([field.name for field in fields(Measured)])
        for row in rows:
            *plain, features = astuple(row)
            plain[5] = f"{row.score:.2f}"
            writer.writerow([*plain, " ".join(f"{feature:.3g}" for feature in features)])


def _measured(row: list[str]) -> Measured:
    picture, width, height, kind, number, score, size, features = row
    return Measured(
        picture,
        int(width),
        int(height),
        kind,
        int(number),
        float(score),
        int(size),
        tuple(map(float, features.split())),
    )
