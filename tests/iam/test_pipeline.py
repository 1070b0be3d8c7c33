"""With IAM on, the pipeline runs on what its functions' roles may do."""

from __future__ import annotations

import urllib.parse

import pytest

from cli import reviewers, withdrawals
from cli.engine import Engine
from darkroom import statuses
from darkroom.moments import now, stamp
from tests.conftest import Darkroom, wait_for
from tests.iam.conftest import APPROVED, CLEAN, REJECTED
from tests.iam.guarded import ask

pytestmark = pytest.mark.engine


def test_a_clean_picture_is_published(guarded_darkroom: Darkroom, messages: object) -> None:
    assert guarded_darkroom.wait(CLEAN, *statuses.ENDED)["status"] == statuses.PUBLISHED
    assert guarded_darkroom.manifest(CLEAN)["image"] == CLEAN


def test_reviewers_are_asked_and_reminded(messages: dict[str, list[str]]) -> None:
    for image in (APPROVED, REJECTED):
        assert ["still waits" in text for text in messages[image]] == [False, True]


def test_an_approved_picture_is_published(guarded_darkroom: Darkroom, decided: None) -> None:
    assert guarded_darkroom.wait(APPROVED, *statuses.ENDED)["status"] == statuses.PUBLISHED
    assert guarded_darkroom.manifest(APPROVED)["review"]["reviewer"] == "Ann"
    assert guarded_darkroom.keys("WorkBucket", f"waiting/{APPROVED}") == []


def test_a_rejected_picture_is_gone(guarded_darkroom: Darkroom, decided: None) -> None:
    assert guarded_darkroom.wait(REJECTED, *statuses.ENDED)["status"] == statuses.REJECTED
    assert guarded_darkroom.keys("PublishedBucket", REJECTED) == []
    assert guarded_darkroom.keys("WorkBucket", f"waiting/{REJECTED}") == []
    assert len(guarded_darkroom.keys("WorkBucket", f"rejected/{REJECTED}")) == 1


def test_a_reviewer_signs_in_and_reopens_a_picture(
    guarded_darkroom: Darkroom, guarded_engine: Engine, decided: None
) -> None:
    stack = guarded_darkroom.stack
    guarded_darkroom.wait(REJECTED, statuses.REJECTED)
    link, _ = reviewers.add(stack, "Ann", stamp(now()))
    cookie = ask(guarded_engine, "POST", link)[1]["set-cookie"].partition(";")[0]
    search = f"{stack.outputs['ReviewUrl']}find?image={urllib.parse.quote(REJECTED)}"
    page = urllib.parse.urljoin(search, ask(guarded_engine, "GET", search, cookie)[1]["location"])
    assert ask(guarded_engine, "GET", f"{page}/preview", cookie)[0] == 200

    status, _, said = ask(guarded_engine, "POST", f"{page}/reopen", cookie)
    assert status == 303, said

    guarded_darkroom.wait(REJECTED, statuses.IN_REVIEW)
    assert guarded_darkroom.keys("WorkBucket", f"rejected/{REJECTED}") == []


def test_the_operator_retracts_a_picture(guarded_darkroom: Darkroom, messages: object) -> None:
    record = guarded_darkroom.wait(CLEAN, statuses.PUBLISHED)

    withdrawals.start(guarded_darkroom.stack, "retract", record, "Ann", "a complaint", stamp(now()))

    guarded_darkroom.wait(CLEAN, statuses.RETRACTED)
    wait_for(
        lambda: not guarded_darkroom.keys("PublishedBucket", CLEAN),
        lambda: f"expected no files of {CLEAN} to be left",
    )
