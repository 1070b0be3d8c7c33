"""One stack on an engine with IAM on, deployed and used with key pairs."""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Iterator

import pytest

from cli import engine as engines
from cli.deployment import deploy, outputs
from cli.engine import Engine
from cli.stack import Stack
from tests.conftest import Darkroom, wait_for
from tests.iam import guarded
from tests.iam.guarded import Caller, Desk, ask
from tests.markup import Tags
from tests.pictures import jpeg

STACK = "guarded"
CLEAN, APPROVED, REJECTED = "clean.jpg", "forbidden good.jpg", "forbidden bad.jpg"


@pytest.fixture(scope="package")
def guarded_engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    home = tmp_path_factory.mktemp("guarded")
    try:
        yield guarded.start(home)
    finally:
        engines.stop(home)


@pytest.fixture(scope="package")
def operator(guarded_engine: Engine) -> Caller:
    """Deploys and looks after it: may do everything, as far as policies of resources let them."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    return guarded.user(guarded.root(guarded_engine), "operator", everything)


@pytest.fixture(scope="package")
def guarded_darkroom(operator: Caller, tmp_path_factory: pytest.TempPathFactory) -> Darkroom:
    """What `sam deploy` makes with the operator's keys. A reminder comes after a second."""
    endpoint, home = operator.engine.endpoint, tmp_path_factory.mktemp("deploying")
    deploy(Desk.of(operator), home, {"ReviewReminderSeconds": "1"}, STACK)
    found = outputs(operator.session, endpoint, STACK)
    return Darkroom(Stack(STACK, operator.session, endpoint, found))


@pytest.fixture(scope="package")
def ids(guarded_darkroom: Darkroom) -> dict[str, str]:
    """The physical names of all resources, by their logical ones."""
    cloudformation = guarded_darkroom.stack.client("cloudformation")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    return {
        one["LogicalResourceId"]: one["PhysicalResourceId"]
        for page in pages
        for one in page["StackResourceSummaries"]
    }


@pytest.fixture(scope="package")
def uploader(ids: dict[str, str], operator: Caller) -> Caller:
    raw = f"arn:aws:s3:::{ids['UploadBucket']}/raw/*"
    return guarded.user(
        operator, "uploader", {"Effect": "Allow", "Action": "s3:PutObject", "Resource": raw}
    )


@pytest.fixture(scope="package")
def messages(guarded_darkroom: Darkroom, uploader: Caller) -> dict[str, list[str]]:
    """Three pictures come with the uploader's keys: what reviewers are sent of each, in order."""
    received = guarded_darkroom.listen("ReviewTopicArn")
    for image in (CLEAN, APPROVED, REJECTED):
        uploader.client("s3").put_object(
            Bucket=guarded_darkroom.stack.outputs["UploadBucket"],
            Key=f"raw/{image}",
            Body=jpeg(image),
        )

    def sent() -> dict[str, list[str]] | None:
        texts = [message["text"] for message in received()]
        found = {one: [text for text in texts if one in text] for one in (APPROVED, REJECTED)}
        return found if all(len(two) == 2 for two in found.values()) else None

    return wait_for(sent, lambda: f"expected a request and a reminder each, got {received()}")


@pytest.fixture(scope="package")
def token(guarded_darkroom: Darkroom, messages: object) -> str:
    """The task token of the picture that is to be approved."""

    def found() -> str | None:
        [item] = guarded_darkroom.stack.dynamodb.query(
            TableName=guarded_darkroom.stack.outputs["ImagesTable"],
            KeyConditionExpression="image = :image",
            ExpressionAttributeValues={":image": {"S": APPROVED}},
        )["Items"]
        return item.get("task_token", {}).get("S")

    return wait_for(found, lambda: "no token came into the record")


@pytest.fixture(scope="package")
def decided(guarded_engine: Engine, messages: dict[str, list[str]], token: str) -> None:
    """One is approved, one rejected, by the link that was sent and after a look at its picture."""
    for image, decision in ((APPROVED, "approve"), (REJECTED, "reject")):
        found = re.search(r"^https://\S+/reviews/\S+$", messages[image][0], re.MULTILINE)
        assert found, messages[image]
        link = found[0]
        shown, _, page = ask(guarded_engine, "GET", link)
        pictures = [one["src"] for one in Tags(page).all("img")]
        assert (shown, bool(pictures)) == (200, True)
        for picture in pictures:
            status, _, _ = ask(guarded_engine, "GET", urllib.parse.urljoin(link, picture))
            assert status == 200, picture
        status, _, _ = ask(
            guarded_engine, "POST", f"{link}/decision", decision=decision, reviewer="Ann"
        )
        assert status == 303
