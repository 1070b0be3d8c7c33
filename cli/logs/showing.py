"""Log lines for a person, and for a program."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from rich.text import Text

from cli.logs.entries import Entry
from cli.style import plain
from darkroom.moments import stamp

# Where a function's code lies, on AWS and on the engine.
FOLDER = re.compile(r'File "(?:/var/task|[^"]*/ministack-lambda-[^"/]*/code)/')
STYLES = {"WARNING": "yellow", "ERROR": "bold red", "CRITICAL": "bold red"}


def shown(entries: Sequence[Entry]) -> Iterator[Text]:
    """A line for each: when, at which step, how bad, what; below the first of its kind, where in
    the code."""
    many = len({entry.version for entry in entries}) > 1
    told: set[str] = set()
    wide = max((len(entry.step) for entry in entries), default=0)
    for entry in entries:
        fields = {"version": entry.version, **entry.fields} if many else entry.fields
        line = Text.assemble(
            (stamp(entry.at), "dim"),
            f"  {entry.step:{wide}}  ",
            (f"{entry.level:7}", STYLES.get(entry.level, "")),
            "  ",
            plain(entry.message),
            plain(f": {entry.what_broke}" if entry.exception else ""),
        )
        for name, value in fields.items():
            line.append("  ").append(f"{name}=", "dim").append(plain(_word(value)))
        yield line
        # A call that is tried again breaks like the one before.
        trace = FOLDER.sub('File "', entry.exception)
        if trace not in told:
            told.add(trace)
            yield from (Text("    ").append(plain(below, "dim")) for below in trace.splitlines())


def plain_entry(entry: Entry) -> dict[str, Any]:
    found: dict[str, Any] = {
        "at": stamp(entry.at),
        "step": entry.step,
        "level": entry.level,
        "message": entry.message,
        "image": entry.image,
        "version": entry.version,
        "execution": entry.execution,
        "fields": dict(entry.fields),
    }
    return found | ({"exception": entry.exception} if entry.exception else {})


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
