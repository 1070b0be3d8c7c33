"""`darkroom recipe`: what a file of recipes says, and what it makes of pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click
from rich.progress import Progress
from rich.text import Text

from cli.browser import no_open_option, show
from cli.contact_sheet import Entry
from cli.errors import FAILED, CommandError
from cli.options import console, json_option
from cli.places import SAMPLES, home
from cli.previewing import file as files
from cli.sheets.folder import finished, opened
from cli.style import json_text, plain, styled
from darkroom.errors import RecipeError
from darkroom.recipes import RECIPES_FILE, Recipe

# A photograph, one with skin-like shades and reflections, and a drawing with alpha.
SHOWN = ("sea-glitter.jpg", "still-life.jpg", "logo.png")


@click.group("recipe")
def recipe_group() -> None:
    """Check recipes, and see what they make, before they are deployed."""


@recipe_group.command("check")
@click.argument("file", type=click.Path(path_type=Path), required=False)
@json_option
def check(file: Path | None, as_json: bool) -> None:
    """Say what the recipes in FILE make, or what is wrong with which field.

    Without FILE, the recipes that are deployed: functions/darkroom/recipes.json.
    """
    file = file or RECIPES_FILE
    if as_json:
        _check_for_programs(file)
        return
    recipes = files.checked(file)
    console.print(f"{file}: nothing is wrong.", soft_wrap=True)
    console.print(files.table(recipes))


def _check_for_programs(file: Path) -> None:
    problems, recipes = [], dict[str, Recipe]()
    try:
        recipes = files.read(file)
    except RecipeError as error:
        problems = str(error).splitlines()
    described = {name: files.described(recipe) for name, recipe in recipes.items()}
    answer = {"file": str(file), "problems": problems, "recipes": described}
    click.echo(json_text(answer))
    if problems:
        click.get_current_context().exit(FAILED)


@recipe_group.command("preview")
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("pictures", nargs=-1, metavar="[PICTURE]...", type=click.Path(path_type=Path))
@click.option(
    "--recipe",
    "recipe_names",
    multiple=True,
    metavar="NAME",
    help="Only this recipe of FILE. May be given again.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="The sheet's own folder. Without it, .darkroom/preview.",
)
@no_open_option
@json_option
def preview(
    file: Path,
    pictures: Sequence[Path],
    recipe_names: Sequence[str],
    output: Path | None,
    no_open: bool,
    as_json: bool,
) -> None:
    """Show what the recipes in FILE make of each PICTURE, on this machine alone.

    PICTUREs are files or folders; without one, three of the samples. The steps are those that run
    in AWS, with the limits that template.yaml has where no parameter is given; pictures that a
    reviewer rejected are not known here. Nothing is uploaded, and no engine is needed.
    """
    recipes = _chosen(files.checked(file), recipe_names, file)
    # The steps bring the decoders and encoders along, which no other command needs.
    from cli.previewing import cards, running

    found = running.pictures(pictures or [SAMPLES / name for name in SHOWN])
    folder = opened(output or home() / "preview")
    tasks = [
        cards.Task(picture, name, recipe_name, recipe, file.resolve().parent, folder)
        for picture, name in found
        for recipe_name, recipe in recipes.items()
    ]
    made: list[cards.Preview] = []
    quiet = as_json or not console.is_terminal
    with Progress(console=console, transient=True, disable=quiet) as progress:
        task = progress.add_task("Making", total=len(tasks))
        for one in running.make_all(tasks):
            made.append(one)
            progress.update(task, advance=1)
    sheet = finished(folder, f"Preview of {file.name}", [one.entry for one in made])
    if as_json:
        click.echo(json_text(sheet.plain() | {"previews": [one.plain() for one in made]}))
        return
    for one in made:
        console.print(_in_words(one.entry), soft_wrap=True)
    console.print(sheet.summary(), soft_wrap=True)
    show(sheet.page, "Contact sheet", not no_open)


COMMANDS: tuple[click.Command, ...] = (recipe_group,)


def _in_words(entry: Entry) -> Text:
    """What would become of a picture, and why."""
    text = Text.assemble(plain(entry.image, "bold"), f" by {entry.recipe} would be ")
    text.append(styled(entry.status))
    if entry.reason:
        text.append("\n").append(plain(f"  {entry.reason['code']}: {entry.reason['detail']}"))
    for flag in entry.flags:
        text.append("\n").append(plain(f"  {flag['rule']}: {flag['detail']}"))
    return text


def _chosen(recipes: Mapping[str, Recipe], names: Sequence[str], file: Path) -> dict[str, Recipe]:
    for name in names:
        if name not in recipes:
            raise CommandError(
                f"Expected one of {', '.join(recipes)} for --recipe, got {name!r}.",
                f"They are the recipes in {file}.",
            )
    return {name: recipe for name, recipe in recipes.items() if not names or name in names}
