"""The review page as a reviewer meets it."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from cli.reviews import review_link
from darkroom import statuses
from tests.conftest import Darkroom
from tests.pictures import jpeg

pytestmark = [pytest.mark.engine, pytest.mark.browser]


def open_review(darkroom: Darkroom, page: Page, name: str, caption: str = "") -> str:
    """Upload a picture that is flagged and open its link; the link."""
    metadata = {"caption": caption} if caption else {}
    record = darkroom.run(name, jpeg(name, (900, 600)), metadata)
    assert record["status"] == statuses.IN_REVIEW
    link = review_link(darkroom.stack, record)
    page.goto(link)
    return link


def test_a_reviewer_approves_what_they_see(darkroom: Darkroom, page: Page) -> None:
    open_review(darkroom, page, "browser/forbidden approve.jpg", caption="At the harbour")

    picture = page.locator("img[fetchpriority=high]")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth > 0")
    expect(page.get_by_text('the word "forbidden" is in the file name')).to_be_visible()
    expect(page.get_by_text("At the harbour")).to_be_visible()
    expect(page.get_by_text("6 days 23 hours")).to_be_visible()

    page.get_by_label("Your name").fill("Ann Approver")
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_text("Ann Approver approved this picture")).to_be_visible()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(page.get_by_text("It is published.")).to_be_visible(timeout=20_000)
    record = darkroom.wait("browser/forbidden approve.jpg", statuses.PUBLISHED)
    assert record["review"]["reviewer"] == "Ann Approver"


def test_a_reviewer_rejects_with_a_note(darkroom: Darkroom, page: Page) -> None:
    link = open_review(darkroom, page, "browser/forbidden reject.jpg")

    page.get_by_label("Your name").fill("Bob")
    page.get_by_label("Note").fill("not ours")
    page.get_by_role("button", name="Reject").click()

    expect(page.get_by_text("not ours").first).to_be_visible()
    darkroom.wait("browser/forbidden reject.jpg", statuses.REJECTED)
    page.goto(link)
    expect(page.get_by_text("Nothing of it was published")).to_be_visible()


def test_neither_enter_nor_a_missing_name_decides(darkroom: Darkroom, page: Page) -> None:
    open_review(darkroom, page, "browser/forbidden hesitant.jpg")
    posts = []
    page.on("request", lambda request: posts.append(request.method == "POST"))

    page.get_by_role("button", name="Approve").click()
    page.get_by_label("Your name").fill("Ann")
    page.get_by_label("Your name").press("Enter")
    page.reload()

    assert not any(posts)
    expect(page.get_by_role("button", name="Approve")).to_be_visible()
    darkroom.wait("browser/forbidden hesitant.jpg", statuses.IN_REVIEW)


@pytest.mark.parametrize("width", [320, 390, 700, 1280])
def test_nothing_scrolls_sideways_and_the_buttons_are_on_screen(
    darkroom: Darkroom, page: Page, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    open_review(darkroom, page, f"browser/forbidden {'w' * 60} {width}.jpg")

    assert page.evaluate("document.documentElement.scrollWidth") <= width
    for name in ("Approve", "Reject"):
        expect(page.get_by_role("button", name=name)).to_be_in_viewport()
