"""The bill at a terminal, and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from cli.costing.bill import MILLION, Bill, Item, Monthly
from cli.costing.gathering import Gathered
from cli.costing.prices import Price, price_table
from cli.costing.quantities import (
    COUNTED,
    DELIVERIES,
    FREE_DELIVERIES,
    LATER_DAYS,
    MASTER_DAYS,
    MEASURED_LOCALLY,
    READ,
    silent,
)

EXPLAINED = {
    READ: "in execution histories, logs and buckets",
    COUNTED: "from the histories, and from what each step's log line says that it did",
    MEASURED_LOCALLY: "as long as it took on this machine, with the memory sizes of the deployed "
    "functions; AWS's processors and networks differ",
}


def shown(bill: Bill, gathered: Gathered) -> Group:
    table = price_table()
    largest = ", ".join(f"{item.name} ${item.dollars:,.2f}" for item in bill.largest)
    one = bill.one_workflow
    parts: list[RenderableType] = [
        Text(
            f"{bill.images} images in {bill.runs} runs, at AWS's prices of {table.date} in "
            f"{table.region}, free tiers left out; dollars are for a million images.\n"
        ),
        _items(bill),
        Text(f"\nThe three largest: {largest}."),
        Text(
            f"In one Standard workflow, without the Express one inside: ${one.dollars:,.2f} "
            f"({one.transitions:.1f} transitions an image in place of {one.transitions_now:.1f}).\n"
        ),
        _functions(bill),
        Text("\nNot of a run, and not in the total:"),
        *(Text(f"  ${line.dollars:,.2f} a month: {_amount(line)}") for line in bill.monthly),
        Text(""),
        *(Text(note) for note in notes(bill, gathered)),
    ]
    return Group(*parts)


def plain_bill(bill: Bill, gathered: Gathered) -> dict[str, Any]:
    table = price_table()
    return {
        "images": bill.images,
        "runs": bill.runs,
        "prices": {"date": table.date, "region": table.region},
        "measured_locally": gathered.is_local,
        "dollars_per_million": bill.dollars,
        "items": [_line(item) for item in bill.items],
        "largest": [item.name for item in bill.largest],
        "one_standard_workflow": asdict(bill.one_workflow),
        "functions": [asdict(function) for function in bill.functions],
        "monthly": [_line(line) for line in bill.monthly],
        "notes": list(notes(bill, gathered)),
    }


def _line(line: Item | Monthly) -> dict[str, Any]:
    return asdict(line) | {"price": _price(line.price)}


def _price(price: Price) -> dict[str, Any]:
    fields: dict[str, Any] = msgspec.to_builtins(price)
    return fields


def notes(bill: Bill, gathered: Gathered) -> Iterator[str]:
    """What a reader has to know to judge the figures."""
    days = MASTER_DAYS + LATER_DAYS
    yield f"Masters that were not deleted lie in the work bucket for about {days:g} days."
    for known in (READ, COUNTED, MEASURED_LOCALLY):
        if any(item.known == known for item in bill.items):
            yield f"{known.capitalize()}: {EXPLAINED[known]}."
    if quiet := silent(gathered):
        yield (
            f"{len(quiet)} invocations did not say what they did (visits to the review page, or "
            "errors): their time is in the bill, what they asked of S3 and DynamoDB is not."
        )
    if missing := sum(one.billed_ms is None for one in gathered.invocations):
        yield f"{missing} invocations have no report of Lambda (yet): their time is missing."
    others = {
        protocol
        for protocols in gathered.subscriptions.values()
        for protocol in protocols
        if protocol not in DELIVERIES and protocol not in FREE_DELIVERIES
    }
    if others:
        yield f"No price is known here for deliveries by {', '.join(sorted(others))}."


def _each(item: Item) -> str:
    """Of one image; what AWS counts in GB is little of that."""
    unit = item.price.unit
    if unit in ("GB", "GB-months"):
        return f"{item.each * 1024:,.3g} {unit.replace('GB', 'MB')}"
    return f"{item.each:,.4g} {unit}"


def _amount(line: Monthly) -> str:
    unit = " GB" if line.price.unit == "GB-months" else ""
    return f"{line.name} ({line.amount:,.0f}{unit})"


def _items(bill: Bill) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("Item", min_width=16)
    for name in ("An image", "Price", "$ a million", "Share"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Known", min_width=8)
    for item in sorted(bill.items, key=lambda item: -item.dollars):
        table.add_row(
            item.name,
            _each(item),
            _unit_price(item.price),
            f"{item.dollars:,.2f}",
            f"{item.share:.1%}",
            item.known,
        )
    table.add_row("Total", "", "", f"{bill.dollars:,.2f}", "", style="bold")
    return table


def _unit_price(price: Price) -> str:
    """Of a million, or of one where that is what AWS counts in."""
    if price.per == 1:
        return f"${price.dollars:g}/{price.unit.removesuffix('s')}"
    return f"${price.each * MILLION:g}/M"


def _functions(bill: Bill) -> Table:
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("Function")
    for name in ("Memory", "Calls an image", "ms a call", "Cold", "GB-s an image", "$ a million"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in bill.functions:
        table.add_row(
            one.step,
            f"{one.memory_mb} MB",
            f"{one.calls:.2f}",
            f"{one.milliseconds:,.0f}",
            str(one.cold),
            f"{one.gb_seconds:.3f}",
            f"{one.dollars:,.2f}",
        )
    return table
