"""The pictures of the documents: each is there, each is shown, and each can be opened."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PIL import Image

PROJECT = Path(__file__).parents[2]
DOCUMENTS = (PROJECT / "README.md", *PROJECT.glob("docs/*.md"), *PROJECT.glob("examples/*/*.md"))
PICTURES = sorted(
    path for path in PROJECT.glob("docs/images/**/*") if path.suffix in (".webp", ".jpg", ".png")
)


def shown() -> dict[Path, str]:
    """What the documents show, with the words for who does not see it."""
    return {
        (document.parent / target).resolve(): words
        for document in DOCUMENTS
        for words, target in re.findall(r"!\[([^]]*)\]\(([^)]+)\)", document.read_text())
    }


def test_every_picture_that_is_shown_is_there_and_described() -> None:
    assert [path for path in shown() if not path.is_file()] == []
    assert [path for path, words in shown().items() if len(words) < 3] == []


def test_every_picture_that_is_there_is_shown() -> None:
    assert [path for path in PICTURES if path not in shown()] == []


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_a_picture_can_be_opened(path: Path) -> None:
    with Image.open(path) as picture:
        picture.load()
        assert min(picture.size) >= 32
