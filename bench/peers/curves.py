"""Quality over bytes and over CPU: each contender at several numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from statistics import fmean

import msgspec

from bench.peers.asked import Asked, Output, file_name
from bench.peers.figures import Point
from bench.peers.measuring import Subject
from bench.peers.running import OURS, SETTLED, Contender, ask, with_number
from bench.peers.scores import Scorable, Scorer

# Enough for a curve, and of a size that pages show.
PICTURES = 3
RENDITIONS = ("w640", "w1280")
OUR_QUALITIES = (50, 60, 65, 72, 78, 85, 90)
# The peers' own numbers.
NUMBERS = {"avif": (35, 50, 65, 80), "webp": (50, 65, 80, 90), "jpeg": (50, 65, 80, 90)}


@dataclass(frozen=True)
class Bundle:
    """What one contender made of all pictures at one number."""

    contender: str
    format: str
    number: int
    files: tuple[Scorable, ...]
    cpu_seconds: float


def points(
    subjects: Sequence[Subject],
    contenders: Sequence[Contender],
    scorer: Scorer,
    scratch: Path,
) -> list[Point]:
    """Of those contenders that have settings of their own. Raises PeerError."""
    chosen = [one for one in subjects if _alike(one)][:PICTURES]
    bundles = [
        _bundle(contender, format, number, chosen, scratch)
        for format in (NUMBERS if chosen else ())
        for contender in contenders
        if contender is not SETTLED
        for number in (OUR_QUALITIES if contender is OURS else NUMBERS[format])
    ]
    # All at once, so that each reference is computed once.
    scores = iter(scorer.scores([one for bundle in bundles for one in bundle.files]))
    return [
        Point(
            contender=bundle.contender,
            format=bundle.format,
            number=bundle.number,
            bytes=sum(one.file.stat().st_size for one in bundle.files) / len(chosen),
            cpu_seconds=bundle.cpu_seconds / len(chosen),
            mean=fmean(islice(scores, len(bundle.files))),
        )
        for bundle in bundles
    ]


def _bundle(
    contender: Contender, format: str, number: int, subjects: Sequence[Subject], scratch: Path
) -> Bundle:
    files: list[Scorable] = []
    seconds = 0.0
    for place, subject in enumerate(subjects):
        folder = scratch / "curves" / contender.name / format / str(number) / str(place)
        folder.mkdir(parents=True, exist_ok=True)
        seconds += ask(contender, _asked(contender, format, number, subject, folder)).cpu_seconds
        files += [
            Scorable(subject.path, output, folder / file_name(output.name, format))
            for output in _wanted(subject)
        ]
    return Bundle(contender.name, format, number, tuple(files), seconds)


def _asked(contender: Contender, format: str, number: int, subject: Subject, folder: Path) -> Asked:
    if contender is OURS:
        return Asked(str(subject.path), (), number, (format,), RENDITIONS, str(folder))
    outputs = [_only(output, format) for output in _wanted(subject)]
    return Asked(str(subject.path), with_number(outputs, {format: number}), folder=str(folder))


def _wanted(subject: Subject) -> list[Output]:
    return [output for output in subject.renditions if output.name in RENDITIONS]


def _only(output: Output, format: str) -> Output:
    files = tuple(file for file in output.files if file.format == format)
    return msgspec.structs.replace(output, files=files)


def _alike(subject: Subject) -> bool:
    """Whether it has all these sizes and formats."""
    wanted = _wanted(subject)
    formats = {file.format for output in wanted for file in output.files}
    return len(wanted) == len(RENDITIONS) and formats == set(NUMBERS)
