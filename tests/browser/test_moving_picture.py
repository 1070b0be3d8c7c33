"""The manifest's markup, as a browser reads it: what moves, for those who want that."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from darkroom.animation import Animation, Frame, is_animated
from darkroom.contracts import MadeFile, MadeVariant
from darkroom.keys import published_key
from darkroom.masters import pack_animation
from optimize.files import encoded_files
from publish.manifest import picture
from tests.animations import ball

SHOWN = "[...document.images].map(image => [image.currentSrc, image.naturalWidth])"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A page with one picture that moves, beside its files."""
    frames = (Frame(ball(number, (96, 64)), 100) for number in range(4))
    master = pack_animation(Animation(4, 0, frames))
    files = []
    for format, data in encoded_files(master, ("avif", "webp", "jpeg"), 72):
        path = tmp_path / published_key("a.gif", "v", "w96", format)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        files.append(MadeFile(format, len(data), is_animated(data) or None))
    variant = MadeVariant("w96", "rendition", 96, 64, tuple(files))
    page = tmp_path / "index.html"
    page.write_text(picture("a.gif", "v", (variant,)).replace('loading="lazy" ', ""))
    return page


@pytest.mark.parametrize(
    ("motion", "shown"), [("no-preference", "w96.webp"), ("reduce", "w96.avif")]
)
def test_a_browser_shows_what_its_user_wants(
    browser: Browser, site: Path, motion: Any, shown: str
) -> None:
    context = browser.new_context(reduced_motion=motion)
    page = context.new_page()
    page.goto(site.as_uri())
    [[source, width]] = page.evaluate(SHOWN)
    context.close()
    assert source.endswith(shown)
    assert width > 0
