"""Recipes: what may stand in recipes.json, and how an error names what may not."""

from __future__ import annotations

import json
from typing import Any, get_args

import pytest

from darkroom.errors import RecipeError
from darkroom.recipes import (
    CHOICES,
    MAX_VARIANTS,
    RECIPES_FILE,
    AnyFilter,
    Blur,
    Recipe,
    Rendition,
    load_recipes,
    parse_filter,
    parse_recipes,
    recipe_name,
)

RENDITION = {"name": "a", "width": 100}
KINDS = [kind.__struct_config__.tag for kind in get_args(AnyFilter)]
# What a filter needs beside name and width.
NEEDED = {"watermark": {"text": "Darkroom"}}


def recipe(**changes: Any) -> dict[str, Any]:
    return {"renditions": [RENDITION], **changes}


def rendition(**changes: Any) -> dict[str, Any]:
    return recipe(renditions=[RENDITION, {"name": "b", "width": 200, **changes}])


def filtered(**changes: Any) -> dict[str, Any]:
    return recipe(filters=[{"name": "b", "filter": "sepia", "width": 200, **changes}])


def parsed(value: Any) -> Recipe:
    return parse_recipes(json.dumps({"default": value}))["default"]


def error(text: str | bytes) -> str:
    with pytest.raises(RecipeError) as caught:
        parse_recipes(text)
    return str(caught.value)


def test_the_recipes_that_are_deployed_can_be_read() -> None:
    assert "default" in load_recipes()
    assert load_recipes() == parse_recipes(RECIPES_FILE.read_text())


def test_a_recipe_needs_only_a_rendition() -> None:
    assert parsed(recipe()) == Recipe(
        renditions=(Rendition("a", 100),),
        filters=(),
        formats=("avif", "webp", "jpeg"),
        quality=72,
    )


@pytest.mark.parametrize("kind", KINDS)
def test_every_filter_has_defaults(kind: str) -> None:
    (spec,) = parsed(filtered(filter=kind, **NEEDED.get(kind, {}))).filters

    assert (spec.name, spec.width, spec.filter) == ("b", 200, kind)


def test_a_filter_reads_as_it_was_planned() -> None:
    assert parse_filter({"filter": "blur", "name": "x", "width": 5, "radius": 20}) == Blur(
        name="x", width=5, radius=20
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"name": "0-9", "width": 16_383},
        {"name": "a" * 40, "width": 1},
        {"height": 1, "fit": "contain"},
        {"height": None},
        {"height": 200, "fit": "cover", "gravity": "auto"},
        {"height": 200, "gravity": "north-west"},
        {"height": 200, "fit": "contain", "pad": "transparent"},
        {"height": 200, "fit": "contain", "pad": "#09aFf0"},
        {"width": 5_000, "height": 10_000},
    ],
    ids=str,
)
def test_what_lies_within_the_bounds_is_accepted(fields: dict[str, Any]) -> None:
    assert parsed(rendition(**fields)).renditions[1] == Rendition(
        **{"name": "b", "width": 200, **fields}
    )


