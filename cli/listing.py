"""Records for a person."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from rich.console import Group
from rich.table import Table
from rich.text import Text

from cli.candidates import command
from cli.pasting import pasted
from cli.records import Record
from cli.style import plain, styled
from darkroom import statuses

MESSAGE = re.compile(r'"errorMessage":\s*("(?:[^"\\]|\\.)*")')


def listing(found: Sequence[Record]) -> Group:
    """A line for each record, and how many there are of each status."""
    table = Table(box=None, padding=(0, 2, 0, 0))
    table.add_column("Image", overflow="fold")
    for column in ("Version", "Status", "Since"):
        table.add_column(column, no_wrap=True)
    table.add_column("Why")
    for record in found:
        table.add_row(
            plain(record["image"]),
            record["version"],
            styled(record["status"]),
            record["updated_at"],
            plain(why(record)),
        )
    counts = Counter(record["status"] for record in found)
    return Group(table, ", ".join(f"{count} {name}" for name, count in sorted(counts.items())))


def why(record: Record) -> str:
    """What explains the status, in a word or two."""
    if "reason" in record:
        return str(record["reason"]["code"])
    if "error" in record:
        return f"{record['error']['step']}: {record['error']['error']}"
    if record["status"] == statuses.RETRACTED and "retraction" in record:
        return str(record["retraction"]["reason"])
    return ", ".join(flag["rule"] for flag in record.get("flags", []))


def failure(record: Record) -> str:
    """What broke, on one line: `at Optimize: OSError: no space`."""
    error = record["error"]
    return f"at {error['step']}: {error['error']}: {said(str(error['cause']))}"


def said(cause: str) -> str:
    """What a cause says: of an exception in a function, its words. One line."""
    # Lambda's is JSON, which the record cuts after 2,000 characters.
    found = MESSAGE.search(cause)
    words = str(json.loads(found[1])) if found else cause
    return "; ".join(line.strip() for line in words.splitlines() if line.strip())


def description(
    record: Record, published_bucket: str, link: str | None, place: str | None = None
) -> Text:
    """All there is to know of one version. `place`: in which step it is."""
    text = plain(record["image"], "bold").append(" ").append(styled(record["status"]))
    if place is not None:
        text.append("  ").append(plain(f"at {place}", "not bold"))
    if record["status"] == statuses.FAILED and "error" in record:
        text.append("  ").append(plain(failure(record), "not bold"))
        next_steps = (pasted(command(name, record)).strip("`") for name in ("logs", "rerun"))
        text.append("  Next: " + " / ".join(next_steps), "not bold")
    for name, value in _facts(record, published_bucket, link):
        if value is not None:
            text.append("\n").append(plain(f"  {name}: {value}", "not bold"))
    return text


def _facts(record: Record, published_bucket: str, link: str | None) -> list[tuple[str, Any]]:
    facts: list[tuple[str, Any]] = [
        ("version", record["version"]),
        ("recipe", record.get("recipe")),
        ("created", record["created_at"]),
        ("updated", record["updated_at"]),
        ("execution", record.get("execution")),
    ]
    facts += [("flag", f"{flag['rule']}: {flag['detail']}") for flag in record.get("flags", [])]
    if "reason" in record:
        facts.append(("reason", f"{record['reason']['code']}: {record['reason']['detail']}"))
    if "error" in record:
        error = record["error"]
        facts.append(("error", f"{error['step']}: {error['error']}: {error['cause']}"))
    facts += [(f"review {name}", value) for name, value in record.get("review", {}).items()]
    facts += [(f"retraction {name}", value) for name, value in record.get("retraction", {}).items()]
    if "manifest_key" in record:
        facts.append(("manifest", f"s3://{published_bucket}/{record['manifest_key']}"))
    facts += [("superseded by", record.get("superseded_by")), ("link", link)]
    return facts
