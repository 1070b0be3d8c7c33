"""Every link from a document into the project leads to a file, and to a heading in it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.docs.documents import DOCUMENTS, PROJECT, headings, links


def anchor(heading: str) -> str:
    """As GitHub makes it."""
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def broken(document: Path, target: str) -> str | None:
    """What is wrong with a link, None where it leads somewhere."""
    path, _, fragment = target.partition("#")
    file = document.parent / path if path else document
    if not file.exists():
        return f"there is no {path}"
    if fragment and fragment not in map(anchor, headings(file)):
        return f"there is no heading #{fragment} in {file.name}"
    return None


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_local_link_leads_somewhere(document: str) -> None:
    local = [one for one in links(document) if not re.match(r"[a-z]+:", one)]
    assert [found for one in local if (found := broken(PROJECT / document, one))] == []


@pytest.mark.parametrize("target", ["docs/nothing.md", "docs/review.md#nothing", "#nothing"])
def test_a_link_that_leads_nowhere_is_found(target: str) -> None:
    assert broken(PROJECT / "README.md", target)
    assert broken(PROJECT / "README.md", "docs/review.md#for-programs") is None
