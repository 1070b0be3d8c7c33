"""A comparison as tables: for the terminal, and in Markdown for the documentation."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table as Shown

from bench.peers.figures import TARGETS, Equal, FormatRow, Results, Row, ratio
from bench.peers.running import OURS, SETTLED

BEGIN, END = "<!-- bench:begin -->", "<!-- bench:end -->"
CONTENDERS_HEAD = (
    *("contender", "CPU, s", "ours/it", "target", "with Validate/it", "peak, MB", "ours/it"),
    *("kB", "ours/it", "mean", "ours - it", "worst"),
)
MEGABYTE = 1 << 20
KILOBYTE = 1000


class MarkerError(Exception):
    """The text has no place for the tables."""


@dataclass(frozen=True)
class Table:
    """The first column is text, the others are figures."""

    title: str
    head: tuple[str, ...]
    body: tuple[tuple[str, ...], ...]


def tables(results: Results) -> list[Table]:
    return [
        Table(
            f"The delivery set of {_pictures(results)}, {results.rounds} rounds",
            CONTENDERS_HEAD,
            tuple(_contenders(results)),
        ),
        Table(
            "Renditions by format",
            ("format", "contender", "kB", "ours/it", "mean", "ours - it", "worst"),
            tuple(_formats(results.formats)),
        ),
        Table(
            "Bytes at a mean no lower than the peer's",
            (
                "format",
                "peer",
                "its mean",
                "our quality",
                "our mean",
                "its kB",
                "our kB",
                "ours/it",
            ),
            tuple(_equal(results.equal)),
        ),
    ]


def show(results: Results, console: Console) -> None:
    for table in tables(results):
        shown = Shown(*table.head[:1], title=table.title, title_justify="left")
        for name in table.head[1:]:
            shown.add_column(name, justify="right")
        for row in table.body:
            shown.add_row(*row)
        console.print(shown)
    for line in notes(results):
        console.print(line)


def markdown(results: Results) -> str:
    blocks = []
    for table in tables(results):
        rule = "|---|" + "---:|" * (len(table.head) - 1)
        lines = [f"| {' | '.join(row)} |" for row in (table.head, *table.body)]
        blocks.append("\n".join([f"{table.title}:", "", lines[0], rule, *lines[1:]]))
    return "\n\n".join([*blocks, "\n".join(notes(results))])


def between_markers(text: str, new: str) -> str:
    """`text` with `new` between the two markers. Raises MarkerError."""
    before, found, rest = text.partition(BEGIN)
    _, found_end, after = rest.partition(END)
    if not (found and found_end):
        raise MarkerError(f"expected the lines {BEGIN} and {END}, got a text without: add them")
    return f"{before}{BEGIN}\n{new}\n{END}{after}"


def write_between(file: Path, new: str) -> None:
    """Raises MarkerError where there is no such file, or no place in it."""
    if not file.is_file():
        raise MarkerError(f"expected {file.name} with {BEGIN} and {END} in it, got no such file")
    file.write_text(between_markers(file.read_text(encoding="utf-8"), new), encoding="utf-8")


def notes(results: Results) -> Iterator[str]:
    for contender, reason in results.missing.items():
        yield f"NOT MEASURED: {contender}: {reason}."
    used = ", ".join(f"{row.contender} ({row.made_with})" for row in results.rows)
    if results.untold:
        yield f"{SETTLED.name}: it cannot be told of {', '.join(results.untold)} (AVIF)."
    mean, worst = (_score(value) for value in results.filtered)
    yield f"Measured: {used}."
    yield f"Our filtered versions: {mean} on the mean, {worst} at worst. Others have a grey of"
    yield "their own, so theirs are not scored."


def _pictures(results: Results) -> str:
    kind = "drawn sample pictures" if results.drawn else "pictures"
    return f"{results.pictures} {kind} of {results.megapixels:.1f} megapixels in all"


def _contenders(results: Results) -> Iterator[tuple[str, ...]]:
    ours = results.row(OURS.name)
    for row in results.rows:
        yield (row.contender, *_contender(row, ours))
    for contender in results.missing:
        yield (contender, "not measured", *[""] * 10)


def _contender(row: Row, ours: Row) -> Iterable[str]:
    whole = ours.cpu_seconds + ours.validate_seconds
    peer = row is not ours
    target = TARGETS.get(row.contender, math.nan)
    yield f"{row.cpu_seconds:.2f}"
    yield f"{ratio(ours.cpu_seconds, row.cpu_seconds):.2f}" if peer else ""
    yield f"≤ {target:.2f}" if peer else ""
    yield f"{ratio(whole, row.cpu_seconds):.2f}" if peer else f"{whole:.2f} s"
    yield f"{row.peak_bytes / MEGABYTE:.0f}"
    yield f"{ratio(ours.peak_bytes, row.peak_bytes):.2f}" if peer else ""
    yield f"{row.bytes / KILOBYTE:.0f}"
    yield f"{ratio(ours.bytes, row.bytes):.2f}" if peer else ""
    yield _score(row.mean)
    yield f"{ours.mean - row.mean:+.1f}" if peer else ""
    yield _score(row.worst)


def _formats(rows: Sequence[FormatRow]) -> Iterator[tuple[str, ...]]:
    ours = {row.format: row for row in rows if row.contender == OURS.name}
    for row in rows:
        own = ours[row.format]
        peer = row is not own
        yield (
            row.format,
            row.contender,
            f"{row.bytes / KILOBYTE:.0f}",
            f"{ratio(own.bytes, row.bytes):.2f}" if peer else "",
            _score(row.mean),
            f"{own.mean - row.mean:+.1f}" if peer else "",
            _score(row.worst),
        )


def _equal(rows: Sequence[Equal]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        reached = row.quality is not None
        yield (
            row.format,
            row.peer,
            f"{row.peer_mean:.2f}",
            str(row.quality) if reached else "none reaches it",
            f"{row.mean:.2f}",
            f"{row.peer_bytes / KILOBYTE:.0f}",
            f"{row.bytes / KILOBYTE:.0f}",
            f"{ratio(row.bytes, row.peer_bytes):.3f}" if reached else "",
        )


def _score(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.1f}"
