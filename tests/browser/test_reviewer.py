"""A reviewer at work: signs in, decides with keys, takes one back."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from cli import reviewers, trail
from darkroom import statuses
from darkroom.moments import now, stamp
from tests.conftest import Darkroom, wait_for
from tests.pictures import jpeg

pytestmark = [pytest.mark.engine, pytest.mark.browser]

REASON = "Copyright"


def queue_up(desk: Darkroom, folder: str, count: int) -> list[str]:
    """Pictures that wait for a reviewer, and nothing else in the queue."""
    names = [f"{folder}/forbidden {number}.jpg" for number in range(count)]
    for name in names:
        desk.upload(name, jpeg(name, (240, 160)))
    for name in names:
        assert desk.wait(name, statuses.IN_REVIEW, *statuses.ENDED)["status"] == statuses.IN_REVIEW
    return names


def sign_in(desk: Darkroom, page: Page, name: str) -> None:
    link, _ = reviewers.add(desk.stack, name, stamp(now()))
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Waiting for review")


def shown(page: Page) -> str:
    """The picture on the page, once a key would decide on it."""
    page.wait_for_selector("html[data-ready]", state="attached")
    return page.get_by_role("heading", level=1).inner_text()


def press(page: Page, key: str) -> None:
    """A key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def left(page: Page) -> int:
    return page.locator(".card").count()


def test_a_reviewer_signs_in_decides_ten_pictures_with_keys_and_takes_one_back(
    desk: Darkroom, page: Page
) -> None:
    names = queue_up(desk, "ten", 10)
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text))
    page.on("pageerror", lambda error: problems.append(str(error)))
    sign_in(desk, page, "Ann Approver")
    assert left(page) == 10

    decided: dict[str, str] = {}
    page.keyboard.press("j")
    press(page, "Enter")
    skipped = shown(page)
    press(page, "s")
    for number in range(9):
        name = shown(page)
        key, decision = ("r", "reject") if number in (2, 5) else ("a", "approve")
        if number == 2:
            page.keyboard.press("4")
            expect(page.get_by_role("radio", name=REASON)).to_be_checked()
            reason_of = name
        press(page, key)
        decided[name] = decision
        if number < 8:
            word = "Approved" if decision == "approve" else "Rejected"
            expect(page.get_by_role("status").filter(has_text=f"{word} {name}")).to_be_visible()
    assert shown(page) == skipped, "behind the last it begins again"
    press(page, "a")
    decided[skipped] = "approve"

    expect(page.get_by_text("Nothing waits.")).to_be_visible()
    assert set(decided) == set(names)
    for name, decision in decided.items():
        record = desk.wait(name, *statuses.ENDED)
        expected = statuses.PUBLISHED if decision == "approve" else statuses.REJECTED
        assert (record["status"], record["review"]["reviewer"]) == (expected, "Ann Approver")
        [execution] = desk.executions(name)
        assert execution["status"] == "SUCCEEDED"
    rejected = desk.wait(reason_of, statuses.REJECTED)
    assert rejected["review"]["reason"] == REASON
    assert desk.keys("PublishedBucket", f"{reason_of}/") == []

    back = skipped
    page.get_by_label("Find a picture by its name").fill(back)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Ann Approver approved this picture")).to_be_visible()
    expect(page.locator(".print img")).to_have_js_property("complete", True)
    assert page.locator(".print img").evaluate("image => image.naturalWidth > 0")
    page.get_by_label("Why (optional)").fill("pressed too quickly")
    page.get_by_role("button", name="Reopen").click()
    record = desk.wait(back, statuses.IN_REVIEW)
    assert desk.keys("PublishedBucket", f"{back}/") == []
    assert record["flags"][0] == {
        "rule": "reopened",
        "detail": "reopened by Ann Approver: pressed too quickly",
    }
    flag = page.get_by_text("reopened by Ann Approver: pressed too quickly", exact=True)
    expect(flag).to_be_visible(timeout=20_000)  # it comes by itself
    assert shown(page) == back
    press(page, "r")
    assert desk.wait(back, *statuses.ENDED)["status"] == statuses.REJECTED
    assert [entry["event"] for entry in trail.entries(desk.stack, back)] == [
        *("requested", "opened", "opened", "decided"),
        *("reopened", "requested", "opened", "decided"),
    ]
    assert problems == []


def test_twenty_pictures_take_twenty_keys(desk: Darkroom, page: Page) -> None:
    names = queue_up(desk, "twenty", 20)
    sign_in(desk, page, "Quick Quinn")
    page.locator(".card").first.click()

    keys = 0
    while page.locator("h1").inner_text() != "Waiting for review":
        shown(page)
        press(page, "a" if keys % 3 else "r")
        keys += 1

    assert keys == 20
    expect(page.get_by_text("Nothing waits.")).to_be_visible()
    ends = [desk.wait(name, *statuses.ENDED)["status"] for name in names]
    assert (ends.count(statuses.REJECTED), ends.count(statuses.PUBLISHED)) == (7, 13)


def test_two_reviewers_see_each_other(desk: Darkroom, page: Page) -> None:
    [name] = queue_up(desk, "two", 1)
    browser = page.context.browser
    assert browser is not None
    other = browser.new_context().new_page()
    sign_in(desk, page, "Ann Approver")
    sign_in(desk, other, "Bo Lee")

    page.locator(".card").first.click()
    shown(page)
    other.reload()
    expect(other.locator(".card")).to_contain_text("Ann Approver has it open")
    other.goto(page.url)
    expect(other.get_by_text("Ann Approver has it open")).to_be_visible()
    other.get_by_role("button", name="Take over").click()
    shown(other)
    expect(other.get_by_role("button", name="Take over")).to_be_hidden()
    page.reload()
    expect(page.get_by_text("Bo Lee has it open")).to_be_visible()

    press(other, "r")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("It was decided meanwhile")).to_be_visible()
    page.get_by_role("link", name="See what became of it").click()
    expect(page.get_by_text(re.compile("Bo Lee rejected this picture"))).to_be_visible()
    desk.wait(name, statuses.REJECTED)
    other.context.close()


def test_a_removed_reviewer_is_out_at_once(desk: Darkroom, page: Page) -> None:
    [name] = queue_up(desk, "removed", 1)
    sign_in(desk, page, "Former Fay")
    page.locator(".card").first.click()
    shown(page)

    reviewers.remove(desk.stack, "Former Fay")
    press(page, "a")

    expect(page.get_by_text("You are not on the list of reviewers")).to_be_visible()
    assert "decision" not in desk.wait(name, statuses.IN_REVIEW)["review"]
    sign_in(desk, page, "Ann Approver")
    page.locator(".card").first.click()
    shown(page)
    press(page, "r")
    wait_for(lambda: desk.wait(name, statuses.REJECTED), lambda: "not rejected")
