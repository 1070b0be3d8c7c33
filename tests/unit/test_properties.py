"""What holds for every picture and every recipe, whatever they are.

PROPERTY_EXAMPLES=3000 tries that many, other ones each time; without it the same few.
"""

from __future__ import annotations

import io
import json
import os
import tempfile
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any, get_args

import hypothesis
import msgspec
import pytest
from hypothesis import configuration, given
from hypothesis import strategies as st
from PIL import Image, ImageSequence

from bench import steps
from darkroom.contracts import Variant
from darkroom.errors import RecipeError
from darkroom.recipes import (
    MAX_CANVAS_PIXELS,
    MAX_SIDE_PX,
    Gravity,
    Recipe,
    Rendition,
    parse_recipes,
)
from resize.renditions import crop_box
from tests.drawing import Source, any_recipe, sources
from validate.plan import plan

# It keeps notes of what it saw, and not in the tree.
configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "darkroom-hypothesis")
MANY = int(os.environ.get("PROPERTY_EXAMPLES", 0))
CODES = {
    *("empty", "not_an_image", "unsupported_format", "too_many_pixels", "too_many_frames"),
    *("too_complex", "truncated", "corrupt"),
}


def examples(few: int) -> Callable[[Any], Any]:
    return hypothesis.settings(
        max_examples=MANY or few,
        derandomize=not MANY,
        database=None,
        deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )


@pytest.mark.filterwarnings("ignore::DeprecationWarning:PIL.*")
@examples(60)
@given(sources(), any_recipe())
def test_every_picture_goes_through_every_recipe(source: Source, recipe: Recipe) -> None:
    outcome = steps.run(source.data, recipe=recipe)

    assert outcome.manifest is not None, outcome.verdict
    told = outcome.manifest["source"]
    assert (told["format"], told["width"], told["height"]) == (
        source.format,
        source.width,
        source.height,
    )
    for variant in outcome.manifest["variants"]:
        check_size(variant, source, recipe)
        check_files(variant, source, recipe, outcome.files)
    check_unique(steps.planned(outcome.verdict, "renditions"))


def asked(name: str, recipe: Recipe) -> Any:
    return next(made for made in (*recipe.renditions, *recipe.filters) if made.name == name)


def check_size(variant: dict[str, Any], source: Source, recipe: Recipe) -> None:
    wanted = asked(variant["name"], recipe)
    width, height = variant["width"], variant["height"]
    assert 1 <= width <= wanted.width
    box = (wanted.width, wanted.height) if isinstance(wanted, Rendition) else (wanted.width, None)
    if box[1] is None:
        assert width <= source.width and height <= source.height
        assert within_a_px((width, height), (source.width, source.height))
        # As wide as it may be.
        high = Fraction(source.height, source.width)
        assert width in (wanted.width, source.width) or width * high >= MAX_SIDE_PX - high
        return
    assert height <= box[1]
    assert within_a_px((width, height), box)
    if wanted.fit == "cover":
        assert width <= source.width and height <= source.height
        assert width in (box[0], source.width) or height in (box[1], source.height)
    else:
        share = min(Fraction(width, source.width), Fraction(height, source.height))
        # Of one px at least, however small the source.
        assert share <= 1 or min(width, height) == 1


def within_a_px(size: tuple[int, int], like: tuple[int, int]) -> bool:
    """Whether one side of `size` differs by at most a px from what `like`'s proportions ask."""
    width, height = size
    return (
        abs(height - max(1, Fraction(width * like[1], like[0]))) <= 1
        or abs(width - max(1, Fraction(height * like[0], like[1]))) <= 1
    )


def check_unique(renditions: list[dict[str, Any]]) -> None:
    looks = [{key: value for key, value in one.items() if key != "name"} for one in renditions]
    assert all(look not in looks[:index] for index, look in enumerate(looks))


def check_files(variant: dict[str, Any], source: Source, recipe: Recipe, files: Any) -> None:
    wanted = asked(variant["name"], recipe)
    may = source.may_be_transparent or getattr(wanted, "pad", None) == "transparent"
    formats = [file["format"] for file in variant["files"]]
    assert formats in (
        list(dict.fromkeys(recipe.formats)),
        list(dict.fromkeys("png" if f == "jpeg" else f for f in recipe.formats)),
    )
    for file in variant["files"]:
        data = files[file["key"]]
        assert file["bytes"] == len(data)
        with Image.open(io.BytesIO(data), formats=[file["format"].upper()]) as image:
            assert image.size == (variant["width"], variant["height"])
            frames = [frame.copy() for frame in ImageSequence.Iterator(image)]
        assert len(frames) == 1 or (recipe.animation == "keep" and file["format"] == "webp")
        for frame in frames:
            assert frame.mode in ("L", "RGB", "RGBA")
            # An animation's file may be RGBA for the sake of what its frames leave as it was.
            opaque = frame.mode != "RGBA" or (
                len(frames) > 1 and frame.getchannel("A").getextrema() == (255, 255)
            )
            assert may or opaque, f"alpha in {file['format']} of an opaque picture"


