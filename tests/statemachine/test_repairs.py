"""What `darkroom reconcile` starts is what the state machines understand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from cli.reconciling.facts import Recorded, Seen, Terms, Upload, image_name, version_of
from cli.reconciling.repairs import Start, restart, start
from darkroom import statuses
from tests.statemachine.test_expressions import OTHER_EXECUTION, claiming, given
from tests.statemachine.walk import Json, Walk

REVISION = "1"  # as the walks fill it in
ETAG = "0123456789abcdef0123456789abcdef"


def terms(revision: str = REVISION) -> Terms:
    at = datetime(2026, 11, 20, tzinfo=UTC)
    return Terms(at, timedelta(0), revision, "uploads", "published", "arn:withdraw")


def claimed(repair: Start | None) -> tuple[Walk, Json]:
    assert repair is not None
    walk = claiming(dict(repair.input))
    return walk, walk.called("Claim")


def upload(key: str) -> Upload:
    return Upload(key, ETAG, datetime(2026, 11, 20, tzinfo=UTC), "3HL4", 5)


@pytest.mark.parametrize("key", ["raw/trip/a b+%2F ü.jpg", "raw/", "raw/trip/", "raw/raw/x"])
def test_an_upload_is_claimed_under_the_name_and_version_that_it_was_missed_under(key: str) -> None:
    _, claim = claimed(start(upload(key), terms()))
    assert claim["Key"] == {
        "image": {"S": image_name(key)},
        "version": {"S": version_of(ETAG, REVISION)},
    }
    assert claim["ExpressionAttributeValues"][":upload"]["M"]["version_id"] == {"S": "3HL4"}


@pytest.mark.parametrize("revision", [REVISION, "2"])
def test_another_run_takes_that_very_version_from_that_very_run(revision: str) -> None:
    """Whatever RecipeRevision was when it was claimed."""
    version = version_of(ETAG, revision)
    said = {"key": "raw/a.jpg", "etag": ETAG, "sequencer": "0055"}
    record = Recorded("a.jpg", version, statuses.PROCESSING, OTHER_EXECUTION, "", "", "", said)
    seen = Seen("a.jpg", (record,), (upload("raw/a.jpg"),))

    walk, claim = claimed(restart(seen, record, terms()))

    assert claim["Key"] == {"image": {"S": "a.jpg"}, "version": {"S": version}}
    assert "execution = :after" in claim["ConditionExpression"]
    assert claim["ExpressionAttributeValues"][":after"] == {"S": OTHER_EXECUTION}
    assert " review," not in claim["UpdateExpression"] + ",", "a decision stays"
    assert "reopened" not in given(walk, "Validate", "upload")[0]
