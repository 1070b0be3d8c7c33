"""Whole runs of pictures that nobody has to look at."""

from __future__ import annotations

import io
import json

import pytest
from PIL import Image

from darkroom import statuses
from tests.conftest import Darkroom, wait_for
from tests.pictures import draw, encoded, jpeg

pytestmark = pytest.mark.engine

GPS_IFD = 0x8825


def photo_with_gps(seed: str, size: tuple[int, int]) -> bytes:
    exif = Image.Exif()
    exif[0x0110] = "Camera of somebody"
    exif.get_ifd(GPS_IFD)[1] = "N"
    return jpeg(seed, size, exif=exif)


def test_an_uploaded_picture_is_published_in_every_size_and_format(darkroom: Darkroom) -> None:
    record = darkroom.run("trip/a b+ü.jpg", photo_with_gps("dune", (1500, 1000)))

    assert record["status"] == statuses.PUBLISHED
    assert record["source"]["width"] == 1500
    assert record["source"]["height"] == 1000
    manifest = darkroom.manifest("trip/a b+ü.jpg")
    assert manifest["version"] == record["version"]
    assert [variant["name"] for variant in manifest["variants"]] == [
        *("w320", "w640", "w1280", "w1920", "thumbnail", "noir", "vintage")
    ]
    for variant in manifest["variants"]:
        assert variant["width"] <= 1500
        assert [file["format"] for file in variant["files"]] == ["avif", "webp", "jpeg"]
        for file in variant["files"]:
            data = darkroom.read(darkroom.stack.outputs["PublishedBucket"], file["key"])
            assert len(data) == file["bytes"]
            assert b"Exif" not in data
            assert b"Camera of somebody" not in data
            with Image.open(io.BytesIO(data)) as image:
                image.load()
                assert image.size == (variant["width"], variant["height"])
                assert image.format == file["format"].upper()


@pytest.mark.parametrize("image", ["trip/a b+ü.jpg", "%20/?#&.jpg", "a//b\x1f'\".jpg"])
def test_no_master_is_left_whatever_a_picture_is_called(darkroom: Darkroom, image: str) -> None:
    image = f"masters/{image}"
    darkroom.run(image, jpeg(image))
    assert darkroom.manifest(image)["variants"]
    assert [key for key in darkroom.keys("WorkBucket", "masters/") if image in key] == []


def test_a_picture_with_alpha_is_published_with_alpha(darkroom: Darkroom) -> None:
    image = draw("logo", (200, 120))
    image.putalpha(Image.linear_gradient("L").resize(image.size))

    darkroom.run("logo.png", encoded(image, "PNG"))

    for variant in darkroom.manifest("logo.png")["variants"]:
        assert [file["format"] for file in variant["files"]] == ["avif", "webp", "png"]


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("text.jpg", b"this is not a picture\n", "not_an_image"),
        ("empty.jpg", b"", "empty"),
        ("truncated.jpg", jpeg("truncated")[:-4000], "truncated"),
        ("svg.jpg", b'<svg xmlns="http://www.w3.org/2000/svg"/>', "unsupported_format"),
        ("wide.png", encoded(Image.new("1", (16_385, 1)), "PNG"), "too_many_pixels"),
        ("large.jpg", jpeg("large") + b"\0" * 26_214_400, "too_many_bytes"),
    ],
)
def test_what_is_no_acceptable_picture_ends_invalid_with_its_reason(
    darkroom: Darkroom, name: str, data: bytes, code: str
) -> None:
    record = darkroom.run(f"invalid/{name}", data)

    assert record["status"] == statuses.INVALID
    assert record["reason"]["code"] == code
    assert len(record["reason"]["detail"].split()) > 3
    assert darkroom.keys("PublishedBucket", "invalid/") == []


def test_a_second_event_for_the_same_upload_does_nothing(darkroom: Darkroom) -> None:
    messages = darkroom.listen("OutcomeTopicArn")
    darkroom.run("twice.jpg", jpeg("twice"))
    [first] = darkroom.executions("twice.jpg")
    record = darkroom.wait("twice.jpg", statuses.PUBLISHED)

    darkroom.stepfunctions.start_execution(
        stateMachineArn=darkroom.stack.outputs["PipelineArn"], input=first["input"]
    )

    def both_ended() -> bool:
        found = darkroom.executions("twice.jpg")
        return len(found) == 2 and all(run["status"] == "SUCCEEDED" for run in found)

    wait_for(both_ended, lambda: str(darkroom.executions("twice.jpg")))
    assert darkroom.wait("twice.jpg", statuses.PUBLISHED) == record
    assert [message["image"] for message in messages()].count("twice.jpg") == 1


def test_a_changed_picture_under_the_same_key_replaces_the_manifest(darkroom: Darkroom) -> None:
    first = darkroom.run("changing.jpg", jpeg("before"))
    before = darkroom.manifest("changing.jpg")

    darkroom.upload("changing.jpg", jpeg("after"))

    def second() -> dict[str, object] | None:
        after = darkroom.manifest("changing.jpg")
        return after if after["version"] != first["version"] else None

    after = wait_for(second, lambda: json.dumps(darkroom.manifest("changing.jpg")))
    assert before["version"] == first["version"]
    assert darkroom.wait("changing.jpg", statuses.PUBLISHED, version=str(after["version"]))


def test_each_end_gives_one_message_that_can_be_filtered_by_status(darkroom: Darkroom) -> None:
    published = darkroom.listen(
        "OutcomeTopicArn", FilterPolicy=json.dumps({"status": [statuses.PUBLISHED]})
    )
    invalid = darkroom.listen(
        "OutcomeTopicArn", FilterPolicy=json.dumps({"status": [statuses.INVALID]})
    )

    good = darkroom.run("filtered/good.jpg", jpeg("good"))
    darkroom.run("filtered/bad.jpg", b"bad")
    wait_for(lambda: published() and invalid(), lambda: f"{published()} {invalid()}")

    [message] = published()
    bucket = darkroom.stack.outputs["PublishedBucket"]
    assert message == {
        "image": "filtered/good.jpg",
        "version": good["version"],
        "status": "PUBLISHED",
        "recipe": "default",
        "flags": [],
        "manifest": f"s3://{bucket}/filtered/good.jpg/manifest.json",
    }
    [message] = invalid()
    assert (message["image"], message["reason"]["code"]) == ("filtered/bad.jpg", "not_an_image")
