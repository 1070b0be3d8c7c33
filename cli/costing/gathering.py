"""All that is known of what ran, gathered from a stack."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from cli.costing.functions import Function, functions_of, resources_of
from cli.costing.histories import Run
from cli.costing.invocations import Invocation, read_invocations
from cli.costing.logs import joined, read_lines
from cli.costing.runs import all_runs, runs_of
from cli.costing.sizes import item_bytes
from cli.costing.watching import Watching, watching
from cli.errors import CommandError
from cli.reconciling.source import source
from cli.stack import Stack
from darkroom.keys import MASTERS_PREFIX
from darkroom.moments import now

Key = tuple[str, str]


@dataclass(frozen=True)
class Gathered:
    """`records`: bytes of each record in ImagesTable. `master_bytes`: of what lies under masters/
    for them. `subscriptions`: protocols by topic. `is_local`: measured on the embedded engine."""

    runs: Sequence[Run]
    functions: Sequence[Function]
    invocations: Sequence[Invocation]
    definition: str
    records: dict[Key, int]
    master_bytes: int
    subscriptions: dict[str, list[str]]
    resource_types: list[str]
    is_local: bool
    images: set[Key] = field(default_factory=set)
    watching: Watching = field(default_factory=Watching)


def gather(stack: Stack, images: Sequence[str], tell: Callable[[str], None]) -> Gathered:
    """Of `images`, or without any of everything. `tell` is told what is being read.

    Raises CommandError where nothing ran.
    """
    resources, types = resources_of(stack)
    tell("Reading executions")
    client = source(stack).stepfunctions
    runs = (
        runs_of(stack, client, resources, images) if images else list(all_runs(client, resources))
    )
    keys = {(run.image, run.version) for run in runs if run.version is not None}
    if not keys:
        raise CommandError("No image has been processed yet.", "`darkroom upload PATH…` does so.")
    functions = functions_of(stack, resources)
    tell("Reading logs")
    invocations = invocations_of(stack, functions, runs, is_whole=not images)
    tell("Reading records and masters")
    process = stack.stepfunctions.describe_state_machine(stateMachineArn=resources["Process"])
    return Gathered(
        runs=runs,
        functions=functions,
        invocations=invocations,
        definition=process["definition"],
        records=_record_bytes(stack, keys),
        master_bytes=_master_bytes(stack, keys),
        subscriptions={
            output: _protocols(stack, stack.output(output))
            for output in ("OutcomeTopicArn", "ReviewTopicArn")
        },
        resource_types=types,
        is_local=stack.endpoint is not None,
        images=keys,
        watching=watching(stack, (resources[name] for name in resources if _is_alarm(name))),
    )


def _is_alarm(name: str) -> bool:
    return name.endswith("Alarm")


def invocations_of(
    stack: Stack, functions: Iterable[Function], runs: Sequence[Run], is_whole: bool
) -> list[Invocation]:
    """Of these runs alone, or of everything: then those of the review page's visitors too."""
    client = stack.client("logs")
    windows = joined(window for run in runs for window in run.windows)
    if is_whole and windows:
        windows = [(windows[0][0], now())]
    arns = {run.arn for run in runs}
    return [
        invocation
        for function in functions
        for invocation in read_invocations(
            function, read_lines(client, function.log_group, windows)
        )
        if is_whole or invocation.said.get("execution") in arns
    ]


def _record_bytes(stack: Stack, keys: Iterable[Key]) -> dict[Key, int]:
    table = stack.output("ImagesTable")
    found = {}
    for image, version in keys:
        answer = stack.dynamodb.get_item(
            TableName=table, Key={"image": {"S": image}, "version": {"S": version}}
        )
        found[image, version] = item_bytes(answer.get("Item", {}))
    return found


def _master_bytes(stack: Stack, keys: Iterable[Key]) -> int:
    pages = stack.s3.get_paginator("list_objects_v2")
    return sum(
        item["Size"]
        for image, version in keys
        for page in pages.paginate(
            Bucket=stack.output("WorkBucket"), Prefix=f"{MASTERS_PREFIX}{image}/{version}/"
        )
        for item in page.get("Contents", [])
    )


def _protocols(stack: Stack, topic: str) -> list[str]:
    pages = stack.client("sns").get_paginator("list_subscriptions_by_topic")
    return [
        subscription["Protocol"]
        for page in pages.paginate(TopicArn=topic)
        for subscription in page["Subscriptions"]
    ]
