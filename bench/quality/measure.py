"""Measure pictures for the fit.

    python -m bench.quality.measure FOLDER [--data FILE] [--check]

Each picture at 640, 960 and 1280 px, if it has them, as each kind of file with numbers from low to
high: about six minutes of CPU for a picture. `--check` measures some lines of the data anew instead
and prints by how much they differ; the pictures have to be called as they are there.
"""

from __future__ import annotations

import argparse
import io
import random
import sys
from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from bench.quality.data import FILE, Measured, read, write
from bench.scoring import Reference
from darkroom.errors import ImageError
from darkroom.images import load_upright_srgb
from darkroom.scaling import scale
from optimize.closeness import Original
from optimize.encoders import Setting, encode
from optimize.quality import FULL_COLOUR
from optimize.sample import Sample

WIDTHS = (640, 960, 1280)
JPEG, WEBP, AVIF = (
    (15, 30, 45, 58, 70, 80, 88, 94),
    (8, 25, 42, 56, 68, 78, 86, 94),
    (12, 24, 36, 46, 56, 66, 76, 88),
)
# By kind.
NUMBERS = {
    "jpeg": JPEG,
    "webp": WEBP,
    "avif": AVIF,
    "jpeg" + FULL_COLOUR: JPEG,
    "avif" + FULL_COLOUR: AVIF,
}
CHECKED_LINES = 24


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure pictures for the fit.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--data", type=Path, default=FILE)
    parser.add_argument("--check", action="store_true")
    arguments = parser.parse_args()
    if arguments.check:
        sys.exit(check(arguments.folder, arguments.data))
    write(measured_folder(arguments.folder), arguments.data)


def measured_folder(folder: Path) -> Iterator[Measured]:
    for path in sorted(folder.rglob("*")):
        try:
            picture = load_upright_srgb(path.read_bytes() if path.is_file() else b"")
        except ImageError:
            continue
        name = path.relative_to(folder).with_suffix("").as_posix()
        for width in WIDTHS:
            if width <= picture.width:
                yield from _measured(name, resized(picture, width))


def resized(picture: Image.Image, width: int) -> Image.Image:
    height = max(1, round(picture.height * width / picture.width))
    return scale(picture.convert("RGB"), width, height)


def _measured(name: str, image: Image.Image) -> Iterator[Measured]:
    for kind, numbers in NUMBERS.items():
        for number in numbers:
            yield measure(name, image, kind, number)


def measure(name: str, image: Image.Image, kind: str, number: int) -> Measured:
    format = kind.removesuffix(FULL_COLOUR)
    setting = Setting(number, full_colour=kind != format)
    sample = Sample(image)
    original = Original(sample.inner(sample.image))
    data = encode(image, format, setting)
    sampled = _opened(encode(sample.image, format, setting))
    features = original.compare(sample.inner(sampled))
    score = Reference(image).score(_opened(data))
    return Measured(name, *image.size, kind, number, score, len(data), features)


def check(folder: Path, file: Path) -> int:
    """The status to exit with: 1 where a score is off by more than a hundredth."""
    rows = read(file)
    worst = 0.0
    files = {
        path.relative_to(folder).with_suffix("").as_posix(): path for path in folder.rglob("*.*")
    }
    for row in random.Random(1).sample(
        [row for row in rows if row.picture in files], CHECKED_LINES
    ):
        picture = load_upright_srgb(files[row.picture].read_bytes())
        anew = measure(row.picture, resized(picture, row.width), row.kind, row.number)
        worst = max(worst, abs(anew.score - row.score))
        what = f"{row.picture} {row.width} {row.kind} {row.number}"
        print(f"{row.score:7.2f} {anew.score:7.2f}  {what}")
    print(f"{CHECKED_LINES} lines, off by at most {worst:.3f}")
    return 1 if worst > 0.01 else 0


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


if __name__ == "__main__":
    main()
