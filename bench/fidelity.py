"""How near the renditions come to a full decode and one LANCZOS resampling of it.

    python -m bench.fidelity FOLDER

For each picture and each rendition of the default recipe: SSIM, mean and largest difference (of
255 levels), and by how many px the picture is shifted. Worst last; exit status 1 where an SSIM
is under 0.98.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.metrics import structural_similarity

from darkroom.contracts import Batch, Variant, parse, plain
from darkroom.errors import ImageError
from darkroom.images import load_upright_srgb
from darkroom.masters import unpack
from darkroom.recipes import load_recipes
from darkroom.scaling import Box
from resize.animations import resized_masters
from resize.renditions import crop_box
from validate.batches import batches
from validate.plan import plan

LEAST_SSIM = 0.98
# What skimage's window takes by default; smaller pictures are compared by a smaller one.
WINDOW_PX = 7

Levels = NDArray[np.float64]


class Compared(NamedTuple):
    """`across`, `down`: the shift of the rendition in px, NaN where nothing is there to see it
    by."""

    ssim: float
    mean: float
    most: float
    across: float
    down: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Compare renditions with a full resampling.")
    parser.add_argument("folder", type=Path)
    found = sorted(compared_folder(parser.parse_args().folder), key=lambda row: -row[2].ssim)
    if not found:
        sys.exit("expected pictures in the folder, found none")
    print(f"{'SSIM':>7} {'mean':>6} {'most':>5} {'across':>7} {'down':>7}  rendition")
    for picture, variant, result in found:
        print(
            f"{result.ssim:7.4f} {result.mean:6.3f} {result.most:5.0f} {result.across:7.3f} "
            f"{result.down:7.3f}  {picture} {variant.name} {variant.width}x{variant.height}"
        )
    sys.exit(1 if found[-1][2].ssim < LEAST_SSIM else 0)


def compared_folder(folder: Path) -> Iterator[tuple[str, Variant, Compared]]:
    for path in sorted(folder.iterdir()):
        data = path.read_bytes() if path.is_file() else b""
        try:
            full = load_upright_srgb(data)
        except ImageError:
            continue
        planned = plan(load_recipes()["default"], *full.size).renditions
        found = batches("renditions", planned, full.width * full.height)
        for batch in (parse(Batch, plain(each)) for each in found):
            masters = resized_masters(data, batch.variants)
            for variant, master in zip(batch.variants, masters, strict=True):
                yield path.name, variant, compare(unpack(master), reference(full, variant))


def reference(full: Image.Image, variant: Variant) -> Image.Image:
    """What the rendition should be ("scale" or "cover"): resampled in one go, from all pixels."""
    box: Box = (0, 0, *full.size)
    if variant.fit == "cover":
        box = crop_box(full, variant, box)
    return full.resize((variant.width, variant.height), Image.Resampling.LANCZOS, box)


def compare(got: Image.Image, expected: Image.Image) -> Compared:
    """The pictures have to have the same size; transparent ones are compared on white."""
    if got.size != expected.size:
        raise ValueError(f"expected {expected.size} for a rendition's size, got {got.size}")
    if got == expected:
        return Compared(1.0, 0.0, 0.0, 0.0, 0.0)
    ours, theirs = levels(got), levels(expected)
    difference = np.abs(ours - theirs)
    return Compared(
        similarity(ours, theirs), difference.mean(), difference.max(), *shift(ours, theirs)
    )


def levels(image: Image.Image) -> Levels:
    """Height x width x 3, 0 to 255."""
    white = Image.new("RGBA", image.size, "white")
    white.alpha_composite(image.convert("RGBA"))
    return np.asarray(white.convert("RGB"), dtype=np.float64)


def similarity(ours: Levels, theirs: Levels) -> float:
    """SSIM; where a side is under 3 px, how small the largest difference is. 1 for equals."""
    window = min(WINDOW_PX, *ours.shape[:2])
    if window < 3:  # too small to have a structure
        return float(1 - np.abs(ours - theirs).max() / 255)
    window -= 1 - window % 2
    measure: Any = structural_similarity
    found = measure(ours, theirs, win_size=window, channel_axis=2, data_range=255)
    return float(found)


def shift(ours: Levels, theirs: Levels) -> tuple[float, float]:
    """By how many px, across and down, `ours` lies to the right of and below `theirs`.

    Least squares on the first terms of Taylor's series (Lucas and Kanade, "An Iterative Image
    Registration Technique", 1981): ours(x) = theirs(x - shift) = theirs(x) - shift * gradient.
    """
    if min(ours.shape[:2]) < 3:
        return float("nan"), float("nan")
    down, across = np.gradient(theirs, axis=(0, 1))
    slopes = np.stack([across.ravel(), down.ravel()], axis=1)
    normal = slopes.T @ slopes
    if np.linalg.matrix_rank(normal) < 2:
        return float("nan"), float("nan")
    found = -np.linalg.solve(normal, slopes.T @ (ours - theirs).ravel())
    return float(found[0]), float(found[1])


if __name__ == "__main__":
    main()
