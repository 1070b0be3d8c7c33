"""A stack's life: deployed as the first version was, used, updated to today's, removed.

On an engine of its own, so that what is left at the end is all that there is.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import jmespath
import pytest

from cli import deployment, records
from cli import engine as engines
from cli.deployment import STACK
from cli.engine import Engine
from cli.stack import local_session
from darkroom import statuses
from darkroom.items import plain_item
from tests.conftest import Darkroom, deployed
from tests.pictures import jpeg

pytestmark = pytest.mark.engine

PROJECT = Path(__file__).parents[2]
FIRST = Path(__file__).parent / "first"
IMAGE = "trip/a b+ü.jpg"
KEPT = {"UploadBucket", "PublishedBucket", "WorkBucket", "ImagesTable"}
SAM = "aws-sam-cli-managed-default"


@dataclass
class Life:
    """`darkroom`: as it is now. `before`: the physical ids of the first version, by name."""

    engine: Engine
    home: Path
    darkroom: Darkroom
    before: dict[str, str]

    @property
    def session(self) -> boto3.Session:
        return local_session()

    def client(self, service: str) -> Any:
        return self.session.client(service, endpoint_url=self.engine.endpoint)  # type: ignore[call-overload]

    def ids(self) -> dict[str, str]:
        return ids(self.darkroom)


def ids(darkroom: Darkroom) -> dict[str, str]:
    pages = (
        darkroom.stack.client("cloudformation")
        .get_paginator("list_stack_resources")
        .paginate(StackName=STACK)
    )
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in pages
        for one in page["StackResourceSummaries"]
    }


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Life]:
    """The first version with a picture in it, and today's deployed over it by the same command."""
    home = tmp_path_factory.mktemp("life")
    tree = home / "first"
    shutil.copytree(FIRST, tree)
    (tree / "functions").symlink_to(PROJECT / "functions")
    try:
        engine = engines.start(home)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(deployment, "TEMPLATE", tree / "template.yaml")
            first = deployed(engine, home, STACK)
        before = ids(first)
        fill(first, before)
        darkroom = deployed(engine, home, STACK)
        darkroom.stack.client("events").enable_rule(Name=ids(darkroom)["PipelineUpload"])
        yield Life(engine, home, darkroom, before)
    finally:
        engines.stop(home)


def fill(first: Darkroom, names: dict[str, str]) -> None:
    """As the first version's functions left it. Today's would not understand its state machines,
    so that no upload may start one."""
    first.stack.client("events").disable_rule(Name=names["PipelineUpload"])
    first.upload(IMAGE, (PROJECT / "samples/sea-glitter.jpg").read_bytes())
    manifest = (FIRST / "manifest.json").read_bytes()
    bucket = first.stack.outputs["PublishedBucket"]
    for variant in json.loads(manifest)["variants"]:
        for file in variant["files"]:
            first.stack.s3.put_object(Bucket=bucket, Key=file["key"], Body=file["key"].encode())
    first.stack.s3.put_object(
        Bucket=bucket,
        Key=f"{IMAGE}/manifest.json",
        Body=manifest,
        Metadata={
            "version": json.loads(manifest)["version"],
            "uploaded-at": "2026-11-20T23:28:15Z",
            "sequencer": "",
            "started-at": "2026-11-20T23:28:15.177Z",
        },
    )
    first.stack.dynamodb.put_item(
        TableName=first.stack.outputs["ImagesTable"], Item=record_of_the_first()
    )


def record_of_the_first() -> dict[str, Any]:
    item: dict[str, Any] = json.loads((FIRST / "record.json").read_text())
    return item


# ── Updated ──────────────────────────────────────────────────────────────────────────────────────


def assert_nothing_was_lost(life: Life) -> None:
    now = life.ids()
    assert {name: now[name] for name in KEPT} == {name: life.before[name] for name in KEPT}
    assert_contents(life)


def assert_contents(life: Life) -> None:
    """What the first version held, object by object and field by field."""
    manifest = json.loads((FIRST / "manifest.json").read_text())
    assert life.darkroom.manifest(IMAGE) == manifest
    bucket = life.darkroom.stack.outputs["PublishedBucket"]
    for variant in manifest["variants"]:
        for file in variant["files"]:
            assert life.darkroom.read(bucket, file["key"]) == file["key"].encode()
    uploads = life.darkroom.stack.outputs["UploadBucket"]
    sample = (PROJECT / "samples/sea-glitter.jpg").read_bytes()
    assert life.darkroom.read(uploads, f"raw/{IMAGE}") == sample
    expected = records.public(record_of_the_first())
    assert records.versions(life.darkroom.stack, IMAGE)[0] == expected


def test_an_update_replaces_no_bucket_and_no_table(life: Life) -> None:
    assert set(life.before) < set(life.ids())
    assert_nothing_was_lost(life)


