"""The way through the pipeline: the embedded engine beside the domain functions alone.

`python -m bench.way FOLDER --images 40`. Both sides in one run, in turn: the pictures through an
engine of its own, and the same pictures through bench.steps in a pool of two processes. Linux only.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from bench.folder import FolderError
from bench.storming.figures import machine
from bench.waying import report
from bench.waying.pictures import Picture, pictures
from bench.waying.pool import started
from bench.waying.side import Side
from bench.waying.through import stage
from cli.places import PROJECT

FILE = PROJECT / ".darkroom" / "way.json"


def through(found: list[Picture], warm: int, accounted: bool = False) -> Side:
    """The pictures through a new engine, after `warm` of them under other names."""
    with stage(accounted) as scene:
        if warm:
            scene.through([(f"warm/{name}", data) for name, data in found[:warm]])
        return scene.through(found)


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--images", type=click.IntRange(1), default=40, show_default=True)
@click.option("--warm", type=click.IntRange(1), default=4, show_default=True, help="Sent before.")
@click.option("--rounds", type=click.IntRange(1), default=2, show_default=True)
@click.option("--json", "file", type=click.Path(path_type=Path), default=FILE, show_default=True)
def main(folder: Path | None, images: int, warm: int, rounds: int, file: Path) -> None:
    """Compare on the pictures of FOLDER, or on the samples, again and again under other names."""
    try:
        found = pictures(folder, images)
    except FolderError as error:
        raise click.BadParameter(str(error), param_hint="FOLDER") from error
    click.echo(f"{images} pictures, {rounds} rounds, {warm} pictures before each, on {machine()}.")
    ways, pools = [], []
    with started(found[:warm]) as pool:
        cold = through(found, 0)
        for number in range(rounds):
            pools.append(pool.work(found))
            ways.append(through(found, warm))
            ratio = ways[-1].seconds / pools[-1].seconds
            click.echo(f"Round {number + 1}: {ratio:.2f} times as long.", err=True)
    told = through(found[: max(10, images // 4)], warm, accounted=True)

    result = report.figures(cold, ways, pools, told)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    click.echo(
        f"\nThe engine takes **{result['ratio']:.2f} times** as long as the pool"
        f" ({result['ratio_without_warming_up']:.2f} without warming up), with"
        f" {result['overhead_cpu_seconds']:.2f} CPU seconds a picture on top.\n"
    )
    for table in (report.sides(result), report.steps(result), report.accounts(result)):
        click.echo(report.markdown(table) + "\n")
    if report.busy(result):
        click.echo("Others had the machine as well: only the CPU seconds say something.")
    click.echo(f"All figures are in {file}.")


if __name__ == "__main__":
    main()
