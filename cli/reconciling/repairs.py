"""What can be started for what is found, as plain values: the inputs of the state machines.

All of it is safe to do twice, and beside whatever runs. A run with `after` takes the record over
from exactly that execution, by one conditional write; `withdraw` claims it from the execution that
was seen. Whoever comes second, or after somebody else, is a Duplicate. A start without `after` is
refused where there is a record. Waking only makes a run look at its record.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from cli.reconciling.facts import Recorded, Seen, Terms, Upload, announced_as, version_of

WHO = "darkroom reconcile"


@dataclass(frozen=True)
class Start:
    """An execution of `pipeline`."""

    input: Mapping[str, Any]
    word: Literal["restart", "start"]


@dataclass(frozen=True)
class Withdraw:
    """An execution of `withdraw`."""

    input: Mapping[str, Any]
    word: Literal["retract", "reopen"]


@dataclass(frozen=True)
class Wake:
    """The run that waits looks at its record again."""

    task_token: str = field(repr=False)
    word: Literal["wake"] = "wake"


Repair = Start | Withdraw | Wake


def start(upload: Upload, terms: Terms) -> Start:
    """As S3 would have announced it."""
    return Start({"detail": _detail(_announced(upload), terms)}, "start")


def restart(seen: Seen, record: Recorded, terms: Terms) -> Start | None:
    """Another run of that version, in place of the one that has it.

    Of the same bytes uploaded again, the newest upload counts: without a sequencer, its
    Last-Modified decides which manifest is newer. None where nobody knows what was uploaded.
    """
    current = seen.upload(record, terms)
    if current is not None:
        announced = _announced(current)
    elif "etag" not in record.upload:
        return None
    else:
        announced = announced_as(record.upload)
    order: dict[str, Any] = {"detail": _detail(announced, terms), "after": record.execution}
    if version_of(announced["etag"], terms.revision) != record.version:
        # RecipeRevision was raised since. Named like this, a version keeps its name.
        order |= {"version": record.version, "reopened": dict(record.reopened)}
    return Start(order, "restart")


def retract(record: Recorded, at: str) -> Withdraw:
    """Goes on with a take-down; where there was none, takes down what must not be public."""
    said = record.retraction or {"by": WHO, "at": at, "reason": f"public while {record.status}"}
    return _withdraw("retract", record, said)


def reopen(record: Recorded, at: str) -> Withdraw:
    """Removes what is public, and asks for a decision."""
    said = record.reopened or {"by": WHO, "at": at, "reason": f"public while {record.status}"}
    return _withdraw("reopen", record, said)


def _withdraw(
    action: Literal["retract", "reopen"], record: Recorded, said: Mapping[str, str]
) -> Withdraw:
    order = {name: said.get(name, "") for name in ("by", "at", "reason")}
    order |= {"action": action, "image": record.image, "version": record.version}
    # repair: whatever the status is, as long as this execution has the record.
    return Withdraw(order | {"execution": record.execution, "repair": True}, action)


def _announced(upload: Upload) -> dict[str, Any]:
    version_id = {"version-id": upload.version_id} if upload.version_id else {}
    return {"key": upload.key, "etag": upload.etag, "size": upload.size} | version_id


def _detail(announced: Mapping[str, Any], terms: Terms) -> dict[str, Any]:
    return {"bucket": {"name": terms.upload_bucket}, "object": dict(announced)}
