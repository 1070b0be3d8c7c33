"""`darkroom upload`: what goes, what stays, what is counted, what is said."""

from __future__ import annotations

import functools
import gc
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import click
import pytest
from boto3.dynamodb.types import TypeSerializer
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.exceptions import ClientError
from moto import mock_aws
from rich.console import Console

from cli import progress, records
from cli.errors import CommandError
from cli.progress import follow_all
from cli.reconciling.facts import version_of
from cli.stack import Stack
from cli.uploading import following, pool, sending
from cli.uploading.command import _interrupted
from cli.uploading.files import read_file
from cli.uploading.meter import Meter, metered
from cli.uploading.sending import Batch, read_files, send
from cli.uploading.summary import complain, plain_list, summary
from darkroom import statuses
from tests.statemachine.definitions import RESOURCES

QUIET = Console(quiet=True)
MEBIBYTE = 1024**2


@functools.cache
def session() -> boto3.Session:
    return boto3.Session(region_name="us-east-1")


@pytest.fixture
def stack() -> Iterator[Stack]:
    stack = Stack(
        "tests", session(), None, {"UploadBucket": "uploads", "ImagesTable": "ImagesTable"}
    )
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        properties = RESOURCES["ImagesTable"]["Properties"]
        names = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
        wanted = {name: properties[name] for name in names}
        stack.dynamodb.create_table(TableName="ImagesTable", **wanted)
        stack.s3.create_bucket(Bucket="uploads")
        yield stack


def record(image: str, version: str = "0" * 16, **fields: Any) -> dict[str, Any]:
    at = "2026-11-20T06:00:00.000Z"
    found = {"image": image, "version": version, "status": statuses.PUBLISHED, "execution": "run:1"}
    return found | {"created_at": at, "updated_at": at} | fields


def keep(stack: Stack, *found: dict[str, Any]) -> None:
    for one in found:
        item = {name: TypeSerializer().serialize(value) for name, value in one.items()}
        stack.dynamodb.put_item(TableName="ImagesTable", Item=item)


def folder(path: Path, **files: bytes) -> dict[str, Path]:
    """Files by image."""
    paths = {f"trip/{name}": path / name for name in files}
    for name, data in files.items():
        (path / name).write_bytes(data)
    return paths


def uploaded(stack: Stack, paths: dict[str, Path]) -> Batch:
    batch = Batch()
    read_files(stack, paths, batch, QUIET)
    send(stack, batch, QUIET)
    return batch


def puts(stack: Stack) -> list[str]:
    """The keys of what is put from here on."""
    keys: list[str] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        keys.append(params["Key"])

    stack.s3.meta.events.register("provide-client-params.s3.PutObject", note)
    return keys


# ── What goes, and what is there ─────────────────────────────────────────────────────────────────


def test_what_is_there_with_the_same_content_is_skipped_and_the_rest_goes(
    stack: Stack, tmp_path: Path
) -> None:
    paths = folder(tmp_path, same=b"same", other=b"mine", new=b"new", longer=b"longer", empty=b"")
    for name, data in {"same": b"same", "other": b"hers", "longer": b"long"}.items():
        stack.s3.put_object(Bucket="uploads", Key=f"raw/trip/{name}", Body=data)
    went = puts(stack)

    batch = uploaded(stack, paths)

    assert [file.image for file in batch.there] == ["trip/same"]
    assert sorted(went) == [f"raw/trip/{name}" for name in ("empty", "longer", "new", "other")]
    for image, path in paths.items():
        body = stack.s3.get_object(Bucket="uploads", Key=f"raw/{image}")["Body"]
        assert body.read() == path.read_bytes()


@pytest.mark.parametrize("part", [8 * MEBIBYTE, 5 * MEBIBYTE])
def test_what_came_in_parts_is_known_by_its_etag(stack: Stack, tmp_path: Path, part: int) -> None:
    paths = folder(tmp_path, big=os.urandom(11 * MEBIBYTE), changed=bytes(11 * MEBIBYTE))
    in_parts = TransferConfig(multipart_threshold=part, multipart_chunksize=part)
    for image, path in paths.items():
        stack.s3.upload_file(str(path), "uploads", f"raw/{image}", Config=in_parts)
    etag = stack.s3.head_object(Bucket="uploads", Key="raw/trip/big")["ETag"].strip('"')
    assert "-" in etag
    paths["trip/changed"].write_bytes(bytes(11 * MEBIBYTE - 1) + b"1")

    big, changed = (read_file(stack.s3, "uploads", image, path) for image, path in paths.items())

    # Its version is made of that very ETag.
    assert (big.is_there, big.etag) == (True, etag)
    assert not changed.is_there


