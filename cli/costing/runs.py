"""Which executions there are to be paid for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cli import trail
from cli.costing.histories import Run, read_run
from cli.errors import CommandError
from cli.executions import is_of
from cli.records import known_versions
from cli.stack import Stack
from darkroom.keys import image_of

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

# The Standard workflows, as the template calls them.
WORKFLOWS = ("Pipeline", "Reminder", "Withdraw", "Settle")


def all_runs(client: SFNClient, resources: Mapping[str, str]) -> Iterator[Run]:
    """Every run that Step Functions remembers: AWS forgets after 90 days."""
    for workflow in WORKFLOWS:
        pages = client.get_paginator("list_executions").paginate(
            stateMachineArn=resources[workflow]
        )
        arns = [item["executionArn"] for page in pages for item in page["executions"]]
        yield from _known(client, arns)


def runs_of(
    stack: Stack, client: SFNClient, resources: Mapping[str, str], images: Iterable[str]
) -> list[Run]:
    """The runs that the records and the trails of `images` name, and their reminders.

    Raises CommandError where an image has no record, or AWS has forgotten all of its runs.
    """
    found: dict[str, Run] = {}
    for image in images:
        named = {record["execution"] for record in known_versions(stack, image)}
        named |= {
            entry["execution"]
            for entry in trail.entries(stack, image_of(image))
            if "execution" in entry
        }
        pipeline, reminder = resources["Pipeline"], resources["Reminder"]
        reminders = {
            _execution(reminder, arn.rpartition(":")[2]) for arn in named if is_of(pipeline, arn)
        }
        found |= {run.arn: run for run in _known(client, sorted(named | reminders))}
    if not found:
        raise CommandError(
            "Expected a run to price, got none: Step Functions forgets after 90 days.",
            "`darkroom cost` without an image prices all that it remembers.",
        )
    return list(found.values())


def _known(client: SFNClient, arns: Iterable[str]) -> Iterator[Run]:
    for arn in arns:
        try:
            pages = client.get_paginator("get_execution_history").paginate(executionArn=arn)
            events = [event for page in pages for event in page["events"]]
        except ClientError as error:
            if error.response["Error"]["Code"] != "ExecutionDoesNotExist":
                raise
            continue
        if events:
            yield read_run(arn, events)


def _execution(machine: str, name: str) -> str:
    return machine.replace(":stateMachine:", ":execution:") + f":{name}"
