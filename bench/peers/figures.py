"""What is told of a comparison: sums, medians, means and ratios."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from statistics import fmean, median

import msgspec

from bench.peers.measuring import Made, Run
from bench.peers.running import PILLOW, SETTLED, SHARP, VIPS

# The most CPU that we want to take, as a share of each peer's.
TARGETS = {SHARP.name: 0.15, VIPS.name: 0.5, SETTLED.name: 1.05, PILLOW.name: 0.5}


class Row(msgspec.Struct, frozen=True):
    """A contender's whole delivery set. `cpu_seconds`: of all pictures, each the median of its
    rounds; so are `stages` and `validate_seconds`, which is beside it and ours alone. `mean` and
    `worst`: SSIMULACRA2 of the renditions."""

    contender: str
    made_with: str
    cpu_seconds: float
    validate_seconds: float
    stages: dict[str, float]
    peak_bytes: int
    bytes: int
    mean: float
    worst: float


class FormatRow(msgspec.Struct, frozen=True):
    """Renditions in one format, of all pictures."""

    contender: str
    format: str
    bytes: int
    mean: float
    worst: float


class Equal(msgspec.Struct, frozen=True):
    """Our renditions in one format with the least `quality` whose mean is no lower than the
    peer's. `quality` is None where no recipe's quality reaches it."""

    peer: str
    format: str
    quality: int | None
    bytes: int
    mean: float
    peer_bytes: int
    peer_mean: float


class Point(msgspec.Struct, frozen=True):
    """Of a curve: some renditions of some pictures in one format, at one `number`: a recipe's
    quality for us, the encoder's own for a peer. `bytes` and `cpu_seconds`: a picture, on the mean.
    """

    contender: str
    format: str
    number: int
    bytes: float
    cpu_seconds: float
    mean: float


class Results(msgspec.Struct, frozen=True):
    """`missing`: why a contender has no row. `filtered`: our filtered versions' mean and worst.
    `untold`: tools of our AVIF encoder that "libvips, our settings" could not be told of."""

    pictures: int
    megapixels: float
    rounds: int
    rows: tuple[Row, ...]
    missing: dict[str, str]
    filtered: tuple[float, float]
    formats: tuple[FormatRow, ...]
    equal: tuple[Equal, ...]
    points: tuple[Point, ...]
    untold: tuple[str, ...]
    drawn: bool

    def row(self, contender: str) -> Row:
        return next(row for row in self.rows if row.contender == contender)


def rows(runs: Sequence[Run], made: Sequence[Made]) -> Iterable[Row]:
    """One for each contender, in the order in which they first ran."""
    for contender in dict.fromkeys(run.contender for run in runs):
        own = [run for run in runs if run.contender == contender]
        pictures = defaultdict(list)
        for run in own:
            pictures[run.subject.path].append(run.answer)
        answers = list(pictures.values())
        scores = _known(one for one in made if one.contender == contender and not one.output.spec)
        yield Row(
            contender=contender,
            made_with=own[0].answer.made_with,
            cpu_seconds=sum(median(one.cpu_seconds for one in rounds) for rounds in answers),
            validate_seconds=sum(
                median(one.validate_seconds for one in rounds) for rounds in answers
            ),
            stages={
                stage: sum(median(one.stages.get(stage, 0) for one in rounds) for rounds in answers)
                for stage in own[0].answer.stages
            },
            peak_bytes=max(run.answer.peak_bytes for run in own),
            bytes=sum(sum(rounds[0].bytes.values()) for rounds in answers),
            mean=fmean(scores),
            worst=min(scores),
        )


def by_format(made: Iterable[Made]) -> Iterable[FormatRow]:
    """Renditions, by format and then contender, in the order in which they come."""
    groups: dict[tuple[str, str], list[Made]] = defaultdict(list)
    for one in made:
        if not one.output.spec:
            groups[one.format, one.contender].append(one)
    formats = list(dict.fromkeys(format for format, _ in groups))
    for (format, contender), files in sorted(groups.items(), key=lambda g: formats.index(g[0][0])):
        scores = _known(files)
        size = sum(one.bytes for one in files)
        yield FormatRow(contender, format, size, fmean(scores), min(scores))


def filtered(made: Iterable[Made]) -> tuple[float, float]:
    """Mean and worst of what is filtered; NaN where nothing is."""
    scores = _known(one for one in made if one.output.spec)
    return fmean(scores), min(scores)


def ratio(ours: float, theirs: float) -> float:
    """Ours to theirs: under 1, we take less."""
    return ours / theirs if theirs else math.nan


def _known(files: Iterable[Made]) -> list[float]:
    return [one.score for one in files if not math.isnan(one.score)] or [math.nan]