def test_our_own_uploads_are_in_one_piece_whatever_their_size(stack: Stack, tmp_path: Path) -> None:
    paths = folder(tmp_path, big=os.urandom(9 * MEBIBYTE))

    assert len(uploaded(stack, paths).sent) == 1

    assert "-" not in stack.s3.head_object(Bucket="uploads", Key="raw/trip/big")["ETag"]
    assert [file.image for file in uploaded(stack, paths).there] == ["trip/big"]


def test_a_file_that_cannot_be_read_is_named_and_the_others_go(
    stack: Stack, tmp_path: Path
) -> None:
    paths = folder(tmp_path, a=b"a", b=b"b", c=b"c")
    paths["trip/b"].unlink()

    batch = uploaded(stack, paths)

    assert batch.sent == {"trip/a", "trip/c"}
    assert batch.problems == {"trip/b": "No such file or directory"}
    with pytest.raises(CommandError) as said:
        complain(paths, batch, {}, 600)
    assert f"  {paths['trip/b']}: No such file or directory" in said.value.message


def refusing(monkeypatch: pytest.MonkeyPatch, image: str) -> None:
    """S3 takes all bytes of `image`, and then refuses it."""
    error = {"Code": "KeyTooLongError", "Message": "Your key is too long"}

    original = sending.upload

    def upload(stack: Stack, path: Path, name: str, tell: Any) -> None:
        original(stack, path, name, tell)
        if name == image:
            raise S3UploadFailedError("Failed to upload") from ClientError(
                {"Error": error}, "PutObject"
            )

    monkeypatch.setattr(sending, "upload", upload)


