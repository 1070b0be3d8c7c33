"""What a recipe makes of one picture: files in a folder, and how a contact sheet shows them."""

from __future__ import annotations

import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cli.contact_sheet import Entry, Picture, Variant
from cli.previewing import steps
from cli.sheets.cards import FORMATS, card_name, file_name, shown_variant
from darkroom import statuses
from darkroom.keys import EXTENSIONS, published_key
from darkroom.recipes import Recipe


@dataclass(frozen=True)
class Task:
    """`name`: what the picture would be called. `marks`: the folder of the recipes' file."""

    picture: Path
    name: str
    recipe_name: str
    recipe: Recipe
    marks: Path
    folder: Path


@dataclass(frozen=True)
class Preview:
    """`seconds`: of this machine."""

    entry: Entry
    seconds: float

    def plain(self) -> dict[str, Any]:
        entry = self.entry
        return {
            "image": entry.image,
            "recipe": entry.recipe,
            "status": entry.status,
            "reason": dict(entry.reason) if entry.reason else None,
            "flags": [dict(flag) for flag in entry.flags],
            "variants": [
                {
                    "name": variant.name,
                    "kind": variant.kind,
                    "filter": variant.filter,
                    "width": variant.width,
                    "height": variant.height,
                    "files": {file.format: file.bytes for file in variant.files},
                }
                for variant in entry.variants
            ],
            "seconds": round(self.seconds, 2),
        }


def make(task: Task) -> Preview:
    """Run the steps as Lambda would. Raises OSError where the picture cannot be read."""
    started = time.monotonic()
    with task.picture.open("rb") as file:
        # As far as Validate would read, and a byte more, which it then refuses.
        data = file.read(steps.default_settings().max_upload_bytes + 1)
    with steps.marks_from(task.marks):
        outcome = steps.run(data, task.name, task.recipe)
    seconds = time.monotonic() - started
    card = card_name(str(task.picture.resolve()), task.recipe_name)
    own = task.folder / card
    own.mkdir(exist_ok=True)
    source = outcome.verdict["source"]
    return Preview(
        Entry(
            image=task.name,
            version="",
            status=_status(outcome),
            recipe=task.recipe_name,
            original=_original(task.picture, source, own),
            flags=outcome.verdict.get("flags", []),
            reason=outcome.verdict.get("reason"),
            variants=[
                _variant(task, made, outcome.files, own)
                for made in (outcome.manifest or {}).get("variants", [])
            ],
        ),
        seconds,
    )


def _status(outcome: steps.Outcome) -> str:
    """What it would become at once."""
    if not outcome.accepted:
        return statuses.INVALID
    return statuses.IN_REVIEW if outcome.verdict["flags"] else statuses.PUBLISHED


def _variant(task: Task, made: Mapping[str, Any], files: Mapping[str, bytes], own: Path) -> Variant:
    for file in made["files"]:
        key = published_key(task.name, steps.VERSION, made["name"], file["format"])
        (own / file_name(made["name"], file["format"])).write_bytes(files[key])
    return shown_variant(made, own.name)


def _original(picture: Path, source: Mapping[str, Any], own: Path) -> Picture:
    suffix = picture.suffix.lower().strip(".")
    format = source.get("format") or FORMATS.get(suffix, suffix or "unknown")
    name = f"original.{EXTENSIONS.get(format, format)}"
    shutil.copyfile(picture, own / name)
    size = picture.stat().st_size
    return Picture(f"{own.name}/{name}", source.get("width"), source.get("height"), size, format)