def test_todays_command_reads_the_record_of_the_first_version(life: Life) -> None:
    answer = command(life, "darkroom", "status", IMAGE, "--stack-name", STACK, "--json")
    [record] = json.loads(answer)
    assert record["status"] == statuses.PUBLISHED
    assert record == plain_item(record_of_the_first())


def test_the_pipeline_works_after_the_update(life: Life) -> None:
    record = life.darkroom.run("trip/new.jpg", jpeg("new", (700, 400)))
    assert record["status"] == statuses.PUBLISHED
    assert life.darkroom.manifest("trip/new.jpg")["version"] == record["version"]


def test_cloudfront_can_be_added_and_taken_away(life: Life) -> None:
    for delivery, is_there in (("cloudfront", True), ("none", False)):
        life.darkroom = deployed(life.engine, life.home, STACK, Delivery=delivery)
        assert ("DeliveryUrl" in life.darkroom.stack.outputs) is is_there
        assert ("Distribution" in life.ids()) is is_there
        assert_nothing_was_lost(life)
    record = life.darkroom.run("trip/after.jpg", jpeg("after", (80, 64)))
    assert record["status"] == statuses.PUBLISHED


# ── Removed ──────────────────────────────────────────────────────────────────────────────────────


def blocks(heading: str) -> list[str]:
    """The commands below a heading of docs/deploy.md."""
    text = (PROJECT / "docs/deploy.md").read_text()
    section = text[text.index(f"\n## {heading}\n") :].split("\n## ")[1]
    return re.findall(r"```sh aws\n(.*?)```", section, re.DOTALL)


def command(life: Life, *words: str) -> str:
    """What a program says that was run with the credentials and the region in the shell."""
    answer = subprocess.run(
        words,
        cwd=PROJECT,
        env=os.environ
        | {name: one for name, one in life.engine.environment().items() if name != "AWS_REGION"}
        | {
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "DARKROOM_HOME": str(life.home),
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "0.1",
            "AWS_PAGER": "",
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def left(life: Life) -> set[str]:
    """What the account holds, by type and name."""
    lists = {
        "bucket": ("s3", "list_buckets", "Buckets[].Name"),
        "table": ("dynamodb", "list_tables", "TableNames[]"),
        "function": ("lambda", "list_functions", "Functions[].FunctionName"),
        "layer": ("lambda", "list_layers", "Layers[].LayerName"),
        "machine": ("stepfunctions", "list_state_machines", "stateMachines[].name"),
        "topic": ("sns", "list_topics", "Topics[].TopicArn"),
        "subscription": ("sns", "list_subscriptions", "Subscriptions[].SubscriptionArn"),
        "queue": ("sqs", "list_queues", "QueueUrls[]"),
        "rule": ("events", "list_rules", "Rules[].Name"),
        "secret": ("secretsmanager", "list_secrets", "SecretList[].Name"),
        "alarm": ("cloudwatch", "describe_alarms", "MetricAlarms[].AlarmName"),
        "log group": ("logs", "describe_log_groups", "logGroups[].logGroupName"),
        "role": ("iam", "list_roles", "Roles[].RoleName"),
        "distribution": ("cloudfront", "list_distributions", "DistributionList.Items[].Id"),
    }
    found = set()
    for kind, (service, operation, query) in lists.items():
        client = life.client(service)
        pages = (
            client.get_paginator(operation).paginate()
            if client.can_paginate(operation)
            else [getattr(client, operation)()]
        )
        for page in pages:
            found |= {f"{kind} {name}" for name in (jmespath.search(query, page) or [])}
    return found


def test_the_documented_commands_leave_nothing_but_what_is_kept_and_then_nothing(
    life: Life,
) -> None:
    """The last test: there is no stack afterwards."""
    remove, for_good, of_sam = blocks("Removing")
    kept = {
        f"{'table' if name.endswith('Table') else 'bucket'} {id}"
        for name, id in life.ids().items()
        if name in {"UploadBucket", "PublishedBucket"} or name.endswith("Table")
    }
    sam = {one for one in left(life) if SAM in one}
    assert len(kept) == 6 and sam and left(life) > kept | sam

    names = life.home / "names"  # what stays in the shell from block to block
    shell(life, f"{remove}\ndeclare -p UPLOAD_BUCKET PUBLISHED_BUCKET TABLES > {names}")
    assert left(life) == kept | sam
    assert_contents(life)

    shell(life, f". {names}\n{for_good}\ndeclare -p EMPTY > {names}")
    assert left(life) == sam

    shell(life, f". {names}\n{of_sam}")
    assert left(life) == set()


def shell(life: Life, script: str) -> None:
    command(life, "bash", "-euc", script)
