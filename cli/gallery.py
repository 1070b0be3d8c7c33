"""The demo's contact sheet: originals from this machine, and the links to the reviews."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from cli.contact_sheet import Entry, Picture
from cli.records import Record
from cli.sheets.cards import Card, fetched, planned
from cli.sheets.fetching import side_by_side
from cli.sheets.folder import finished, opened
from cli.sheets.making import TITLE
from cli.stack import Stack


def make_gallery(
    stack: Stack,
    found: Mapping[str, Record],
    originals: Mapping[str, Path],
    links: Mapping[str, str],
    folder: Path,
) -> tuple[Path, dict[str, Entry]]:
    """Fetch what was made into `folder`; the page, and its entries in `originals`' order."""
    if folder.exists():
        shutil.rmtree(folder)
    folder = opened(folder)
    images = [image for image in originals if image in found]
    with side_by_side(stack) as run:
        cards = [
            _with_own(card, originals[image], links.get(image), folder)
            for image, card in zip(
                images,
                run(partial(planned, stack, folder=folder), [found[image] for image in images]),
                strict=True,
            )
        ]
        entries = list(run(partial(fetched, stack), cards))
    sheet = finished(folder, TITLE, entries)
    return sheet.page, dict(zip(images, entries, strict=True))


def _with_own(card: Card, path: Path, link: str | None, folder: Path) -> Card:
    """The card with the original as it lies here: even one that was too large to be read there."""
    known = card.entry.original
    name = f"original{path.suffix.lower()}"
    (folder / card.name).mkdir(exist_ok=True)
    shutil.copyfile(path, folder / card.name / name)
    original = Picture(
        f"{card.name}/{name}",
        known.width if known else None,
        known.height if known else None,
        path.stat().st_size,
        known.format if known else path.suffix.lower().strip(".").replace("jpg", "jpeg"),
    )
    wanted = {href: one for href, one in card.wanted.items() if not known or href != known.href}
    entry = replace(card.entry, original=original, review_link=link)
    return Card(card.name, entry, wanted)
