"""How many uploads a second each of AWS's default quotas is enough for, computed.

python -m bench.scale [--flagged SHARE] [--docs]

What a picture takes and what AWS allows are data (scale.json); docs/scale.md says where each
figure comes from. Pictures are small photographs in the default recipe; some are flagged.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import msgspec

PROJECT = Path(__file__).parents[1]
DATA = Path(__file__).with_suffix(".json")
DOCUMENT = PROJECT / "docs/scale.md"
BEGIN, END = "<!-- scale -->", "<!-- /scale -->"
RATES = (1, 100, 10_000)
FLAGGED = 0.01
# What S3 takes longer to answer than the engine on which the functions were measured: an
# assumption, the same as under "The bill" in docs/performance.md.
REQUEST_SECONDS = 0.03
DECISION_SECONDS = 5
MONTH_SECONDS = 30 * 24 * 3600
# How many are named that bite at a rate.
NAMED = 3


class Bucket(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Requests of one picture to one bucket. `put`: and COPY; `get`: and HEAD."""

    put: int
    delete: int
    get: int

    @property
    def writes(self) -> int:
        return self.put + self.delete


class Picture(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What one upload takes, until it is published.

    `open_seconds`: of executions, the review decided at once; `undecided_seconds`: never decided.
    `function_ms`: of all invocations, on the embedded engine; `large_function_ms`: of a JPEG of 24
    megapixels, waiting for S3 included. `writes`, `queue_writes`, `reads`: DynamoDB's units.
    """

    starts: float
    transitions: float
    answers: float
    open_seconds: float
    undecided_seconds: float
    invocations: float
    function_ms: float
    large_function_ms: float
    upload: Bucket
    work: Bucket
    published: Bucket
    writes: float
    queue_writes: float
    reads: float
    messages: float
    mails: float
    events: float
    dollars: float

    @property
    def requests(self) -> int:
        """To S3 by functions; the upload itself and what Step Functions deletes are none."""
        buckets = (self.upload, self.work, self.published)
        return sum(one.put + one.get for one in buckets) - self.upload.put


class Quota(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename={"condition": "if"}):
    """`default` in `unit`, of what `use` names; `remedy`: the code to ask for more by, or what else
    helps; `source`: the page of AWS that says so; `condition`: of what is not usual."""

    name: str
    default: float
    unit: str
    use: str
    remedy: str
    source: str
    condition: str = ""


class Data(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`checked`: when the quotas were looked up, ISO 8601. `region`: where they hold."""

    checked: str
    region: str
    pictures: dict[str, Picture]
    quotas: list[Quota]


DERIVED: dict[str, Callable[[Picture], float]] = {
    "function_seconds": lambda one: one.function_ms / 1000 + one.requests * REQUEST_SECONDS,
    "large_function_seconds": lambda one: one.large_function_ms / 1000,
    "published_writes": lambda one: one.published.writes,
    "work_writes": lambda one: one.work.writes,
    "upload_writes": lambda one: one.upload.writes,
    "work_reads": lambda one: one.work.get,
    "upload_reads": lambda one: one.upload.get,
}


@dataclass(frozen=True)
class Limit:
    """`each`: what an upload takes of it on average; `uploads`: a second, until it is used up."""

    quota: Quota
    each: float
    uploads: float


def read() -> Data:
    return msgspec.json.decode(DATA.read_bytes(), type=Data)


def take(picture: Picture, use: str) -> float:
    """What a picture takes of what a quota counts."""
    value: float = DERIVED[use](picture) if use in DERIVED else getattr(picture, use)
    return value


def average(data: Data, use: str, flagged: float) -> float:
    clean, held = data.pictures["clean"], data.pictures["flagged"]
    return (1 - flagged) * take(clean, use) + flagged * take(held, use)


def limits(data: Data, flagged: float) -> list[Limit]:
    """The first to be used up first. A quota of which nothing is used limits nothing."""
    found = [(quota, average(data, quota.use, flagged)) for quota in data.quotas]
    return sorted(
        (Limit(quota, each, quota.default / each) for quota, each in found if each),
        key=lambda limit: limit.uploads,
    )


def section(data: Data, flagged: float) -> str:
    """Both tables in Markdown."""
    found = limits(data, flagged)
    rates = " | ".join(f"{rate:,}/s" for rate in RATES)
    lines = [
        f"Defaults of {data.region}, looked up on {data.checked}; {flagged * 100:g} % of the "
        "uploads are flagged.\nUnder a rate: how much of the quota is used.",
        "",
        f"| quota | default | an upload takes | enough for | {rates} | more by |",
        f"|---|--:|--:|--:|{'--:|' * len(RATES)}---|",
        *(_row(limit) for limit in found),
        "",
        "| uploads a second | bites first | second | third | bill for 30 days | reviewers |",
        "|--:|---|---|---|--:|--:|",
        *(_summary(data, found, rate, flagged) for rate in RATES),
    ]
    return "\n".join(lines)


def _row(limit: Limit) -> str:
    quota = limit.quota
    used = " | ".join(_used(rate / limit.uploads) for rate in RATES)
    each = f"{limit.each:,.2f}".rstrip("0").rstrip(".")
    condition = f", if {quota.condition}" if quota.condition else ""
    default = f"{quota.default:,.0f}{quota.unit}"
    return (
        f"| [{quota.name}]({quota.source}){condition} | {default} | {each} | "
        f"{_rounded(limit.uploads)}/s | {used} | {quota.remedy} |"
    )


def _used(share: float) -> str:
    if share >= 1:
        return f"**{share:,.1f} times**"
    return f"{share * 100:.0f} %" if share >= 0.01 else "< 1 %"


def _rounded(uploads: float) -> str:
    """To three digits: the rest is not known."""
    return f"{float(f'{uploads:.3g}'):,.0f}"


def _summary(data: Data, found: Sequence[Limit], rate: int, flagged: float) -> str:
    usual = [limit for limit in found if not limit.quota.condition]
    bitten = [limit.quota.name for limit in usual if limit.uploads < rate]
    nearest = f"nothing; nearest: {usual[0].quota.name}"
    names = [*(bitten[:NAMED] or [nearest]), "", ""][:NAMED]
    dollars = average(data, "dollars", flagged) * rate * MONTH_SECONDS
    reviewers = rate * flagged * DECISION_SECONDS
    cells = [f"{rate:,}", *names, f"${float(f'{dollars:.3g}'):,.0f}", f"{reviewers:,g}"]
    return f"| {' | '.join(cells)} |"


def keep(text: str, document: Path) -> None:
    """Put `text` between the document's marks. Raises ValueError where it has none."""
    whole = document.read_text(encoding="utf-8")
    before, begin, rest = whole.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"expected {BEGIN} and {END} in {document}, got neither or one")
    document.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description="Which quota an upload rate meets first.")
    parser.add_argument("--flagged", type=float, default=FLAGGED, help="share of uploads, 0 to 1")
    parser.add_argument("--docs", action="store_true", help="put the tables into docs/scale.md")
    given = parser.parse_args()
    if not 0 <= given.flagged <= 1:
        parser.error(f"expected 0 to 1 for --flagged, got {given.flagged:g}")
    text = section(read(), given.flagged)
    if given.docs:
        keep(text, DOCUMENT)
    print(text)


if __name__ == "__main__":
    main()
