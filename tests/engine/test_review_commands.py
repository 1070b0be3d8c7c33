"""The operator's commands on whole runs: deciding, taking back, and what the trail keeps of it."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from typing import Any

import pytest

from cli import records
from darkroom import statuses
from tests.conftest import Darkroom, wait_for
from tests.engine.conftest import Command
from tests.pictures import jpeg

pytestmark = pytest.mark.engine


def told(answer: subprocess.CompletedProcess[str]) -> str:
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def refused(answer: subprocess.CompletedProcess[str]) -> str:
    assert answer.returncode == 1, answer.stdout + answer.stderr
    return answer.stderr


def waiting(darkroom: Darkroom, image: str) -> dict[str, Any]:
    record = darkroom.run(image, jpeg(image))
    assert record["status"] == statuses.IN_REVIEW, record
    return record


def newer(darkroom: Darkroom, image: str) -> dict[str, Any]:
    """The second version's record, once it is published."""

    def reached() -> dict[str, Any] | None:
        found = records.versions(darkroom.stack, image)
        return found[1] if len(found) > 1 and found[1]["status"] == statuses.PUBLISHED else None

    return wait_for(reached, lambda: f"{image}: expected a second version to be published")


def history(command: Command, image: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(told(command("darkroom", "history", image, "--json")))
    return found


def test_the_operator_approves_once_and_is_told_what_became_of_it(
    darkroom: Darkroom, command: Command
) -> None:
    image = "operator/forbidden approved.jpg"
    waiting(darkroom, image)

    approved = told(command("darkroom", "approve", image, "--as", "Ann", "--note", "is <art>"))
    again = refused(command("darkroom", "reject", image, "--as", "Bob", "--reason", "spam"))

    assert f"{image} PUBLISHED" in approved
    assert "There is nothing to decide on" in again and "is PUBLISHED" in again
    record = darkroom.wait(image, statuses.PUBLISHED)
    assert (record["review"]["reviewer"], record["review"]["note"]) == ("Ann", "is <art>")
    requested, decided = history(command, image)
    assert (requested["event"], decided["event"]) == ("requested", "decided")
    assert (decided["by"], decided["decision"], decided["note"]) == ("Ann", "approve", "is <art>")


def test_the_operator_rejects_with_a_reason(darkroom: Darkroom, command: Command) -> None:
    image = "operator/forbidden rejected.jpg"
    waiting(darkroom, image)

    said = told(command("darkroom", "reject", f"raw/{image}", "--as", "Bob", "--reason", "spam"))

    assert f"{image} REJECTED" in said and "review reason: spam" in said
    assert darkroom.wait(image, statuses.REJECTED)["review"]["reason"] == "spam"
    assert darkroom.keys("PublishedBucket", f"{image}/") == []


def test_a_decision_is_taken_back_and_made_again(darkroom: Darkroom, command: Command) -> None:
    image = "operator/forbidden reopened.jpg"
    first = waiting(darkroom, image)
    told(command("darkroom", "approve", image, "--as", "Ann"))
    assert darkroom.keys("PublishedBucket", f"{image}/")

    said = told(command("darkroom", "reopen", image, "--as", "Bob", "--reason", "look again"))

    assert darkroom.keys("PublishedBucket", f"{image}/") == []
    reopened = darkroom.wait(image, statuses.IN_REVIEW)
    assert reopened["version"] == first["version"]
    assert "reopened" in [flag["rule"] for flag in reopened["flags"]]
    [link] = [line.split()[1] for line in said.splitlines() if line.startswith("  link: ")]
    with urllib.request.urlopen(link) as page:
        assert page.status == 200
    waits = refused(command("darkroom", "reopen", image))
    assert "waits for a decision already" in waits and link in waits

    told(command("darkroom", "reject", image, "--as", "Bob", "--reason", "spam"))
    told(command("darkroom", "reopen", image, "--as", "Ann"))
    told(command("darkroom", "approve", image, "--as", "Ann"))
    assert darkroom.manifest(image)["version"] == first["version"]
    trail = history(command, image)
    assert [(entry["event"], entry.get("by")) for entry in trail if entry["event"] != "opened"] == [
        ("requested", None),
        ("decided", "Ann"),
        ("reopened", "Bob"),
        ("requested", None),
        ("decided", "Bob"),
        ("reopened", "Ann"),
        ("requested", None),
        ("decided", "Ann"),
    ]


def test_a_clean_picture_can_be_sent_to_review_as_well(
    darkroom: Darkroom, command: Command
) -> None:
    image = "operator/clean.jpg"
    assert darkroom.run(image, jpeg(image))["status"] == statuses.PUBLISHED

    told(command("darkroom", "reopen", image, "--as", "Ann", "--reason", "a complaint"))

    assert darkroom.keys("PublishedBucket", f"{image}/") == []
    told(command("darkroom", "approve", image, "--as", "Ann"))
    assert darkroom.manifest(image)["image"] == image


def test_a_take_down_withdraws_every_version_for_good(darkroom: Darkroom, command: Command) -> None:
    image = "operator/taken down.jpg"
    darkroom.run(image, jpeg("taken down 1"))
    old = darkroom.wait(image, statuses.PUBLISHED)
    darkroom.upload(image, jpeg("taken down 2"))
    new = newer(darkroom, image)
    messages = darkroom.listen("OutcomeTopicArn")

    said = told(command("darkroom", "retract", image, "--as", "Ann", "--reason", "a notice"))
    again = told(command("darkroom", "retract", image, "--as", "Ann", "--reason", "a notice"))

    assert "invalidate /operator/taken%20down.jpg/* in your CDN" in said
    assert "retracted already" in again
    assert darkroom.keys("PublishedBucket", f"{image}/") == []
    for version in (old["version"], new["version"]):
        record = darkroom.wait(image, statuses.RETRACTED, version=version)
        assert (record["retraction"]["by"], record["retraction"]["reason"]) == ("Ann", "a notice")
    assert {message["version"] for message in messages() if message["image"] == image} == {
        old["version"],
        new["version"],
    }
    assert [entry["event"] for entry in history(command, image)] == ["retracted", "retracted"]
    assert "withdrawn for good" in refused(command("darkroom", "reopen", image))


def test_reviewers_come_and_go(command: Command) -> None:
    link = told(command("darkroom", "reviewers", "add", "Ann of the tests")).splitlines()[0]

    with urllib.request.urlopen(link) as page:
        assert page.status == 200
    listed = json.loads(told(command("darkroom", "reviewers", "list", "--json")))
    assert "Ann of the tests" in [reviewer["name"] for reviewer in listed]
    told(command("darkroom", "reviewers", "remove", "Ann of the tests"))
    assert "There is no reviewer" in refused(
        command("darkroom", "reviewers", "remove", "Ann of the tests")
    )
