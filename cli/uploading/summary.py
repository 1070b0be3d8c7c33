"""What an upload came to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rich.filesize import decimal

from cli import candidates
from cli.errors import CommandError
from cli.progress import NOT_SEEN
from cli.records import Key, Record
from cli.style import plain
from cli.uploading.files import File
from cli.uploading.sending import Batch
from darkroom import statuses

NOT_UPLOADED = "NOT_UPLOADED"
SHOWN = 20

Became = Mapping[str, tuple[Key, Record | None]]


def summary(batch: Batch, became: Became) -> str:
    """How many files and bytes went up and were there, and how many records of each status."""
    sent = [file for file in batch.missing if file.image in batch.sent]
    files = [f"{_sized(sent)} uploaded"]
    if batch.there:
        files.append(f"{_sized(batch.there)} skipped: there already")
    if batch.problems:
        files.append(f"{len(batch.problems)} not uploaded")
    counts = Counter(_status(record) for _, record in became.values())
    order = (NOT_SEEN, *statuses.OPEN, *statuses.ENDED)
    shown = ", ".join(f"{counts[status]} {status}" for status in order if counts[status])
    lines = ["; ".join(files), shown]
    if counts[statuses.IN_REVIEW]:
        lines.append("Next: `darkroom reviews` shows what waits for a reviewer, with links.")
    return "\n".join(line for line in lines if line)


def plain_list(files: Iterable[str], batch: Batch, became: Became) -> list[dict[str, Any]]:
    """For programs: each file's record, and how it came to be there."""
    found: list[dict[str, Any]] = []
    for image in files:
        if image in became:
            (_, version), record = became[image]
            named = record or {"image": image, "version": version, "status": NOT_SEEN}
            found.append(named | {"skipped": batch.files[image].is_there})
        else:
            problem = batch.problems[image]
            found.append({"image": image, "status": NOT_UPLOADED, "problem": problem})
    return found


def complain(files: Mapping[str, Path], batch: Batch, became: Became, idle_seconds: float) -> None:
    """Raises CommandError where not every file came to an end of its own."""
    said = []
    if batch.problems:
        said.append(f"{_files(len(batch.problems))} could not be uploaded:")
        named = [f"  {plain(str(files[image]))}: {why}" for image, why in batch.problems.items()]
        said += _some(named)
        said.append("The same command tries them again.")
    by_status: dict[str, list[str]] = {}
    for image, (_, record) in became.items():
        by_status.setdefault(_status(record), []).append(image)
    if broken := by_status.get(statuses.FAILED):
        shows = candidates.command("status", {"image": broken[0]})
        said.append(
            f"{len(broken)} FAILED: {shows} shows why, `darkroom rerun --failed` processes them "
            "again."
        )
    if slow := [*by_status.get(NOT_SEEN, []), *by_status.get(statuses.PROCESSING, [])]:
        said.append(
            f"{len(slow)} without an outcome, and nothing has changed for {idle_seconds:.0f} "
            f"seconds: {candidates.command('status', {'image': slow[0]})} shows where it is, "
            "`darkroom reconcile` what is stuck."
        )
    if said:
        raise CommandError("\n".join(said))


def _some(lines: list[str]) -> list[str]:
    more = len(lines) - SHOWN
    return [*lines[:SHOWN], f"  and {more} more"] if more > 0 else lines


def _status(record: Record | None) -> str:
    return NOT_SEEN if record is None else str(record["status"])


def _sized(files: Iterable[File]) -> str:
    sizes = [file.bytes for file in files]
    return f"{_files(len(sizes))} ({decimal(sum(sizes))})"


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"
