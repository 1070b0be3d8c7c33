"""Each kind of orphan, made for real, found, started again, and gone."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cli import records
from cli.reconciling import kinds
from darkroom import statuses
from tests.conftest import Darkroom, wait_for
from tests.engine.conftest import Command
from tests.pictures import jpeg

pytestmark = pytest.mark.engine

PREFIX = "raw/reconcile/"
SMALL = (80, 80)
LONG_AGO = "2026-01-01T00:00:00.000Z"
SAID = {"by": {"S": "Ann"}, "at": {"S": LONG_AGO}, "reason": {"S": "a complaint"}}


def reconcile(command: Command, *options: str) -> subprocess.CompletedProcess[str]:
    return command("darkroom", "reconcile", "--json", "--prefix", PREFIX, "--grace", "0", *options)


def found(answer: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    assert answer.stdout, answer.stderr
    listed: list[dict[str, Any]] = json.loads(answer.stdout)
    return listed


class Breaking:
    """Leaves an image as a crash, a lost event or a mistaken hand would."""

    def __init__(self, darkroom: Darkroom) -> None:
        self.darkroom = darkroom
        self.stack = darkroom.stack
        self.published = self.stack.outputs["PublishedBucket"]

    def stop(self, record: dict[str, Any]) -> None:
        """`settle` records it at once."""
        self.darkroom.stepfunctions.stop_execution(executionArn=record["execution"])
        self.darkroom.wait(record["image"], statuses.FAILED)

    def put_back(self, record: dict[str, Any], **more: Any) -> None:
        self.set(record, status={"S": statuses.PROCESSING}, **more)

    def decide(self, record: dict[str, Any]) -> None:
        """As the page writes it, without waking the run."""
        said = {"decision": "approve", "reviewer": "Ann", "via": "link", "decided_at": LONG_AGO}
        review = record["review"] | said
        self.set(record, review={"M": {name: {"S": text} for name, text in review.items()}})
        self._update(record, "REMOVE review_queue, review_requested_at", {}, {})

    def retracted_half_way(self, record: dict[str, Any]) -> None:
        self.set(record, status={"S": statuses.RETRACTED}, retraction={"M": SAID})

    def reopened_half_way(self, record: dict[str, Any]) -> None:
        """The withdrawal died behind its claim."""
        execution = self.darkroom.stepfunctions.start_execution(
            stateMachineArn=self.stack.outputs["WithdrawArn"],
            input=json.dumps({"action": "none", "image": "none", "version": "none"}),
        )["executionArn"]
        self.put_back(record, execution={"S": execution}, reopened={"M": SAID})

    def forget(self, record: dict[str, Any]) -> None:
        """As if its event had never come."""
        self.unpublish(record)
        self.stack.dynamodb.delete_item(
            TableName=self.stack.outputs["ImagesTable"], Key=self._key(record)
        )

    def unpublish(self, record: dict[str, Any], name: str = "") -> None:
        for key in self.darkroom.keys("PublishedBucket", f"{record['image']}/{name}"):
            self.stack.s3.delete_object(Bucket=self.published, Key=key)

    def publish(self, image: str, version: str) -> None:
        self.stack.s3.put_object(
            Bucket=self.published, Key=f"{image}/{version}/w80.jpg", Body=b"pixels"
        )

    def lose(self, record: dict[str, Any]) -> None:
        self.unpublish(record)
        self.put_back(record)
        self.stack.s3.delete_object(
            Bucket=self.stack.outputs["UploadBucket"], Key=f"raw/{record['image']}"
        )

    def upload_twice_more(self, record: dict[str, Any]) -> None:
        """A → B → A."""
        image = record["image"]
        self.darkroom.upload(image, jpeg("B", SMALL))
        wait_for(lambda: self._shows_another(record), lambda: f"{image}: no second version")
        self.darkroom.upload(image, jpeg(image, SMALL))

    def _shows_another(self, record: dict[str, Any]) -> bool:
        versions = records.versions(self.stack, record["image"])
        return [one["status"] for one in versions] == [statuses.PUBLISHED] * 2

    def set(self, record: dict[str, Any], **fields: Any) -> None:
        update = "SET " + ", ".join(f"#{name} = :{name}" for name in fields)
        names = {f"#{name}": name for name in fields}
        self._update(record, update, names, {f":{name}": fields[name] for name in fields})

    def _update(
        self, record: dict[str, Any], update: str, names: dict[str, str], values: dict[str, Any]
    ) -> None:
        optional: dict[str, Any] = {"ExpressionAttributeNames": names} if names else {}
        optional |= {"ExpressionAttributeValues": values} if values else {}
        self.stack.dynamodb.update_item(
            TableName=self.stack.outputs["ImagesTable"],
            Key=self._key(record),
            UpdateExpression=update,
            **optional,
        )

    def _key(self, record: dict[str, Any]) -> Any:
        return {name: {"S": record[name]} for name in ("image", "version")}


def test_everything_that_is_stuck_is_found_and_comes_to_its_end(
    darkroom: Darkroom, command: Command
) -> None:
    broken = Breaking(darkroom)
    # Each image, with what it is found as, and how it ends. Empty files end INVALID, and soon.
    expected = {
        "stopped.jpg": (kinds.STOPPED, statuses.PUBLISHED),
        "empty put back": (kinds.STOPPED, statuses.INVALID),
        "forbidden aborted.jpg": (kinds.UNDELIVERED, statuses.PUBLISHED),
        "forbidden asleep.jpg": (kinds.UNDELIVERED, statuses.PUBLISHED),
        "forbidden public.jpg": (kinds.PUBLIC, statuses.IN_REVIEW),
        "empty unclaimed %2F+&\x01u\u0308": (kinds.UNCLAIMED, statuses.INVALID),
        "missing.jpg": (kinds.MISSING, statuses.PUBLISHED),
        "a b a.jpg": (kinds.OUT_OF_DATE, statuses.PUBLISHED),
        "empty retracted": (kinds.PUBLIC, statuses.RETRACTED),
        "empty reopened": (kinds.WITHDRAWAL, statuses.INVALID),
        "empty lost": (kinds.LOST, statuses.INVALID),
    }
    images = {name: f"reconcile/{name}" for name in expected}
    for name, image in images.items():
        darkroom.upload(image, b"" if name.startswith("empty") else jpeg(image, SMALL))
    broken.stop(darkroom.wait(images["stopped.jpg"], statuses.PROCESSING))
    settled = {
        name: darkroom.wait(image, statuses.PUBLISHED, statuses.IN_REVIEW, statuses.INVALID)
        for name, image in images.items()
        if name != "stopped.jpg"
    }
    assert found(reconcile(command, "--grace", "600")) == [], "all of it is young"

    broken.put_back(settled["empty put back"])
    broken.decide(settled["forbidden aborted.jpg"])
    broken.stop(settled["forbidden aborted.jpg"])
    broken.decide(settled["forbidden asleep.jpg"])
    broken.publish(images["forbidden public.jpg"], settled["forbidden public.jpg"]["version"])
    broken.forget(settled["empty unclaimed %2F+&\x01u\u0308"])
    broken.unpublish(settled["missing.jpg"], "manifest.json")
    broken.upload_twice_more(settled["a b a.jpg"])
    for name in ("empty retracted", "empty reopened"):
        broken.publish(images[name], settled[name]["version"])
    broken.retracted_half_way(settled["empty retracted"])
    broken.reopened_half_way(settled["empty reopened"])
    broken.lose(settled["empty lost"])
    told = darkroom.listen("OutcomeTopicArn")

    looked = reconcile(command)
    assert looked.returncode == 1
    assert {one["image"]: one["kind"] for one in found(looked)} == {
        images[name]: kind for name, (kind, _) in expected.items()
    }
    with ThreadPoolExecutor(2) as operators:  # who both press at once
        repaired = list(operators.map(lambda _: reconcile(command, "--repair"), range(2)))
    assert [answer.returncode for answer in repaired] == [0, 0], repaired

    wait_for(lambda: _ends(told(), expected, images), lambda: str(told()))
    wait_for(lambda: reconcile(command).returncode == 0, lambda: reconcile(command).stdout)
    for name, (_, status) in expected.items():
        version = settled[name]["version"] if name in settled else None
        darkroom.wait(images[name], status, version=version)
    ends = _ends(told(), expected, images)
    assert ends is not None and set(ends.values()) == {1}, "nothing was done twice"
    for name in ("forbidden public.jpg", "empty retracted", "empty reopened"):
        assert darkroom.keys("PublishedBucket", f"{images[name]}/") == []
    shown = darkroom.manifest(images["a b a.jpg"])
    assert shown["version"] == settled["a b a.jpg"]["version"]
    for name in ("forbidden aborted.jpg", "forbidden asleep.jpg"):
        assert darkroom.manifest(images[name])["review"]["reviewer"] == "Ann"


def _ends(
    told: list[dict[str, Any]], expected: dict[str, tuple[str, str]], images: dict[str, str]
) -> Counter[str] | None:
    """Messages of each image that ended; None until all are there."""
    ended = {images[name] for name, (_, end) in expected.items() if end != statuses.IN_REVIEW}
    ends = Counter(message["image"] for message in told if message.get("image") in ended)
    return ends if set(ends) == ended else None


def test_what_nobody_can_make_again_is_named(darkroom: Darkroom, command: Command) -> None:
    image, version = "reconcile/nobody.jpg", hashlib.sha256(b"").hexdigest()[:16]
    Breaking(darkroom).publish(image, version)
    try:
        answer = reconcile(command, "--repair")
        assert answer.returncode == 1
        [orphan] = found(answer)
        assert (orphan["kind"], orphan["version"]) == (kinds.UNRECORDED, version)
        assert orphan["repair"] is None
        assert f"/{image}/{version}/" in orphan["next"]
    finally:
        Breaking(darkroom).unpublish({"image": image})


def test_a_person_is_told_what_and_how(darkroom: Darkroom, command: Command) -> None:
    record = darkroom.run("reconcile/told.jpg", jpeg("told", SMALL))
    Breaking(darkroom).unpublish(record, "manifest.json")
    options = ("darkroom", "reconcile", "--prefix", "reconcile/told", "--grace", "0")

    looked, repaired = command(*options), command(*options, "--repair")

    assert (looked.returncode, repaired.returncode) == (1, 0)
    assert "Recorded as published, and not there: 1" in looked.stdout
    assert "--repair: run it again" in looked.stdout
    assert "started again" in repaired.stdout and "1 started, 0 left" in repaired.stdout
    wait_for(lambda: command(*options).returncode == 0, lambda: command(*options).stdout)
    assert "Nothing is stuck in 1 images and 1 records." in command(*options).stdout
