"""Recipes: what may stand in recipes.json, and how an error names what may not."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from PIL import Image, ImageFont

from darkroom.errors import RecipeError
from darkroom.recipes import (
    MAX_VARIANTS,
    RECIPES_FILE,
    AnyFilter,
    Blur,
    Gravity,
    Position,
    Recipe,
    Rendition,
    Watermark,
    load_recipes,
    main,
    parse_filter,
    parse_recipes,
    recipe_name,
)
from darkroom.watermarks import text_problem
from tests.pictures import encoded, jpeg

FUNCTIONS = RECIPES_FILE.parents[1]

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


NAME = "expected small letters, digits and hyphens, at most 40, got "
SIDE = "expected a whole number from 1 to 16383, got "
SHARE = "expected a number from 0 to 1, got "
COLOUR = "expected a colour written as #rrggbb, got "
# A recipe "default", what the error calls the place, and what it says there.
ERRORS: list[tuple[Any, str, str]] = [
    ({}, ".renditions", "expected a list of at least one, got none"),
    (5, "", "expected an object, got 5"),
    (None, "", "expected an object, got None"),
    ([], "", "expected an object"),
    (recipe(renditions=[]), ".renditions", "expected a list of at least one"),
    (recipe(renditions=[[]]), ".renditions[0]", "expected an object"),
    (
        recipe(qualty=80),
        "",
        "expected one of renditions, filters, formats, quality, animation, keep for a field, "
        "got 'qualty'",
    ),
    (recipe(quality=29), ".quality", "expected a whole number from 30 to 95, got 29"),
    (recipe(quality=96), ".quality", "expected a whole number from 30 to 95, got 96"),
    (recipe(quality=None), ".quality", "expected a whole number from 30 to 95, got None"),
    (recipe(formats=[]), ".formats", "expected a list of at least one"),
    (recipe(formats="avif"), ".formats", "expected a list of at least one, got 'avif'"),
    (
        recipe(formats=["avif", "gif"]),
        ".formats[1]",
        "expected one of avif, webp, jpeg, png, got 'gif'",
    ),
    (
        recipe(formats=["webp", "jpeg", "webp"]),
        ".formats",
        "expected each once, got 'webp' twice",
    ),
    (recipe(filters={}), ".filters", "expected a list"),
    (rendition(width=0), ".renditions[1].width", SIDE + "0"),
    (rendition(width=16_384), ".renditions[1].width", SIDE + "16384"),
    (rendition(width="wide"), ".renditions[1].width", SIDE + "'wide'"),
    (rendition(width=10.5), ".renditions[1].width", SIDE + "10.5"),
    (rendition(height=0), ".renditions[1].height", SIDE + "0"),
    (
        rendition(height=9, fit="stretch"),
        ".renditions[1].fit",
        "expected one of cover, contain, got 'stretch'",
    ),
    (
        rendition(height=9, gravity="left"),
        ".renditions[1].gravity",
        f"expected one of {', '.join(get_args(Gravity))}, got 'left'",
    ),
    (
        rendition(gravity="auto"),
        ".renditions[1].gravity",
        "expected it only beside a height and `fit: cover`, got 'auto'",
    ),
    (
        rendition(height=9, fit="contain", gravity="north"),
        ".renditions[1].gravity",
        "expected it only beside a height and `fit: cover`, got 'north'",
    ),
    (
        rendition(fit="contain"),
        ".renditions[1].height",
        "expected one beside `fit: contain`, got none",
    ),
    (
        rendition(height=9, fit="contain", pad="white"),
        ".renditions[1].pad",
        "expected a colour written as #rrggbb, or \"transparent\", got 'white'",
    ),
    (
        rendition(height=9, pad="#ffffff"),
        ".renditions[1].pad",
        "expected it only beside a height and `fit: contain`, got '#ffffff'",
    ),
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
    (
        recipe(animation="keep", formats=["avif", "jpeg"]),
        ".animation",
        "expected it only beside the format webp, got 'keep'",
    ),
    (recipe(keep=["gps"]), ".keep[0]", "expected copyright, got 'gps'"),
    (recipe(keep=["copyright"] * 2), ".keep", "expected each once, got 'copyright' twice"),
    (rendition(name="A b"), ".renditions[1].name", NAME + "'A b'"),
    (rendition(name="../x"), ".renditions[1].name", NAME + "'../x'"),
    (rendition(name="-x"), ".renditions[1].name", NAME + "'-x'"),
    (rendition(name="x\n"), ".renditions[1].name", NAME + r"'x\n'"),
    (rendition(name="x" * 41), ".renditions[1].name", NAME),
    (rendition(name=""), ".renditions[1].name", NAME + "''"),
    (rendition(name="\ud800"), ".renditions[1].name", NAME + r"'\ud800'"),
    (rendition(name="a"), "", "expected each variant's name once, got 'a' twice"),
    (
        rendition(widht=9),
        ".renditions[1]",
        "expected one of name, width, height, fit, gravity, pad for a field, got 'widht'",
    ),
    (recipe(renditions=[{"name": "b"}]), ".renditions[0].width", SIDE + "none"),
    (filtered(name="a"), "", "expected each variant's name once, got 'a' twice"),
    (filtered(name=""), ".filters[0].name", NAME + "''"),
    (
        filtered(filter="sparkle"),
        ".filters[0].filter",
        f"expected one of {', '.join(KINDS)}, got 'sparkle'",
    ),
    (filtered(filter=7), ".filters[0].filter", f"expected one of {', '.join(KINDS)}, got 7"),
    (filtered(filter=[]), ".filters[0].filter", f"expected one of {', '.join(KINDS)}"),
    (
        recipe(filters=[{"name": "b", "width": 5}]),
        ".filters[0].filter",
        f"expected one of {', '.join(KINDS)}, got none",
    ),
    (recipe(filters=[5]), ".filters[0]", "expected an object, got 5"),
    (
        filtered(strength=1),
        ".filters[0]",
        "expected one of filter, amount, name, width for a field, got 'strength'",
    ),
    (filtered(filter="border", colour="red"), ".filters[0].colour", COLOUR + "'red'"),
    (filtered(filter="watermark"), ".filters[0]", "expected either `text` or `image`"),
    (
        filtered(filter="watermark", text="x", image="x.png"),
        ".filters[0]",
        "expected either `text` or `image` for a watermark, got both",
    ),
    (
        filtered(filter="watermark", text=""),
        ".filters[0].text",
        "a text of 1 to 80 characters, got",
    ),
    (
        filtered(filter="watermark", text=" "),
        ".filters[0].text",
        "expected a text that can be seen, got ' '",
    ),
    (
        filtered(filter="watermark", text="© 日本 Ltd"),
        ".filters[0].text",
        "expected only characters of the built-in font, got '日本'",
    ),
    (filtered(filter="watermark", image="../x.png"), ".filters[0].image", "got '../x.png'"),
    (filtered(filter="watermark", image="x.jpg"), ".filters[0].image", "the name of a PNG"),
    (
        filtered(filter="watermark", image="nowhere.png"),
        ".filters[0].image",
        "expected a PNG in watermarks/, got 'nowhere.png', which is not there",
    ),
    (
        filtered(filter="watermark", text="x", position="top"),
        ".filters[0].position",
        f"expected one of {', '.join(get_args(Position))}, got 'top'",
    ),
]


@pytest.mark.parametrize(
    ("value", "place", "said"), ERRORS, ids=[f"default{e[1]} {e[2][:40]}" for e in ERRORS]
)
def test_an_error_names_the_place_and_what_was_expected(value: Any, place: str, said: str) -> None:
    message = error(json.dumps({"default": value}))

    assert message.startswith(f"default{place}: expected "), message
    assert said in message
    assert "\n" not in message


# (filter, parameter, its kind and bounds) of every parameter that is a number.
NUMBERS: list[tuple[str, str, Any]] = [
    (kind.__struct_config__.tag, field.encode_name, field.type)
    for kind in get_args(AnyFilter)
    for field in msgspec.inspect.type_info(kind).fields  # type: ignore[attr-defined]
    if isinstance(field.type, msgspec.inspect.IntType | msgspec.inspect.FloatType)
]
number = pytest.mark.parametrize(
    ("kind", "field", "bounds"), NUMBERS, ids=[f"{n[0]}.{n[1]}" for n in NUMBERS]
)


def with_number(kind: str, field: str, digits: str) -> str:
    text = json.dumps({"default": filtered(filter=kind, **{**NEEDED.get(kind, {}), field: 9})})
    return text.replace(f'"{field}": 9', f'"{field}": {digits}')


def test_every_number_of_a_filter_has_a_least_and_a_greatest_value() -> None:
    unbounded = [
        (kind, field)
        for kind, field, bounds in NUMBERS
        if bounds.le is None or (bounds.ge is None and bounds.gt is None)
    ]
    assert unbounded == []


@number
def test_a_number_at_its_bounds_is_accepted(kind: str, field: str, bounds: Any) -> None:
    least = bounds.ge if bounds.ge is not None else 1e-6
    for value in (least, bounds.le):
        (spec,) = parse_recipes(with_number(kind, field, repr(value)))["default"].filters
        assert getattr(spec, field) == value


@number
def test_what_is_no_number_within_the_bounds_is_refused_with_them(
    kind: str, field: str, bounds: Any
) -> None:
    whole = isinstance(bounds, msgspec.inspect.IntType)
    least = bounds.ge if bounds.ge is not None else bounds.gt
    below = least - 1 if whole else least - (1e-9 if bounds.gt is None else 0)
    above = bounds.le + (1 if whole else 1e-9)
    digits = ["NaN", "Infinity", "-Infinity", "1e400", "true", "null", '"1"', "1" + "0" * 4_000]
    for bad in (*digits, repr(below), repr(above), *(["2.5"] if whole else [])):
        message = error(with_number(kind, field, bad))
        place, _, said = message.partition(": ")
        assert place == f"default.filters[0].{field}", f"{bad[:20]}: {message}"
        assert said.startswith("expected a whole number" if whole else "expected a number")
        assert f" {least} " in said and f"to {bounds.le}, got " in said, message
        assert len(message) < 200


def test_every_problem_has_a_line() -> None:
    wrong = recipe(quality=5, formats=["gif"], filters=[{"filter": "blur", "radius": 0}])
    message = error(json.dumps({"default": wrong, "shop": recipe(qualty=5), "Shop": recipe()}))

    assert [line.partition(": ")[0] for line in message.splitlines()] == [
        "default.filters[0].radius",
        "default.filters[0].name",
        "default.filters[0].width",
        "default.formats[0]",
        "default.quality",
        "shop",
        "expected small letters, digits and hyphens, at most 40, for a recipe's name, got 'Shop'",
    ]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('{"default": {}, "default": {}}', "the outermost object with the key 'default'"),
        ('{"default": {"quality": 50, "quality": 50}}', "default with the key 'quality'"),
        (
            '{"default": {"renditions": [{"name": "a"}, {"width": 1, "width": 2}]}}',
            "default.renditions[1] with the key 'width'",
        ),
    ],
)
def test_a_key_that_stands_twice_is_refused(text: str, place: str) -> None:
    assert error(text) == f"expected JSON for recipes.json, got: {place} twice"


@pytest.mark.parametrize("bracket", ["[", '{"default": '])
def test_too_many_brackets_within_brackets_are_refused(bracket: str) -> None:
    assert error(bracket * 100_000) == (
        "expected JSON for recipes.json, got: too many brackets within brackets"
    )


def test_a_byte_order_mark_is_no_fault() -> None:
    assert "default" in parse_recipes(b"\xef\xbb\xbf" + json.dumps({"default": recipe()}).encode())


# A watermark's PNG


def with_watermark(name: str = "logo.png") -> str:
    return json.dumps({"default": filtered(filter="watermark", image=name)})


def logo(folder: Path, data: bytes) -> Path:
    (folder / "watermarks").mkdir()
    (folder / "watermarks/logo.png").write_bytes(data)
    return folder


def png(width: int = 3, height: int = 2) -> bytes:
    return encoded(Image.new("RGBA", (width, height), "red"), "PNG")


def test_a_png_beside_the_recipes_can_be_a_watermark(tmp_path: Path) -> None:
    (spec,) = parse_recipes(with_watermark(), logo(tmp_path, png()))["default"].filters
    assert isinstance(spec, Watermark)
    assert spec.image == "logo.png"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        jpeg("logo"),
        png()[:8],
        png()[:-1],
        png()[:-12],
        png()[:45] + b"?" + png()[46:],
        png()[:8] + png()[33:],
    ],
    ids=["empty", "jpeg", "signature", "cut", "no end", "damaged", "no header"],
)
def test_a_watermark_that_is_no_whole_png_is_refused(data: bytes, tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"\.image: expected a PNG .* is none or is damaged"):
        parse_recipes(with_watermark(), logo(tmp_path, data))


def test_a_watermark_has_a_largest_size(tmp_path: Path) -> None:
    folder = logo(tmp_path, png(4_096, 1))
    parse_recipes(with_watermark(), folder)
    (folder / "watermarks/logo.png").write_bytes(png(1, 4_097))
    with pytest.raises(RecipeError, match="expected a PNG of at most 4096 px a side, got 1 x 4097"):
        parse_recipes(with_watermark(), folder)


def test_the_characters_of_a_text_are_those_of_the_built_in_font() -> None:
    font = ImageFont.load_default(20)
    assert isinstance(font, ImageFont.FreeTypeFont)
    # In no text and no font: what a font shows for a character that it does not have.
    none = bytes(font.getmask("\uffff"))
    # The rest of the basic plane is left out for speed; the font has nothing there.
    for code in (*range(0x250), *range(0x2000, 0x2200), *range(0xFB00, 0xFB10), 0x65E5, 0x1F600):
        drawn = bytes(font.getmask(chr(code))) != none
        assert (text_problem(f"a{chr(code)}") is None) == drawn, hex(code)


# As a command, with nothing but Python and msgspec


def command(path: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "darkroom.recipes", str(path)],
        cwd=FUNCTIONS,
        capture_output=True,
        text=True,
    )


def test_the_command_is_content_with_the_recipes_that_are_deployed() -> None:
    done = command(RECIPES_FILE)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{RECIPES_FILE}: default\n"


def test_the_command_fails_with_a_line_for_each_problem(tmp_path: Path) -> None:
    path = tmp_path / "recipes.json"
    path.write_text(json.dumps({"default": recipe(quality=5, animation="loop")}))
    done = command(path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"{path}: default.quality: expected a whole number from 30 to 95, got 5",
        f"{path}: default.animation: expected one of first_frame, keep, got 'loop'",
    ]


def test_the_command_names_a_file_that_is_not_there(tmp_path: Path) -> None:
    path = tmp_path / "recipes.json"
    assert main([str(path)]) == 1
    done = command(path)
    assert (done.returncode, done.stderr) == (
        1,
        f"{path}: expected a file, got: No such file or directory\n",
    )


def test_recipes_are_checked_without_a_package_but_msgspec() -> None:
    """A machine that builds for AWS may have no other."""
    code = "import sys, darkroom.recipes; print(*{m.partition('.')[0] for m in sys.modules})"
    run = [sys.executable, "-c", code]
    found = subprocess.run(run, cwd=FUNCTIONS, capture_output=True, text=True, check=True)
    assert {"PIL", "pillow_heif", "boto3", "aws_lambda_powertools"}.isdisjoint(found.stdout.split())


def test_an_error_names_the_recipe() -> None:
    message = error(json.dumps({"default": recipe(), "shop": recipe(quality=5)}))

    assert message == "shop.quality: expected a whole number from 30 to 95, got 5"


@pytest.mark.parametrize("name", ["Shop", "a/b", "", "ä", "x" * 41])
def test_a_recipe_whose_name_can_be_no_folder_of_ours_is_refused(name: str) -> None:
    message = error(json.dumps({"default": recipe(), name: recipe()}))

    assert message == (
        f"expected small letters, digits and hyphens, at most 40, for a recipe's name, got {name!r}"
    )


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


# On the way into `sam build`


def source(folder: Path, recipes: str) -> Path:
    """What the Makefile needs of functions/, with other recipes."""
    copied = folder / "functions"
    shutil.copytree(FUNCTIONS / "darkroom", copied / "darkroom")
    for name in ("Makefile", "requirements.txt"):
        shutil.copy(FUNCTIONS / name, copied)
    (copied / "darkroom/recipes.json").write_text(recipes)
    return copied


def make(folder: Path, target: str, python: Path | str) -> subprocess.CompletedProcess[str]:
    command = ["make", "-C", str(folder), target, f"PYTHON={python}", f"ARTIFACTS_DIR={folder}/out"]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_build_checks_the_recipes() -> None:
    done = make(FUNCTIONS, "check-recipes", sys.executable)
    assert (done.returncode, done.stderr) == (0, "")
    assert "darkroom/recipes.json: default" in done.stdout


def test_a_build_with_a_wrong_recipe_fails_before_anything_is_packaged(tmp_path: Path) -> None:
    folder = source(tmp_path, json.dumps({"default": recipe(quality=5)}))
    done = make(folder, "build-FilterFunction", sys.executable)
    assert done.returncode != 0
    assert (
        "darkroom/recipes.json: default.quality: expected a whole number from 30 to 95, got 5\n"
    ) in done.stderr
    assert not (folder / "out").exists()


BARE_PYTHON = """#!/bin/sh
# A Python without msgspec, whose pip keeps what it is asked for.
case "$*" in
  "-c import msgspec") exit 1 ;;
  "-m pip"*) while [ $# -gt 1 ]; do shift; done; cp "$1" "{folder}/asked" ;;
  *) exec "{python}" "$@" ;;
esac
"""


def test_a_build_where_msgspec_is_missing_asks_for_the_pinned_one(tmp_path: Path) -> None:
    folder = source(tmp_path, json.dumps({"default": recipe()}))
    python = tmp_path / "python"
    python.write_text(BARE_PYTHON.format(folder=tmp_path, python=sys.executable))
    python.chmod(0o755)
    done = make(folder, "check-recipes", python)
    assert done.returncode == 0, done.stderr
    first, *hashes = (tmp_path / "asked").read_text().splitlines()
    assert first.startswith("msgspec==")
    assert hashes
    assert all(line.startswith("    --hash=sha256:") for line in hashes)


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
