"""The bill's model of each step, against the requests that the handlers make."""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import botocore.client
import pytest
from PIL import Image

from cli.costing.histories import Run
from cli.costing.work import STEPS, operations
from darkroom.observability import logger
from tests.handlers import test_optimize_handler as optimizing
from tests.handlers import test_publish_handler as publishing
from tests.handlers import test_withdraw_handler as withdrawing
from tests.handlers.reviewing import Reviewer

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws

# S3 asks nothing for the first two; the others are the tests' own, when a function is made.
FREE = {"DeleteObject", "DeleteObjects", "CreateBucket", "CreateTable", "PutBucketVersioning"}
VARIANT = {"name": "w320", "kind": "rendition", "width": 40, "height": 27, "fit": "scale"}
FILTERED = {
    "name": "noir",
    "kind": "filter",
    "width": 40,
    "height": 27,
    "fit": "scale",
    "filter": "grayscale",
    "spec": {"name": "noir", "filter": "grayscale", "width": 40},
}


def batch(*variants: dict[str, Any]) -> dict[str, Any]:
    return {"name": "any-1", "variants": variants}


Call = Callable[["Aws", Any], Any]


class Watch:
    """What was asked of AWS, and what was logged, while it was on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: Counter[str] = Counter()
        self._log = io.StringIO()
        self._is_on = False
        monkeypatch.setattr(logger.registered_handler, "stream", self._log)
        call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

        def watched(client: Any, name: str, arguments: Any) -> Any:
            if self._is_on and name not in FREE:
                self.asked[name] += _count(name, arguments)
            return call(client, name, arguments)

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", watched)

    @contextmanager
    def on(self) -> Iterator[None]:
        self._is_on = True
        yield
        self._is_on = False

    @property
    def said(self) -> dict[str, Any]:
        lines: list[dict[str, Any]] = [json.loads(one) for one in self._log.getvalue().splitlines()]
        return lines[-1]


def _count(name: str, arguments: Mapping[str, Any]) -> int:
    """A batch counts as many as it has items."""
    if name != "BatchWriteItem":
        return 1
    return sum(map(len, arguments["RequestItems"].values()))


@pytest.fixture
def watch(monkeypatch: pytest.MonkeyPatch) -> Watch:
    return Watch(monkeypatch)


def a_run(made: Mapping[str, Any] | None = None, **states: int) -> Run:
    answer = {"Status": "SUCCEEDED", "Output": json.dumps(made or {})}
    image, version = publishing.IMAGE, publishing.VERSION
    return Run("arn", image, version, 0, Counter(states), Counter(), (answer,), None, ())


def holds(watch: Watch, step: str, message: str, run: Run | None = None) -> None:
    """The step said `message`, and asked for what the bill counts."""
    assert watch.said["message"] == message
    counted = operations(step, watch.said, run)
    assert counted is not None
    assert +counted == watch.asked


def test_validate_reads_once_and_asks_for_what_was_rejected(
    aws: Aws, watch: Watch, jpeg: bytes
) -> None:
    validate, upload = aws.function("ValidateFunction"), aws.upload("a.jpg", jpeg)
    with watch.on():
        validate({"upload": upload})
    holds(watch, "validate", "accepted")


def test_a_refused_picture_is_read_once(aws: Aws, watch: Watch) -> None:
    validate, upload = aws.function("ValidateFunction"), aws.upload("a.jpg", b"no picture")
    with watch.on():
        validate({"upload": upload})
    holds(watch, "validate", "invalid")


def test_moderation_writes_one_more_picture(aws: Aws, watch: Watch, jpeg: bytes) -> None:
    validate = aws.function("ValidateFunction", Moderation="rekognition")
    upload = aws.upload("a.jpg", jpeg)
    with watch.on():
        validate({"upload": upload})
    watch.asked["PutObject"] -= 1  # which the bill adds where the function is set so
    watch.asked = +watch.asked
    holds(watch, "validate", "accepted")


@pytest.mark.parametrize(("step", "variant"), [("resize", VARIANT), ("filter", FILTERED)])
def test_a_batch_of_masters_takes_one_read_and_one_write(
    aws: Aws, watch: Watch, jpeg: bytes, step: str, variant: dict[str, Any]
) -> None:
    make, upload = aws.function(f"{step.title()}Function"), aws.upload("a.jpg", jpeg)
    with watch.on():
        make({"upload": upload, "batch": batch(variant, variant | {"name": "another"})})
    holds(watch, step, "made")


@pytest.mark.parametrize(("step", "variant"), [("resize", VARIANT), ("filter", FILTERED)])
def test_a_deleted_upload_takes_one_read(
    aws: Aws, watch: Watch, jpeg: bytes, step: str, variant: dict[str, Any]
) -> None:
    make, upload = aws.function(f"{step.title()}Function"), aws.upload("a.jpg", jpeg)
    with watch.on():
        make({"upload": upload | {"etag": "0" * 32}, "batch": batch(variant)})
    holds(watch, step, "gone")


def test_optimize_reads_a_master_and_writes_each_file(
    aws: Aws, watch: Watch, drawn: Image.Image
) -> None:
    optimizing.put_master(aws, drawn)
    with watch.on():
        optimizing.run(aws, waiting=False)
    assert watch.asked["PutObject"] == len(optimizing.FORMATS)
    holds(watch, "optimize", "encoded")


def test_a_clean_picture_is_published_with_its_manifest_alone(aws: Aws, watch: Watch) -> None:
    with watch.on():
        publishing.run(aws)
    holds(watch, "publish", "published", a_run(publishing.made([])))


def test_what_waited_is_copied(aws: Aws, watch: Watch) -> None:
    publishing.put_waiting(aws)
    with watch.on():
        publishing.run(aws, flagged=True)
    assert watch.asked["CopyObject"] == len(publishing.NAMES)
    holds(watch, "publish", "published", a_run(publishing.made(publishing.FLAGS), Answer=1))


def test_what_a_newer_upload_replaced_is_only_looked_at(aws: Aws, watch: Watch) -> None:
    publishing.run(aws, publishing.NEWER, sequencer="0055AED6DCD90281F5")
    with watch.on():
        publishing.run(aws, flagged=True)
    assert watch.said["superseded_by"] == publishing.NEWER
    holds(watch, "publish", "published", a_run(publishing.made(publishing.FLAGS), Answer=1))


def test_a_rejected_picture_leaves_its_likeness_and_a_preview(aws: Aws, watch: Watch) -> None:
    publishing.put_waiting(aws)
    with watch.on():
        publishing.discard(aws, rejected=publishing.REJECTED)
    holds(watch, "publish", "discarded", a_run(publishing.made(publishing.FLAGS)))


def test_an_expired_picture_leaves_nothing(aws: Aws, watch: Watch) -> None:
    publishing.put_waiting(aws)
    with watch.on():
        publishing.discard(aws)
    holds(watch, "publish", "discarded", a_run(publishing.made(publishing.FLAGS), Expired=1))


def test_a_withdrawal_looks_for_what_is_published(aws: Aws, watch: Watch) -> None:
    withdrawing.put_files(aws, withdrawing.IMAGE, withdrawing.VERSION)
    withdrawing.put_manifest(aws, withdrawing.VERSION)
    with watch.on():
        withdrawing.withdraw(aws)
    holds(watch, "publish", "withdrawn")


def test_a_request_writes_twice_and_sends_one_message(reviewer: Reviewer, watch: Watch) -> None:
    with watch.on():
        reviewer.request()
    holds(watch, "review", "asked for a review")


def test_a_reminder_reads_twice_and_sends_one_message(
    reviewer: Reviewer, path: str, watch: Watch
) -> None:
    event = reviewer.event(action="remind", reminded_at="2025-11-22T06:04:20.000Z")
    remind = reviewer.aws.function("ReviewFunction")
    with watch.on():
        remind(event)
    holds(watch, "review", "reminded")


def test_what_nobody_knows_is_not_counted() -> None:
    assert operations("validate", {"message": "something else"}, None) is None


def test_every_step_that_writes_to_a_bucket_or_a_table_is_known(template: dict[str, Any]) -> None:
    functions = {
        name.removesuffix("Function").lower()
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert {step for step, _ in STEPS} == functions
