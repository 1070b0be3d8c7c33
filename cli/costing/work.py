"""What each step asks of other services, by what it says in its log.

No record tells of single requests to S3 and DynamoDB, so they are counted from here;
tests/handlers/test_costing.py holds it against the requests that the handlers make.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from cli.costing.histories import Run
from darkroom.likeness import BANDS, entry_keys

Operations = Counter[str]
Said = Mapping[str, Any]


def operations(step: str, said: Said, run: Run | None) -> Operations | None:
    """Operations by AWS's names; BatchWriteItem counts its items. None: it said nothing known.

    `run`: whose invocation it was, None where that is not known.
    """
    known = STEPS.get((step, str(said.get("message"))))
    return None if known is None else Operations(known(said, run))


def _one_read(_: Said, __: Run | None) -> dict[str, int]:
    return {"GetObject": 1}


def _accepted(_: Said, __: Run | None) -> dict[str, int]:
    return {"GetObject": 1, "Query": BANDS}


def _made(_: Said, __: Run | None) -> dict[str, int]:
    return {"GetObject": 1, "PutObject": 1}


def _encoded(said: Said, _: Run | None) -> dict[str, int]:
    return {"GetObject": 1, "PutObject": said["files"]}


def _published(said: Said, run: Run | None) -> dict[str, int]:
    """What waited is copied, unless a newer upload's manifest is there; a review is looked up."""
    is_written = not said.get("superseded_by")
    copies = _files(run) if is_written and run and run.made.get("flags") else 0
    reviewed = 1 if run and run.states["Answer"] else 0
    return {
        "HeadObject": 1,
        "PutObject": int(is_written),
        "CopyObject": copies,
        "GetItem": reviewed,
    }


def _discarded(_: Said, run: Run | None) -> dict[str, int]:
    """A rejected picture's likeness and preview are kept, an expired one's are not."""
    counts = {"HeadObject": 1, "ListObjectsV2": 1}
    if run is None or run.states["Expired"]:
        return counts
    likeness = run.made.get("likeness")
    entries = len(entry_keys(run.image, run.version or "", likeness)) if likeness else 0
    return counts | {"CopyObject": 1, "BatchWriteItem": entries}


def _withdrawn(_: Said, __: Run | None) -> dict[str, int]:
    return {"HeadObject": 1, "ListObjectsV2": 1, "GetItem": 1}


def _asked(_: Said, __: Run | None) -> dict[str, int]:
    """The secret is read once in five minutes; here each time, which is the most."""
    return {"UpdateItem": 1, "PutItem": 1, "Publish": 1, "GetSecretValue": 1}


def _reminded(_: Said, __: Run | None) -> dict[str, int]:
    return {"GetItem": 1, "Query": 1, "PutItem": 1, "Publish": 1, "GetSecretValue": 1}


def _files(run: Run) -> int:
    return sum(len(variant["files"]) for variant in run.made["variants"])


STEPS: dict[tuple[str, str], Callable[[Said, Run | None], Mapping[str, int]]] = {
    ("validate", "accepted"): _accepted,
    ("validate", "invalid"): _one_read,
    ("resize", "made"): _made,
    ("resize", "gone"): _one_read,
    ("filter", "made"): _made,
    ("filter", "gone"): _one_read,
    ("optimize", "encoded"): _encoded,
    ("publish", "published"): _published,
    ("publish", "discarded"): _discarded,
    ("publish", "withdrawn"): _withdrawn,
    ("review", "asked for a review"): _asked,
    ("review", "reminded"): _reminded,
}
