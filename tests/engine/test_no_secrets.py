"""No task token, no key and no session stands in a log, a message, a page or a manifest."""

from __future__ import annotations

import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from cli import reviewers
from cli.reviews import review_link
from cli.watching.board import board
from cli.watching.watcher import Watcher
from darkroom import statuses
from darkroom.moments import now, stamp
from tests.browser.scanner import Answer, ask
from tests.conftest import Darkroom, wait_for
from tests.engine.breaking import without_settings
from tests.engine.conftest import Operator
from tests.engine.test_forgeries import items, key_of
from tests.engine.test_review import post
from tests.leaks import leaked
from tests.pictures import jpeg

pytestmark = pytest.mark.engine

SIZE = (120, 80)
CLEAN, WAITS, APPROVED, REJECTED, BROKEN, LOST = (
    f"secrets/{name}.jpg"
    for name in (
        "clean",
        "forbidden waits",
        "forbidden yes",
        "forbidden no",
        "broken",
        "forbidden lost",
    )
)
ENDS = {
    CLEAN: statuses.PUBLISHED,
    WAITS: statuses.IN_REVIEW,
    APPROVED: statuses.PUBLISHED,
    REJECTED: statuses.REJECTED,
    BROKEN: statuses.INVALID,
    LOST: statuses.FAILED,
}
REVIEWER = "Sid Secretive"
AWS_KEY = re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b")


@dataclass(frozen=True)
class Heard:
    """All that was said, by where. `secrets` belong nowhere, `links` to whom they are for."""

    secrets: set[str]
    links: set[str]
    told: dict[str, str]


@pytest.fixture(scope="module")
def heard(darkroom: Darkroom, engine_home: Path) -> Heard:
    """One picture of each end, a reviewer who comes and goes, strangers who get nothing, and a
    function that fails."""
    requests, outcomes = (
        darkroom.listen(topic, RawMessageDelivery="false")
        for topic in ("ReviewTopicArn", "OutcomeTopicArn")
    )
    for image in (CLEAN, WAITS, APPROVED, REJECTED):
        darkroom.upload(image, jpeg(image, SIZE))
    darkroom.upload(BROKEN, jpeg(BROKEN, SIZE)[:600])
    links = {
        image: review_link(darkroom.stack, darkroom.wait(image, statuses.IN_REVIEW))
        for image in (WAITS, APPROVED, REJECTED)
    }
    tokens = {wait_for(lambda: token_of(darkroom, image), lambda: image) for image in links}  # noqa: B023
    sign_in, _ = reviewers.add(darkroom.stack, REVIEWER, stamp(now()))
    own_key = key_of(darkroom, REVIEWER)
    pages, cookie = visits(darkroom, links, sign_in)
    with without_settings(darkroom, "ReviewFunction"):
        pages += [ask("GET", link) for link in (links[WAITS], sign_in)]
        darkroom.run(LOST, jpeg(LOST, SIZE))
    assert {page.status for page in pages} >= {200, 400, 401, 403, 404, 500}
    for image, status in ENDS.items():
        darkroom.wait(image, status)
    wait_for(lambda: len(about(outcomes())) >= len(ENDS) - 1, lambda: "some outcomes were not told")
    keys = {key.text for key in darkroom.stack.link_keys.keys}
    secrets = {*tokens, *keys, own_key, cookie.partition("=")[2]}
    secrets |= {item["task_token"]["S"] for item in waiting_items(darkroom)}
    told = {
        "requests": json.dumps(about(requests())),
        "outcomes": json.dumps(about(outcomes())),
        "pages": "\n".join(page.text + json.dumps(page.headers) for page in pages),
        "manifests": manifests(darkroom),
        "logs": logs(darkroom),
        "settings": settings(darkroom),
        "engine": "\n".join(path.read_text() for path in engine_home.glob("*.log")),
    }
    return Heard(secrets, {link.rpartition("/")[2] for link in (*links.values(), sign_in)}, told)


def token_of(darkroom: Darkroom, image: str) -> str | None:
    for item in waiting_items(darkroom):
        if item["image"]["S"] == image:
            return str(item["task_token"]["S"])
    return None


def waiting_items(darkroom: Darkroom) -> list[dict[str, Any]]:
    return [item for item in items(darkroom, "ImagesTable") if "task_token" in item]


