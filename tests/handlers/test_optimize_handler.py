"""Optimize: a master in every format, where nobody can fetch it or where everybody can."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from darkroom.errors import ObjectMissing
from darkroom.keys import masters_key
from darkroom.masters import pack

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws, Metrics

IMAGE, VERSION = "trip/a b+ü.jpg", "0123456789abcdef"
ATTEMPT = "0a1b2c3d"
VARIANT = {"name": "w320", "kind": "rendition", "width": 96, "height": 64, "fit": "scale"}
OFFSET = 5
KEY = masters_key(IMAGE, VERSION, ATTEMPT, "renditions-1")
FORMATS = ["avif", "webp", "jpeg"]
PILLOW_NAMES = {"avif": "AVIF", "webp": "WEBP", "jpg": "JPEG", "png": "PNG"}
# In files, and in metadata only.
TRACES = (b"Exif", b"GPS", b"ns.adobe.com", b"photoshop", b"ICC_PROFILE", b"iCCP", b"Lisbon")


def run(aws: Aws, waiting: bool, formats: list[str] = FORMATS, channels: int = 3) -> dict[str, Any]:
    upload = {
        "bucket": aws["UploadBucket"],
        "key": f"raw/{IMAGE}",
        "etag": "0" * 32,
        "image": IMAGE,
        "version": VERSION,
        "execution": "e",
        "attempt": ATTEMPT,
    }
    answer: dict[str, Any] = aws.function("OptimizeFunction")(
        {
            "upload": upload,
            "variant": VARIANT | {"master": place(channels)},
            "formats": formats,
            "quality": 72,
            "waiting": waiting,
        }
    )
    return answer


def place(channels: int) -> dict[str, Any]:
    return {"batch": "renditions-1", "offset": OFFSET, "bytes": 12 + 96 * 64 * channels}


def put_master(aws: Aws, image: Image.Image) -> None:
    """In the midst of others."""
    aws.put("WorkBucket", KEY, b"-" * OFFSET + pack(image) + b"another")


def test_a_clean_picture_goes_out_in_every_format_of_the_recipe(
    aws: Aws, drawn: Image.Image
) -> None:
    put_master(aws, drawn)

    answer = run(aws, waiting=False)

    expected = [f"{IMAGE}/{VERSION}/w320.{extension}" for extension in ("avif", "jpg", "webp")]
    assert aws.keys("PublishedBucket") == expected
    assert aws.keys("WorkBucket") == [KEY]
    assert answer == {
        "name": "w320",
        "kind": "rendition",
        "width": 96,
        "height": 64,
        "files": [
            {"format": format, "bytes": aws.head("PublishedBucket", key)["ContentLength"]}
            for format, key in zip(FORMATS, (expected[0], expected[2], expected[1]), strict=True)
        ],
    }


def test_nothing_of_a_flagged_picture_reaches_the_published_bucket(
    aws: Aws, drawn: Image.Image
) -> None:
    put_master(aws, drawn)

    answer = run(aws, waiting=True)

    assert aws.keys("PublishedBucket") == []
    assert [key for key in aws.keys("WorkBucket") if not key.startswith("masters/")] == [
        f"waiting/{IMAGE}/{VERSION}/w320.{extension}" for extension in ("avif", "jpg", "webp")
    ]
    assert [file["format"] for file in answer["files"]] == FORMATS


@pytest.mark.parametrize(("waiting", "bucket"), [(False, "PublishedBucket"), (True, "WorkBucket")])
def test_every_file_is_what_its_name_and_its_headers_say(
    aws: Aws, drawn: Image.Image, waiting: bool, bucket: str
) -> None:
    put_master(aws, drawn)

    run(aws, waiting, ["avif", "webp", "jpeg", "png"])

    keys = [key for key in aws.keys(bucket) if not key.startswith("masters/")]
    assert len(keys) == 4
    for key in keys:
        extension = key.rpartition(".")[2]
        opened = Image.open(io.BytesIO(aws.read(bucket, key)))
        opened.load()
        assert (opened.format, opened.size) == (PILLOW_NAMES[extension], (96, 64))
        head = aws.head(bucket, key)
        assert head["ContentType"] == f"image/{'jpeg' if extension == 'jpg' else extension}"
        assert head["CacheControl"] == "public, max-age=31536000, immutable"


def test_a_picture_with_alpha_falls_back_on_png(aws: Aws, drawn: Image.Image) -> None:
    drawn.putalpha(Image.linear_gradient("L").resize(drawn.size))
    put_master(aws, drawn)

    answer = run(aws, waiting=False, channels=4)

    assert [file["format"] for file in answer["files"]] == ["avif", "webp", "png"]
    for key in aws.keys("PublishedBucket"):
        opened = Image.open(io.BytesIO(aws.read("PublishedBucket", key)))
        opened.load()
        assert opened.mode == "RGBA", key


def test_the_same_work_twice_gives_the_same_files(aws: Aws, drawn: Image.Image) -> None:
    put_master(aws, drawn)

    first = run(aws, waiting=False)
    before = {key: aws.read("PublishedBucket", key) for key in aws.keys("PublishedBucket")}
    second = run(aws, waiting=False)
    after = {key: aws.read("PublishedBucket", key) for key in aws.keys("PublishedBucket")}

    assert second == first
    assert [key for key in before if before[key] != after.get(key)] == []


def test_the_bytes_that_came_out_are_measured(
    aws: Aws, drawn: Image.Image, metrics: Metrics
) -> None:
    put_master(aws, drawn)

    files = run(aws, waiting=False)["files"]

    assert [line["BytesOut"] for line in metrics()] == [sum(file["bytes"] for file in files)]


def test_a_master_that_is_missing_is_named(aws: Aws) -> None:
    with pytest.raises(
        ObjectMissing, match=r"masters/trip/a b\+ü\.jpg/0123456789abcdef/0a1b2c3d/renditions-1"
    ):
        run(aws, waiting=False)

    assert aws.keys("PublishedBucket") == []


def test_nothing_of_what_a_camera_wrote_comes_out_at_the_end(
    aws: Aws, drawn: Image.Image, encoded: Callable[..., bytes]
) -> None:
    exif = Image.Exif()
    exif[0x010E] = "Lisbon, at home"
    exif.get_ifd(0x8825)[0x001D] = "Lisbon"
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><dc:title>Lisbon</dc:title></x:xmpmeta>'
    data = encoded(drawn, exif=exif, xmp=xmp, comment=b"Lisbon", icc_profile=b"Lisbon" * 30)
    assert data.count(b"Lisbon") > 4
    upload = aws.upload("a.jpg", data, {"place": "Lisbon"})

    verdict = aws.function("ValidateFunction")({"upload": upload})
    made = [
        variant
        for name, batches in (
            ("ResizeFunction", verdict["renditions"]),
            ("FilterFunction", verdict["filters"]),
        )
        for batch in batches
        for variant in aws.function(name)({"upload": upload, "batch": batch})["variants"]
    ]
    optimize = aws.function("OptimizeFunction")
    for variant in made:
        plan = {"formats": verdict["formats"], "quality": verdict["quality"], "waiting": False}
        optimize({"upload": upload, "variant": variant, **plan})

    keys = aws.keys("PublishedBucket")
    assert len(keys) == 12
    left = [
        (key, trace)
        for key in keys
        for trace in TRACES
        if trace in aws.read("PublishedBucket", key)
    ]
    assert left == []
    assert all(aws.head("PublishedBucket", key)["Metadata"] == {} for key in keys)
