"""The three questions, and the widgets that answer them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from bench.dashboarding import dollars
from bench.dashboarding.series import (
    MACHINES,
    STEPS,
    Series,
    hidden,
    math,
    of_function,
    of_machine,
    of_status,
    ours,
)
from bench.dashboarding.widgets import Box, alarms, graph, heading, number
from darkroom import statuses

ENDS = ("ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsAborted", "ExecutionsTimedOut")
HOUR = 3600
DAY = 86_400
# A number in CloudFormation's hands: quotation marks would make it a text.
LONGEST_WAIT = "${OldestReviewAlarmSeconds}"


def boxes(alarm_arns: Sequence[str], memory_mb: Mapping[str, int]) -> Iterator[Box]:
    """`memory_mb`: of each step's function."""
    yield from healthy(alarm_arns)
    yield from behind()
    yield from costs(memory_mb)


def healthy(alarm_arns: Sequence[str]) -> Iterator[Box]:
    yield heading(
        "Is it healthy?",
        "Alarms are green, and nothing is FAILED, dead or broken. "
        "What to type for each alarm: docs/operations.md. What failed: `darkroom status`.",
    )
    yield alarms("Alarms", alarm_arns)
    yield graph(
        "Images by status",
        (of_status(status) for status in (*statuses.ENDED, statuses.IN_REVIEW)),
        width=12,
        stacked=True,
    )
    yield graph(
        "Failed executions",
        (of_machine("ExecutionsFailed", machine) for machine in MACHINES),
    )
    yield graph("Dead letters", [dead_letters()], stat="Maximum")
    yield graph("Errors of functions", (of_function("Errors", step) for step in STEPS), width=12)
    yield graph(
        "The review page",
        [
            ["AWS/Lambda", "UrlRequestCount", *REVIEW, {"label": "Requests", "yAxis": "right"}],
            ["AWS/Lambda", "Url4xxCount", *REVIEW, {"label": "Refused (4xx)"}],
            ["AWS/Lambda", "Url5xxCount", *REVIEW, {"label": "Broken (5xx)"}],
        ],
        width=12,
    )


REVIEW = ("FunctionName", "${ReviewFunction}")


def behind() -> Iterator[Box]:
    yield heading(
        "How far behind is it?",
        "What runs and what waits. Running executions are counted from the left edge on: those "
        "that began earlier are missing, and what waits for a reviewer is among them.",
    )
    yield graph("Running executions", running())
    yield graph("Pictures that wait for a reviewer", [ours("ReviewQueue", "Queue")], stat="Maximum")
    yield graph(
        "Oldest review, and how long decisions took (s)",
        [
            ours("OldestReviewSeconds", "Oldest that waits", stat="Maximum"),
            ours("ReviewSeconds", "Decisions, p50", stat="p50"),
            ours("ReviewSeconds", "Decisions, p95", stat="p95"),
        ],
        width=12,
        annotations={"horizontal": [{"label": "OldestReviewAlarm", "value": LONGEST_WAIT}]},
    )
    for percentile in ("p50", "p95"):
        yield graph(
            f"Seconds of a step, {percentile}",
            (ours("Seconds", step, service=step.lower()) for step in STEPS),
            stat=percentile,
        )
    yield graph(
        "Refused calls (throttles)",
        [
            *(of_function("Throttles", step) for step in STEPS),
            of_machine("ExecutionThrottled", "Pipeline"),
        ],
    )
    yield graph(
        "Functions at work at once",
        (of_function("ConcurrentExecutions", step) for step in STEPS),
        stat="Maximum",
    )


def costs(memory_mb: Mapping[str, int]) -> Iterator[Box]:
    yield heading(
        "What does it cost?",
        "By the prices that `darkroom cost` knows: us-east-1, first tier, without free tiers. "
        "Requests to S3, messages and traces have no metric here: `darkroom cost` counts them.",
    )
    yield graph("Dollars an hour", dollars.dollars(memory_mb), width=12, stacked=True, period=HOUR)
    hidden_parts = [_unseen(one) for one in dollars.dollars(memory_mb)]
    yield number("Dollars, in the time shown", [*hidden_parts, dollars.total()])
    yield graph(
        "Dollars a month for storage",
        dollars.storage(),
        stacked=True,
        period=DAY,
        stat="Average",
        start="-P14D",  # S3 measures once a day, and tells a day or two later
        end="P0D",
    )
    yield graph(
        "GB-seconds by function", dollars.gb_seconds(memory_mb), width=12, stacked=True, period=HOUR
    )
    yield graph(
        "Bytes in and out",
        [
            ours("BytesIn", "In (accepted uploads)", service="validate"),
            ours("BytesOut", "Out (files of all formats)", service="optimize"),
        ],
        width=12,
        period=HOUR,
    )


def dead_letters() -> Series:
    name = "ApproximateNumberOfMessagesVisible"
    queue = "${DeadLetterQueue.QueueName}"
    return ["AWS/SQS", name, "QueueName", queue, {"label": "Letters"}]


def running() -> Iterator[Series]:
    for machine in ("Pipeline", "Withdraw"):
        short = machine[0].lower()
        yield hidden(of_machine("ExecutionsStarted", machine), f"{short}0")
        for number_, end in enumerate(ENDS, 1):
            yield hidden(of_machine(end, machine), f"{short}{number_}")
        ended = "".join(f"-FILL({short}{one},0)" for one in range(1, len(ENDS) + 1))
        yield math(f"{short}_open", f"RUNNING_SUM(FILL({short}0,0){ended})", machine)


def _unseen(series: Series) -> Series:
    *metric, options = series
    return [*metric, {**options, "visible": False}]
