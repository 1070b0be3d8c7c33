"""`darkroom upload` of a folder of 200 small pictures, cut off in the middle and run again."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from cli import records
from darkroom import statuses
from tests.conftest import Darkroom
from tests.engine.conftest import BIN, Command, decide
from tests.pictures import jpeg

pytestmark = pytest.mark.engine

COUNT = 200
HALF = f"Uploaded {COUNT // 2} of {COUNT} files, "
# One in twenty each: too small to publish unseen, and no picture at all.
LOW, BROKEN = 10, 10


def drawn(folder: Path) -> dict[str, bytes]:
    """The files by image. 72 x 64 px is the least that nobody has to look at."""
    folder.mkdir()
    files = {}
    for number in range(COUNT):
        size = (40, 40) if number % 20 == 0 else (72, 64)
        data = f"no picture {number}".encode() if number % 20 == 1 else jpeg(number, size)
        (folder / f"{number:03}.jpg").write_bytes(data)
        files[f"{folder.name}/{number:03}.jpg"] = data
    return files


def interrupted(folder: Path, home: Path) -> tuple[int, str]:
    """Exit code and last words of an upload that gets Ctrl-C when half of the files are up."""
    process = subprocess.Popen(
        [str(BIN / "darkroom"), "upload", str(folder)],
        env=os.environ | {"DARKROOM_HOME": str(home), "COLUMNS": "200"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    for line in process.stdout:
        if line.startswith(HALF):
            process.send_signal(signal.SIGINT)
            break
    _, said = process.communicate()
    return process.returncode, said


def test_an_upload_that_was_interrupted_sends_the_rest_and_reports_everything(
    darkroom: Darkroom, engine_home: Path, command: Command, tmp_path: Path
) -> None:
    files = drawn(tmp_path / "two hundred")

    code, said = interrupted(tmp_path / "two hundred", engine_home)

    up = {key.removeprefix("raw/") for key in darkroom.keys("UploadBucket", "raw/two hundred/")}
    assert code == 130
    assert COUNT // 2 <= len(up) < COUNT
    assert said.startswith(f"Interrupted: {len(up)} of {COUNT} files are up. The same command ")

    again = command("darkroom", "upload", str(tmp_path / "two hundred"))

    assert again.returncode == 0, again.stderr
    assert "\x1b" not in again.stdout
    # True progress: what is shown to have gone is what was missing, byte for byte.
    missing = sum(len(data) for image, data in files.items() if image not in up)
    shown = [line for line in again.stdout.splitlines() if line.startswith("Uploaded ")]
    counted = [re.match(r"Uploaded (\d+) of (\d+) files", line) for line in shown]
    gone = [int(one[1]) for one in counted if one]
    assert gone == sorted(set(gone)) and gone[-1] == COUNT - len(up)
    assert {int(one[2]) for one in counted if one} == {COUNT - len(up)}
    sizes = shown[-1].partition("files, ")[2].split(" of ")
    assert sizes[0] == sizes[1]
    assert float(sizes[0].split()[0]) == pytest.approx(missing / 1000, abs=0.1)
    versions = darkroom.stack.s3.get_paginator("list_object_versions").paginate(
        Bucket=darkroom.stack.outputs["UploadBucket"], Prefix="raw/two hundred/"
    )
    assert sum(len(page["Versions"]) for page in versions) == COUNT
    # Counts as in the table.
    table = {
        record["image"]: record
        for record in records.everything(darkroom.stack)
        if record["image"] in files
    }
    counts = Counter(record["status"] for record in table.values())
    assert counts == {
        statuses.IN_REVIEW: LOW,
        statuses.INVALID: BROKEN,
        statuses.PUBLISHED: COUNT - LOW - BROKEN,
    }
    lines = again.stdout.splitlines()
    assert f"{LOW} IN_REVIEW, {COUNT - LOW - BROKEN} PUBLISHED, {BROKEN} INVALID" in lines
    assert any(f"; {len(up)} files (" in line and "skipped" in line for line in lines)
    # Each that ended is a line.
    assert sum(line.startswith(tuple(counts)) for line in lines) == COUNT

    third = command("darkroom", "upload", str(tmp_path / "two hundred"), "--json")

    listed = json.loads(third.stdout)
    assert [one["image"] for one in listed] == list(files)
    assert {one["image"]: one for one in listed} == {
        image: record | {"skipped": True} for image, record in table.items()
    }
    for image, record in table.items():
        if record["status"] == statuses.IN_REVIEW:
            decide(darkroom, image, "reject")
