"""Every block of commands in the documents, and every printed next step, pasted into a shell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cli import engine as engines
from darkroom import statuses
from tests.conftest import Darkroom, deployed
from tests.docs.documents import DOCUMENTS, PROJECT, blocks
from tests.docs.pasting import BY_NAME, clone, missing, next_steps, parts, paste, runnable, script
from tests.pictures import jpeg

pytestmark = pytest.mark.engine

RUN = [name for name in DOCUMENTS if any(runnable(block) for block in blocks(name))]
TINY = (60, 50)  # px: short enough for the rule low_resolution


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Of an engine of its own, which the blocks may end."""
    folder = tmp_path_factory.mktemp("pasted")
    try:
        yield folder
    finally:
        engines.stop(folder)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A clone, with pictures of one's own as the documents have them."""
    folder = clone(tmp_path / "clone")
    (folder / "photo.jpg").write_bytes(jpeg("photo", (80, 64)))
    (folder / "folder").mkdir()
    for name in ("a", "b"):
        (folder / f"folder/{name}.jpg").write_bytes(jpeg(name, (80, 64)))
    return folder


def failed_picture(darkroom: Darkroom) -> None:
    """trip/a.jpg is FAILED: its run was ended from outside."""
    darkroom.upload("trip/a.jpg", jpeg("a", TINY))
    record = darkroom.wait("trip/a.jpg", statuses.IN_REVIEW)
    darkroom.stepfunctions.stop_execution(executionArn=record["execution"])
    darkroom.wait("trip/a.jpg", statuses.FAILED)


def reviewed_pictures(darkroom: Darkroom) -> None:
    """trip/lake.jpg is public; two wait for a reviewer, trip/sea.jpg and another."""
    darkroom.run("trip/lake.jpg", jpeg("lake", (80, 64)))
    for name in ("trip/sea.jpg", "trip/other.jpg"):
        darkroom.upload(name, jpeg(name, TINY))
        darkroom.wait(name, statuses.IN_REVIEW)


# What there is before a document is pasted, where it speaks of pictures that it does not make.
SCENES: dict[str, Callable[[Darkroom], None]] = {
    "docs/reliability.md": failed_picture,
    "docs/review.md": reviewed_pictures,
}


@pytest.mark.parametrize("document", RUN)
def test_the_blocks_of_a_document_run_as_they_stand(
    document: str, home: Path, folder: Path
) -> None:
    found = [block for block in blocks(document) if runnable(block)]
    darkroom = deployed(engines.start(home), home, "darkroom")
    SCENES.get(document, lambda _: None)(darkroom)
    by_name = BY_NAME in (PROJECT / document).read_text(encoding="utf-8")

    answer = paste(script(found), folder, home, by_name=by_name)

    ran = list(parts(found, answer.stdout))
    assert answer.returncode == 0, f"{ran[-1].block.place}:\n{ran[-1].output}"
    assert [part.block for part in ran] == found
    for part in ran:
        absent = missing(part.block.shown or "", part.output)
        assert not absent, f"{part.block.place}: expected {absent}, got {part.output}"


@pytest.mark.parametrize("command", ["make up", "make demo IMAGES=folder"])
def test_the_next_steps_that_are_printed_run_when_they_are_pasted(
    command: str, home: Path, folder: Path
) -> None:
    printed = paste(command, folder, home)
    assert printed.returncode == 0, printed.stdout + printed.stderr
    steps = next_steps(printed.stdout)

    answer = paste("\n".join(["set -ex", *steps]), folder, home)

    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert "The engine has ended" in answer.stdout
