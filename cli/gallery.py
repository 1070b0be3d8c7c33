"""A folder with the real pictures and the contact sheet that shows them."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cli.contact_sheet import Entry, File, Picture, Variant, render
from cli.records import Record
from cli.stack import Stack
from darkroom import statuses
from darkroom.keys import EXTENSIONS


def make_gallery(
    stack: Stack,
    found: Mapping[str, Record],
    originals: Mapping[str, Path],
    links: Mapping[str, str],
    folder: Path,
) -> tuple[Path, dict[str, Entry]]:
    """Fetch what is published into `folder`; the page, and its entries in `originals`' order."""
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    entries: dict[str, Entry] = {}
    for number, image in enumerate((image for image in originals if image in found), start=1):
        record = found[image]
        # Numbered, since an image's name may be anything.
        own = folder / str(number)
        own.mkdir()
        variants: list[Variant] = []
        if record["status"] == statuses.PUBLISHED:
            manifest = _manifest(stack, record["manifest_key"])
            variants = [_fetch(stack, variant, own) for variant in manifest["variants"]]
        entries[image] = Entry(
            image=image,
            version=record["version"],
            status=record["status"],
            recipe=record.get("recipe", ""),
            original=_original(originals[image], record, own),
            flags=record.get("flags", []),
            reason=record.get("reason"),
            review_link=links.get(image),
            variants=variants,
        )
    page = folder / "index.html"
    page.write_text(render(list(entries.values()), "Darkroom contact sheet"), encoding="utf-8")
    return page, entries


def _manifest(stack: Stack, key: str) -> dict[str, Any]:
    body = stack.s3.get_object(Bucket=stack.outputs["PublishedBucket"], Key=key)["Body"].read()
    manifest: dict[str, Any] = json.loads(body)
    return manifest


def _fetch(stack: Stack, variant: Mapping[str, Any], own: Path) -> Variant:
    files = []
    for file in variant["files"]:
        name = f"{variant['name']}.{EXTENSIONS[file['format']]}"
        stack.s3.download_file(stack.outputs["PublishedBucket"], file["key"], str(own / name))
        moves = file.get("animated", False)
        files.append(File(file["format"], file["bytes"], f"{own.name}/{name}", moves))
    return Variant(
        variant["name"],
        variant["kind"],
        variant.get("filter"),
        variant["width"],
        variant["height"],
        files,
    )


def _original(path: Path, record: Record, own: Path) -> Picture:
    """A broken one is shown as well: a browser shows as much of it as there is."""
    name = f"original{path.suffix.lower()}"
    shutil.copyfile(path, own / name)
    source = record.get("source", {})
    return Picture(
        f"{own.name}/{name}",
        source.get("width"),
        source.get("height"),
        path.stat().st_size,
        source.get("format", path.suffix.lower().strip(".").replace("jpg", "jpeg")),
    )
