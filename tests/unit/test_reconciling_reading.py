"""How `darkroom reconcile` reads and starts, against services in memory."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError

from cli.reconciling import kinds
from cli.reconciling.comparing import compare
from cli.reconciling.facts import Execution, Terms, version_of
from cli.reconciling.kinds import Finding
from cli.reconciling.looks import look
from cli.reconciling.repairing import Done, repair_all
from cli.reconciling.repairs import Start, Wake, Withdraw
from cli.reconciling.source import Source
from cli.reconciling.tables import recorded
from darkroom import statuses

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
ISO = "2026-11-20T06:00:00.000Z"
TERMS = Terms(AT + timedelta(days=1), timedelta(0), "1", "uploads", "published", "withdraw")
ETAG = "e"
VERSION = version_of(ETAG, "1")


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, "call")


def item(image: str, status: str, **more: Any) -> dict[str, Any]:
    texts = {"image": image, "version": VERSION, "status": status, "execution": "run"}
    texts |= dict.fromkeys(("created_at", "claimed_at", "updated_at"), ISO)
    upload = {"key": {"S": f"raw/{image}"}, "etag": {"S": ETAG}}
    return {name: {"S": text} for name, text in texts.items()} | {"upload": {"M": upload}} | more


@dataclass
class World:
    """Buckets, table and executions; `calls` in order, `between` is run after each look's first."""

    uploads: list[str] = field(default_factory=list)
    published: dict[str, str] = field(default_factory=dict)
    items: list[dict[str, Any]] = field(default_factory=list)
    executions: dict[str, str] = field(default_factory=dict)
    state: str = "Review"
    calls: list[str] = field(default_factory=list)
    between: Callable[[], None] = lambda: None
    refused: str = ""

    def source(self) -> Source:
        client = cast(Any, self)
        return Source(
            client, client, client, "uploads", "published", "images", "pipeline", "withdraw"
        )

    def get_paginator(self, operation: str) -> Any:
        return SimpleNamespace(paginate=lambda **asked: getattr(self, operation)(**asked))

    def list_objects_v2(self, Bucket: str, Prefix: str, Delimiter: str = "") -> Iterator[Any]:
        self.calls.append(f"list {Bucket}")
        keys = self.uploads if Bucket == "uploads" else self.published
        for key in sorted(keys):  # a page each
            if key.startswith(Prefix) and not (Delimiter and Delimiter in key[len(Prefix) :]):
                yield {
                    "Contents": [{"Key": key, "ETag": f'"{ETAG}"', "LastModified": AT, "Size": 3}]
                }

    def scan(self, **asked: Any) -> Iterator[Any]:
        self.calls.append("scan")
        assert asked["ConsistentRead"] is True
        yield from ({"Items": [one]} for one in self.items)

    def query(self, **asked: Any) -> Iterator[Any]:
        assert asked["ConsistentRead"] is True
        wanted = asked["ExpressionAttributeValues"][":image"]
        self.calls.append("query")
        yield {"Items": [one for one in self.items if one["image"] == wanted]}

    def list_executions(self, stateMachineArn: str, statusFilter: str) -> Iterator[Any]:
        self.calls.append(f"list {stateMachineArn} {statusFilter}")
        if stateMachineArn == "pipeline":
            found = [arn for arn, status in self.executions.items() if status == statusFilter]
            yield {"executions": [{"executionArn": arn} for arn in found]}

    def describe_execution(self, executionArn: str) -> Any:
        self.calls.append("describe")
        if executionArn not in self.executions:
            raise refusal("ExecutionDoesNotExist")
        return {"status": self.executions[executionArn]}

    def get_execution_history(self, **asked: Any) -> Any:
        self.calls.append("history")
        assert asked["reverseOrder"] and not asked["includeExecutionData"]
        return {"events": [{}, {"stateEnteredEventDetails": {"name": self.state}}]}

    def head_object(self, Bucket: str, Key: str, **more: str) -> Any:
        self.calls.append(f"head {Bucket}")
        self.between()
        if Bucket == "uploads" and Key in self.uploads:
            version_id = more.get("VersionId", "null")
            return {
                "ETag": f'"{ETAG}"',
                "LastModified": AT,
                "ContentLength": 3,
                "VersionId": version_id,
            }
        if Bucket == "published" and Key in self.published:
            return {"Metadata": {"version": self.published[Key], "uploaded-at": ISO}}
        raise refusal("404")

    def start_execution(self, stateMachineArn: str, input: str) -> Any:
        self.calls.append(f"start {stateMachineArn} {input}")
        if self.refused:
            raise refusal(self.refused)
        return {"executionArn": "new"}

    def send_task_success(self, taskToken: str, output: str) -> Any:
        assert json.loads(output) == {}
        self.calls.append(f"wake {taskToken}")
        if self.refused:
            raise refusal(self.refused)


def waiting(**more: Any) -> dict[str, Any]:
    review = {"requested_at": {"S": ISO}, "decision": {"S": "approve"}, "decided_at": {"S": ISO}}
    return item("a.jpg", statuses.IN_REVIEW, review={"M": review}, task_token={"S": "t"}, **more)


def test_what_a_run_writes_is_listed_before_what_it_was_claimed_by() -> None:
    world = World()
    compare(world.source(), TERMS, "", lambda _: None)
    assert world.calls[:4] == ["list published", "list uploads", "scan", "list pipeline RUNNING"]


