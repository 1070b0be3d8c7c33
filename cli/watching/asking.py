"""What the functions have logged of late, at few calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from cli.executions import is_of
from cli.logs.entries import Entry, entry_of
from cli.logs.groups import PROCESS, log_groups
from cli.logs.reading import read_events
from cli.records import Key, Record
from cli.stack import Stack
from cli.watching.steps import Place, place_of
from darkroom import statuses
from darkroom.moments import now

# AWS answers 5 FilterLogEvents a second in all of an account and Region:
# https://repost.aws/knowledge-center/cloudwatch-logs-throttling
PAGES = 3
WORKERS = 2
# A run is over when somebody looks at a review page.
UNASKED = (PROCESS, "Review")
LONGEST = timedelta(minutes=15)
# A line may come into CloudWatch late.
MARGIN = timedelta(seconds=15)
# Lines of ours; Lambda's reports name no version.
OURS = '{ $.version = "*" }'


class Lines:
    """The lines about what is not known to have ended. Each look asks for what came since."""

    def __init__(self, stack: Stack) -> None:
        self._client = stack.client("logs")
        self._groups = {
            step: group for step, group in log_groups(stack).items() if step not in UNASKED
        }
        self._since: datetime | None = None
        self.by_key: dict[Key, list[Entry]] = {}

    def look(self, start: datetime, at: datetime, pattern: str = OURS) -> None:
        """`start`: from when on at first."""
        since = self._since or max(start - MARGIN, at - LONGEST)
        with ThreadPoolExecutor(WORKERS) as pool:
            found = chain.from_iterable(
                pool.map(lambda step: self._read(step, since, pattern), self._groups)
            )
        for entry in found:
            own = self.by_key.setdefault((entry.image, entry.version), [])
            if entry not in own:
                own.append(entry)
        for own in self.by_key.values():
            own.sort(key=lambda entry: entry.at)
        self._since = at - MARGIN

    def forget(self, keys: Iterable[Key]) -> None:
        for key in keys:
            self.by_key.pop(key, None)

    def _read(self, step: str, since: datetime, pattern: str) -> list[Entry]:
        events = read_events(self._client, self._groups[step], since, pattern=pattern, pages=PAGES)
        return [entry for event in events if (entry := entry_of(step, event)) is not None]


def is_running(record: Mapping[str, Any]) -> bool:
    """Whether a state machine is at it: not a reviewer, and not nobody."""
    if record["status"] == statuses.IN_REVIEW:
        return "decision" in record.get("review", {})
    return bool(record["status"] == statuses.PROCESSING)


def places(
    stack: Stack, running: Iterable[Record], lines: Mapping[Key, Sequence[Entry]]
) -> dict[Key, Place]:
    withdraw = stack.output("WithdrawArn")
    found = {}
    for record in running:
        key = (record["image"], record["version"])
        withdrawal = is_of(withdraw, str(record.get("execution", "")))
        found[key] = place_of(record, lines.get(key, ()), withdrawal)
    return found


def began(running: Iterable[Record], otherwise: datetime) -> datetime:
    """When the oldest of them did."""
    times = (str(record.get("claimed_at", record["updated_at"])) for record in running)
    return min(map(datetime.fromisoformat, times), default=otherwise)


def places_of(stack: Stack, found: Sequence[Record]) -> dict[Key, Place]:
    """Where those of one image's records are that run."""
    running = [record for record in found if is_running(record)]
    if not running:
        return {}
    lines, at = Lines(stack), now()
    versions = " || ".join(f'$.version = "{record["version"]}"' for record in running)
    lines.look(began(running, at), at, "{ " + versions + " }")
    return places(stack, running, lines.by_key)
