"""How time and memory grow: in pixels from 1 to 50 million, in pictures from 10 to 1,000.

    python -m bench.growth [--repeats 2] [--json FILE] [--plot FILE] [--only fixed whole images]

Ends with 1 where something grows faster than linearly, or a process keeps what it should not.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.growing.fitting import Fit, fit
from bench.growing.measuring import RECIPES, Grown, over_images, over_pixels
from bench.growing.plot import LABELS, Series, draw

# A power that noise cannot make of 1, and that a quadratic step soon passes.
MAX_EXPONENT = 1.1
# What many pictures may leave behind in a process, by what a tenth of them had.
MAX_KEPT = 1.1


def main() -> None:
    arguments = _arguments()
    console = Console(width=120)
    series: Series = {}
    for name in arguments.only:
        grown = over_images() if name == "images" else list(over_pixels(name, arguments.repeats))
        places = [one.x for one in grown]
        time = fit(places, [one.cpu_seconds for one in grown])
        memory = fit(places, [one.peak_mb for one in grown])
        series[name] = grown, time, memory
        console.print(_table(name, grown))
        console.print(f"CPU s:   {_words(time)}\npeak MB: {_words(memory)}\n")
    if arguments.json:
        arguments.json.write_text(json.dumps(_plain(series), indent=1) + "\n", encoding="utf-8")
    if arguments.plot:
        draw(series, arguments.plot)
    problems = list(problems_of(series))
    for line in problems:
        console.print(line, style="red")
    sys.exit(bool(problems))


def problems_of(series: Series) -> Iterator[str]:
    """A line for whatever does not grow as it should."""
    for name, (grown, time, memory) in series.items():
        for what, fitted in (("time", time), ("memory", memory)):
            if fitted.exponent > MAX_EXPONENT:
                yield (
                    f"expected {what} of {name} to grow with a power of at most {MAX_EXPONENT}, "
                    f"got {fitted.exponent:.2f}"
                )
        if name == "images":
            yield from _kept(grown)


def _kept(grown: Sequence[Grown]) -> Iterable[str]:
    """Of the last and of what was there at a tenth of its pictures."""
    last = grown[-1]
    early = next(one for one in grown if one.x >= last.x / 10)
    for what, before, after in (
        ("memory", early.held_bytes, last.held_bytes),
        ("objects", early.objects, last.objects),
    ):
        if after > before * MAX_KEPT:
            yield (
                f"expected at most {MAX_KEPT} times the {what} after {last.x:.0f} pictures that "
                f"there were after {early.x:.0f}, got {after / before:.2f} times"
            )


def _arguments() -> argparse.Namespace:
    names = [*RECIPES, "images"]
    parser = argparse.ArgumentParser(prog="bench.growth", description=__doc__)
    parser.add_argument("--repeats", type=int, default=2, help="the quickest of so many counts")
    parser.add_argument("--json", type=Path, metavar="FILE")
    parser.add_argument("--plot", type=Path, metavar="FILE", help="a WebP")
    parser.add_argument("--only", nargs="+", choices=names, default=names)
    return parser.parse_args()


def _table(name: str, grown: Sequence[Grown]) -> Table:
    unit = "pictures" if name == "images" else "megapixels"
    table = Table(unit, "CPU s", "peak MB", "held MB", "objects", title=LABELS[name])
    for one in grown:
        table.add_row(
            f"{one.x:,.0f}",
            f"{one.cpu_seconds:.2f}",
            f"{one.peak_mb:.0f}",
            f"{one.held_bytes / 2**20:.0f}",
            f"{one.objects:,}",
        )
    return table


def _words(line: Fit) -> str:
    return (
        f"{line.intercept:.2f} + {line.slope:.4f} each, R² {line.r_squared:.4f}, "
        f"worst deviation {line.worst:.0%}, power {line.exponent:.2f} in the upper half"
    )


def _plain(series: Series) -> dict[str, object]:
    return {
        name: {
            "measured": [asdict(one) for one in grown],
            "cpu_seconds": asdict(time),
            "peak_mb": asdict(memory),
        }
        for name, (grown, time, memory) in series.items()
    }


if __name__ == "__main__":
    main()
