"""The command: what is measured, in which order, and where it is written."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import click
import msgspec
from PIL import Image
from rich.console import Console

from bench.peers.curves import points
from bench.peers.equal import equal
from bench.peers.figures import Results, by_format, filtered, rows
from bench.peers.measuring import Say, Subject, measured, scored, subjects
from bench.peers.plot import draw_bytes, draw_cpu
from bench.peers.report import MarkerError, markdown, show, write_between
from bench.peers.running import CONTENDERS, PROJECT, PeerError, missing
from bench.peers.scores import Scorer
from bench.peers.wording import untold

SAMPLES = PROJECT / "samples"
LOCAL = PROJECT / ".darkroom" / "bench"
DOCS = PROJECT / "docs"
KEPT = PROJECT / "bench" / "results"


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument(
    "folder", type=click.Path(path_type=Path, exists=True, file_okay=False), default=SAMPLES
)
@click.option("--rounds", type=click.IntRange(1), default=3, help="How often each picture is made.")
@click.option("--quick", is_flag=True, help="One round, and no curves.")
@click.option("--docs", is_flag=True, help="Keep table, figures and plots in the repository.")
def main(folder: Path, rounds: int, quick: bool, docs: bool) -> None:
    """Compare our delivery set of the pictures in FOLDER with that of others."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    started = time.monotonic()

    def say(text: str) -> None:
        console.print(f"{time.monotonic() - started:5.0f} s  {text}", soft_wrap=True)

    if folder == SAMPLES:
        say("pictures: the drawn ones in samples/ (IMAGES=folder for others)")
    try:
        with tempfile.TemporaryDirectory(prefix="darkroom-bench-") as scratch:
            results = compare(folder, 1 if quick else rounds, not quick, Path(scratch), say)
        show(results, console)
        write(results, docs, say)
    except (PeerError, MarkerError) as error:
        sys.exit(str(error))


def compare(folder: Path, rounds: int, curves: bool, scratch: Path, say: Say) -> Results:
    """Raises PeerError."""
    found = subjects(folder, say)
    if not found:
        raise PeerError(f"expected pictures that are accepted in {folder}, got none")
    absent = {one.name: why for one in CONTENDERS if (why := missing(one)) is not None}
    for name, why in absent.items():
        say(f"NOT MEASURED: {name}: {why}")
    contenders = [one for one in CONTENDERS if one.name not in absent]

    runs = []
    total = rounds * len(found) * len(contenders)
    for run in measured(found, contenders, rounds, scratch):
        runs.append(run)
        if len(runs) % len(contenders) == 0:
            say(f"made {len(runs)} of {total} sets")
    with Scorer() as scorer:
        made = scored(runs, scorer)
        formats = tuple(by_format(made))
        say(f"scored {len(made)} files")
        equals = []
        for one in equal(formats, found, scorer, scratch):
            equals.append(one)
            say(f"found our {one.format} that looks like that of {one.peer}")
        drawn = list(points(found, contenders, scorer, scratch)) if curves else []
        say(f"measured {len(drawn)} points of curves")
    order = [one.name for one in contenders]
    return Results(
        pictures=len(found),
        megapixels=sum(_pixels(one) for one in found) / 1e6,
        rounds=rounds,
        rows=tuple(sorted(rows(runs, made), key=lambda row: order.index(row.contender))),
        missing=absent,
        filtered=filtered(made),
        formats=formats,
        equal=tuple(equals),
        points=tuple(drawn),
        untold=tuple(sorted(untold_tools(found))),
        drawn=folder == SAMPLES,
    )


def write(results: Results, docs: bool, say: Say) -> None:
    """JSON, tables and plots. Raises MarkerError."""
    figures, images = (KEPT, DOCS / "images") if docs else (LOCAL, LOCAL)
    figures.mkdir(parents=True, exist_ok=True)
    if docs:
        write_between(DOCS / "performance.md", markdown(results))
    else:
        (figures / "peers.md").write_text(markdown(results) + "\n", encoding="utf-8")
    plain = msgspec.json.format(msgspec.json.encode(results), indent=1)
    (figures / "peers.json").write_bytes(plain + b"\n")
    if results.points:
        draw_bytes(results.points, images / "bench-bytes.webp")
        draw_cpu(results.points, images / "bench-cpu.webp")
    say(f"written to {figures.relative_to(PROJECT)}" + (" and docs" if docs else ""))


def untold_tools(subjects: list[Subject]) -> set[str]:
    files = (file for one in subjects for output in one.plan for file in output.files)
    return {tool for file in files for tool in untold(file.ours)}


def _pixels(subject: Subject) -> int:
    with Image.open(subject.path) as image:
        return image.width * image.height


if __name__ == "__main__":
    main()
