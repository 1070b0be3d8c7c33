"""Whether what became of a file is what was expected of it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from PIL import Image

from bench.checks import LOOK_PX, mean_difference
from bench.examine import Examined, Look
from bench.folder import Entry
from bench.isolated import Ending

# Of one step on one file. Memory is that of the whole process, interpreter included.
MAX_CPU_SECONDS = 5.0
MAX_BYTES = 1_000_000_000

ACCEPTED, FAILED = "accepted", "failed"
# Where an index says so in `why`, files that differ in one last digit show one picture.
FAMILY_SIGN = "must match"
FAMILY = re.compile(r"(.*[_-])\d(\.\w+)")
# Levels of 255. Another compression of one picture stays far below, a turned one far above.
MAX_FAMILY_DIFFERENCE = 6.0


@dataclass
class Result:
    """What became of an entry. `got`: "accepted", the code of a refusal, "failed", or how the
    process ended. `problems`: in words; none where all holds."""

    entry: Entry
    got: str
    problems: list[str]
    examined: Examined = field(default_factory=Examined)


def judge(entry: Entry, ending: Ending[Examined]) -> Result:
    examined = ending.answer
    if examined is None:
        death = f"the process {ending.death}"
        return Result(entry, str(ending.death), [f"{death} during {ending.stage}"])
    problems = [
        *_verdict_problems(entry, examined),
        *_cost_problems(examined),
        *examined.problems,
    ]
    got = ACCEPTED if examined.accepted else examined.code or FAILED
    return Result(entry, got, problems, examined)


def _verdict_problems(entry: Entry, examined: Examined) -> Iterator[str]:
    if entry.expected == "accept" and examined.code is not None:
        yield f"expected it to be accepted, got {examined.code}"
    if entry.expected == "reject" and examined.accepted:
        yield "expected a refusal, got accepted"
    if examined.accepted and entry.invariant and not examined.planted:
        yield f"found nothing in the file to look for, expected something: {entry.invariant}"


def _cost_problems(examined: Examined) -> Iterator[str]:
    for cost in examined.costs:
        if cost.cpu_seconds > MAX_CPU_SECONDS:
            yield (
                f"{cost.step}: expected at most {MAX_CPU_SECONDS:g} s of CPU, "
                f"got {cost.cpu_seconds:.1f} s"
            )
        if cost.peak_bytes > MAX_BYTES:
            yield (
                f"{cost.step}: expected at most {MAX_BYTES / 1e6:,.0f} MB, "
                f"got {cost.peak_bytes / 1e6:,.0f} MB"
            )


def judge_families(results: Iterable[Result]) -> None:
    """Add a problem to each file that does not look like the first of its family."""
    families: dict[tuple[str, ...], list[Result]] = defaultdict(list)
    for result in results:
        match = FAMILY.fullmatch(result.entry.name)
        if match and FAMILY_SIGN in result.entry.why and result.examined.look:
            families[match.groups()].append(result)
    for family in families.values():
        family.sort(key=lambda result: result.entry.name)
        for other in family[1:]:
            other.problems += _family_problems(family[0], other)


def _family_problems(first: Result, other: Result) -> Iterator[str]:
    name, one, two = first.entry.name, first.examined.look, other.examined.look
    assert one is not None and two is not None
    if one.size != two.size:
        yield (
            f"expected {one.size[0]} x {one.size[1]} px as {name} has, "
            f"got {two.size[0]} x {two.size[1]}"
        )
        return
    difference = mean_difference(_picture(one), _picture(two))
    if difference > MAX_FAMILY_DIFFERENCE:
        yield f"expected the picture of {name}, got a mean difference of {difference:.1f} levels"


def _picture(look: Look) -> Image.Image:
    return Image.frombytes("RGB", (LOOK_PX, LOOK_PX), look.pixels)
