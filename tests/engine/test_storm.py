"""A tenth of `make storm`: the same code and the same rules."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.storming.figures import DIED, failures
from bench.storming.plan import make_plan
from bench.storming.running import run
from darkroom import statuses

pytestmark = pytest.mark.engine

UPLOADS = 100
SECONDS = 600


def test_a_storm_of_a_hundred_uploads_loses_nothing_and_does_nothing_twice(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    ended = run(tmp_path_factory.mktemp("storm"), make_plan(UPLOADS, 1), SECONDS, print)

    assert ended.violations == []
    # And a storm it was.
    assert len(ended.log.puts) == UPLOADS
    assert len(ended.log.again) == 10
    found = Counter(record.status for record in ended.state.records)
    assert set(found) == {
        statuses.PUBLISHED,
        statuses.INVALID,
        statuses.IN_REVIEW,
        statuses.REJECTED,
    }
    assert len(ended.log.kills) >= 5
    assert any(failure.error == DIED for failure in failures(ended))
    assert any(failure.throttled for failure in failures(ended))
