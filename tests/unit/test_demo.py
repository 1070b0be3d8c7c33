"""The demo: which pictures it shows, and when it says that something went otherwise."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from cli import demo
from cli.demo import Batch, own
from cli.engine import Engine
from cli.errors import CommandError
from darkroom import statuses


def put(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name in names:
        (folder / name).write_bytes(b"x" * 1000)
    return folder


class Demo:
    """A demo whose pipeline answers at once with the records that it is given."""

    def __init__(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.home = tmp_path / "home"
        self.folder = tmp_path / "trip"
        self.commands: list[list[str]] = []
        self.exit_code, self.complaint = 0, ""
        self.found: dict[str, dict[str, Any]] = {}
        self.output = io.StringIO()
        monkeypatch.setattr(subprocess, "run", self._run)
        monkeypatch.setattr(demo, "follow", lambda *_: self.found)
        monkeypatch.setattr(demo, "review_link", lambda *_: "http://localhost/reviews/abc")
        monkeypatch.setattr(demo, "make_gallery", lambda *_: (self.home / "index.html", {}))

    def _run(self, command: list[str], **_: Any) -> subprocess.CompletedProcess[str]:
        self.commands.append(command)
        return subprocess.CompletedProcess(command, self.exit_code, "", self.complaint)

    def run(self, expected: Mapping[str, str], records: Mapping[str, dict[str, Any]]) -> list[str]:
        """The surprises of a batch of the pictures of `records` and `expected`."""
        names = tuple({**expected, **records})
        put(self.folder, *names)
        self.found = {f"trip/{name}": record for name, record in records.items()}
        console = Console(file=self.output, width=200)
        stack: Any = SimpleNamespace(outputs={"UploadBucket": "uploads"})
        batch = Batch(self.folder, names, expected)
        return demo.run(stack, Engine(1, 4566), batch, self.home, console)


@pytest.fixture
def running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Demo:
    return Demo(tmp_path, monkeypatch)


def record(status: str, **fields: Any) -> dict[str, Any]:
    return {"status": status, "version": "0" * 16, **fields}


DECIDED = {"review": {"decision": "approve"}}
REASON = {"reason": {"code": "not_an_image", "detail": "…"}}
ERROR = {"error": {"step": "Resize", "error": "States.Timeout", "cause": "…"}}

# What is expected of a picture (None: one's own), its record, and whether it is a surprise.
OUTCOMES: list[tuple[str | None, dict[str, Any], bool]] = [
    (statuses.PUBLISHED, record(statuses.PUBLISHED), False),
    (statuses.PUBLISHED, record(statuses.IN_REVIEW), True),
    (statuses.PUBLISHED, record(statuses.FAILED, **ERROR), True),
    (statuses.INVALID, record(statuses.INVALID, **REASON), False),
    (statuses.INVALID, record(statuses.PUBLISHED), True),
    (statuses.IN_REVIEW, record(statuses.IN_REVIEW), False),
    (statuses.IN_REVIEW, record(statuses.PUBLISHED, **DECIDED), False),
    (statuses.IN_REVIEW, record(statuses.REJECTED, **DECIDED), False),
    (statuses.IN_REVIEW, record(statuses.EXPIRED, review={}), False),
    (statuses.IN_REVIEW, record(statuses.PUBLISHED), True),
    (statuses.IN_REVIEW, record(statuses.FAILED, **ERROR, **DECIDED), True),
    (statuses.IN_REVIEW, record(statuses.PROCESSING), True),
    (None, record(statuses.PUBLISHED), False),
    (None, record(statuses.IN_REVIEW), False),
    (None, record(statuses.INVALID, **REASON), False),
    (None, record(statuses.PROCESSING), True),
    (None, record(statuses.FAILED, **ERROR), True),
]


@pytest.mark.parametrize(
    ("expected", "found", "surprising"),
    OUTCOMES,
    ids=[f"{e or 'own'} {r['status']} {'review' in r}" for e, r, _ in OUTCOMES],
)
def test_a_surprise_is_what_was_not_expected(
    running: Demo, expected: str | None, found: dict[str, Any], surprising: bool
) -> None:
    surprises = running.run({"a.jpg": expected} if expected else {}, {"a.jpg": found})

    wanted = expected or "an outcome"
    said = [f"a.jpg: expected {wanted}, got {found['status']}"] if surprising else []
    assert surprises == said


@pytest.mark.parametrize("expected", [{"a.jpg": statuses.PUBLISHED}])
def test_a_picture_without_a_record_is_a_surprise(running: Demo, expected: dict[str, str]) -> None:
    assert running.run(expected, {}) == ["a.jpg: expected PUBLISHED, got no record"]
    assert "no event reached the pipeline" in running.output.getvalue()


def test_the_table_says_why(running: Demo) -> None:
    flags = [{"rule": "keyword", "detail": "…"}, {"rule": "low_resolution", "detail": "…"}]
    running.run(
        {},
        {
            "bad.jpg": record(statuses.INVALID, **REASON),
            "ours.jpg": record(statuses.FAILED, **ERROR),
            "look.jpg": record(statuses.IN_REVIEW, flags=flags),
        },
    )

    lines = {line.split()[0]: line for line in running.output.getvalue().splitlines() if line}
    assert lines["bad.jpg"].rstrip().endswith("not_an_image")
    assert lines["ours.jpg"].rstrip().endswith("Resize: States.Timeout")
    assert lines["look.jpg"].rstrip().endswith("keyword, low_resolution")
    assert "http://localhost/reviews/abc" in running.output.getvalue()


def test_brackets_in_a_name_are_no_markup(running: Demo) -> None:
    running.run({}, {"[red]a.jpg": record(statuses.IN_REVIEW)})

    assert running.output.getvalue().count("[red]a.jpg") == 2


def test_exactly_the_batch_is_uploaded(running: Demo) -> None:
    names = {"a.jpg": record(statuses.PUBLISHED), "b[1]*?.jpg": record(statuses.PUBLISHED)}
    running.run({}, names)

    (command,) = running.commands
    source, target = command[command.index("cp") + 1 :][:2]
    patterns = [command[at + 1] for at, word in enumerate(command) if word == "--include"]
    assert (source, target) == (str(running.folder), "s3://uploads/raw/trip/")
    assert command.index("--exclude") < command.index("--include")
    for name in (*names, "b1x.jpg", "b[1]xx.jpg", "c.jpg", "A.jpg"):
        included = any(fnmatchcase(name, pattern) for pattern in patterns)
        assert included == (name in names), name


def test_what_the_aws_command_complains_of_is_passed_on(running: Demo) -> None:
    running.exit_code, running.complaint = 1, "upload failed: no such bucket\n"

    with pytest.raises(CommandError, match=r"aws s3 cp failed: upload failed: no such bucket$"):
        running.run({}, {"a.jpg": record(statuses.PUBLISHED)})


def test_somebodys_own_folder_gives_its_pictures(tmp_path: Path) -> None:
    folder = put(tmp_path / "trip", "b.JPG", "a.heic", "notes.txt", "c.tiff")
    put(folder / "deeper.jpg", "d.jpg")

    batch = own(folder)

    assert (batch.folder, batch.names, batch.expected) == (folder, ("a.heic", "b.JPG"), {})
    assert batch.image("a.heic") == "trip/a.heic"


def test_the_folder_has_a_name_however_it_is_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(put(tmp_path / "trip", "a.jpg"))

    assert own(Path(".")).image("a.jpg") == "trip/a.jpg"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        CommandError, match=r"Expected a folder for IMAGES, found none at .*nowhere"
    ):
        own(tmp_path / "nowhere")


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    put(tmp_path, "a.jpg")

    with pytest.raises(CommandError, match="Expected a folder for IMAGES"):
        own(tmp_path / "a.jpg")


def test_a_folder_without_pictures_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"Expected pictures in .*trip, found none\."):
        own(put(tmp_path / "trip", "notes.txt"))
