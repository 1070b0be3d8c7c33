"""The demo: pictures in, results to look at."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.contact_sheet import Entry, change, size
from cli.deployment import beside_python
from cli.engine import Engine
from cli.errors import CommandError
from cli.gallery import make_gallery
from cli.listing import why
from cli.places import SAMPLES
from cli.progress import follow
from cli.records import Record
from cli.reviews import review_link
from cli.stack import Stack
from cli.style import plain, styled
from darkroom import statuses
from darkroom.keys import RAW_PREFIX

TIMEOUT_SECONDS = 150
PICTURES = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".avif", ".heic", ".heif"}
# A picture that waited when the demo ran first may have been decided since.
DECIDED = {statuses.PUBLISHED, statuses.REJECTED, statuses.EXPIRED}


@dataclass(frozen=True)
class Batch:
    """Pictures to show: where they lie, their names, and what is expected of each, if anything."""

    folder: Path
    names: tuple[str, ...]
    expected: Mapping[str, str]

    def image(self, name: str) -> str:
        return f"{self.folder.name}/{name}"


def samples() -> Batch:
    expected: dict[str, str] = json.loads((SAMPLES / "expected.json").read_text())
    return Batch(SAMPLES, tuple(expected), expected)


def own(folder: Path) -> Batch:
    """The pictures in somebody's folder. Raises CommandError where there is none."""
    if not folder.is_dir():
        raise CommandError(f"Expected a folder for IMAGES, found none at {folder}.")
    folder = folder.resolve()
    names = tuple(
        sorted(
            file.name
            for file in folder.iterdir()
            if file.is_file() and file.suffix.lower() in PICTURES
        )
    )
    if not names:
        raise CommandError(f"Expected pictures in {folder}, found none.")
    return Batch(folder, names, {})


def run(stack: Stack, engine: Engine, batch: Batch, home: Path, console: Console) -> list[str]:
    """Upload the batch, follow it, show what became of it; what went otherwise than expected."""
    console.print(f"[bold]Uploading[/] {len(batch.names)} pictures with aws s3 cp")
    _upload(stack, engine, batch)
    images = [batch.image(name) for name in batch.names]
    console.print("[bold]Processing[/]")
    found = follow(stack, images, TIMEOUT_SECONDS, console)
    links = {
        image: review_link(stack, record)
        for image, record in found.items()
        if record["status"] == statuses.IN_REVIEW
    }
    originals = {batch.image(name): batch.folder / name for name in batch.names}
    page, entries = make_gallery(stack, found, originals, links, home / "demo")
    console.print(_table(images, found, originals, entries))
    for image, link in links.items():
        console.print("\n[yellow]Waits for you:[/]", plain(image, "bold"))
        console.print(Text(link), soft_wrap=True)
    console.print("\n[bold]Contact sheet[/]", Text(page.as_uri()), soft_wrap=True)
    return _surprises(batch, found)


def _upload(stack: Stack, engine: Engine, batch: Batch) -> None:
    target = f"s3://{stack.outputs['UploadBucket']}/{RAW_PREFIX}{batch.folder.name}/"
    included = [word for name in batch.names for word in ("--include", _literal(name))]
    answer = subprocess.run(
        [
            *(beside_python("aws"), "s3", "cp", str(batch.folder), target),
            *("--recursive", "--only-show-errors", "--exclude", "*", *included),
        ],
        env=os.environ | engine.environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise CommandError(f"aws s3 cp failed: {answer.stderr.strip() or answer.stdout.strip()}")


def _literal(name: str) -> str:
    """`name` as a pattern of the AWS CLI that matches nothing else."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in name)


def _table(
    images: Sequence[str],
    found: Mapping[str, Record],
    originals: Mapping[str, Path],
    entries: Mapping[str, Entry],
) -> Table:
    table = Table(title="Outcomes", title_justify="left", box=None, padding=(0, 2, 0, 0))
    table.add_column("Image", overflow="fold")
    table.add_column("Status", no_wrap=True)
    for column in ("Variants", "Files", "Before", "After", "Change"):
        table.add_column(column, justify="right")
    table.add_column("Why")
    for image in images:
        record = found.get(image)
        before = originals[image].stat().st_size
        entry = entries.get(image)
        largest = entry.largest if entry else None
        after = largest.smallest.bytes if largest else None
        table.add_row(
            plain(image.partition("/")[2]),
            styled(record["status"] if record else "NO RECORD"),
            str(len(entry.variants)) if entry and entry.variants else "",
            str(sum(len(variant.files) for variant in entry.variants)) if largest and entry else "",
            size(before),
            size(after) if after is not None else "",
            change(after, before) if after is not None else "",
            plain(why(record) if record else "no event reached the pipeline"),
        )
    table.caption = (
        "After: the largest rendition in its smallest format, what a large screen loads."
    )
    table.caption_justify = "left"
    return table


def _surprises(batch: Batch, found: Mapping[str, Record]) -> list[str]:
    surprises = []
    for name in batch.names:
        record = found.get(batch.image(name))
        status = record["status"] if record else "no record"
        expected = batch.expected.get(name)
        if expected is None:
            if status in ("no record", statuses.PROCESSING, statuses.FAILED):
                surprises.append(f"{name}: expected an outcome, got {status}")
        elif expected == statuses.IN_REVIEW and status in DECIDED and record and "review" in record:
            continue
        elif status != expected:
            surprises.append(f"{name}: expected {expected}, got {status}")
    return surprises