def about(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [one for one in messages if "secrets/" in one["Message"]]


def visits(darkroom: Darkroom, links: dict[str, str], sign_in: str) -> tuple[list[Answer], str]:
    """What a person, a program and a stranger get to see; and the reviewer's cookie."""
    base = darkroom.stack.outputs["ReviewUrl"].rstrip("/")
    given = ask("POST", sign_in)
    cookie = given.headers["set-cookie"].partition(";")[0]
    signed_in = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    assert ask("POST", f"{links[WAITS]}/open", **signed_in).status == 303
    pages = [
        *(ask("GET", link) for link in (*links.values(), sign_in, f"{base}/", f"{base}/nowhere")),
        *(ask("GET", link, **signed_in) for link in (*links.values(), f"{base}/")),
        *(ask("GET", link, Accept="application/json") for link in links.values()),
        ask("POST", f"{links[WAITS]}/decision"),
        ask("POST", f"{links[WAITS]}/decision", Origin="https://evil.example"),
        ask("GET", f"{links[WAITS][:-5]}AAAAA"),
    ]
    for image, decision in ((APPROVED, "approve"), (REJECTED, "reject")):
        post(f"{links[image]}/decision", decision=decision, reviewer="Ann Approver")
        pages += [ask("GET", links[image]), ask("GET", links[image], Accept="application/json")]
    pages.append(ask("POST", f"{base}/sign-out", **signed_in))
    return pages, cookie


def manifests(darkroom: Darkroom) -> str:
    bucket = darkroom.stack.outputs["PublishedBucket"]
    keys = [key for key in darkroom.keys("PublishedBucket") if key.endswith("/manifest.json")]
    return "\n".join(darkroom.read(bucket, key).decode() for key in keys)


def logs(darkroom: Darkroom) -> str:
    """Every line of every log group of the engine, whichever stack wrote it."""
    client = darkroom.stack.client("logs")
    groups = client.get_paginator("describe_log_groups").paginate()
    return "\n".join(
        event["message"]
        for page in groups
        for group in page["logGroups"]
        for lines in client.get_paginator("filter_log_events").paginate(
            logGroupName=group["logGroupName"]
        )
        for event in lines["events"]
    )


def settings(darkroom: Darkroom) -> str:
    """The environment of every function, as whoever may list them sees it."""
    functions = darkroom.stack.client("lambda").get_paginator("list_functions").paginate()
    return json.dumps(
        [one.get("Environment", {}) for page in functions for one in page["Functions"]]
    )


def test_the_search_finds_what_is_there(heard: Heard) -> None:
    """Each place was read, and every kind of secret is one that a search would find."""
    for line in ("asked for a review", "decided", "signed in", "refused", "published", "accepted"):
        assert f'"message":"{line}"' in heard.told["logs"], line
    assert heard.told["requests"].count('"kind"') == 3
    assert all(CLEAN in heard.told[place] for place in ("outcomes", "manifests", "logs"))
    assert all(WAITS in heard.told[place] for place in ("requests", "pages", "logs"))
    assert "LINK_SECRET_ARN" in heard.told["settings"]
    assert len(heard.secrets) >= 6 and min(map(len, heard.secrets)) >= 16
    for secret in heard.secrets:
        for said in (secret, json.dumps({"event": json.dumps([secret])})):
            assert leaked(f"before {said} after", heard.secrets) == [secret]


@pytest.mark.parametrize(
    "place", ["requests", "outcomes", "pages", "manifests", "logs", "settings", "engine"]
)
def test_no_secret_is_told(heard: Heard, place: str) -> None:
    assert leaked(heard.told[place], heard.secrets) == []
    assert AWS_KEY.search(heard.told[place]) is None


@pytest.mark.parametrize("place", ["outcomes", "manifests", "logs", "settings", "engine"])
def test_a_link_is_told_only_to_those_it_is_for(heard: Heard, place: str) -> None:
    assert leaked(heard.told[place], heard.links) == []
    assert "/reviews/" not in heard.told[place]


def test_the_message_of_a_picture_has_its_own_link_alone(heard: Heard) -> None:
    for message in json.loads(heard.told["requests"]):
        said = message["Message"] + json.dumps(message["MessageAttributes"])
        assert len(leaked(said, heard.links)) == 1


@pytest.mark.parametrize(
    ("arguments", "shows_links"),
    [
        ("status", False),
        ("status --json", False),
        ("reviews --json", True),
        ("reviewers list --json", False),
        (f"history '{WAITS}' --json", False),
        ("env", False),
    ],
)
def test_the_command_tells_no_secret_and_shows_links_only_to_who_asks_for_them(
    heard: Heard, operator: Operator, arguments: str, shows_links: bool
) -> None:
    answer = operator(*shlex.split(arguments))

    assert answer.output
    assert leaked(answer.output, heard.secrets) == []
    assert bool(leaked(answer.output, heard.links)) is shows_links


def test_the_live_board_tells_no_secret(heard: Heard, darkroom: Darkroom) -> None:
    console = Console(width=200)
    with console.capture() as watched:
        console.print(board(Watcher(darkroom.stack).begin()))

    assert leaked(watched.get(), heard.secrets | heard.links) == []
