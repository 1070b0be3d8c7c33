"""All that was logged about an image's versions, in order of time."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from itertools import chain, islice
from typing import Any

from botocore.config import Config

from cli.costing.express import moment
from cli.costing.histories import EXPRESS, results
from cli.executions import is_of, whole_history
from cli.logs.entries import ERROR, Entry, entry_of, process_entry
from cli.logs.groups import PROCESS, log_groups
from cli.logs.reading import read_events
from cli.records import Record
from cli.stack import Stack

# The clocks of DynamoDB, Step Functions and Lambda may differ.
MARGIN = timedelta(minutes=1)
# AWS answers 5 FilterLogEvents a second in all of an account and Region: adaptive clients wait for
# their turn. https://repost.aws/knowledge-center/cloudwatch-logs-throttling
PATIENT = Config(retries={"mode": "adaptive", "total_max_attempts": 20})
WORKERS = 4
# CloudWatch takes patterns of 1,024 characters.
IN_A_PATTERN = 20
IN_A_PATTERN_OF_ARNS = 3

# Image, version and run of the pipeline.
Owner = tuple[str, str, str]
# What startSyncExecution answered, and whose it is.
Answer = tuple[Mapping[str, Any], Owner]


def story(stack: Stack, found: Sequence[Record], since: datetime | None) -> list[Entry]:
    """The lines about records of one image, from the oldest record on, or from `since` on."""
    created = min(datetime.fromisoformat(record["created_at"]) for record in found)
    start = since or created - MARGIN
    groups = log_groups(stack)
    process = groups.pop(PROCESS, None)
    client = dataclasses.replace(stack, config=PATIENT).client("logs")
    image, versions = found[0]["image"], {record["version"] for record in found}

    def read(step: str, pattern: str) -> list[Entry]:
        events = read_events(client, groups[step], start, pattern=pattern)
        entries = (entry_of(step, event) for event in events)
        return [one for one in entries if one and one.image == image and one.version in versions]

    patterns = list(_patterns("$.version", sorted(versions), IN_A_PATTERN))
    with ThreadPoolExecutor(WORKERS) as pool:
        asked = [pool.submit(read, step, pattern) for step in groups for pattern in patterns]
        lines = list(chain.from_iterable(one.result() for one in asked))
    answers = _answers(stack, found, lines)
    if process is not None:
        lines += _process_lines(client, process, start, answers)
    lines += _untold(lines, answers, start)
    return sorted(lines, key=lambda entry: entry.at)


def _answers(stack: Stack, found: Sequence[Record], lines: Iterable[Entry]) -> list[Answer]:
    """What `process` answered to the runs of the pipeline that records and lines name."""
    runs = {(one["execution"], one["image"], one["version"]) for one in found if "execution" in one}
    runs |= {(one.execution, one.image, one.version) for one in lines}
    pipeline = stack.output("PipelineArn")
    return [
        (answer, (image, version, run))
        for run, image, version in sorted(runs)
        if is_of(pipeline, run)
        for answer in results(whole_history(stack, run), EXPRESS)
    ]


def _process_lines(
    client: Any, group: str, start: datetime, answers: Iterable[Answer]
) -> list[Entry]:
    """The lines of `process`, which name neither image nor run: found by its executions."""
    of = {str(answer["ExecutionArn"]): owner for answer, owner in answers}
    lines = []
    for pattern in _patterns("$.execution_arn", sorted(of), IN_A_PATTERN_OF_ARNS):
        for event in read_events(client, group, start, pattern=pattern):
            if (entry := process_entry(event, of)) is not None:
                lines.append(entry)
    return lines


def _untold(lines: Iterable[Entry], answers: Iterable[Answer], start: datetime) -> Iterator[Entry]:
    """What broke in `process`, by its answer, where no line says so: the engine writes none."""
    told = {(entry.execution, entry.step) for entry in lines}
    for answer, (image, version, run) in answers:
        at = moment(answer["StopDate"])
        if answer["Status"] == "SUCCEEDED" or (run, PROCESS) in told or at < start:
            continue
        fields = {
            name: answer[name.title()] for name in ("error", "cause") if name.title() in answer
        }
        yield Entry(at, PROCESS, ERROR, str(answer["Status"]), image, version, run, fields)


def _patterns(field: str, values: Iterable[str], most: int) -> Iterator[str]:
    """Filter patterns for so many values each. Of versions and ARNs, which need no escapes; a name
    may hold quotes and asterisks, and 1,024 bytes."""
    left = iter(values)
    while some := list(islice(left, most)):
        yield "{ " + " || ".join(f'{field} = "{value}"' for value in some) + " }"
