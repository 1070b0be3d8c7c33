"""The delivery set of each picture by each contender, in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.peers.asked import Answer, Asked, Output, file_name
from bench.peers.running import OURS, Contender, ask, outputs_for
from bench.peers.scores import Scorable, Scorer

Say = Callable[[str], None]


@dataclass(frozen=True)
class Subject:
    """A picture, and what we make of it: that is what peers are asked for too."""

    path: Path
    plan: tuple[Output, ...]

    @property
    def renditions(self) -> tuple[Output, ...]:
        return tuple(output for output in self.plan if output.spec is None)


@dataclass(frozen=True)
class Run:
    """One picture, one contender, one round. `folder`: its files, which are those of every round
    of this contender."""

    contender: str
    subject: Subject
    answer: Answer
    folder: Path


@dataclass(frozen=True)
class Made:
    """A file of the first round. `score`: NaN where the picture is too small for the measure."""

    contender: str
    output: Output
    format: str
    bytes: int
    score: float


def subjects(folder: Path, say: Say) -> list[Subject]:
    """The pictures in `folder` that we accept; the others are named with the reason."""
    found = []
    for path in sorted(path for path in folder.iterdir() if path.is_file()):
        answer = ask(OURS, Asked(str(path.resolve())))
        if answer.refused is None:
            found.append(Subject(path.resolve(), answer.plan))
        else:
            say(f"left out: {path.name}: {answer.refused}")
    return found


def measured(
    subjects: Sequence[Subject], contenders: Sequence[Contender], rounds: int, scratch: Path
) -> Iterator[Run]:
    """Every contender makes each picture before the next picture's turn, and each time another one
    begins, so that what else the machine does meets all of them. Raises PeerError."""
    for round in range(rounds):
        for number, subject in enumerate(subjects):
            for contender in rotated(contenders, round + number):
                folder = scratch / contender.name.replace(" ", "-") / str(number)
                folder.mkdir(parents=True, exist_ok=True)
                asked = Asked(
                    str(subject.path),
                    outputs_for(contender, subject.plan) if contender is not OURS else (),
                    folder=str(folder) if round == 0 else None,
                )
                yield Run(contender.name, subject, ask(contender, asked), folder)


def rotated(contenders: Sequence[Contender], by: int) -> list[Contender]:
    start = by % len(contenders)
    return [*contenders[start:], *contenders[:start]]


def scored(runs: Iterable[Run], scorer: Scorer) -> list[Made]:
    """The files of the renditions, and of filtered versions where they are ours: others have a
    grey of their own, which is none the worse for being another."""
    unique = {(run.contender, run.subject.path): run for run in runs}.values()
    wanted = [
        (run, output, file.format)
        for run in unique
        for output in run.subject.plan
        if output.spec is None or run.contender == OURS.name
        for file in output.files
    ]
    scorables = [
        Scorable(run.subject.path, output, run.folder / file_name(output.name, format))
        for run, output, format in wanted
    ]
    return [
        Made(run.contender, output, format, one.file.stat().st_size, score)
        for (run, output, format), one, score in zip(
            wanted, scorables, scorer.scores(scorables), strict=True
        )
    ]