any_side = st.integers(1, 200) | st.integers(200, 10_000)


@examples(60)
@given(any_side, any_side, any_side, any_side, st.sampled_from(get_args(Gravity)))
def test_a_crop_has_the_planned_proportions_and_lies_within_the_picture(
    width: int, height: int, wide: int, high: int, gravity: Gravity
) -> None:
    hypothesis.assume(width * height <= 300_000 and wide * high <= MAX_CANVAS_PIXELS)
    image = Image.new("RGB", (width, height))
    recipe = Recipe(renditions=(Rendition("a", wide, high, "cover", gravity),))
    [planned] = plan(recipe, width, height).renditions
    if planned.fit != "cover":
        assert (planned.width, planned.height) == (width, height) or within_a_px(
            (planned.width, planned.height), (width, height)
        )
        return
    left, top, right, bottom = crop_box(image, _variant(planned), (0, 0, width, height))
    # Not by the smallest fraction beyond: Pillow refuses that.
    assert 0 <= left < right <= width and 0 <= top < bottom <= height
    assert (right - left) * planned.height == pytest.approx((bottom - top) * planned.width)
    assert right - left == pytest.approx(width) or bottom - top == pytest.approx(height)


def _variant(planned: Any) -> Variant:
    return msgspec.convert(msgspec.to_builtins(planned), Variant)


# Recipes

plain = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
plain |= st.sampled_from(("default", "name", "width", "x", "sepia", "auto", "#ffffff", 10**400))
anything = st.recursive(
    plain,
    lambda part: (
        st.lists(part, max_size=4) | st.dictionaries(st.text(max_size=9), part, max_size=4)
    ),
    max_leaves=12,
)


def parses(text: str | bytes) -> bool:
    try:
        found = parse_recipes(text)
    except RecipeError as error:
        assert str(error)
        assert all(": " in line or "expected" in line for line in str(error).splitlines())
        return False
    assert all(isinstance(recipe, Recipe) for recipe in found.values())
    return True


@examples(60)
@given(anything)
def test_any_json_is_recipes_or_a_recipe_error(value: Any) -> None:
    parses(json.dumps(value))
    parses(json.dumps({"default": value}))
    parses(json.dumps({"default": {"renditions": value, "filters": value}}))


@examples(60)
@given(st.binary(max_size=60) | st.text(max_size=60))
def test_any_text_is_recipes_or_a_recipe_error(text: str | bytes) -> None:
    parses(text)


@examples(60)
@given(any_recipe(), st.data())
def test_a_recipe_with_anything_in_one_place_is_a_recipe_or_a_recipe_error(
    recipe: Recipe, data: st.DataObject
) -> None:
    value = msgspec.to_builtins(recipe)
    text = json.dumps({"default": value})
    assert parses(text)
    place = data.draw(st.sampled_from(list(places(value))))
    place[0][place[1]] = data.draw(anything)
    parses(json.dumps({"default": value}))


def places(value: Any) -> Any:
    """(container, key) of every part of plain JSON."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, part in list(pairs):
        yield value, key
        if isinstance(part, dict | list):
            yield from places(part)


# Bytes

SMALL = Recipe(renditions=(Rendition("a", 9),), formats=("webp",))


def answers(data: bytes) -> None:
    """A verdict; and where it is "accepted", the steps after it agree."""
    outcome = steps.run(data, recipe=SMALL)
    if outcome.manifest is None:
        assert outcome.verdict["reason"]["code"] in CODES
        assert outcome.verdict["reason"]["detail"]


SIGNATURES = (
    *(b"", b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF89a", b"RIFF\x20\0\0\0WEBPVP8L"),
    *(b"\0\0\0\x1cftypavif", b"\0\0\0\x1cftypheic", b"BM", b"II*\0", b"%!PS-Adobe", b"<svg"),
)


@examples(80)
@given(st.sampled_from(SIGNATURES), st.binary(max_size=300))
def test_any_bytes_have_a_verdict(signature: bytes, data: bytes) -> None:
    answers(signature + data)


@pytest.mark.filterwarnings("ignore::DeprecationWarning:PIL.*")
@examples(60)
@given(sources(), st.data())
def test_a_damaged_picture_has_a_verdict(source: Source, data: st.DataObject) -> None:
    changed = bytearray(source.data)
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(changed) - 1))
        new = data.draw(st.binary(max_size=4))
        changed[at : at + data.draw(st.integers(0, 4))] = new
        changed = changed or bytearray(b"\0")
    if data.draw(st.booleans()):
        changed = changed[: data.draw(st.integers(0, len(changed)))]
    answers(bytes(changed))
