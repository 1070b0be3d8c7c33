"""What the whole search reaches, on pictures that the fit has not seen.

    python -m bench.quality.reach FOLDER [--quality 72] [--fixed] [--json FILE]

Every file of the default recipe that is 640 px wide or wider, by the steps' own functions, against
the variant as it comes from a full decode: how many lie within 3 of the target, and what the search
costs; with `--fixed`, which takes five times as long, the bytes beside those of one number a format
for all pictures with the same mean score.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
import numpy as np
from PIL import Image

from bench.fidelity import reference
from bench.meter import Meter
from bench.scoring import Reference
from bench.steps import planned, run
from darkroom.contracts import Variant, parse
from darkroom.errors import ImageError
from darkroom.images import load_upright_srgb
from darkroom.recipes import DEFAULT, load_recipes, parse_filter
from filter.filters import apply_filter
from optimize import files
from optimize.encoders import Setting, encode
from optimize.quality import find_settings

LEAST_WIDTH_PX = 640
NEAR = 3
# Around the usual numbers: between them a file's score and bytes are taken from a line.
FIXED = {"jpeg": (52, 64, 74, 83), "webp": (50, 66, 78, 88), "avif": (42, 54, 64, 74)}


@dataclass(frozen=True)
class Reached:
    """`fixed`: (number, score, bytes) of the same variant with numbers of FIXED."""

    picture: str
    variant: str
    format: str
    score: float
    bytes: int
    fixed: tuple[tuple[int, float, int], ...]


@dataclass(frozen=True)
class Made:
    """`seconds`: of CPU for all but Validate; `searching`: what of it the search took."""

    files: tuple[Reached, ...]
    seconds: float
    searching: float


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure what the quality knob reaches.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--quality", type=int, default=72)
    parser.add_argument("--fixed", action="store_true")
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    paths = [path for path in sorted(arguments.folder.rglob("*")) if path.is_file()]
    with ProcessPoolExecutor(2) as pool:
        work = functools.partial(made, quality=arguments.quality, fixed=arguments.fixed)
        found = list(pool.map(work, paths))
    results = [one for one in found if one is not None]
    report = summary(results, arguments.quality)
    print(json.dumps(report, indent=1))
    if arguments.json:
        details = [asdict(one) for result in results for one in result.files]
        arguments.json.write_text(json.dumps(report | {"files": details}), encoding="utf-8")


def made(path: Path, quality: int, fixed: bool) -> Made | None:
    """None where the file is no picture that is taken."""
    data = path.read_bytes()
    try:
        full = load_upright_srgb(data)
    except ImageError:
        return None
    recipe = msgspec.structs.replace(load_recipes()[DEFAULT], quality=quality)
    meter, search = Meter(), _Search()
    with patch.object(files, "find_settings", search):
        outcome = run(data, recipe=recipe, meter=meter)
    if not outcome.accepted:
        return None
    seconds = sum(cost.cpu_seconds for cost in meter.costs if cost.step != "Validate")
    variants = [
        parse(Variant, plan)
        for kind in ("renditions", "filters")
        for plan in planned(outcome.verdict, kind)
        if plan["width"] >= LEAST_WIDTH_PX
    ]
    reached = [
        one
        for variant in variants
        for one in _reached(path.stem, full, variant, outcome.files, fixed)
    ]
    return Made(tuple(reached), seconds, search.seconds)


class _Search:
    """`find_settings`, and the CPU seconds that it takes."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self, *arguments: Any) -> dict[str, Setting]:
        begun = time.process_time()
        found = find_settings(*arguments)
        self.seconds += time.process_time() - begun
        return found


def _reached(
    picture: str, full: Image.Image, variant: Variant, made: Any, fixed: bool
) -> Iterator[Reached]:
    wanted = reference(full, variant)
    if variant.kind == "filter":
        wanted = apply_filter(wanted, parse_filter(variant.spec))
    if wanted.mode != "RGB":
        return
    compared = Reference(wanted)
    for key, data in made.items():
        name, _, suffix = key.rpartition("/")[2].rpartition(".")
        format = "jpeg" if suffix == "jpg" else suffix
        if name != variant.name or format not in FIXED:
            continue
        beside = []
        for number in FIXED[format] if fixed else ():
            file = encode(wanted, format, Setting(number))
            beside.append((number, compared.score(_opened(file)), len(file)))
        score = compared.score(_opened(data))
        yield Reached(picture, variant.name, format, score, len(data), tuple(beside))


def _opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data)).convert("RGB")


def summary(results: list[Made], quality: int) -> dict[str, Any]:
    reached = [file for result in results for file in result.files]
    seconds = sum(result.seconds for result in results)
    searching = sum(result.searching for result in results)
    found = {
        "pictures": len(results),
        "search_by_the_rest": round(searching / (seconds - searching), 3),
        "all": _near(reached, quality),
    }
    formats = {format: [file for file in reached if file.format == format] for format in FIXED}
    found |= {format: _near(files, quality) for format, files in formats.items() if files}
    if reached and reached[0].fixed:
        fixed = {format: fixed_bytes(files) for format, files in formats.items() if files}
        size = {format: sum(file.bytes for file in formats[format]) for format in fixed}
        ratios = {format: round(size[format] / fixed[format], 3) for format in fixed}
        every = round(sum(size.values()) / sum(fixed.values()), 3)
        found["bytes_by_fixed"] = ratios | {"all": every}
    return found


def _near(files: list[Reached], quality: int) -> dict[str, Any]:
    off = np.array([file.score for file in files]) - quality
    return {
        "files": len(files),
        "within_3": round(float((abs(off) <= NEAR).mean()), 4),
        "mean": round(float(off.mean()) + quality, 2),
        "worst": round(float(off.min()) + quality, 2),
    }


def fixed_bytes(files: list[Reached]) -> float:
    """What `files` of one format would take with one number for all that has their mean score."""
    goal = np.mean([file.score for file in files])
    numbers = np.linspace(files[0].fixed[0][0], files[0].fixed[-1][0], 200)
    lines = [np.array(file.fixed, dtype=float).T for file in files]
    means = [np.mean([np.interp(n, x, score) for x, score, _ in lines]) for n in numbers]
    number = np.interp(goal, means, numbers)
    return float(sum(np.exp(np.interp(number, x, np.log(size))) for x, _, size in lines))


if __name__ == "__main__":
    main()
