"""The steps of the state machine `process` on bytes: in this process, in its order, without AWS.

What one step hands to the next goes through JSON, as it does there. The one module of the command
that knows the steps; `bench.steps` measures what is done here.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cli.template import template
from darkroom import watermarks
from darkroom.animation import is_animated
from darkroom.contracts import Batch, MadeFile, MadeVariant, Mastered, Upload, parse, plain
from darkroom.errors import ImageError
from darkroom.keys import published_key
from darkroom.masters import joined
from darkroom.recipes import DEFAULT, Recipe, load_recipes
from darkroom.settings import load_settings
from darkroom.storage import Fetched
from filter import marks
from filter.filters import filtered_masters
from optimize.files import encoded_files
from publish.manifest import Made, build_manifest
from resize.animations import resized_masters
from validate.handler import Settings
from validate.verdict import accept, refuse

Json = dict[str, Any]

VERSION = "0123456789abcdef"
# Around each step, by its name.
Measure = Callable[[str], AbstractContextManager[None]]

UPLOADED_AT = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Outcome:
    """`manifest` is None and `files` is empty where the verdict is "invalid". `files`: by their
    key. `refusal`: what the verdict's reason was made of."""

    verdict: Json
    manifest: Json | None
    files: Mapping[str, bytes]
    refusal: ImageError | None = None

    @property
    def accepted(self) -> bool:
        return self.manifest is not None


def run(
    data: bytes,
    name: str = "picture",
    recipe: Recipe | None = None,
    measure: Measure = lambda step: nullcontext(),
) -> Outcome:
    """What becomes of an upload of `data`, whose image is called `name`.

    `recipe`: recipes.json's default where none is given. Raises what a step raises.
    """
    upload = Upload("uploads", f"raw/{name}", "etag", name, VERSION, "execution")
    with measure("Validate"):
        verdict, refusal = _validate(upload, data, recipe)
    if refusal is not None:
        return Outcome(verdict, None, {}, refusal)

    objects: dict[str, bytes] = {}
    answers = [
        *(_resize(data, batch, objects, measure) for batch in verdict["renditions"]),
        *(_filter(data, batch, objects, measure) for batch in verdict["filters"]),
    ]
    files: dict[str, bytes] = {}
    made = [
        _optimize(upload, variant, objects, verdict, files, measure)
        for answer in answers
        for variant in answer["variants"]
    ]
    manifest = _assemble(upload, verdict, made)
    return Outcome(verdict, manifest, files)


def planned(verdict: Json, kind: str) -> list[Json]:
    """The variants of all batches of a `kind`, "renditions" or "filters", in their order."""
    return [variant for batch in verdict[kind] for variant in batch["variants"]]


@contextmanager
def marks_from(folder: Path) -> Iterator[None]:
    """Watermarks are those that lie beside the recipes of `folder`, and no longer the deployed."""
    deployed = marks.WATERMARKS
    marks.WATERMARKS = folder / watermarks.FOLDER
    try:
        yield
    finally:
        marks.WATERMARKS = deployed


@functools.cache
def default_settings() -> Settings:
    """Validate's settings as template.yaml has them where no parameter is given."""
    function = template()["Resources"]["ValidateFunction"]["Properties"]
    environ = {
        name: _default(template()["Parameters"], value)
        for name, value in function["Environment"]["Variables"].items()
    }
    return load_settings(Settings, environ)


def _default(parameters: Json, value: Any) -> str:
    if isinstance(value, dict) and value.get("Ref") in parameters:
        value = parameters[value["Ref"]]["Default"]
    return str(value)


def _validate(upload: Upload, data: bytes, recipe: Recipe | None) -> tuple[Json, ImageError | None]:
    settings = default_settings()
    recipes = {DEFAULT: recipe or load_recipes()[DEFAULT]}
    fetched = Fetched(data, {}, UPLOADED_AT)
    try:
        verdict = accept(
            upload, fetched, settings.limits(), settings.thresholds(), recipes, lambda likeness: []
        )
    except ImageError as error:
        return _handed_over(refuse(upload, recipes, error, fetched)), error
    return _handed_over(verdict), None


def _resize(data: bytes, batched: Json, objects: dict[str, bytes], measure: Measure) -> Json:
    """What is handed on; the masters are put into `objects`, which are the work bucket's."""
    batch = parse(Batch, batched)
    with measure(f"Resize {batch.name}"):
        objects[batch.name], variants = joined(batch, resized_masters(data, batch.variants))
    return _handed_over({"variants": plain(variants)})


def _filter(data: bytes, batched: Json, objects: dict[str, bytes], measure: Measure) -> Json:
    """As `_resize`."""
    batch = parse(Batch, batched)
    with measure(f"Filter {batch.name}"):
        objects[batch.name], variants = joined(batch, filtered_masters(data, batch.variants))
    return _handed_over({"variants": plain(variants)})


def _optimize(
    upload: Upload,
    mastered: Json,
    objects: Mapping[str, bytes],
    verdict: Json,
    files: dict[str, bytes],
    measure: Measure,
) -> Json:
    """One variant with its files, which are put into `files`."""
    variant = parse(Mastered, mastered)
    own = variant.master
    master = objects[own.batch][own.offset : own.offset + own.bytes]
    made = []
    with measure(f"Optimize {variant.name}"):
        for format, data in encoded_files(
            master, verdict["formats"], verdict["quality"], verdict.get("copyright")
        ):
            files[published_key(upload.image, upload.version, variant.name, format)] = data
            made.append(MadeFile(format, len(data), is_animated(data) or None))
    size = variant.width, variant.height
    answer = MadeVariant(variant.name, variant.kind, *size, tuple(made), variant.filter)
    return _handed_over(plain(answer))


def _assemble(upload: Upload, verdict: Json, variants: list[Json]) -> Json:
    made = parse(Made, _handed_over(verdict | {"variants": variants}))
    return _handed_over(build_manifest(upload.image, upload.version, made, review={}))


def _handed_over(value: Any) -> Json:
    handed: Json = json.loads(json.dumps(value))
    return handed
