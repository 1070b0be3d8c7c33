"""The bill: quantities at their prices, for a million images like these."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from cli.costing import one_workflow
from cli.costing.gathering import Gathered
from cli.costing.histories import output_of
from cli.costing.prices import Price, price_table
from cli.costing.quantities import GB, Quantity, quantities

MILLION = 1_000_000
LARGEST = 3


@dataclass(frozen=True)
class Item:
    """A line: `each` of a quantity for one image, `dollars` for a million images."""

    name: str
    each: float
    price: Price
    dollars: float
    share: float
    known: str


@dataclass(frozen=True)
class FunctionCost:
    """A function's part, for one image: calls and GB-s; `milliseconds`: mean of what is billed."""

    step: str
    memory_mb: int
    calls: float
    milliseconds: float
    cold: int
    gb_seconds: float
    dollars: float


@dataclass(frozen=True)
class OneWorkflow:
    """The same outputs in one Standard workflow: transitions of an image, here and there, and
    dollars for a million images there."""

    transitions: float
    transitions_now: float
    dollars: float


@dataclass(frozen=True)
class Monthly:
    """Dollars a month that no run causes: `each` unit at `price`, for a million images kept."""

    name: str
    amount: float
    price: Price
    dollars: float


@dataclass(frozen=True)
class Bill:
    images: int
    runs: int
    items: Sequence[Item]
    functions: Sequence[FunctionCost]
    one_workflow: OneWorkflow
    monthly: Sequence[Monthly]

    @property
    def dollars(self) -> float:
        """For a million images."""
        return sum(item.dollars for item in self.items)

    @property
    def largest(self) -> list[Item]:
        return sorted(self.items, key=lambda item: -item.dollars)[:LARGEST]


def make_bill(gathered: Gathered) -> Bill:
    found = quantities(gathered)
    images = len(gathered.images)
    dollars = [_dollars(quantity.price, quantity.amount, images) for quantity in found]
    total = sum(dollars)
    return Bill(
        images=images,
        runs=len(gathered.runs),
        items=[
            Item(
                quantity.item,
                quantity.amount / images,
                price_table().prices[quantity.price],
                cost,
                cost / total,
                quantity.known,
            )
            for quantity, cost in zip(found, dollars, strict=True)
        ],
        functions=_functions(gathered),
        one_workflow=_one_workflow(gathered, found, total),
        monthly=_monthly(gathered),
    )


def _dollars(price: str, amount: float, images: int) -> float:
    """For a million images like these."""
    return price_table().prices[price].each * amount / images * MILLION


def _functions(gathered: Gathered) -> list[FunctionCost]:
    images = len(gathered.images)
    found = []
    for function in gathered.functions:
        own = [one for one in gathered.invocations if one.function == function]
        billed = [one for one in own if one.billed_ms is not None]
        if not billed:
            continue
        seconds = sum((one.billed_ms or 0) / 1000 * one.gb for one in billed)
        price = f"lambda_gb_s_{function.architecture}"
        found.append(
            FunctionCost(
                step=function.step,
                memory_mb=function.memory_mb,
                calls=len(own) / images,
                milliseconds=fmean(one.billed_ms or 0 for one in billed),
                cold=sum(one.is_cold for one in own),
                gb_seconds=seconds / images,
                dollars=_dollars(price, seconds, images),
            )
        )
    return found


def _one_workflow(gathered: Gathered, found: Sequence[Quantity], total: float) -> OneWorkflow:
    """Without the state that calls `process`, and with each of its states in its place."""
    images = len(gathered.images)
    answers = [answer for run in gathered.runs for answer in run.answers]
    now = sum(run.transitions for run in gathered.runs)
    batches = _batches(gathered)
    inside = sum(
        one_workflow.transitions(gathered.definition, output_of(answer), batches[run.arn])
        for run in gathered.runs
        for answer in run.answers
    )
    there = now - len(answers) + inside
    express = sum(
        _dollars(quantity.price, quantity.amount, images)
        for quantity in found
        if quantity.price.startswith("express_")
    )
    more = _dollars("transition", there - now, images)
    return OneWorkflow(there / images, now / images, total - express + more)


def _batches(gathered: Gathered) -> Mapping[str, Counter[str]]:
    """How many each step made for each run, by the run's ARN."""
    found: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for one in gathered.invocations:
        if one.said.get("message") == "made":
            found[str(one.said.get("execution"))][one.function.step] += 1
    return found


def _monthly(gathered: Gathered) -> list[Monthly]:
    """Storage of a million such images, and what is paid for being there."""
    images = len(gathered.images)
    made = [run.made for run in gathered.runs if run.upload_bytes is not None]
    files = sum(
        file["bytes"]
        for one in made
        for variant in one.get("variants", ())
        for file in variant["files"]
    )
    uploads = sum(run.upload_bytes or 0 for run in gathered.runs)
    logged = {metric for one in gathered.invocations for metric in one.metrics}
    metrics = logged | gathered.watching.metrics
    types = gathered.resource_types
    amounts = (
        ("published files of a million images", "s3_gb_month", files / GB / images * MILLION),
        ("uploads of a million images", "s3_gb_month", uploads / GB / images * MILLION),
        ("secrets", "secret_month", types.count("AWS::SecretsManager::Secret")),
        ("alarms, by the metric", "alarm_month", gathered.watching.alarm_metrics),
        ("metrics", "metric_month", len(metrics)),
        ("dashboards", "dashboard_month", types.count("AWS::CloudWatch::Dashboard")),
    )
    prices = price_table().prices
    return [
        Monthly(name, amount, prices[price], amount * prices[price].each)
        for name, price, amount in amounts
        if amount
    ]
