"""A contact sheet of what a stack holds, on a simulated AWS."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from cli.contact_sheet import Entry
from cli.errors import CommandError
from cli.sheets import making
from cli.sheets.folder import NOTE, Sheet, opened
from cli.stack import Stack
from darkroom import statuses
from darkroom.items import typed_item
from darkroom.keys import published_key, waiting_key

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws

VARIANT = {"name": "w320", "kind": "rendition", "width": 320, "height": 200}
ORIGINAL, MADE = b"the original", b"made of it"


class Shop:
    """A stack, and images put into it as the pipeline leaves them."""

    def __init__(self, aws: Aws, folder: Path) -> None:
        names = ("UploadBucket", "PublishedBucket", "WorkBucket", "ImagesTable")
        self.outputs = {name: aws[name] for name in names}
        self.stack = Stack("tests", boto3.Session(), None, self.outputs)
        self.folder = folder
        self.count = 0

    def put(self, bucket: str, key: str, data: bytes) -> Any:
        return self.stack.s3.put_object(Bucket=self.outputs[bucket], Key=key, Body=data)

    def image(self, name: str, status: str, version: str = "", **more: Any) -> dict[str, Any]:
        """Its upload, its record, and the files that go with the status."""
        self.count += 1
        version = version or f"{self.count:016x}"
        answer = self.put("UploadBucket", f"raw/{name}", ORIGINAL)
        source = {"key": f"raw/{name}", "format": "jpeg", "width": 320, "height": 200}
        record = {
            "image": name,
            "version": version,
            "status": status,
            "recipe": "default",
            "created_at": f"2026-11-20T06:00:{self.count:02}Z",
            "updated_at": "2026-11-20T07:00:00Z",
            "source": source | {"bytes": len(ORIGINAL)},
            "upload": {"key": f"raw/{name}", "etag": answer["ETag"].strip('"')},
        } | more
        file = {"format": "avif", "bytes": len(MADE)}
        if status == statuses.PUBLISHED:
            record["manifest_key"] = f"{name}/manifest.json"
            key = published_key(name, version, "w320", "avif")
            self.put("PublishedBucket", key, MADE)
            variants = [VARIANT | {"files": [file | {"key": key}]}]
            manifest = {"version": version, "variants": variants}
            self.put("PublishedBucket", record["manifest_key"], json.dumps(manifest).encode())
        if status == statuses.IN_REVIEW:
            self.put("WorkBucket", waiting_key(name, version, "w320", "avif"), MADE)
            record["outline"] = json.dumps({"variants": [VARIANT | {"files": [file]}]})
        self.stack.dynamodb.put_item(TableName=self.outputs["ImagesTable"], Item=typed_item(record))
        return record

    def sheet(self, *images: str, limit: int = 100) -> Sheet:
        chosen, left_out = (
            (making.named(self.stack, images), 0) if images else making.newest(self.stack, limit)
        )
        return making.make_sheet(self.stack, chosen, left_out, opened(self.folder))

    def entry(self, image: str) -> Entry:
        [entry] = self.sheet(image).entries
        return entry

    def files(self) -> dict[str, bytes]:
        """What lies in the folder, beside the page and its note."""
        return {
            path.relative_to(self.folder).as_posix(): path.read_bytes()
            for path in self.folder.rglob("*")
            if path.is_file() and path.parent != self.folder
        }


@pytest.fixture
def shop(aws: Aws, tmp_path: Path) -> Shop:
    return Shop(aws, tmp_path / "sheet")


@pytest.mark.parametrize("status", [statuses.PUBLISHED, statuses.IN_REVIEW])
def test_the_original_lies_beside_what_was_made_published_or_waiting(
    shop: Shop, status: str
) -> None:
    shop.image("trip/<b> ü.jpg", status)

    entry = shop.entry("trip/<b> ü.jpg")

    files = shop.files()
    assert entry.original is not None
    assert files[entry.original.href] == ORIGINAL
    [variant] = entry.variants
    assert [files[file.href] for file in variant.files] == [MADE]
    assert len(files) == 2
    assert entry.status == status


@pytest.mark.parametrize("status", [statuses.REJECTED, statuses.RETRACTED])
def test_of_what_was_refused_no_picture_comes_to_this_machine(shop: Shop, status: str) -> None:
    shop.image("no.jpg", status)

    entry = shop.entry("no.jpg")

    assert (entry.original, list(entry.variants), shop.files()) == (None, [], {})


def test_what_was_shown_and_is_retracted_since_is_removed(shop: Shop) -> None:
    record = shop.image("taken/down.jpg", statuses.PUBLISHED)
    shop.sheet()
    assert shop.files()

    shop.image("taken/down.jpg", statuses.RETRACTED, record["version"])
    shop.sheet()

    assert shop.files() == {}


def test_the_upload_is_the_one_that_was_processed_or_none(shop: Shop) -> None:
    """A newer one lies under the same key; where versions have ids, the older is there too."""
    first = shop.image("a.jpg", statuses.PUBLISHED)
    answer = shop.put("UploadBucket", "raw/a.jpg", b"a newer one.")
    [old] = [
        one["VersionId"]
        for one in shop.stack.s3.list_object_versions(Bucket=shop.outputs["UploadBucket"])[
            "Versions"
        ]
        if one["VersionId"] != answer["VersionId"]
    ]

    assert shop.entry("a.jpg").original is None
    upload = first["upload"] | {"version_id": old}
    shop.stack.dynamodb.put_item(
        TableName=shop.outputs["ImagesTable"], Item=typed_item(first | {"upload": upload})
    )
    original = shop.entry("a.jpg").original
    assert original is not None
    assert shop.files()[original.href] == ORIGINAL


def test_another_versions_manifest_is_not_shown_as_this_ones(shop: Shop) -> None:
    late = shop.image("a.jpg", statuses.PUBLISHED)
    shop.image("b.jpg", statuses.PUBLISHED)
    manifest = {"version": "f" * 16, "variants": [VARIANT | {"files": []}]}
    shop.put("PublishedBucket", late["manifest_key"], json.dumps(manifest).encode())

    assert list(shop.entry("a.jpg").variants) == []
    assert len(shop.entry("b.jpg").variants) == 1


def test_files_that_are_gone_are_not_shown(shop: Shop) -> None:
    """Somebody decides while they are fetched."""
    record = shop.image("a.jpg", statuses.IN_REVIEW)
    key = waiting_key("a.jpg", record["version"], "w320", "avif")
    shop.stack.s3.delete_object(Bucket=shop.outputs["WorkBucket"], Key=key)

    assert list(shop.entry("a.jpg").variants) == []


def test_what_was_never_read_as_a_picture_stays_where_it_is(shop: Shop) -> None:
    shop.image("huge.jpg", statuses.INVALID, source={"key": "raw/huge.jpg"})
    source = {"key": "raw/page.html", "bytes": len(ORIGINAL)}
    shop.image("page.html", statuses.INVALID, source=source)
    broken = {"key": "raw/broken.JPG", "bytes": len(ORIGINAL)}
    shop.image("broken.JPG", statuses.INVALID, source=broken)

    assert shop.entry("huge.jpg").original is None
    assert shop.entry("page.html").original is None
    original = shop.entry("broken.JPG").original
    assert original is not None
    assert original.format == "jpeg"


def test_what_is_there_is_not_fetched_again(shop: Shop) -> None:
    shop.image("a.jpg", statuses.PUBLISHED)
    entry = shop.entry("a.jpg")
    shop.stack.s3.delete_object(
        Bucket=shop.outputs["PublishedBucket"],
        Key=published_key("a.jpg", entry.version, "w320", "avif"),
    )

    assert shop.entry("a.jpg") == entry


def test_half_a_file_is_fetched_again(shop: Shop) -> None:
    shop.image("a.jpg", statuses.PUBLISHED)
    [variant] = shop.entry("a.jpg").variants
    [file] = variant.files
    (shop.folder / file.href).write_bytes(MADE[:3])

    shop.sheet()

    assert shop.files()[file.href] == MADE


def test_the_newest_images_are_shown_in_their_newest_version_and_the_rest_is_counted(
    shop: Shop,
) -> None:
    shop.image("older.jpg", statuses.PUBLISHED)
    shop.image("twice.jpg", statuses.PUBLISHED)
    shop.image("newer.jpg", statuses.PUBLISHED)
    shop.image("twice.jpg", statuses.IN_REVIEW)

    sheet = shop.sheet(limit=2)

    assert [(entry.image, entry.status) for entry in sheet.entries] == [
        ("twice.jpg", statuses.IN_REVIEW),
        ("newer.jpg", statuses.PUBLISHED),
    ]
    assert sheet.left_out == 1
    assert sheet.plain()["left_out"] == 1


def test_an_image_is_named_once_by_its_name_or_its_key(shop: Shop) -> None:
    shop.image("a.jpg", statuses.PUBLISHED)

    assert [entry.image for entry in shop.sheet("a.jpg", "raw/a.jpg").entries] == ["a.jpg"]
    with pytest.raises(CommandError, match=r"No record of 'b\.jpg'"):
        shop.sheet("b.jpg")


def test_a_sheet_leaves_nothing_that_it_does_not_show(shop: Shop) -> None:
    shop.image("a.jpg", statuses.PUBLISHED)
    shop.image("b.jpg", statuses.PUBLISHED)
    shop.sheet()
    both = shop.files()

    shop.sheet("b.jpg")

    assert len(both) == 4
    assert len(shop.files()) == 2
    names = {path.name for path in shop.folder.iterdir() if path.is_file()}
    assert names == {"index.html", NOTE}


def test_a_folder_with_other_things_is_left_alone(shop: Shop, tmp_path: Path) -> None:
    holiday = tmp_path / "holiday"
    holiday.mkdir()
    (holiday / "beach.jpg").write_bytes(b"mine")

    with pytest.raises(CommandError, match="Expected an empty folder"):
        opened(holiday)
    with pytest.raises(CommandError, match="got a file"):
        opened(holiday / "beach.jpg")
    assert [path.name for path in holiday.iterdir()] == ["beach.jpg"]


def test_a_folder_in_which_a_sheet_was_begun_can_be_used_again(tmp_path: Path) -> None:
    folder = opened(tmp_path / "new")
    (folder / hashlib.sha256().hexdigest()[:16]).mkdir()

    assert opened(folder) == folder


def test_the_figures_for_programs_are_those_of_the_page(shop: Shop) -> None:
    shop.image("a.jpg", statuses.PUBLISHED)
    shop.image("b.jpg", statuses.IN_REVIEW)

    sheet = shop.sheet()

    assert json.loads((shop.folder / NOTE).read_text()) == sheet.plain()
    assert sheet.plain() == {
        "page": str(shop.folder / "index.html"),
        "url": (shop.folder / "index.html").as_uri(),
        "pictures": 2,
        "left_out": 0,
        "by_status": {"PUBLISHED": 1, "IN_REVIEW": 1},
        "compared": 2,
        "before_bytes": 2 * len(ORIGINAL),
        "after_bytes": 2 * len(MADE),
        "files": 2,
        "all_bytes": 2 * len(MADE),
    }
