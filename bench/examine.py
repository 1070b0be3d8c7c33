"""One file through the steps, and what came of it. Runs in a process of its own."""

from __future__ import annotations

import errno
import stat
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from bench.checks import decode, look, problems
from bench.meter import Cost, Meter, forget_peak, peak_bytes
from bench.planted import planted
from bench.steps import Outcome, default_settings, planned, run
from darkroom.recipes import Recipe
from validate.sniff import sniff

CODES = (
    *("empty", "too_many_bytes", "not_an_image", "unsupported_format", "too_many_pixels"),
    *("too_many_frames", "too_complex", "truncated", "corrupt"),
)


@dataclass(frozen=True)
class Task:
    path: Path
    recipes: Mapping[str, Recipe]


@dataclass(frozen=True)
class Look:
    """A whole rendition: its size in px, and the picture from far as RGB, LOOK_PX a side."""

    size: tuple[int, int]
    pixels: bytes


@dataclass
class Examined:
    """`accepted`: whether a recipe went through; otherwise `code` is the refusal's, or None where
    the file could not be read or a step broke. `planted`: how many texts and
    samples of the source were looked for. `idle_bytes`: memory of the process before it began.
    `cpu_seconds`: of the steps and of the checks."""

    accepted: bool = False
    code: str | None = None
    problems: list[str] = field(default_factory=list)
    costs: list[Cost] = field(default_factory=list)
    look: Look | None = None
    size: tuple[int, int] | None = None
    files: int = 0
    planted: int = 0
    idle_bytes: int = 0
    cpu_seconds: float = 0.0


def examine(task: Task, tell: Callable[[str], None]) -> Examined:
    """The file through every recipe and every check. Raises nothing: problems are in the answer."""
    forget_peak()
    examined = Examined(idle_bytes=peak_bytes())
    started = time.process_time()
    try:
        data = _read(task.path)
    except OSError as error:
        examined.problems.append(f"expected a file that can be read, got: {error.strerror}")
        return examined
    for name, recipe in task.recipes.items():
        try:
            going_on = _run(name, recipe, data, examined, tell)
        except Exception as error:
            examined.problems.append(f"{name}: {_in_words(error)}")
            going_on = False
        if not going_on:
            break
    examined.cpu_seconds = time.process_time() - started
    return examined


def _read(path: Path) -> bytes:
    """As far as Validate would read, and a byte more, which it then refuses. Raises OSError."""
    if not stat.S_ISREG(path.stat().st_mode):
        raise OSError(errno.EINVAL, "something that is no regular file")
    with path.open("rb") as file:
        return file.read(default_settings().max_upload_bytes + 1)


def _run(
    name: str, recipe: Recipe, data: bytes, examined: Examined, tell: Callable[[str], None]
) -> bool:
    """Whether there is any use in another recipe."""
    meter = Meter(before=tell)
    try:
        outcome = run(data, recipe=recipe, meter=meter)
    finally:
        examined.costs += [replace(cost, step=f"{name}: {cost.step}") for cost in meter.costs]
    if outcome.refusal is not None:
        examined.code = outcome.refusal.code
        examined.problems += _refusal_problems(outcome)
        return False
    examined.accepted = True
    tell(f"{name}: checks")
    format = str(sniff(data))
    examined.problems += [f"{name}: {problem}" for problem in problems(format, data, outcome)]
    examined.planted = len(planted(format, data))
    examined.files += len(outcome.files)
    examined.size = outcome.verdict["source"]["width"], outcome.verdict["source"]["height"]
    examined.look = examined.look or _look(outcome)
    return True


def _refusal_problems(outcome: Outcome) -> Iterator[str]:
    reason = outcome.verdict["reason"]
    if reason["code"] not in CODES:
        yield f"expected one of {', '.join(CODES)} for a refusal's code, got {reason['code']!r}"
    if not reason["detail"]:
        yield "expected a reason in words beside the code, got none"
    # Where memory is short a refusal is luck: the function might have been ended instead.
    cause: BaseException | None = outcome.refusal
    while cause is not None:
        if isinstance(cause, MemoryError):
            yield "expected a refusal before memory is asked for, got a MemoryError"
        cause = cause.__cause__


def _in_words(error: Exception) -> str:
    where = "".join(f" {note}" for note in getattr(error, "__notes__", ()))
    [*_, last] = traceback.extract_tb(error.__traceback__)
    place = f"{Path(last.filename).name}:{last.lineno}"
    return f"raised {type(error).__name__}: {error}{where} ({place})"


def _look(outcome: Outcome) -> Look | None:
    """The narrowest rendition that shows the whole picture."""
    whole = [
        item["name"] for item in planned(outcome.verdict, "renditions") if item["fit"] == "scale"
    ]
    assert outcome.manifest is not None
    for variant in outcome.manifest["variants"]:
        if variant["name"] in whole:
            file = variant["files"][0]
            image = decode(file["format"], outcome.files[file["key"]])
            return Look(image.size, look(image).tobytes())
    return None
