"""Resize: what Validate planned becomes a lossless master of exactly that size."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from PIL import Image, ImageChops
from PIL.JpegImagePlugin import JpegImageFile

import validate.handler
from darkroom.contracts import Variant, parse
from darkroom.images import load_upright_srgb
from darkroom.masters import unpack
from darkroom.recipes import parse_recipes
from resize.renditions import make_rendition
from tests.handlers.batching import Batch

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws

Encoded = Callable[..., bytes]

BATCH = Batch("renditions", "ResizeFunction")

RECIPES = """{"default": {"renditions": [
    {"name": "small", "width": 40},
    {"name": "square", "width": 48, "height": 48},
    {"name": "boxed", "width": 50, "height": 50, "fit": "contain"},
    {"name": "huge", "width": 4000}
]}}"""
# Of a picture of 96 x 64 px.
SIZES = {"small": (40, 27), "square": (48, 48), "boxed": (50, 50), "huge": (96, 64)}


@pytest.fixture(autouse=True)
def recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validate.handler, "load_recipes", lambda: parse_recipes(RECIPES))


@pytest.mark.parametrize(("name", "size"), SIZES.items(), ids=SIZES)
def test_a_rendition_has_exactly_the_planned_size(
    aws: Aws, jpeg: bytes, name: str, size: tuple[int, int]
) -> None:
    upload = aws.upload("trip/a b+ü.jpg", jpeg)

    made = BATCH.made(aws, upload, BATCH.planned(aws, upload)[name])

    assert (made.mode, made.size) == ("RGB", size)


def test_the_answer_is_the_variant_for_the_next_step(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("a.jpg", jpeg)
    variant = BATCH.planned(aws, upload)["square"]

    answer = BATCH.run(aws, upload, variant)

    place = {"batch": "renditions-1", "offset": 0, "bytes": 12 + 48 * 48 * 3}
    assert answer == {"variants": [{**variant, "master": place}]}


def test_a_batch_is_one_object_in_which_every_master_is_where_the_answer_says(
    aws: Aws, drawn: Image.Image, encoded: Encoded
) -> None:
    upload = aws.upload("a.png", encoded(drawn, "PNG"))
    variants = BATCH.planned(aws, upload)

    answer = BATCH.run(aws, upload, *variants.values())

    assert len(aws.keys("WorkBucket")) == 1
    data = BATCH.masters(aws, upload)
    assert [one["name"] for one in answer["variants"]] == list(SIZES)
    assert sum(one["master"]["bytes"] for one in answer["variants"]) == len(data)
    for one in answer["variants"]:
        start = one["master"]["offset"]
        made = unpack(data[start : start + one["master"]["bytes"]])
        expected = make_rendition(drawn, parse(Variant, variants[one["name"]]))
        assert made == expected, one["name"]


def test_a_batch_is_decoded_once(aws: Aws, jpeg: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    upload = aws.upload("a.jpg", jpeg)
    variants = BATCH.planned(aws, upload)
    loads: list[str] = []
    load = JpegImageFile.load
    monkeypatch.setattr(JpegImageFile, "load", lambda self: loads.append("") or load(self))

    BATCH.run(aws, upload, *variants.values())

    assert len(loads) == 1


def test_a_master_loses_nothing(aws: Aws, drawn: Image.Image, encoded: Encoded) -> None:
    upload = aws.upload("a.png", encoded(drawn, "PNG"))
    variants = BATCH.planned(aws, upload)

    for name in SIZES:
        variant = variants[name]
        expected = make_rendition(drawn, parse(Variant, variant))
        difference = ImageChops.difference(BATCH.made(aws, upload, variant), expected)
        assert difference.getbbox() is None, f"{name}: {difference.getextrema()}"


def test_transparency_reaches_the_master(aws: Aws, drawn: Image.Image, encoded: Encoded) -> None:
    drawn.putalpha(Image.linear_gradient("L").resize(drawn.size))
    upload = aws.upload("a.png", encoded(drawn, "PNG"))

    made = BATCH.made(aws, upload, BATCH.planned(aws, upload)["huge"])

    assert made.mode == "RGBA"
    assert ImageChops.difference(made.getchannel("A"), drawn.getchannel("A")).getbbox() is None


def test_a_picture_that_lies_on_its_side_is_made_upright(
    aws: Aws, drawn: Image.Image, encoded: Encoded
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    data = encoded(drawn, "PNG", exif=exif)
    upload = aws.upload("a.png", data)

    made = BATCH.made(aws, upload, BATCH.planned(aws, upload)["huge"])

    assert made.size == (64, 96)
    assert ImageChops.difference(made, load_upright_srgb(data)).getbbox() is None


def test_the_same_work_twice_gives_the_same_master(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("a.jpg", jpeg)
    variant = BATCH.planned(aws, upload)["small"]

    BATCH.made(aws, upload, variant)
    first = BATCH.masters(aws, upload)
    BATCH.made(aws, upload, variant)

    assert BATCH.masters(aws, upload) == first
    assert len(aws.keys("WorkBucket")) == 1


def test_another_upload_under_the_key_is_never_used(
    aws: Aws, jpeg: bytes, encoded: Encoded
) -> None:
    upload = aws.upload("a.jpg", jpeg)
    variant = BATCH.planned(aws, upload)["small"]
    aws.upload("a.jpg", encoded(Image.new("RGB", (96, 64), "red")))

    answer = BATCH.run(aws, upload, variant)

    assert answer["gone"]["code"] == "replaced"
    assert aws.keys("WorkBucket") == []


def test_an_upload_that_was_deleted_meanwhile_is_an_answer(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("a.jpg", jpeg)
    variant = BATCH.planned(aws, upload)["small"]
    aws.s3.delete_object(Bucket=upload["bucket"], Key=upload["key"])

    assert BATCH.run(aws, upload, variant) == {
        "gone": {"code": "deleted", "detail": "the upload was deleted before it was read"}
    }


def test_only_the_work_bucket_is_written(aws: Aws, jpeg: bytes) -> None:
    upload = aws.upload("a.jpg", jpeg)
    BATCH.made(aws, upload, BATCH.planned(aws, upload)["small"])

    assert aws.keys("PublishedBucket") == []
    assert aws.keys("UploadBucket") == ["raw/a.jpg"]
