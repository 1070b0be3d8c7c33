"""A folder of files through every step, each file in a process of its own.

Exit code 0 where everything holds, 1 where something does not, 2 where there is nothing to run on.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track

from bench.examine import Task, examine
from bench.folder import FolderError, entries, unnamed
from bench.isolated import each
from bench.judging import Result, judge, judge_families
from bench.report import as_json, show
from darkroom.errors import RecipeError
from darkroom.recipes import DEFAULT, Recipe, load_recipes, parse_recipes

# What each process needs; this module itself is run, and therefore read anew by each.
PRELOADED = ("bench.examine", "bench.report", "rich.progress")
FULL = Path(__file__).with_name("full.json")


def read_recipe(argument: str) -> tuple[str, Recipe]:
    """FILE or FILE:NAME, as (what to call it, the recipe). Raises click.BadParameter."""
    file, name = argument, DEFAULT
    if not Path(argument).is_file() and ":" in argument:
        file, _, name = argument.rpartition(":")
    try:
        recipes = parse_recipes(Path(file).read_bytes())
    except (OSError, RecipeError) as error:
        raise click.BadParameter(f"expected a file of recipes, got: {error}") from error
    if name not in recipes:
        raise click.BadParameter(f"expected one of {', '.join(recipes)} in {file}, got {name!r}")
    return f"{Path(file).stem}:{name}", recipes[name]


def default_recipes() -> dict[str, Recipe]:
    """The one that serves all, and one with everything that a recipe can ask for."""
    full = parse_recipes(FULL.read_bytes())[DEFAULT]
    return {"default": load_recipes()[DEFAULT], "full": full}


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--recipe",
    "recipe_arguments",
    multiple=True,
    metavar="FILE[:NAME]",
    help="A recipe instead of the deployed default and bench/full.json. May be given again.",
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write all figures.")
@click.option(
    "--at-once", type=click.IntRange(1), default=os.cpu_count() or 1, help="Files at the same time."
)
def main(
    folder: Path, recipe_arguments: Sequence[str], json_file: Path | None, at_once: int
) -> None:
    """Run FOLDER through the steps and say what does not hold."""
    recipes = dict(map(read_recipe, recipe_arguments)) or default_recipes()
    # Without a terminal there is no width to keep to.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 160)
    try:
        found = entries(folder)
        left_out = unnamed(folder, found)
    except FolderError as error:
        raise click.BadParameter(str(error), param_hint="FOLDER") from error

    started = time.monotonic()
    tasks = [Task(entry.path, recipes) for entry in found]
    endings = each(examine, tasks, at_once, PRELOADED)
    results: list[Result] = [
        judge(found[number], ending)
        for number, ending in track(
            endings, "Running", len(tasks), console=Console(stderr=True), transient=True
        )
    ]
    judge_families(results)
    results.sort(key=lambda result: result.entry.name)
    seconds = time.monotonic() - started

    if json_file is not None:
        json_file.write_text(as_json(results, seconds), encoding="utf-8")
    show(console, results, left_out, seconds)
    if any(result.problems for result in results):
        raise SystemExit(1)


if __name__ == "__main__":
    main()