# A recipe "default", what the error calls the place, and what it says there.
ERRORS: list[tuple[Any, str, str]] = [
    ({}, "", "expected a value for renditions, got none"),
    (5, "", "expected `object`, got 5"),
    (recipe(renditions=[]), ".renditions", "expected `array` of length >= 1"),
    (recipe(qualty=80), "", "expected a field that exists, got qualty"),
    (recipe(quality=29), ".quality", "expected `int` >= 30, got 29"),
    (recipe(quality=96), ".quality", "expected `int` <= 95, got 96"),
    (recipe(quality=None), ".quality", "expected `int`, got None"),
    (recipe(formats=[]), ".formats", "expected `array` of length >= 1"),
    (
        recipe(formats=["avif", "gif"]),
        ".formats[1]",
        "expected one of avif, webp, jpeg, png, got 'gif'",
    ),
    (recipe(filters={}), ".filters", "expected `array`"),
    (rendition(width=0), ".renditions[1].width", "expected `int` >= 1, got 0"),
    (rendition(width=16_384), ".renditions[1].width", "expected `int` <= 16383, got 16384"),
    (rendition(width="wide"), ".renditions[1].width", "expected `int`, got 'wide'"),
    (rendition(width=10.5), ".renditions[1].width", "expected `int`, got 10.5"),
    (rendition(height=0), ".renditions[1].height", "expected `int` >= 1, got 0"),
    (
        rendition(height=9, fit="stretch"),
        ".renditions[1].fit",
        "expected one of cover, contain, got 'stretch'",
    ),
    (
        rendition(height=9, gravity="left"),
        ".renditions[1].gravity",
        f"expected one of {', '.join(CHOICES['gravity'])}, got 'left'",
    ),
    (rendition(gravity="auto"), ".renditions[1]", "expected `gravity` only beside a height and"),
    (
        rendition(height=9, fit="contain", gravity="north"),
        ".renditions[1]",
        "expected `gravity` only beside a height and `fit: cover`",
    ),
    (rendition(fit="contain"), ".renditions[1]", "expected a height beside `fit: contain`"),
    (rendition(height=9, fit="contain", pad="white"), ".renditions[1].pad", "got 'white'"),
    (rendition(height=9, pad="#ffffff"), ".renditions[1]", "expected `pad` only beside a height"),
    (
        rendition(width=5_000, height=10_001),
        ".renditions[1]",
        "expected at most 50,000,000 pixels, got 5000 x 10001",
    ),
    (
        recipe(animation="loop"),
        ".animation",
        "expected one of first_frame, keep, got 'loop'",
    ),
    (recipe(keep=["gps"]), ".keep[0]", "expected one of copyright, got 'gps'"),
    (rendition(name="A b"), ".renditions[1].name", "expected `str` matching regex"),
    (rendition(name="../x"), ".renditions[1].name", "got '../x'"),
    (rendition(name="-x"), ".renditions[1].name", "got '-x'"),
    (rendition(name="x\n"), ".renditions[1].name", r"got 'x\n'"),
    (rendition(name="x" * 41), ".renditions[1].name", "expected `str` matching regex"),
    (rendition(name=""), ".renditions[1].name", "got ''"),
    (rendition(name="a"), "", "expected each variant's name once, got 'a' twice"),
    (rendition(widht=9), ".renditions[1]", "expected a field that exists, got widht"),
    (
        recipe(renditions=[{"name": "b"}]),
        ".renditions[0]",
        "expected a value for width, got none",
    ),
    (filtered(name="a"), "", "expected each variant's name once, got 'a' twice"),
    (
        filtered(filter="sparkle"),
        ".filters[0].filter",
        f"expected one of {', '.join(KINDS)}, got 'sparkle'",
    ),
    (filtered(filter=7), ".filters[0].filter", "expected `str`, got 7"),
    (
        recipe(filters=[{"name": "b", "width": 5}]),
        ".filters[0]",
        "expected a value for filter, got none",
    ),
    (filtered(amount=1.5), ".filters[0].amount", "expected `float` <= 1.0, got 1.5"),
    (filtered(amount=-1), ".filters[0].amount", "expected `float` >= 0.0, got -1"),
    (filtered(strength=1), ".filters[0]", "expected a field that exists, got strength"),
    (filtered(filter="blur", radius=0), ".filters[0].radius", "expected `float` > 0.0, got 0"),
    (filtered(filter="blur", radius=101), ".filters[0].radius", "got 101"),
    (filtered(filter="sharpen", radius=21), ".filters[0].radius", "got 21"),
    (filtered(filter="sharpen", percent=0), ".filters[0].percent", "got 0"),
    (filtered(filter="sharpen", threshold=256), ".filters[0].threshold", "got 256"),
    (filtered(filter="autocontrast", cutoff=41), ".filters[0].cutoff", "got 41"),
    (filtered(filter="adjust", contrast=4.5), ".filters[0].contrast", "got 4.5"),
    (filtered(filter="vignette", amount=2), ".filters[0].amount", "got 2"),
    (filtered(filter="pixelate", blocks=1), ".filters[0].blocks", "got 1"),
    (filtered(filter="border", size=0.3), ".filters[0].size", "got 0.3"),
    (filtered(filter="border", colour="red"), ".filters[0].colour", "got 'red'"),
    (filtered(filter="watermark"), ".filters[0]", "expected either `text` or `image`"),
    (
        filtered(filter="watermark", text="x", image="x.png"),
        ".filters[0]",
        "expected either `text` or `image`",
    ),
    (filtered(filter="watermark", text=""), ".filters[0].text", "got ''"),
    (filtered(filter="watermark", image="../x.png"), ".filters[0].image", "got '../x.png'"),
    (
        filtered(filter="watermark", text="x", position="top"),
        ".filters[0].position",
        f"expected one of {', '.join(CHOICES['position'])}, got 'top'",
    ),
]


@pytest.mark.parametrize(
    ("value", "place", "said"), ERRORS, ids=[f"default{e[1]} {e[2][:40]}" for e in ERRORS]
)
def test_an_error_names_the_place_and_what_was_expected(value: Any, place: str, said: str) -> None:
    message = error(json.dumps({"default": value}))

    assert message.startswith(f"default{place}: expected "), message
    assert said in message


def test_an_error_names_the_recipe() -> None:
    message = error(json.dumps({"default": recipe(), "shop": recipe(quality=5)}))

    assert message == "shop.quality: expected `int` >= 30, got 5"


@pytest.mark.parametrize("name", ["Shop", "a/b", "", "ä", "x" * 41])
def test_a_recipe_whose_name_can_be_no_folder_of_ours_is_refused(name: str) -> None:
    message = error(json.dumps({"default": recipe(), name: recipe()}))

    assert message.startswith("expected small letters, digits and hyphens for a recipe's name")
    assert message.endswith(f"got {name!r}")


@pytest.mark.parametrize("text", ["{", b"\xff", "", "default: {}"])
def test_what_is_no_json_is_told_so(text: str | bytes) -> None:
    assert error(text).startswith("expected JSON for recipes.json, got: ")


@pytest.mark.parametrize("text", ["[]", "5", "null", "{}", '{"shop": {}}', '"default"'])
def test_there_must_be_a_default(text: str) -> None:
    assert error(text) == 'expected an object with a recipe "default" for recipes.json'


def test_variants_are_limited_together() -> None:
    renditions = [{"name": f"r{number}", "width": 5} for number in range(MAX_VARIANTS - 1)]
    filters = [{"name": f"f{n}", "width": 5, "filter": "sepia"} for n in range(2)]

    parsed({"renditions": renditions, "filters": filters[:1]})
    message = error(json.dumps({"default": {"renditions": renditions, "filters": filters}}))

    assert message == "default: expected at most 40 variants, got 41"


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        ("shop/a.jpg", "shop"),
        ("shop/deep/a.jpg", "shop"),
        ("shop", "default"),
        ("shops/a.jpg", "default"),
        ("Shop/a.jpg", "default"),
        ("a/shop/b.jpg", "default"),
        ("/shop/a.jpg", "default"),
        ("shop/", "shop"),
        ("default/a.jpg", "default"),
        ("/", "default"),
        ("a.jpg", "default"),
    ],
)
def test_a_first_folder_named_like_a_recipe_gets_it(image: str, expected: str) -> None:
    known = parse_recipes(json.dumps({"default": recipe(), "shop": recipe()}))

    assert recipe_name(image, known) == expected
