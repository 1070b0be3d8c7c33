"""Everything compared: lists to find suspects, a look at each of them to judge it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cli.reconciling.facts import Terms
from cli.reconciling.findings import examine
from cli.reconciling.information import for_information
from cli.reconciling.kinds import Finding
from cli.reconciling.lists import list_broken_withdrawals, list_everything, list_running
from cli.reconciling.looks import look
from cli.reconciling.source import Source
from cli.reconciling.suspects import is_suspect

# Connections that a client of boto3 keeps.
AT_ONCE = 8


@dataclass(frozen=True)
class Compared:
    """`findings`: the worst first."""

    findings: list[Finding]
    images: int
    records: int


def compare(source: Source, terms: Terms, prefix: str, tell: Callable[[str], None]) -> Compared:
    """`prefix`: of the images' names. `tell` hears what is being done."""
    tell("Reading the buckets and the table")
    listed = list_everything(source, prefix)
    records = sum(len(one.records) for one in listed.values())
    tell(f"Comparing {len(listed)} images with what is running")
    running, broken = list_running(source), list_broken_withdrawals(source)
    suspects = [name for name, one in listed.items() if is_suspect(one, running, broken, terms)]
    tell(f"Looking at {len(suspects)} images closely")
    findings = [
        finding
        for one in listed.values()
        for finding in for_information(one.records, one.uploads, terms)
    ]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for seen in pool.map(lambda name: look(source, name, listed[name].files), suspects):
            if seen is not None:
                findings += examine(seen, terms)
    findings.sort(key=lambda finding: finding.rank)
    return Compared(findings, len(listed), records)
