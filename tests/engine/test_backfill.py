"""`darkroom backfill`: the recipes change, everything is made anew, and nobody is asked again."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cli import records
from cli.deployment import deploy
from cli.engine import Engine
from cli.main import main
from darkroom import statuses
from tests.conftest import Darkroom, deployed, wait_for
from tests.engine.breaking import calling_nobody
from tests.engine.conftest import decide, small

pytestmark = pytest.mark.engine

STACK = "recipes"
MANY = 500

Revise = Callable[[], None]
Command = Callable[..., Result]


@pytest.fixture(scope="module")
def recipes(engine: Engine, engine_home: Path) -> Darkroom:
    """A stack of its own, whose recipes change."""
    return deployed(engine, engine_home, STACK)


@pytest.fixture(scope="module")
def revise(engine: Engine, engine_home: Path, recipes: Darkroom) -> Revise:
    """Deploys the stack again with a raised RecipeRevision."""
    revision = 1

    def raise_it() -> None:
        nonlocal revision
        revision += 1
        deploy(engine, engine_home, {"RecipeRevision": str(revision)}, STACK)

    return raise_it


@pytest.fixture
def command(engine: Engine) -> Command:
    """The command, as against a stack in AWS: by its name, and by what the shell says."""

    def run(*arguments: str, exits: int = 0) -> Result:
        environment = {"AWS_ENDPOINT_URL": engine.endpoint, "COLUMNS": "200"}
        result = CliRunner().invoke(main, [*arguments, "--stack-name", STACK], env=environment)
        assert result.exit_code == exits, result.output
        return result

    return run


def newest(recipes: Darkroom, image: str) -> dict[str, Any]:
    found = records.newest(recipes.stack, image)
    assert found is not None
    return found


def test_everything_is_made_anew_and_what_people_said_stands(
    recipes: Darkroom, revise: Revise, command: Command
) -> None:
    clean, broken = "trip/ü clean.jpg", "trip/broken.jpg"
    approved, rejected = "trip/forbidden.jpg", "trip/no forbidden.jpg"
    retracted, reopened = "trip/retracted.jpg", "trip/reopened.jpg"
    for image in (clean, approved, rejected, retracted, reopened):
        recipes.run(image, small(image))
    recipes.run(broken, b"no picture")
    recipes.run("elsewhere.jpg", small("elsewhere"))
    decide(recipes, approved, "approve")
    decide(recipes, rejected, "reject")
    recipes.wait(approved, statuses.PUBLISHED)
    recipes.wait(rejected, statuses.REJECTED)
    command("retract", retracted, "--reason", "a court order", "--yes")
    command("reopen", reopened, "--reason", "a complaint")
    before = {image: newest(recipes, image) for image in (clean, approved, rejected)}
    asked, told = recipes.listen("ReviewTopicArn"), recipes.listen("OutcomeTopicArn")
    revise()

    report = json.loads(command("backfill", "trip/", "--json").output)

    assert report["counts"] == {
        statuses.INVALID: 1,
        statuses.IN_REVIEW: 1,
        statuses.PUBLISHED: 2,
        statuses.REJECTED: 1,
        statuses.RETRACTED: 1,
    }
    assert (report["already"], report["failures"]) == (0, [])
    for image in (clean, approved):
        record = newest(recipes, image)
        assert record["version"] != before[image]["version"]
        assert recipes.manifest(image)["version"] == record["version"]
    kept = newest(recipes, approved)
    assert kept["review"] == before[approved]["review"] | {
        "recalled_from": before[approved]["version"]
    }
    assert kept["flags"] == before[approved]["flags"]
    assert newest(recipes, rejected)["review"]["decision"] == "reject"
    for image in (rejected, retracted, reopened, broken):
        assert recipes.keys("PublishedBucket", f"{image}/") == [], image
    assert newest(recipes, retracted)["retraction"]["reason"] == "a court order"
    [flag] = newest(recipes, reopened)["flags"]
    assert flag["rule"] == "reopened" and "a complaint" in flag["detail"]
    assert newest(recipes, "elsewhere.jpg")["status"] == statuses.PUBLISHED
    assert len(records.versions(recipes.stack, "elsewhere.jpg")) == 1
    # Only about what is open was anybody asked, and each end was told once.
    assert [reopened in message["text"] for message in asked()] == [True]
    ends = Counter((message["image"], message["status"]) for message in told())
    assert ends[retracted, statuses.RETRACTED] == 1 and set(ends.values()) == {1}

    again = command("backfill", "trip/").output
    assert "6 were made before, with this RecipeRevision." in again
    assert "trip/" not in command("backfill", "elsewhere.jpg").output


def test_the_result_lies_in_the_work_bucket(recipes: Darkroom, command: Command) -> None:
    recipes.run("list/a.jpg", small("list"))
    report = json.loads(command("backfill", "list/", "--json").output)
    bucket, _, key = report["result"].removeprefix("s3://").partition("/")
    manifest = json.loads(recipes.read(bucket, key))
    [file] = manifest["ResultFiles"]["SUCCEEDED"]
    [line] = json.loads(recipes.read(bucket, file["Key"]))
    assert line == {
        "image": "list/a.jpg",
        "version": newest(recipes, "list/a.jpg")["version"],
        "status": statuses.PUBLISHED,
        "started": False,
    }


def test_failures_are_tolerated_up_to_a_share_and_told_and_mended(
    recipes: Darkroom, revise: Revise, command: Command
) -> None:
    images = [f"some/{number}.jpg" for number in range(4)]
    for image in images:
        recipes.run(image, small(image))
    revise()
    with calling_nobody(recipes, "PipelineArn", "Process"):
        tolerated = command("backfill", "some/", "--tolerate", "100", exits=1).output
        assert "FAILED 4" in tolerated and "4 failed; the first: some/" in tolerated
        assert "Process: " in tolerated and "darkroom rerun --failed" in tolerated
        stopped = command("backfill", "some/", exits=1).output
        assert "The backfill FAILED" in stopped and "tolerated failure threshold" in stopped

    command("rerun", "--failed")
    assert "4 were made before" in command("backfill", "some/").output


def test_what_lies_in_the_bucket_without_a_record_is_made(
    recipes: Darkroom, command: Command
) -> None:
    recipes.run("old/a.jpg", small("old"))
    [record] = records.versions(recipes.stack, "old/a.jpg")
    recipes.stack.dynamodb.delete_item(
        TableName=recipes.stack.outputs["ImagesTable"],
        Key={name: {"S": record[name]} for name in ("image", "version")},
    )
    report = json.loads(command("backfill", "old/", "--json").output)
    assert report["counts"] == {statuses.PUBLISHED: 1}


def test_it_can_be_left_to_itself(recipes: Darkroom, command: Command) -> None:
    recipes.run("alone/a.jpg", small("alone"))
    arn = json.loads(command("backfill", "alone/", "--no-wait", "--json").output)["execution"]
    wait_for(
        lambda: recipes.stepfunctions.describe_execution(executionArn=arn)["status"] == "SUCCEEDED",
        lambda: arn,
    )


@pytest.mark.parametrize("arguments", [(), ("trip/", "--all")])
def test_what_is_meant_has_to_be_said(command: Command, arguments: tuple[str, ...]) -> None:
    said = command("backfill", *arguments, exits=1).output
    assert "Expected either PREFIX, such as trip/, or --all." in said


def test_nothing_under_a_name_is_said(command: Command) -> None:
    assert "Nothing has been uploaded under that name." in command("backfill", "nobody/").output


@pytest.mark.slow
def test_five_hundred_pictures_are_made_anew(
    recipes: Darkroom, revise: Revise, command: Command
) -> None:
    images = [f"many/{number:03}{' forbidden' * (number % 50 == 0)}.jpg" for number in range(MANY)]
    for image in images:
        recipes.upload(image, small(image))
    flagged = [image for image in images if "forbidden" in image]
    for image in flagged:
        decide(recipes, image, "approve")
    for image in images:
        recipes.wait(image, statuses.PUBLISHED)
    before = {image: newest(recipes, image)["version"] for image in images}
    asked = recipes.listen("ReviewTopicArn")
    revise()

    report = json.loads(command("backfill", "many/", "--json").output)

    assert report["counts"] == {statuses.PUBLISHED: MANY} and len(flagged) == 10
    assert report["failures"] == [] and asked() == []
    for image in images:
        record = newest(recipes, image)
        assert record["status"] == statuses.PUBLISHED and record["version"] != before[image]
        assert recipes.manifest(image)["version"] == record["version"]
