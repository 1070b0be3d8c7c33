"""The demo's page with its real pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from cli import records
from cli.gallery import make_gallery
from cli.reviews import review_link
from tests.conftest import Darkroom
from tests.pictures import jpeg

pytestmark = [pytest.mark.engine, pytest.mark.browser]


def test_the_contact_sheet_shows_every_picture_and_the_way_to_the_review(
    darkroom: Darkroom, page: Page, tmp_path: Path
) -> None:
    originals = {}
    for image in ("sheet/plain <b>.jpg", "sheet/forbidden.jpg", "sheet/broken.jpg"):
        data = jpeg(image, (700, 500))
        originals[image] = tmp_path / f"{len(originals)}.jpg"
        originals[image].write_bytes(data[: len(data) // 2] if "broken" in image else data)
        darkroom.run(image, originals[image].read_bytes())
    found = {image: records.versions(darkroom.stack, image)[-1] for image in originals}
    link = review_link(darkroom.stack, found["sheet/forbidden.jpg"])

    sheet, entries = make_gallery(
        darkroom.stack, found, originals, {"sheet/forbidden.jpg": link}, tmp_path / "gallery"
    )
    page.goto(sheet.as_uri())

    assert len(entries["sheet/plain <b>.jpg"].variants) == 6
    for picture in page.locator("img").all():
        picture.scroll_into_view_if_needed()
    page.wait_for_function("[...document.images].every(image => image.complete)")
    assert page.evaluate("[...document.images].filter(image => !image.naturalWidth).length") == 0
    assert page.locator("picture").count() >= 6
    expect(page.get_by_text("sheet/plain <b>.jpg")).to_be_visible()
    page.get_by_role("link", name="Review").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("sheet/forbidden.jpg")
