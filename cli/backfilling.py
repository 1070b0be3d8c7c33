"""`darkroom backfill`: every upload under a prefix through the pipeline, as the recipes are now."""

from __future__ import annotations

import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from cli.errors import CommandError
from cli.executions import BROKEN, RUNNING, described
from cli.options import console, json_option, stack_option
from cli.places import home
from cli.stack import Stack, connect
from cli.style import json_text, styled
from darkroom import statuses

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions.type_defs import DescribeExecutionOutputTypeDef

POLL_SECONDS = 1.0
# What the state machine says of an upload that no run had claimed when it stopped looking.
UNCLAIMED = "NONE"


@click.command()
@click.argument("prefix", required=False)
@click.option("--all", "everything", is_flag=True, help="Every upload there is, instead of PREFIX.")
@click.option(
    "--concurrency",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    help="Pictures at work at the same time. Uploads go on meanwhile and want their share.",
)
@click.option(
    "--tolerate",
    type=click.IntRange(0, 100),
    default=5,
    show_default=True,
    metavar="PERCENT",
    help="Of failures; beyond it the backfill stops.",
)
@click.option("--no-wait", is_flag=True, help="Start it, and say how to look at it.")
@stack_option
@json_option
def backfill(
    prefix: str | None,
    everything: bool,
    concurrency: int,
    tolerate: int,
    no_wait: bool,
    stack_name: str | None,
    as_json: bool,
) -> None:
    """Make new versions of all uploads whose names begin with PREFIX.

    After a change of the recipes raise RecipeRevision first: what has been made with it already is
    left alone. What reviewers decided about a picture stands.
    """
    if (prefix is None) != everything:
        raise CommandError("Expected either PREFIX, such as trip/, or --all.")
    stack = connect(home(), stack_name)
    order = {
        "prefix": prefix or "",
        "concurrency": concurrency,
        "tolerated_failure_percentage": tolerate,
    }
    arn = stack.stepfunctions.start_execution(
        stateMachineArn=stack.output("BackfillArn"), input=json.dumps(order, ensure_ascii=False)
    )["executionArn"]
    if no_wait:
        click.echo(json_text({"execution": arn}) if as_json else f"Started {arn}")
        return
    ended = _wait(stack, arn, Console(quiet=True) if as_json else console)
    report = _report(stack, ended["name"])
    if as_json:
        click.echo(json_text(report | {"execution": arn}))
    else:
        _describe(report)
    _complain(ended, report)


COMMANDS: tuple[click.Command, ...] = (backfill,)


def _wait(stack: Stack, arn: str, shown: Console) -> DescribeExecutionOutputTypeDef:
    """The execution, once it has ended. Raises CommandError where no Map Run began."""
    bar = Progress(
        TextColumn("Backfilling"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[failed]} failed, {task.fields[running]} at work"),
        console=shown,
    )
    with bar:
        task = bar.add_task("", total=None, failed=0, running=0)
        while True:
            execution = described(stack, arn)
            runs = stack.stepfunctions.list_map_runs(executionArn=arn)["mapRuns"]
            if runs:
                counts = stack.stepfunctions.describe_map_run(mapRunArn=runs[0]["mapRunArn"])[
                    "itemCounts"
                ]
                bar.update(
                    task,
                    total=counts["total"],
                    completed=counts["succeeded"] + counts["failed"],
                    failed=counts["failed"],
                    running=counts["running"],
                )
            if execution and execution["status"] != RUNNING:
                break
            time.sleep(POLL_SECONDS)
    if not runs:
        cause = execution.get("cause") or execution.get("error") or execution["status"]
        raise CommandError(f"The backfill did not begin: {cause}", f"The execution: {arn}")
    return execution


def _report(stack: Stack, execution: str) -> dict[str, Any]:
    """What became of each upload: counts by status, how many were done before, what failed, and
    where the whole list lies. `execution`: its name."""
    manifest_key, manifest = _manifest(stack, execution)
    files = manifest["ResultFiles"]
    done = [line for file in files["SUCCEEDED"] for line in _read(stack, file["Key"])]
    failed = [line for file in files["FAILED"] for line in _read(stack, file["Key"])]
    counts = Counter(line["status"] for line in done if line["started"])
    counts[statuses.FAILED] += len(failed)
    return {
        "counts": {status: count for status, count in sorted(counts.items()) if count},
        "already": sum(not line["started"] for line in done),
        "failures": [line.get("Cause") or line.get("Error", "") for line in failed],
        "result": f"s3://{stack.outputs['WorkBucket']}/{manifest_key}",
    }


def _manifest(stack: Stack, execution: str) -> tuple[str, dict[str, Any]]:
    """Of the results: its key, and what it says."""
    prefix = f"backfills/{execution}/"
    pages = stack.s3.get_paginator("list_objects_v2").paginate(
        Bucket=stack.outputs["WorkBucket"], Prefix=prefix
    )
    for page in pages:
        for found in page.get("Contents", ()):
            if found["Key"].endswith("/manifest.json"):
                return found["Key"], _read(stack, found["Key"])
    raise CommandError(
        f"The backfill has ended, and its result is not in the work bucket under {prefix}.",
        "`darkroom status` shows what became of everything.",
    )


def _read(stack: Stack, key: str) -> Any:
    body = stack.s3.get_object(Bucket=stack.outputs["WorkBucket"], Key=key)["Body"]
    return json.loads(body.read())


def _describe(report: dict[str, Any]) -> None:
    for status, count in report["counts"].items():
        console.print(styled(status), count, highlight=False)
    if report["already"]:
        console.print(f"{report['already']} were made before, with this RecipeRevision.")
    if not report["counts"] and not report["already"]:
        console.print("Nothing has been uploaded under that name.")
    console.print("The whole list:", report["result"], soft_wrap=True, highlight=False)


def _complain(execution: DescribeExecutionOutputTypeDef, report: dict[str, Any]) -> None:
    """Raises CommandError where not everything was done."""
    failures = report["failures"]
    if execution["status"] in BROKEN:
        raise CommandError(
            f"The backfill {execution['status']}: {execution.get('cause') or 'no cause was given'}",
            "`darkroom rerun --failed` mends what failed; the same command goes on with the rest.",
        )
    if failures:
        raise CommandError(
            f"{len(failures)} failed; the first: {failures[0]}",
            "`darkroom rerun --failed` runs them again.",
        )
    unclaimed = report["counts"].get(UNCLAIMED, 0)
    if unclaimed:
        raise CommandError(
            f"{unclaimed} still wait for their turn.",
            "`darkroom status` shows what becomes of them.",
        )
