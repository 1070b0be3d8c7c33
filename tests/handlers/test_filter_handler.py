"""Filter: a filtered version of exactly the planned size, as a lossless master."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec
import pytest
from PIL import Image, ImageChops

import validate.handler
from darkroom.masters import unpack
from darkroom.recipes import Recipe, parse_recipes
from darkroom.scaling import scale
from filter.filters import apply_filter
from tests.handlers.batching import Batch

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws

Encoded = Callable[..., bytes]

BATCH = Batch("filters", "FilterFunction")

FILTERS: list[dict[str, Any]] = [
    {"filter": "grayscale"},
    {"filter": "sepia", "amount": 0.7},
    {"filter": "blur", "radius": 20},
    {"filter": "sharpen"},
    {"filter": "autocontrast"},
    {"filter": "adjust", "saturation": 2},
    {"filter": "vignette"},
    {"filter": "pixelate", "blocks": 8},
    {"filter": "border", "colour": "#102030"},
    {"filter": "watermark", "text": "Darkroom"},
]


@pytest.fixture(autouse=True)
def recipe(monkeypatch: pytest.MonkeyPatch) -> Recipe:
    filters = [
        {"name": f"{kind}-{width}", "filter": kind, "width": width, **rest}
        for entry in FILTERS
        for kind, rest in [(entry["filter"], {k: entry[k] for k in entry if k != "filter"})]
        for width in (48, 4000)
    ]
    text = json.dumps({"default": {"renditions": [{"name": "a", "width": 9}], "filters": filters}})
    recipes = parse_recipes(text)
    monkeypatch.setattr(validate.handler, "load_recipes", lambda: recipes)
    return recipes["default"]


def test_every_filter_makes_exactly_what_it_should_and_loses_nothing(
    aws: Aws, drawn: Image.Image, encoded: Encoded, recipe: Recipe
) -> None:
    upload = aws.upload("trip/a b+ü.png", encoded(drawn, "PNG"))
    variants = BATCH.planned(aws, upload)

    for spec in recipe.filters:
        size = (48, 32) if spec.width == 48 else (96, 64)
        made = BATCH.made(aws, upload, variants[spec.name])
        expected = apply_filter(scale(drawn, *size), spec)
        assert (made.mode, made.size) == ("RGB", size), spec.name
        difference = ImageChops.difference(made, expected)
        assert difference.getbbox() is None, f"{spec.name}: {difference.getextrema()}"


def test_no_filter_of_a_batch_sees_what_another_made(
    aws: Aws, drawn: Image.Image, encoded: Encoded
) -> None:
    """They start from one picture, which is scaled once for each size."""
    upload = aws.upload("a.png", encoded(drawn, "PNG"))
    variants = BATCH.planned(aws, upload)
    alone = {name: BATCH.made(aws, upload, variant) for name, variant in variants.items()}

    answer = BATCH.run(aws, upload, *variants.values())

    data = BATCH.masters(aws, upload)
    assert [one["name"] for one in answer["variants"]] == list(variants)
    for one in answer["variants"]:
        start = one["master"]["offset"]
        made = unpack(data[start : start + one["master"]["bytes"]])
        assert made == alone[one["name"]], one["name"]


def test_the_filter_leaves_the_alpha_of_the_picture(
    aws: Aws, drawn: Image.Image, encoded: Encoded
) -> None:
    drawn.putalpha(Image.linear_gradient("L").resize(drawn.size))
    upload = aws.upload("a.png", encoded(drawn, "PNG"))

    made = BATCH.made(aws, upload, BATCH.planned(aws, upload)["sepia-4000"])

    assert made.mode == "RGBA"
    assert ImageChops.difference(made.getchannel("A"), drawn.getchannel("A")).getbbox() is None


def test_the_answer_names_the_filter_for_the_next_step(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("a.jpg", jpeg)
    variant = BATCH.planned(aws, upload)["sepia-48"]

    [answer] = BATCH.run(aws, upload, variant)["variants"]

    place = {"batch": "filters-1", "offset": 0, "bytes": 12 + 48 * 32 * 3}
    assert answer == {**variant, "fit": "scale", "master": place}
    assert (answer["kind"], answer["filter"]) == ("filter", "sepia")


def test_an_upload_that_was_deleted_meanwhile_is_an_answer(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("a.jpg", jpeg)
    variant = BATCH.planned(aws, upload)["sepia-48"]
    aws.s3.delete_object(Bucket=upload["bucket"], Key=upload["key"])

    answer = BATCH.run(aws, upload, variant)

    assert answer["gone"]["code"] == "deleted"
    assert aws.keys("WorkBucket") == []


def test_the_same_work_twice_gives_the_same_master(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("a.jpg", jpeg)
    variant = BATCH.planned(aws, upload)["blur-48"]

    BATCH.made(aws, upload, variant)
    first = BATCH.masters(aws, upload)
    BATCH.made(aws, upload, variant)

    assert BATCH.masters(aws, upload) == first


def test_parameters_that_became_whole_numbers_on_the_way_are_the_same(
    aws: Aws, jpeg: bytes
) -> None:
    """JSONata has one kind of number: 1.0 arrives as 1."""
    upload = aws.upload("a.jpg", jpeg)
    variant = BATCH.planned(aws, upload)["grayscale-48"]
    first = BATCH.made(aws, upload, variant)
    variant["spec"]["amount"] = 1

    assert BATCH.made(aws, upload, variant).tobytes() == first.tobytes()


def test_a_filter_that_does_not_exist_is_named(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("a.jpg", jpeg)
    variant = BATCH.planned(aws, upload)["sepia-48"]
    variant["spec"]["filter"] = "sparkle"

    with pytest.raises(msgspec.ValidationError, match="sparkle"):
        BATCH.made(aws, upload, variant)

    assert aws.keys("WorkBucket") == []
