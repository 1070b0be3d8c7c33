"""Two reviewers at the same instant."""

from __future__ import annotations

import json
import threading
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from cli.reviews import review_link
from darkroom import statuses
from tests.conftest import Darkroom
from tests.engine.test_review import send
from tests.pictures import jpeg

pytestmark = pytest.mark.engine

RACES = 50
WORDS = {"approve": statuses.PUBLISHED, "reject": statuses.REJECTED}


def decide(link: str, decision: str, reviewer: str, start: threading.Barrier) -> tuple[int, Any]:
    """A program's decision, sent when the other is ready too."""
    request = urllib.request.Request(
        f"{link}/decision",
        json.dumps({"decision": decision, "reviewer": reviewer}).encode(),
        {"Accept": "application/json", "Content-Type": "application/json"},
    )
    start.wait(timeout=60)
    status, body = send(request)
    return status, json.loads(body)


def test_of_two_decisions_at_the_same_instant_one_counts_and_the_other_is_told(
    desk: Darkroom,
) -> None:
    names = [f"race/forbidden {number}.jpg" for number in range(RACES)]
    for name in names:
        desk.upload(name, jpeg(name, (80, 80)))
    winners = {}
    with ThreadPoolExecutor(2) as reviewers:
        for number, name in enumerate(names):
            link = review_link(desk.stack, desk.wait(name, statuses.IN_REVIEW))
            start = threading.Barrier(2)
            pair = [("approve", "Ann"), ("reject", "Bo")][:: 1 if number % 2 else -1]
            answers = list(reviewers.map(lambda one: decide(link, *one, start), pair))  # noqa: B023

            [(won, first)] = [one for one in zip(pair, answers, strict=True) if one[1][0] == 200]
            [(_, second)] = [one for one in zip(pair, answers, strict=True) if one[1][0] == 409]
            assert (first[1]["decision"], first[1]["reviewer"]) == won
            assert second[1]["error"]["code"] == "decided"
            told = second[1]["review"]
            assert (told["decision"], told["reviewer"]) == won
            winners[name] = won

    for name, (decision, reviewer) in winners.items():
        record = desk.wait(name, *statuses.ENDED)
        assert record["status"] == WORDS[decision], name
        assert (record["review"]["decision"], record["review"]["reviewer"]) == (decision, reviewer)
    assert len({decision for decision, _ in winners.values()}) == 2, "both sides won some"
