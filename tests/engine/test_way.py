"""What the measuring of the way through the pipeline sees of a real engine."""

from __future__ import annotations

import sys

import pytest

from bench.waying.accounts import HTTP
from bench.waying.through import NotPublished, stage
from darkroom.statuses import INVALID
from tests.engine.conftest import small

pytestmark = [
    pytest.mark.engine,
    pytest.mark.skipif(sys.platform != "linux", reason="read from /proc"),
]


def test_a_pictures_way_is_measured_and_every_second_of_the_engine_accounted_for() -> None:
    with stage(accounted=True) as scene:
        found = scene.through([("one.jpg", small("one"))])
        with pytest.raises(NotPublished, match=INVALID):
            scene.through([("none.jpg", b"no picture")])

    assert found.steps.keys() == {"Validate", "Resize", "Filter", "Optimize", "Publish"}
    assert found.started == len(found.steps)
    assert found.seconds > 0 < found.cpu["functions"]
    assert {"JSONata", "S3", "Lambda", "Step Functions", HTTP} <= found.accounts.keys()
    # Read a moment before and after, in ticks of the clock.
    assert sum(found.accounts.values()) == pytest.approx(found.cpu["engine"], abs=0.2)
