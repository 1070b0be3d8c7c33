"""The engine itself ends with work running and a review waiting: killed, and in order."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli import engine as engines
from cli import processes, records
from cli.embedded import note
from darkroom import statuses
from tests.conftest import Darkroom, deployed, wait_for
from tests.engine.conftest import decide
from tests.pictures import jpeg

pytestmark = pytest.mark.engine

DARKROOM = Path(sys.executable).with_name("darkroom")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("ended")
    try:
        yield home
    finally:
        engines.stop(home)


@pytest.fixture(scope="module")
def doomed(home: Path) -> Darkroom:
    return deployed(engines.start(home), home, "darkroom")


def command(home: Path, *arguments: str) -> str:
    answer = subprocess.run(
        [DARKROOM, *arguments],
        env=os.environ | {"DARKROOM_HOME": str(home), "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return answer.stdout


def busy(doomed: Darkroom, home: Path, folder: str) -> list[str]:
    """Upload; some have a record and a run when this returns, none need have ended."""
    names = [f"{folder}/{number}.jpg" for number in range(2)]
    for name in names:
        doomed.upload(name, jpeg(name))
    for name in names:
        wait_for(lambda: records.versions(doomed.stack, name), lambda: f"no record of {name}")  # noqa: B023
    return names


def workers(home: Path) -> list[str]:
    return [words for _, words in processes.everything() if f" {home}/tmp/" in words]


def known(doomed: Darkroom) -> dict[str, str]:
    return {record["image"]: record["status"] for record in records.everything(doomed.stack)}


def pipelines(doomed: Darkroom) -> list[dict[str, Any]]:
    pages = doomed.stepfunctions.get_paginator("list_executions").paginate(
        stateMachineArn=doomed.stack.outputs["PipelineArn"]
    )
    return [execution for page in pages for execution in page["executions"]]


def assert_whole(doomed: Darkroom, home: Path, names: list[str], reviewed: str) -> None:
    """After `reconcile --repair` every upload is where it should be, and its link decides."""
    command(home, "reconcile", "--repair")
    for name in names:
        assert doomed.wait(name, *statuses.ENDED)["status"] == statuses.PUBLISHED
        doomed.manifest(name)

    def asked_again() -> dict[str, Any] | None:
        record = doomed.wait(reviewed, statuses.IN_REVIEW)
        [run] = [one for one in pipelines(doomed) if one["executionArn"] == record["execution"]]
        return record if run["status"] == "RUNNING" else None

    wait_for(asked_again, lambda: f"nothing waits for a decision on {reviewed}")
    decide(doomed, reviewed, "approve")
    assert doomed.wait(reviewed, *statuses.ENDED)["status"] == statuses.PUBLISHED
    assert set(known(doomed).values()) == {statuses.PUBLISHED}
    assert "Nothing is stuck" in command(home, "reconcile", "--grace", "0")


def test_after_a_kill_all_that_was_saved_is_there_and_the_rest_can_be_repaired(
    doomed: Darkroom, home: Path
) -> None:
    reviewed = "killed/forbidden.jpg"
    doomed.upload("killed/done.jpg", jpeg("done"))
    doomed.run(reviewed, jpeg("forbidden"))
    doomed.wait("killed/done.jpg", *statuses.ENDED)
    names = busy(doomed, home, "killed")
    engines.save(home)
    before = engines.running(home)
    assert before is not None
    kept = known(doomed)
    doomed.upload("killed/late.jpg", jpeg("late"))

    os.kill(before.pid, signal.SIGKILL)
    wait_for(lambda: engines.running(home) is None, lambda: "the engine lives on")
    # As a disk may leave it; no service that is used here.
    (home / "state" / "backup.json").write_text('{"__ministack_for')
    said = command(home, "up")

    assert "The engine was killed; what came after" in said
    assert "reconcile --repair" in said
    after = engines.running(home)
    assert after is not None and (after.port, after.edition) != (before.port, before.edition)
    assert after.port == before.port
    assert set(kept) <= set(known(doomed))
    assert known(doomed)["killed/done.jpg"] == statuses.PUBLISHED
    assert {execution["status"] for execution in pipelines(doomed)} == {"SUCCEEDED", "FAILED"}
    assert f"raw/{names[0]}" in doomed.keys("UploadBucket")
    assert_whole(doomed, home, [*names, "killed/done.jpg", "killed/late.jpg"], reviewed)


def test_an_orderly_end_is_quick_saves_all_and_leaves_no_process(
    doomed: Darkroom, home: Path
) -> None:
    reviewed = "ended/forbidden.jpg"
    doomed.run(reviewed, jpeg("forbidden, ended"))
    names = busy(doomed, home, "ended")
    assert workers(home)
    before = known(doomed)

    assert engines.stop(home)

    assert workers(home) == []
    last = note.read(home)
    assert last is not None
    assert last.in_order
    assert last.running > 0
    assert "had not ended when the engine did" in str(engines.aftermath(home))
    engines.start(home)
    assert set(known(doomed)) == set(before)
    assert_whole(doomed, home, names, reviewed)
