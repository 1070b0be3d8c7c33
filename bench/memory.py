"""How much memory each function takes, and what size it should have: a table, and JSON.

    python -m bench.memory [PICTURE…] [--json FILE] [--only NAME…]

Every invocation is the function's own handler in a fresh process, with its imports and its AWS
client, against a stand-in for S3 on this machine. Pictures are drawn (`bench/subjects.py`), or
those that are named. Ends with 1 where a limit of docs/performance.md is passed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.invoking import FUNCTIONS, Invocation, invocations
from bench.lambdas import SIZES_MB, dollars_at, needed_mb, seconds_at
from bench.subjects import SUBJECTS, animated_noise, size_of
from darkroom.recipes import Recipe, Rendition

# MB that no function may take, by how a picture's name begins.
LIMITS_MB = {"jpeg-24": 350, "png-24-alpha": 700}
# The picture by which sizes are chosen.
USUAL = "jpeg-24"
# What a recipe may ask for at most: a picture as large as it is, and 30 megapixels that move.
WIDEST = ("jpeg-50", "png-50-alpha")
MOVING = "noise-moving"
MOVING_FRAMES = (640, 400, 117)


@dataclass(frozen=True)
class Measured:
    picture: str
    invocation: Invocation


def main() -> None:
    arguments = _arguments()
    console = Console(width=140)
    measured: list[Measured] = []
    for name, data, recipe in _tasks(arguments.pictures, arguments.only):
        console.print(f"{name}: {len(data) / 2**20:.1f} MiB", style="dim")
        own = [Measured(name, each) for each in invocations(data, recipe)]
        console.print(_picture_table(name, own))
        measured += own
    if not measured:
        sys.exit(f"expected one of {', '.join(_names())} for --only, got {arguments.only}")
    console.print(_size_table(measured))
    if arguments.json:
        text = json.dumps(_plain(measured), indent=1)
        arguments.json.write_text(text + "\n", encoding="utf-8")
    beyond = list(beyond_limits(measured))
    for line in beyond:
        console.print(line, style="red")
    sys.exit(bool(beyond))


def beyond_limits(measured: Iterable[Measured]) -> Iterator[str]:
    """A line for each invocation that took more than it may."""
    for each in measured:
        for name, most in LIMITS_MB.items():
            invocation = each.invocation
            if each.picture.startswith(name) and invocation.peak_mb > most:
                what = f"{invocation.function} {invocation.variant} of {each.picture}"
                yield f"expected at most {most} MB for {what}, got {invocation.peak_mb:.0f} MB"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench.memory", description=__doc__)
    parser.add_argument("pictures", nargs="*", type=Path, help="instead of those that are drawn")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--only", nargs="+", metavar="NAME", help=", ".join(_names()))
    return parser.parse_args()


def _names() -> list[str]:
    return [*SUBJECTS, *(f"{name}-widest" for name in WIDEST), MOVING]


def _tasks(
    pictures: list[Path], only: list[str] | None
) -> Iterator[tuple[str, bytes, Recipe | None]]:
    """Name, content, and the recipe where it is not the functions' own."""
    if pictures:
        yield from ((path.name, path.read_bytes(), None) for path in pictures)
        return
    for name in _names():
        if only is not None and name not in only:
            continue
        if name == MOVING:
            yield name, animated_noise(*MOVING_FRAMES), _recipe(MOVING_FRAMES[0])
        elif name in SUBJECTS:
            yield name, SUBJECTS[name](), None
        else:
            yield name, SUBJECTS[name.removesuffix("-widest")](), _recipe(size_of(50)[0])


def _recipe(width: int) -> Recipe:
    return Recipe(
        renditions=(Rendition(name="whole", width=width),),
        formats=("avif", "webp", "jpeg"),
        animation="keep",
    )


def _picture_table(name: str, measured: list[Measured]) -> Table:
    table = Table("function", "most", "peak MB", "CPU s", "all: CPU s", title=name)
    for function in FUNCTIONS:
        own = [each.invocation for each in measured if each.invocation.function == function]
        if own:
            worst = max(own, key=lambda one: one.peak_bytes)
            table.add_row(
                function,
                worst.variant,
                f"{worst.peak_mb:.0f}",
                f"{max(one.cpu_seconds for one in own):.2f}",
                f"{sum(one.cpu_seconds for one in own):.2f}",
            )
    return table


def _size_table(measured: list[Measured]) -> Table:
    """For each function its worst need, and what a usual picture takes at each size."""
    usual = [each.invocation for each in measured if each.picture == USUAL]
    usual = usual or [each.invocation for each in measured]
    title = "all invocations of one picture: s one after the other, $ a million pictures"
    table = Table("function", "peak MB", "of", "need MB", "most CPU s", title=title)
    for size in SIZES_MB:
        table.add_column(f"{size} MB")
    for function in FUNCTIONS:
        own = [each for each in measured if each.invocation.function == function]
        typical = [one for one in usual if one.function == function]
        if not own:
            continue
        worst = max(own, key=lambda each: each.invocation.peak_bytes)
        table.add_row(
            function,
            f"{worst.invocation.peak_mb:.0f}",
            worst.picture,
            str(needed_mb(worst.invocation.peak_mb)),
            f"{max(each.invocation.cpu_seconds for each in own):.1f}",
            *(_at(size, typical) for size in SIZES_MB),
        )
    return table


def _at(size: int, invocations: list[Invocation]) -> str:
    seconds = sum(seconds_at(size, one) for one in invocations)
    dollars = sum(dollars_at(size, one) for one in invocations) * 1_000_000
    return f"{seconds:.1f} s ${dollars:.0f}"


def _plain(measured: list[Measured]) -> list[dict[str, object]]:
    return [{"picture": each.picture, **asdict(each.invocation)} for each in measured]


if __name__ == "__main__":
    main()
