"""How many bytes we take for what a peer's files look like."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from math import ceil, isnan
from pathlib import Path
from statistics import fmean

from bench.peers.asked import Asked, file_name
from bench.peers.figures import Equal, FormatRow
from bench.peers.measuring import Subject
from bench.peers.running import OURS, ask
from bench.peers.scores import AT_ONCE, Scorable, Scorer

# A recipe's bounds.
LEAST, MOST = 30, 95
# What our files weigh and look like at a quality: (bytes, mean score).
Tried = Callable[[int], tuple[int, float]]


def equal(
    rows: Sequence[FormatRow], subjects: Sequence[Subject], scorer: Scorer, scratch: Path
) -> Iterator[Equal]:
    """For each peer's row whose format a recipe can name."""
    peers = [row for row in rows if row.contender != OURS.name and row.format != "png"]
    sets = {row.format: OurSet(row.format, subjects, scorer, scratch) for row in peers}
    for format, our_set in sets.items():
        likely = [_first_try(row.mean) for row in peers if row.format == format]
        our_set.prepare({*likely, *(max(quality - 1, LEAST) for quality in likely)})
    for row in peers:
        quality, (size, mean) = least_quality(row.mean, sets[row.format].tried)
        yield Equal(row.contender, row.format, quality, size, mean, row.bytes, row.mean)


def least_quality(mean: float, tried: Tried) -> tuple[int | None, tuple[int, float]]:
    """The least quality whose mean score is no lower than `mean`, and what it gives; None where
    there is no such quality, with what the highest gives."""
    quality = _first_try(mean)
    while tried(quality)[1] < mean:
        if quality == MOST:
            return None, tried(quality)
        quality += 1
    while quality > LEAST and tried(quality - 1)[1] >= mean:
        quality -= 1
    return quality, tried(quality)


def _first_try(mean: float) -> int:
    return min(max(ceil(mean), LEAST), MOST)


class OurSet:
    """All renditions of all pictures in one format, made once for each quality that is tried."""

    def __init__(
        self, format: str, subjects: Sequence[Subject], scorer: Scorer, scratch: Path
    ) -> None:
        # With alpha, PNG stands in for JPEG, and has no quality.
        self._subjects = [one for one in subjects if format in _formats(one)]
        self._format, self._scorer, self._scratch = format, scorer, scratch
        self._known: dict[int, tuple[int, float]] = {}

    def tried(self, quality: int) -> tuple[int, float]:
        if quality not in self._known:
            self.prepare({quality})
        return self._known[quality]

    def prepare(self, qualities: set[int]) -> None:
        """Try them all, with the work side by side and each reference computed once."""
        tasks = [(subject, quality) for quality in qualities for subject in self._subjects]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            made = list(pool.map(lambda task: self._make(*task), tasks))
        files = [
            (quality, one) for (_, quality), each in zip(tasks, made, strict=True) for one in each
        ]
        scores = self._scorer.scores([one for _, one in files])
        for quality in qualities:
            size = sum(one.file.stat().st_size for its, one in files if its == quality)
            found = [score for (its, _), score in zip(files, scores, strict=True) if its == quality]
            self._known[quality] = size, fmean(score for score in found if not isnan(score))

    def _make(self, subject: Subject, quality: int) -> list[Scorable]:
        place = str(self._subjects.index(subject))
        folder = self._scratch / "equal" / self._format / str(quality) / place
        folder.mkdir(parents=True, exist_ok=True)
        names = tuple(output.name for output in subject.renditions)
        ask(OURS, Asked(str(subject.path), (), quality, (self._format,), names, str(folder)))
        return [
            Scorable(subject.path, output, folder / file_name(output.name, self._format))
            for output in subject.renditions
        ]


def _formats(subject: Subject) -> set[str]:
    return {file.format for output in subject.renditions for file in output.files}
