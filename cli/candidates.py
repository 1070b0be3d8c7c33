"""Which version of an image a command is about; or, in a sentence, why there is none."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from typing import NoReturn

from cli.errors import CommandError
from cli.records import Record
from darkroom import statuses
from darkroom.text import line

# A run that broke may have left files behind, and so may a withdrawal that did.
RETRACTABLE = (statuses.PUBLISHED, statuses.FAILED, statuses.RETRACTED)

MAX_SHOWN = 1100


def of_version(found: Sequence[Record], version: str | None) -> Sequence[Record]:
    """Those of an image's records, oldest first, that are meant. Raises CommandError."""
    asked = [record for record in found if version in (None, record["version"])]
    if not asked:
        raise CommandError(
            f"There is no version {version!r} of {found[-1]['image']!r}.",
            f"{command('status', found[-1])} shows those that there are.",
        )
    return asked


def to_decide(found: Sequence[Record], version: str | None) -> Record:
    """The newest version that waits, or `version`. `found`: an image's records, oldest first."""
    asked = of_version(found, version)
    waiting = [record for record in asked if record["status"] == statuses.IN_REVIEW]
    if not waiting:
        _refuse("decide on", asked[-1])
    return waiting[-1]


def to_reopen(
    found: Sequence[Record], version: str | None, link: Callable[[Record], str]
) -> Record:
    """The newest version, or `version`. `link`: where one that waits already is decided."""
    record = of_version(found, version)[-1]
    if record["status"] == statuses.IN_REVIEW:
        raise CommandError(
            f"{record['image']!r} waits for a decision already.", f"Its link: {link(record)}"
        )
    if record["status"] not in statuses.REOPENABLE:
        _refuse("reopen", record, _others(found, record))
    return record


def to_retract(found: Sequence[Record], version: str | None) -> list[Record]:
    """All versions of which anything may be public, or `version`."""
    asked = of_version(found, version)
    taken = [record for record in asked if record["status"] in RETRACTABLE]
    if not taken:
        _refuse("retract", asked[-1])
    return taken


def to_rerun(
    found: Sequence[Record], version: str | None, force: bool, withdrawn: Callable[[Record], bool]
) -> Record:
    """The newest version if it is FAILED, or `version`; with `force` whatever became of it.

    `withdrawn`: whether it is a withdrawal that broke.
    """
    record = of_version(found, version)[-1]
    status = record["status"]
    if status == statuses.RETRACTED:
        goes_on = f"{command('retract', record, ' --reason …')} goes on with it."
        again = "It was withdrawn for good. To publish it all the same, upload it under a new name."
        _refuse_to_rerun(record, goes_on if "error" in record else again)
    if status == statuses.FAILED and withdrawn(record):
        _refuse_to_rerun(record, f"It was being reopened: {command('reopen', record)} goes on.")
    if status == statuses.PROCESSING and withdrawn(record):
        stuck = "`darkroom reconcile` looks whether it is stuck."
        _refuse_to_rerun(record, f"It is being withdrawn. {stuck}")
    if status != statuses.FAILED and not force:
        _refuse_to_rerun(record, _instead(found, record))
    return record


def command(name: str, record: Record, more: str = "") -> str:
    """What to type next about a record's image."""
    return f"`darkroom {name} {shlex.quote(line(record['image'], MAX_SHOWN))}{more}`"


def _others(found: Sequence[Record], record: Record) -> str:
    """A word on an older version that could be meant."""
    for other in reversed(found):
        if other is not record and other["status"] in statuses.REOPENABLE:
            return f"Version {other['version']} is {other['status']}: --version names it."
    return ""


def _instead(found: Sequence[Record], record: Record) -> str:
    """What to do about a version that did not fail."""
    processes = "processes it again and asks its reviewers again."
    if record["status"] in statuses.OPEN:
        hint = f"`darkroom reconcile` looks whether it is stuck. --force {processes}"
    else:
        hint = f"{command('rerun', record, ' --force')} {processes}"
    for other in reversed(found):
        if other is not record and other["status"] == statuses.FAILED:
            hint += f"\nVersion {other['version']} is FAILED: --version names it."
            break
    return hint


def _refuse_to_rerun(record: Record, hint: str) -> NoReturn:
    raise CommandError(
        f"There is nothing to run again: {record['image']!r}, version {record['version']}, "
        f"is {record['status']}.",
        hint,
    )


def _refuse(action: str, record: Record, more: str = "") -> NoReturn:
    hints = {
        statuses.PROCESSING: f"It is being processed; {command('status', record)} shows how far.",
        statuses.IN_REVIEW: "It waits for a decision, and nothing of it is public: "
        f"{command('approve', record)} or {command('reject', record, ' --reason …')}.",
        statuses.INVALID: "It is no picture that is accepted, and nothing of it is public.",
        statuses.RETRACTED: "It was withdrawn for good.",
    }
    ended = (
        "Nothing of it is public."
        if action == "retract"
        else f"{command('reopen', record)} asks for a decision again."
    )
    raise CommandError(
        f"There is nothing to {action}: {record['image']!r}, version {record['version']}, "
        f"is {record['status']}.",
        f"{hints.get(record['status'], ended)}\n{more}".rstrip(),
    )
