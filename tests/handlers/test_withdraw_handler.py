"""Withdraw: what of a version goes, what stays of all else, and what a repeat does."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

import publish.handler
from darkroom.keys import manifest_key, published_key, rejected_preview_key
from publish.withdrawing import ATTEMPTS, ManifestKept

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws

IMAGE = "trip/a b+ü.jpg"
VERSION, OTHER = "5" * 16, "9" * 16
MANIFEST = manifest_key(IMAGE)
NAMES = [("w320", "avif"), ("w320", "jpeg"), ("noir", "webp"), ("w1600", "png")]


def withdraw(aws: Aws, version: str = VERSION, **more: Any) -> Any:
    return aws.function("PublishFunction")(
        {"action": "withdraw", "image": IMAGE, "version": version, "execution": "e", **more}
    )


def files(image: str, version: str) -> set[str]:
    return {published_key(image, version, *name) for name in NAMES}


def put_files(aws: Aws, image: str, version: str) -> None:
    for key in files(image, version):
        aws.put("PublishedBucket", key, b"picture")


def put_manifest(aws: Aws, version: str, text: str = "{}") -> None:
    aws.put("PublishedBucket", MANIFEST, text.encode(), Metadata={"version": version})


class Between:
    """The S3 client, where another run comes in between before a manifest is deleted."""

    def __init__(self, aws: Aws, *others: Callable[[], None]) -> None:
        self._client = aws.s3
        self._others = list(others)

    def delete_object(self, **arguments: Any) -> Any:
        if self._others:
            self._others.pop(0)()
        return self._client.delete_object(**arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)


def test_nothing_stays_of_what_is_withdrawn(aws: Aws) -> None:
    put_files(aws, IMAGE, VERSION)
    put_manifest(aws, VERSION)
    aws.put("WorkBucket", rejected_preview_key(IMAGE, VERSION), b"preview")

    assert withdraw(aws) == {}

    assert aws.keys("PublishedBucket") == []
    assert aws.keys("WorkBucket") == []


def test_another_version_and_its_manifest_stay(aws: Aws) -> None:
    put_files(aws, IMAGE, VERSION)
    put_files(aws, IMAGE, OTHER)
    put_manifest(aws, OTHER)
    aws.put("WorkBucket", rejected_preview_key(IMAGE, OTHER), b"preview")

    withdraw(aws)

    assert set(aws.keys("PublishedBucket")) == {MANIFEST, *files(IMAGE, OTHER)}
    assert aws.keys("WorkBucket") == [rejected_preview_key(IMAGE, OTHER)]


@pytest.mark.parametrize(
    "name", [f"{IMAGE}/{VERSION}", f"{IMAGE}/{VERSION}/w320.avif", f"{IMAGE}/{VERSION}0", "trip"]
)
def test_an_image_whose_name_looks_like_a_part_of_another_stays(aws: Aws, name: str) -> None:
    put_files(aws, IMAGE, VERSION)
    put_manifest(aws, VERSION)
    for version in (VERSION, OTHER):
        put_files(aws, name, version)
    aws.put("PublishedBucket", manifest_key(name), b"{}", Metadata={"version": OTHER})

    withdraw(aws)

    kept = {manifest_key(name), *files(name, VERSION), *files(name, OTHER)}
    assert set(aws.keys("PublishedBucket")) == kept


def test_files_of_an_older_recipe_go_too(aws: Aws) -> None:
    aws.put("PublishedBucket", f"{IMAGE}/{VERSION}/no-such-variant-now.jpg", b"picture")

    withdraw(aws)

    assert aws.keys("PublishedBucket") == []


def test_a_version_of_more_files_than_one_page_lists_is_withdrawn_whole(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_files(aws, IMAGE, VERSION)
    client = aws.s3
    client.meta.events.register(
        "provide-client-params.s3.ListObjectsV2",
        lambda params, **_: params | {"MaxKeys": 1},
        unique_id="small-pages",
    )
    monkeypatch.setattr(publish.handler, "s3_client", lambda: client)
    try:
        withdraw(aws)
    finally:
        client.meta.events.unregister(
            "provide-client-params.s3.ListObjectsV2", unique_id="small-pages"
        )

    assert aws.keys("PublishedBucket") == []


def test_withdrawing_can_be_repeated(aws: Aws) -> None:
    put_files(aws, IMAGE, VERSION)
    put_manifest(aws, VERSION)
    withdraw(aws)

    assert withdraw(aws) == {}
    assert aws.keys("PublishedBucket") == []


@pytest.mark.parametrize(
    "call", ["head_object", "delete_object", "get_paginator", "delete_objects"]
)
def test_what_broke_on_the_way_is_finished_by_a_repeat(
    aws: Aws, monkeypatch: pytest.MonkeyPatch, refusing: Callable[[str], Exception], call: str
) -> None:
    put_files(aws, IMAGE, VERSION)
    put_manifest(aws, VERSION)
    aws.put("WorkBucket", rejected_preview_key(IMAGE, VERSION), b"preview")
    breaking = Between(aws)

    def fail(*_: Any, **__: Any) -> Any:
        raise refusing("SlowDown")

    with monkeypatch.context() as patched:
        patched.setattr(breaking, call, fail, raising=False)
        patched.setattr(publish.handler, "s3_client", lambda: breaking)
        with pytest.raises(Exception, match="SlowDown"):
            withdraw(aws)
    assert set(aws.keys("PublishedBucket")) >= files(IMAGE, VERSION), "the manifest goes first"

    withdraw(aws)

    assert aws.keys("PublishedBucket") == []
    assert aws.keys("WorkBucket") == []


def test_the_manifest_of_a_newer_run_that_comes_in_between_stays(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_files(aws, IMAGE, VERSION)
    put_manifest(aws, VERSION)
    between = Between(aws, lambda: put_manifest(aws, OTHER, "newer"))
    monkeypatch.setattr(publish.handler, "s3_client", lambda: between)

    withdraw(aws)

    assert aws.keys("PublishedBucket") == [MANIFEST]
    assert aws.read("PublishedBucket", MANIFEST) == b"newer"


def test_the_manifest_of_this_version_goes_though_it_was_just_written_again(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_manifest(aws, VERSION)
    between = Between(aws, lambda: put_manifest(aws, VERSION, "again"))
    monkeypatch.setattr(publish.handler, "s3_client", lambda: between)

    withdraw(aws)

    assert aws.keys("PublishedBucket") == []


def test_a_manifest_that_somebody_else_removes_is_gone_all_the_same(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_manifest(aws, VERSION)

    def remove() -> None:
        aws.s3.delete_object(Bucket=aws["PublishedBucket"], Key=MANIFEST)

    monkeypatch.setattr(publish.handler, "s3_client", lambda: Between(aws, remove))

    assert withdraw(aws) == {}


def test_a_manifest_that_keeps_changing_is_left_to_a_retry(
    aws: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    put_manifest(aws, VERSION)
    others = [
        lambda number=number: put_manifest(aws, VERSION, f"{number}") for number in range(ATTEMPTS)
    ]
    monkeypatch.setattr(publish.handler, "s3_client", lambda: Between(aws, *others))

    with pytest.raises(ManifestKept, match=f"{ATTEMPTS} times"):
        withdraw(aws)
