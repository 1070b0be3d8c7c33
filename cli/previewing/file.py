"""A file of recipes: read, checked, and told in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
from rich.table import Table

from cli.errors import CommandError
from cli.style import plain
from darkroom.errors import RecipeError
from darkroom.recipes import AnyFilter, Recipe, Rendition, parse_recipes

# What each rendition and filter has, and what only says which one it is.
SHARED = ("name", "width", "filter")


def read(file: Path) -> dict[str, Recipe]:
    """The recipes of `file`. Raises RecipeError with a line for each problem, and CommandError
    where there is no such file."""
    try:
        return parse_recipes(file.read_bytes(), file.resolve().parent)
    except OSError as error:
        raise CommandError(
            f"Expected a file of recipes, got {file}: {error.strerror}.",
            "The deployed ones are functions/darkroom/recipes.json.",
        ) from error


def checked(file: Path) -> dict[str, Recipe]:
    """As `read`; CommandError where anything is wrong with it."""
    try:
        return read(file)
    except RecipeError as error:
        raise CommandError(
            "\n".join(f"{file}: {line}" for line in str(error).splitlines()),
            "docs/recipes.md says what may stand where.",
        ) from error


def described(recipe: Recipe) -> dict[str, Any]:
    """All that a recipe says, with what it leaves to the defaults; `variants` and `files` count
    what it makes at most: a rendition that a picture is too small for is left out."""
    fields: dict[str, Any] = msgspec.to_builtins(recipe)
    variants = len(recipe.renditions) + len(recipe.filters)
    return {"variants": variants, "files": variants * len(recipe.formats), **fields}


def table(recipes: Mapping[str, Recipe]) -> Table:
    """A line for everything that is made."""
    found = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    for name, recipe in recipes.items():
        found.add_row(plain(name, "bold"), "", "", _in_words(recipe))
        for variant in (*recipe.renditions, *recipe.filters):
            kind = "rendition" if isinstance(variant, Rendition) else variant.filter
            found.add_row("", plain(variant.name), kind, "; ".join(_facts(variant)))
    return found


def _in_words(recipe: Recipe) -> str:
    variants = len(recipe.renditions) + len(recipe.filters)
    formats = ", ".join(format.upper() for format in recipe.formats)
    words = [f"up to {variants * len(recipe.formats)} files ({formats})"]
    words.append(f"quality {recipe.quality}")
    if recipe.animation == "keep":
        words.append("animations move, in WebP")
    if recipe.keep:
        words.append(f"keeps {', '.join(recipe.keep)}")
    return "; ".join(words)


def _facts(variant: Rendition | AnyFilter) -> Iterator[str]:
    if not isinstance(variant, Rendition):
        yield f"{variant.width} px wide"
        for field, value in msgspec.to_builtins(variant).items():
            if field not in SHARED and value is not None:
                yield f"{field} {value}"
    elif variant.height is None:
        yield f"{variant.width} px wide"
    else:
        yield f"{variant.width} x {variant.height} px, {variant.fit}"
        if variant.fit == "cover":
            yield f"gravity {variant.gravity}"
        else:
            yield f"pad {variant.pad or 'white, or nothing around a picture with alpha'}"