def test_a_healthy_picture_costs_no_request_of_its_own() -> None:
    published = {f"a.jpg/{VERSION}/w1.avif": "", "a.jpg/manifest.json": VERSION}
    world = World(["raw/a.jpg"], published, [item("a.jpg", statuses.PUBLISHED)])
    compared = compare(world.source(), TERMS, "", lambda _: None)
    assert (compared.findings, compared.images, compared.records) == ([], 1, 1)
    assert not {"query", "describe", "history"} & set(world.calls)
    assert not any(call.startswith("head") for call in world.calls)


def test_an_image_that_moves_while_it_is_looked_at_is_left_alone() -> None:
    """Here its run ends between the two readings of its record."""
    world = World(["raw/a.jpg"], {}, [item("a.jpg", statuses.PROCESSING)])
    [stuck] = compare(world.source(), TERMS, "", lambda _: None).findings
    assert stuck.kind == kinds.STOPPED

    def end() -> None:
        world.items = [item("a.jpg", statuses.INVALID)]

    world.between = end
    assert compare(world.source(), TERMS, "", lambda _: None).findings == []


def test_a_look_asks_after_executions_before_it_reads_the_record_again() -> None:
    world = World(["raw/a.jpg"], {}, [item("a.jpg", statuses.PROCESSING)], {"run": "ABORTED"})
    seen = look(world.source(), "a.jpg", set())
    assert seen is not None and seen.executions == {"run": Execution("ABORTED")}
    asked = [call for call in world.calls if call in ("query", "describe")]
    assert asked == ["query", "describe", "query"]


def test_where_a_run_waits_its_history_says() -> None:
    world = World(["raw/a.jpg"], {}, [waiting()], {"run": "RUNNING"})
    [finding] = compare(world.source(), TERMS, "", lambda _: None).findings
    assert (finding.kind, finding.repair) == (kinds.UNDELIVERED, Wake("t"))
    world.state = "Publish"
    assert compare(world.source(), TERMS, "", lambda _: None).findings == []


def test_a_version_id_is_passed_on_only_where_it_is_one() -> None:
    world = World(["raw/a.jpg"])
    [finding] = compare(world.source(), TERMS, "", lambda _: None).findings
    assert isinstance(finding.repair, Start)
    assert finding.repair.input["detail"]["object"] == {"key": "raw/a.jpg", "etag": ETAG, "size": 3}


def test_an_upload_that_s3_keeps_under_its_id_can_run_again() -> None:
    stuck = item("a.jpg", statuses.PROCESSING)
    stuck["upload"]["M"] |= {"etag": {"S": "older"}, "version_id": {"S": "v1"}}
    seen = look(World(["raw/a.jpg"], {}, [stuck]).source(), "a.jpg", set())
    assert seen is not None and seen.kept == {VERSION}


def test_the_name_of_an_image_may_be_that_of_anothers_folder() -> None:
    """Nothing of `a` is public where `a/<version>` is."""
    published = {f"a/{VERSION}/{VERSION}/w1.avif": "", f"a/{VERSION}/manifest.json": VERSION}
    seen = look(World([], published).source(), "a", {VERSION})
    assert seen is not None and not seen.is_public(VERSION)
    other = look(World([], published).source(), f"a/{VERSION}", {VERSION})
    assert other is not None and other.files == {VERSION}


def test_a_record_is_read_as_it_is() -> None:
    read = recorded(waiting(review_queue={"S": "IN_REVIEW"}))
    assert (read.decision, read.queued, read.task_token) == ("approve", True, "t")
    assert (read.upload["key"], read.superseded, read.failed_step) == ("raw/a.jpg", False, "")
    broke = item("a.jpg", statuses.FAILED, error={"M": {"step": {"S": "pipeline"}}})
    assert recorded(broke).failed_step == "pipeline"
    assert recorded(item("a", "INVALID", reason={"M": {"code": {"S": "empty"}}})).reason == "empty"


# ── Starting ─────────────────────────────────────────────────────────────────────────────────────


def finding(repair: Any) -> Finding:
    return Finding(kinds.STOPPED, "a.jpg", VERSION, "", repair, execution="run")


def test_each_repair_goes_to_its_machine() -> None:
    world = World()
    repairs = [Start({"n": "ü"}, "start"), Withdraw({"n": 2}, "retract"), Wake("t"), None]
    done = repair_all(world.source(), [finding(repair) for repair in repairs])
    assert done == [Done("new"), Done("new"), Done("run"), Done()]
    assert sorted(world.calls) == ['start pipeline {"n": "ü"}', 'start withdraw {"n": 2}', "wake t"]


@pytest.mark.parametrize("code", ["TaskDoesNotExist", "TaskTimedOut", "InvalidToken"])
def test_a_closed_token_waits_no_longer(code: str) -> None:
    world = World(refused=code)
    assert repair_all(world.source(), [finding(Wake("t"))]) == [Done("run")]


def test_what_cannot_be_started_is_said_and_the_next_one_goes_on() -> None:
    world = World(refused="ThrottlingException")
    done = repair_all(world.source(), [finding(Wake("t")), finding(Start({}, "restart"))])
    assert done == [Done(problem="ThrottlingException")] * 2
    assert len(world.calls) == 2
