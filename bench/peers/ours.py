"""Our own functions, and what they asked their encoders for."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import msgspec
import PIL
from PIL import Image

from bench.meter import Meter
from bench.peers.asked import Answer, Asked, File, Matrix, Options, Output, file_name
from bench.peers.clock import Clock
from bench.steps import Outcome, planned, run
from darkroom.recipes import DEFAULT, Recipe, load_recipes
from filter.filters import IDENTITY, SEPIA

KINDS = ("renditions", "filters")


class Saves:
    """Every picture that Pillow was asked to write: what came out, and with which options."""

    def __init__(self) -> None:
        self.options: dict[bytes, Options] = {}
        self.seconds: dict[bytes, float] = {}

    @contextmanager
    def watched(self) -> Iterator[None]:
        save = Image.Image.save

        def noted(
            image: Image.Image, target: Any, format: str | None = None, **options: Any
        ) -> None:
            clock = Clock()
            with clock.stage("save"):
                save(image, target, format, **options)
            if isinstance(target, io.BytesIO):
                self.options[target.getvalue()] = options
                self.seconds[target.getvalue()] = clock.seconds["save"]

        with patch.object(Image.Image, "save", noted):
            yield


def made(asked: Asked, data: bytes) -> tuple[Answer, dict[str, bytes]]:
    """The answer and the files of one run of all steps."""
    saves, meter = Saves(), Meter()
    with saves.watched():
        outcome = run(data, recipe=asked_recipe(asked), meter=meter)
    if outcome.manifest is None:
        return Answer(refused=outcome.verdict["reason"]["detail"]), {}
    if outcome.verdict["source"].get("frames", 1) > 1:
        return Answer(refused="it moves, and peers make stills"), {}
    files = dict(_files(outcome))
    validate, *work = meter.costs
    answer = Answer(
        cpu_seconds=sum(cost.cpu_seconds for cost in work),
        peak_bytes=max(cost.peak_bytes for cost in meter.costs),
        stages=_stages(work, files, saves),
        made_with=f"Pillow {PIL.__version__}",
        bytes={name: len(file) for name, file in files.items()},
        plan=tuple(_plan(outcome, saves)),
        validate_seconds=validate.cpu_seconds,
    )
    return answer, files


def asked_recipe(asked: Asked) -> Recipe:
    """The default recipe, with the asked quality, formats and renditions."""
    recipe = load_recipes()[DEFAULT]
    changed: dict[str, Any] = {"quality": asked.quality, "formats": asked.formats}
    if asked.renditions is not None:
        kept = tuple(one for one in recipe.renditions if one.name in asked.renditions)
        changed |= {"renditions": kept, "filters": ()}
    given = {name: value for name, value in changed.items() if value is not None}
    return msgspec.structs.replace(recipe, **given)


def toning(spec: dict[str, Any]) -> Matrix | None:
    """The matrix by which peers do what our sepia does; None for another filter."""
    if spec["filter"] != "sepia":
        return None
    amount = spec["amount"]
    blend = [own + (other - own) * amount for own, other in zip(IDENTITY, SEPIA, strict=True)]
    red, green, blue = (blend[at : at + 3] for at in (0, 4, 8))
    return ((*red,), (*green,), (*blue,))


def _stages(work: list[Any], files: dict[str, bytes], saves: Saves) -> dict[str, float]:
    stages: dict[str, float] = defaultdict(float)
    for cost in work:
        stages["masters" if not cost.step.startswith("Optimize") else "search"] += cost.cpu_seconds
    for name, file in files.items():
        seconds = saves.seconds.get(file, 0.0)
        stages[f"encode {name.rpartition('.')[2]}"] += seconds
        stages["search"] -= seconds
    return dict(stages)


def _files(outcome: Outcome) -> Iterator[tuple[str, bytes]]:
    assert outcome.manifest is not None
    for variant in outcome.manifest["variants"]:
        for file in variant["files"]:
            yield file_name(variant["name"], file["format"]), outcome.files[file["key"]]


def _plan(outcome: Outcome, saves: Saves) -> Iterator[Output]:
    assert outcome.manifest is not None
    wanted = [variant for kind in KINDS for variant in planned(outcome.verdict, kind)]
    for variant, made in zip(wanted, outcome.manifest["variants"], strict=True):
        files = (
            File(file["format"], ours=saves.options[outcome.files[file["key"]]])
            for file in made["files"]
        )
        spec = variant.get("spec")
        yield Output(
            name=variant["name"],
            width=variant["width"],
            height=variant["height"],
            files=tuple(files),
            cover=variant.get("fit") == "cover",
            spec=spec,
            matrix=spec and toning(spec),
        )
