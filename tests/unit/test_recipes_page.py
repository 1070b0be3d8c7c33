"""docs/recipes.md names every field with its bounds and default, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest

from bench.goldens import FOLDER, goldens
from darkroom.checking import expectation
from darkroom.errors import RecipeError
from darkroom.recipes import (
    MAX_CANVAS_PIXELS,
    MAX_SIDE_PX,
    MAX_VARIANTS,
    AnyFilter,
    Recipe,
    Rendition,
    parse_recipes,
)
from darkroom.watermarks import CHARACTERS, MAX_MARK_PX

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "recipes.md").read_text(encoding="utf-8")
FILTERS = {kind.__struct_config__.tag: kind for kind in get_args(AnyFilter)}


def section(heading: str) -> str:
    """The text below a heading, up to the next of any level."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", PAGE, re.M | re.S)
    assert found, f"expected a heading {heading!r}, found none"
    return found[1]


def documented(text: str) -> list[tuple[str, str, str]]:
    """(field, bounds, default) of the tables of fields in `text`."""
    rows = re.findall(r"^\| `(\w+)` \| [^|]+ \| ([^|]+) \| ([^|]+) \|$", text, re.M)
    return [(field, bounds, default) for field, bounds, default in rows]


def true(kind: type[msgspec.Struct], *without: str) -> list[tuple[str, str, str]]:
    return [
        (field.encode_name, expectation(field.type), default(field))
        for field in msgspec.structs.fields(kind)
        if field.encode_name not in without
    ]


def default(field: Any) -> str:
    if field.required:
        return "needed"
    value = field.default if field.default is not msgspec.NODEFAULT else field.default_factory()
    if isinstance(value, tuple):
        value = ", ".join(value)
    return f"{value:g}" if isinstance(value, float) else str(value or "none")


def test_every_field_of_a_recipe_is_documented() -> None:
    assert documented(section("Recipes")) == true(Recipe)


def test_every_field_of_a_rendition_is_documented() -> None:
    assert documented(section("Renditions")) == true(Rendition)


@pytest.mark.parametrize("tag", FILTERS)
def test_every_parameter_of_a_filter_is_documented(tag: str) -> None:
    assert sorted(documented(section(tag))) == sorted(true(FILTERS[tag], "name", "width"))


def test_every_filter_has_a_section_and_there_is_no_other() -> None:
    part = PAGE[PAGE.index("\n## Filters\n") : PAGE.index("\n## Formats\n")]
    assert re.findall(r"^### (\w+)$", part, re.M) == list(FILTERS)


def test_every_golden_picture_is_shown_once() -> None:
    shown = re.findall(r"\]\(images/goldens/([\w-]+)\.webp\)", PAGE)
    assert sorted(shown) == sorted(goldens())
    assert {path.stem for path in FOLDER.iterdir()} == set(shown)


def test_the_example_is_a_recipe_and_has_the_defaults() -> None:
    [example] = re.findall(r"```json\n(.*?)```", PAGE, re.S)
    recipe = parse_recipes(example)["default"]
    assert recipe == Recipe(recipe.renditions, recipe.filters)


def test_the_example_of_errors_is_what_the_check_says(tmp_path: Path) -> None:
    [errors] = re.findall(r"```text\n(.*?)```", PAGE, re.S)
    [example] = re.findall(r"```json\n(.*?)```", PAGE, re.S)
    value = json.loads(example)
    value["default"]["renditions"][1]["fit"] = "stretch"
    value["default"]["filters"][0] |= {"filter": "blur", "radius": 0}
    with pytest.raises(RecipeError) as caught:
        parse_recipes(json.dumps(value))
    assert [f"recipes.json: {line}" for line in str(caught.value).splitlines()] == (
        errors.splitlines()
    )


def test_the_limits_are_those_of_the_code() -> None:
    assert f"At most {MAX_VARIANTS} renditions and filtered versions" in PAGE
    assert f"over {MAX_SIDE_PX:,} px a side, or over {MAX_CANVAS_PIXELS // 10**6} mega" in PAGE
    assert f"at most {MAX_MARK_PX} px a side" in section("watermark")


def test_the_characters_of_a_text_are_named() -> None:
    [named] = re.findall(r"ASCII and ([^:]+):", section("watermark"))
    # Two ligatures are left out: nobody types them.
    beyond = {chr(int(code, 16)) for code in re.findall(r"u([0-9a-f]{4})", CHARACTERS)} - set(" ~")
    assert set(named.split()) == beyond - {"\ufb01", "\ufb02"}


def test_every_local_link_leads_somewhere() -> None:
    anchors = {re.sub(r"\W+", "-", head.lower()) for head in re.findall(r"^#+ (.+)$", PAGE, re.M)}
    for target in re.findall(r"\]\(((?!https?:)[^)]+)\)", PAGE):
        path, _, anchor = target.partition("#")
        assert (DOCS / path).exists(), target
        assert not anchor or anchor in anchors, target