def test_a_file_that_s3_refuses_is_named_and_the_others_go(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusing(monkeypatch, "trip/b")

    batch = uploaded(stack, folder(tmp_path, a=b"a", b=b"b"))

    assert batch.sent == {"trip/a"}
    assert batch.problems == {"trip/b": "KeyTooLongError: Your key is too long"}


def test_a_file_that_changes_while_it_goes_is_named(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = folder(tmp_path, a=b"a")
    original = sending.upload

    def upload(*arguments: Any) -> None:
        original(*arguments)
        paths["trip/a"].write_bytes(b"another")

    monkeypatch.setattr(sending, "upload", upload)

    assert "changed while it was uploaded" in uploaded(stack, paths).problems["trip/a"]


# ── Counting ─────────────────────────────────────────────────────────────────────────────────────


def test_the_bytes_that_went_are_counted_and_a_failed_file_is_taken_back(
    stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[int, int, int, int]] = []
    meters: list[Meter] = []

    def watched(_: Console, files: int, total: int) -> Any:
        def show(meter: Meter) -> None:
            seen.append((meter.files, meter.bytes, meter.total_files, meter.total_bytes))

        meters.append(Meter(files, total, show))
        return _Given(meters[0])

    monkeypatch.setattr(sending, "metered", watched)
    monkeypatch.setattr(pool, "WORKERS", 1)
    paths = folder(tmp_path, a=bytes(3 * MEBIBYTE), b=bytes(MEBIBYTE), c=bytes(2 * MEBIBYTE))
    refusing(monkeypatch, "trip/c")

    uploaded(stack, paths)

    assert seen[-1] == (2, 4 * MEBIBYTE, 2, 4 * MEBIBYTE)
    # Not in one go: within a file, too.
    assert any(0 < count < 3 * MEBIBYTE for _, count, _, _ in seen)
    assert max(count for _, count, _, _ in seen) <= 6 * MEBIBYTE


class _Given:
    def __init__(self, meter: Meter) -> None:
        self.meter = meter

    def __enter__(self) -> Meter:
        return self.meter

    def __exit__(self, *_: object) -> None:
        pass


def test_without_a_terminal_a_line_for_each_tenth_and_no_control_characters() -> None:
    console = Console(width=200, force_terminal=False)
    with console.capture() as shown, metered(console, 200, 2000) as meter:
        for _ in range(200):
            meter.bytes_went(10)
            meter.file_went()

    lines = shown.get().splitlines()
    assert len(lines) == 10
    assert lines[0] == "Uploaded 20 of 200 files, 200 bytes of 2.0 kB"
    assert lines[-1] == "Uploaded 200 of 200 files, 2.0 kB of 2.0 kB"
    assert "\x1b" not in shown.get()


def test_who_leaves_early_waits_for_what_is_at_work_and_begins_nothing_more() -> None:
    stop, begun, ended = threading.Event(), [], []

    def work(number: int) -> int:
        begun.append(number)
        if number:
            stop.wait(10)
        ended.append(number)
        return number

    def interrupted() -> None:
        for _ in pool.side_by_side(work, range(100), stop):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()

    assert stop.is_set()
    assert len(begun) <= 2 * pool.WORKERS
    assert sorted(begun) == sorted(ended)


# boto3 leaves the file of a transfer that was broken off to be collected.
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_what_is_on_its_way_ends_when_it_is_stopped(stack: Stack, tmp_path: Path) -> None:
    paths = folder(tmp_path, a=bytes(3 * MEBIBYTE))
    batch, stop = Batch(), threading.Event()
    read_files(stack, paths, batch, QUIET)
    stop.set()

    with pytest.raises(sending.Stopped):
        sending._send(stack, batch, Meter(1, 1, lambda _: None), stop, batch.missing[0])

    assert batch.up == []
    gc.collect()


def test_a_file_of_which_all_went_before_it_was_stopped_is_up(stack: Stack, tmp_path: Path) -> None:
    paths = folder(tmp_path, a=b"small")
    batch, stop = Batch(), threading.Event()
    read_files(stack, paths, batch, QUIET)
    stop.set()

    sending._send(stack, batch, Meter(1, 1, lambda _: None), stop, batch.missing[0])

    assert [file.image for file in batch.up] == ["trip/a"]


# ── What became of them ──────────────────────────────────────────────────────────────────────────


def test_many_are_asked_for_a_hundred_at_a_time(stack: Stack) -> None:
    images = [f"trip/{number}.jpg" for number in range(250)]
    keep(stack, *(record(image) for image in images))
    calls: list[int] = []

    def note(params: dict[str, Any], **_: Any) -> None:
        calls.append(len(params["RequestItems"]["ImagesTable"]["Keys"]))

    stack.dynamodb.meta.events.register("provide-client-params.dynamodb.BatchGetItem", note)

    found = records.some(stack, [(image, "0" * 16) for image in [*images, "unknown"]])

    assert [image for image, _ in found] and len(found) == 250
    assert calls == [100, 100, 51]


def test_what_dynamodb_did_not_get_to_is_asked_for_again(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(stack, record("a"), record("b"))
    original = stack.dynamodb.batch_get_item
    left: list[Any] = [1]

    def throttled(RequestItems: Any) -> Any:
        if left:
            left.clear()
            return {"Responses": {}, "UnprocessedKeys": RequestItems}
        return original(RequestItems=RequestItems)

    monkeypatch.setattr(stack.dynamodb, "batch_get_item", throttled)
    monkeypatch.setattr(records, "PAUSE_SECONDS", 0)

    assert len(records.some(stack, [("a", "0" * 16), ("b", "0" * 16)])) == 2


def test_a_failed_record_of_before_is_not_what_became_of_a_new_upload(stack: Stack) -> None:
    key = ("a", "0" * 16)
    keep(stack, record("a", status=statuses.FAILED, execution="run:1"))
    failed = following.failed_before(stack, [key])
    assert following._look(stack, failed, [key]) == {}

    keep(stack, record("a", status=statuses.FAILED, execution="run:2"))

    assert following._look(stack, failed, [key])[key]["execution"] == "run:2"


def test_what_was_there_is_shown_by_the_version_that_it_had_under_an_earlier_recipe(
    stack: Stack, tmp_path: Path
) -> None:
    paths = folder(tmp_path, old=b"old", new=b"new", none=b"none")
    batch = uploaded(stack, paths)
    etags = {image: file.etag for image, file in batch.files.items()}
    before = version_of(etags["trip/old"], "1")
    keep(
        stack,
        record("trip/old", before, upload={"etag": etags["trip/old"]}),
        record("trip/old", "f" * 16, upload={"etag": "another"}, created_at="2027"),
        record("trip/new", version_of(etags["trip/new"], "2"), upload={"etag": etags["trip/new"]}),
    )
    files = list(batch.files.values())

    keys = following.as_recorded(stack, files, following.keys_of(files, "2"))

    assert keys == {
        "trip/old": ("trip/old", before),
        "trip/new": ("trip/new", version_of(etags["trip/new"], "2")),
        "trip/none": ("trip/none", version_of(etags["trip/none"], "2")),
    }


def test_waiting_ends_when_nothing_changes_any_more_and_not_before(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [0.0]

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    monkeypatch.setattr(progress.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(progress.time, "sleep", sleep)

    def look(keys: Any) -> dict[int, Any]:
        # One ends every nine seconds, but for the last.
        done = [key for key in keys if key < 4 and clock[0] > 9 * key]
        return {key: record(str(key)) for key in done}

    assert sorted(follow_all(look, range(5), 10, QUIET)) == [0, 1, 2, 3]
    assert 27 + 10 < clock[0] < 27 + 10 + 2


def test_of_very_many_each_has_its_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LOOK_AT", 3)
    monkeypatch.setattr(progress, "POLL_SECONDS", 0)
    asked: list[list[int]] = []

    def look(keys: Any) -> dict[int, Any]:
        asked.append(list(keys))
        return {key: record(str(key)) for key in keys if key != 0 or len(asked) > 2}

    assert len(follow_all(look, range(5), 10, QUIET)) == 5
    assert asked == [[0, 1, 2], [3, 4, 0], [0]]


def test_each_that_ends_is_one_line_with_why(monkeypatch: pytest.MonkeyPatch) -> None:
    console = Console(width=80, force_terminal=False)
    reason = {"code": "truncated", "detail": "it ends early"}
    became = {"a.jpg": record("a.jpg"), "b.jpg": record("b.jpg", status="INVALID", reason=reason)}

    with console.capture() as shown:
        follow_all(lambda keys: {key: became[key] for key in keys}, list(became), 10, console)

    assert shown.get().splitlines() == ["PUBLISHED  a.jpg", "INVALID    b.jpg  truncated"]


# ── What is said at the end ──────────────────────────────────────────────────────────────────────


def came_to(stack: Stack, tmp_path: Path) -> tuple[dict[str, Path], Batch, Any]:
    paths = folder(tmp_path, a=b"a", b=b"bb", c=b"ccc", d=b"dddd")
    stack.s3.put_object(Bucket="uploads", Key="raw/trip/b", Body=b"bb")
    paths["trip/d"].unlink()
    batch = uploaded(stack, paths)
    became = {
        "trip/a": (("trip/a", "1" * 16), record("trip/a", status=statuses.FAILED)),
        "trip/b": (("trip/b", "2" * 16), record("trip/b")),
        "trip/c": (("trip/c", "3" * 16), None),
    }
    return paths, batch, became


def test_the_summary_counts_files_bytes_and_statuses(stack: Stack, tmp_path: Path) -> None:
    _, batch, became = came_to(stack, tmp_path)

    assert summary(batch, became).splitlines() == [
        "2 files (4 bytes) uploaded; 1 file (2 bytes) skipped: there already; 1 not uploaded",
        "1 UPLOADED, 1 PUBLISHED, 1 FAILED",
    ]


def test_for_programs_each_file_has_a_status_and_whether_it_was_skipped(
    stack: Stack, tmp_path: Path
) -> None:
    paths, batch, became = came_to(stack, tmp_path)

    found = plain_list(paths, batch, became)

    assert [(one["image"], one["status"], one.get("skipped")) for one in found] == [
        ("trip/a", "FAILED", False),
        ("trip/b", "PUBLISHED", True),
        ("trip/c", "UPLOADED", False),
        ("trip/d", "NOT_UPLOADED", None),
    ]
    assert found[2]["version"] == "3" * 16
    assert found[3]["problem"] == "No such file or directory"


def test_what_did_not_end_well_is_said_with_what_to_type(stack: Stack, tmp_path: Path) -> None:
    paths, batch, became = came_to(stack, tmp_path)

    with pytest.raises(CommandError) as said:
        complain(paths, batch, became, 600)

    assert "1 file could not be uploaded:" in said.value.message
    assert "1 FAILED: `darkroom status trip/a` shows why, `darkroom rerun --failed`" in (
        said.value.message
    )
    assert "nothing has changed for 600 seconds: `darkroom status trip/c`" in said.value.message


def test_ctrl_c_says_how_many_are_up_and_what_the_same_command_does(
    stack: Stack, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(batch: Batch, total: int) -> str:
        with pytest.raises(click.exceptions.Exit) as ended:
            _interrupted(batch, total)
        assert ended.value.exit_code == 130
        return capsys.readouterr().err.strip()

    batch = uploaded(stack, folder(tmp_path, a=b"a", b=b"b"))

    assert said(Batch(), 3) == (
        "Interrupted before anything was uploaded. The same command begins again."
    )
    assert said(batch, 3) == (
        "Interrupted: 2 of 3 files are up. The same command uploads the rest."
    )
    assert said(batch, 2) == (
        "Interrupted: all 2 files are up. The same command waits for them again."
    )
