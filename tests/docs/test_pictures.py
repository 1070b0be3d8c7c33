"""Every picture in the documents is there, is named, says what it shows, and can be made anew."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from tests.docs.documents import DOCUMENTS, PROJECT, Picture, pictures

IMAGES = PROJECT / "docs/images"
SHOWN = [picture for document in DOCUMENTS for picture in pictures(document)]
FILES = sorted(path for path in IMAGES.rglob("*") if path.is_file())

# By what it begins with in docs/images: the module that makes it, and where that is told.
MADE = {
    "goldens/": ("bench/goldens.py", "make goldens"),
    "review/": ("bench/screenshots.py", "make screenshots"),
    "site.webp": ("bench/screenshots.py", "make screenshots"),
    "contact-sheet.jpg": ("bench/sheet.py", "make screenshots"),
    "bench-": ("bench/peers/__main__.py", "make bench"),
    "growth.webp": ("bench/growth.py", "python -m bench.growth"),
    "crops.jpg": ("bench/crops.py", "python -m bench.crops"),
    "storm.webp": ("bench/storm.py", "make storm"),
}
NAMES = [path.relative_to(IMAGES).as_posix() for path in FILES]


@pytest.mark.parametrize("picture", SHOWN, ids=[f"{one.document}-{one.target}" for one in SHOWN])
def test_a_picture_in_a_document_exists_and_says_what_it_shows(picture: Picture) -> None:
    assert (PROJECT / picture.document).parent.joinpath(picture.target).is_file()
    assert len(picture.alt) > 3


def test_every_picture_is_shown_somewhere() -> None:
    shown = {(PROJECT / one.document).parent.joinpath(one.target).resolve() for one in SHOWN}
    assert [name for name, path in zip(NAMES, FILES, strict=True) if path not in shown] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_picture_is_made_by_a_module_and_a_command_that_are_named(name: str) -> None:
    [(module, command)] = [made for start, made in MADE.items() if name.startswith(start)]
    assert (PROJECT / module).is_file()
    told = "".join(
        (PROJECT / document).read_text(encoding="utf-8") for document in [*DOCUMENTS, "Makefile"]
    )
    assert command in told or f"\n{command.removeprefix('make ')}:" in told


@pytest.mark.parametrize("path", FILES, ids=NAMES)
def test_a_picture_can_be_opened(path: Path) -> None:
    with Image.open(path) as picture:
        picture.load()
        assert min(picture.size) >= 32
