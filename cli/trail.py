"""The trail of an image: who did what, and when."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table

from cli.records import Record
from cli.stack import Stack
from cli.style import plain
from darkroom.items import plain_item

# The table's range key says again what the entry's fields say.
INTERNAL = {"entry"}
COLUMNS = ("at", "event", "version", "by", "decision", "reason", "note", "recalled_from")


def entries(stack: Stack, image: str) -> list[Record]:
    """All that was done about an image, oldest first."""
    pages = stack.dynamodb.get_paginator("query").paginate(
        TableName=stack.output("TrailTable"),
        KeyConditionExpression="image = :image",
        ExpressionAttributeValues={":image": {"S": image}},
        ScanIndexForward=True,
        ConsistentRead=True,
    )
    return [
        {name: value for name, value in plain_item(item).items() if name not in INTERNAL}
        for page in pages
        for item in page["Items"]
    ]


def trail_table(found: Sequence[Record]) -> Table:
    """A line for each entry; no column for what no entry has."""
    shown = [name for name in COLUMNS if any(entry.get(name) for entry in found)]
    table = Table(box=None, padding=(0, 2, 0, 0))
    for name in shown:
        table.add_column(
            name.capitalize().replace("_", " "), no_wrap=name in ("at", "event", "version")
        )
    for entry in found:
        table.add_row(*(plain(str(entry.get(name) or "")) for name in shown))
    return table
