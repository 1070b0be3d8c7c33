"""Whatever opens a link without pressing a button decides nothing and leaves no mark."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, TimeoutError

from cli import reviewers
from cli.reviews import review_link
from darkroom import statuses
from darkroom.moments import now, stamp
from tests.browser.scanner import DECISION, LOOKS, Answer, addresses, ask, ask_all, crawl, spellings
from tests.conftest import Darkroom, wait_for
from tests.engine.test_review import post
from tests.inventory import at_rest, everything
from tests.pictures import jpeg

pytestmark = [pytest.mark.engine, pytest.mark.browser]

SIZE = (120, 80)
WAITS, LIKE_BAD, BAD, GOOD = (
    f"scanned/{name}.jpg" for name in ("forbidden", "harmless", "forbidden bad", "forbidden good")
)
SPELLED = ("message", "sign-in", "look", "queue's 0")
TWO_MINUTES_MS, IDLE_MS = 120_000, 10_000

# The mouse over everything, a click on what is no form's own, and what a script may take for a
# reader who comes and goes.
FIDGET = """() => {
  for (const one of document.querySelectorAll("*"))
    for (const kind of ["pointerover", "pointermove", "mouseover", "mousemove", "touchstart"])
      one.dispatchEvent(new Event(kind, { bubbles: true }));
  for (const one of document.querySelectorAll("button[type=button], summary")) one.click();
  for (const kind of ["focus", "blur", "pageshow", "pagehide", "beforeunload", "storage"])
    window.dispatchEvent(new Event(kind));
  document.dispatchEvent(new Event("visibilitychange"));
}"""
NAMED = "all => all.flatMap(one => [one.href, one.src, one.action, one.formAction])"

# Looked at as a part of their pages.
PICTURE = re.compile("/(assets|files)/|/preview$")


@dataclass(frozen=True)
class Scene:
    """`links`: every link that leaves the house, by what it is. `cookie`: a reviewer's own, who has
    a picture open."""

    base: str
    links: dict[str, str]
    cookie: str
    messages: Callable[[], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def scene(desk: Darkroom) -> Iterator[Scene]:
    """Two pictures wait, one of them like one that was rejected; a third is published."""
    messages = desk.listen("ReviewTopicArn")
    for image, decision in ((BAD, "reject"), (GOOD, "approve")):
        desk.upload(image, jpeg(image, SIZE))
        link = review_link(desk.stack, desk.wait(image, statuses.IN_REVIEW))
        post(f"{link}/decision", decision=decision, reviewer="Ann Approver")
    rejected, published = (desk.wait(image, *statuses.ENDED) for image in (BAD, GOOD))
    desk.upload(WAITS, jpeg(WAITS, SIZE))
    desk.upload(LIKE_BAD, jpeg(BAD, SIZE))
    waiting, like_bad = (desk.wait(image, statuses.IN_REVIEW) for image in (WAITS, LIKE_BAD))
    remind(desk, waiting)
    base = desk.stack.outputs["ReviewUrl"].rstrip("/") + "/"
    sign_in, _ = reviewers.add(desk.stack, "Ann Approver", stamp(now()))
    cookie = ask("POST", sign_in).headers["set-cookie"].partition(";")[0]
    links = {
        "message": link_sent(messages, WAITS),
        "reminder": link_sent(messages, WAITS, "still waits"),
        "message of one like a rejected one": link_sent(messages, LIKE_BAD),
        "message of a rejected one": review_link(desk.stack, rejected),
        "message of a published one": review_link(desk.stack, published),
        "sign-in": sign_in,
        "queue": base,
        **queue_links(base, cookie),
    }
    [look] = [
        one
        for one in addresses(ask("GET", links["message of one like a rejected one"]))
        if is_page(one) and one not in links.values()
    ]
    at_rest(desk)
    yield Scene(base, links | {"look": look}, cookie, messages)
    for record in (waiting, like_bad):
        post(f"{review_link(desk.stack, record)}/decision", decision="approve", reviewer="Ann")
        desk.wait(record["image"], *statuses.ENDED)


def remind(desk: Darkroom, record: dict[str, Any]) -> None:
    """What the state machine `reminder` does after some days."""
    function = desk.stack.client("cloudformation").describe_stack_resource(
        StackName=desk.stack.name, LogicalResourceId="ReviewFunction"
    )
    desk.stack.client("lambda").invoke(
        FunctionName=function["StackResourceDetail"]["PhysicalResourceId"],
        Payload=json.dumps(
            {name: record[name] for name in ("image", "version", "execution")}
            | {"action": "remind", "reminded_at": stamp(now())}
            | {"review_url": desk.stack.outputs["ReviewUrl"]}
        ),
    )


def link_sent(messages: Callable[[], list[dict[str, Any]]], image: str, having: str = "") -> str:
    """The link in the message about an image."""

    def found() -> list[str]:
        return [
            text for message in messages() if image in (text := message["text"]) and having in text
        ]

    text = wait_for(found, lambda: f"no message about {image}")[0]
    link = re.search(r"^https?://\S+/reviews/\S+$", text, re.MULTILINE)
    assert link, text
    return link[0]


def queue_links(base: str, cookie: str) -> dict[str, str]:
    """The links that the queue's pages give to a reviewer, who opens one of the pictures."""
    cards = [one for one in addresses(ask("GET", base, Cookie=cookie)) if one.endswith("/open")]
    assert len(cards) == 2, cards
    headers = {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}
    assert ask("POST", cards[0], **headers).status == 303
    pages = [one.removesuffix("/open") for one in cards]
    found = {f"queue's {number}": page for number, page in enumerate(pages)}
    for image in (BAD, GOOD):
        answer = ask("GET", f"{base}find?image={image.replace(' ', '+')}", Cookie=cookie)
        [found[f"queue's {image}"]] = addresses(answer)
    return found


def is_page(url: str) -> bool:
    return re.search(r"/reviews/[^/?]+$", url) is not None


def assert_nothing_came_of_it(answers: list[Answer], *refused: int) -> None:
    """No cookie was given, nothing broke; each was shown a page or got one of `refused`."""
    for answer in answers:
        assert "set-cookie" not in answer.headers, answer
        assert answer.status in (200, 303, *refused), answer


def assert_holds_all_kinds(lines: set[str]) -> None:
    """The comparison compares something."""
    kinds = {line.split()[0] for line in lines}
    assert kinds >= {
        *("ImagesTable", "TrailTable", "ReviewersTable", "RejectionsTable"),
        *("UploadBucket", "WorkBucket", "PublishedBucket"),
        *("Pipeline", "Process", "Reminder"),
    }


def test_the_reminder_has_the_link_of_the_first_message(scene: Scene) -> None:
    assert scene.links["reminder"] == scene.links["message"]


def test_a_scanner_that_follows_every_link_changes_nothing(desk: Darkroom, scene: Scene) -> None:
    before, sent = everything(desk), scene.messages()
    assert_holds_all_kinds(before)

    links = set(scene.links.values())
    respelled = {one for name in SPELLED for one in spellings(scene.links[name])}
    answers = [
        *crawl(links, scene.base),
        *ask_all((method, one) for one in respelled for method in LOOKS),
        *ask_all(
            ("OPTIONS", one) for link in links for one in (link, f"{link}/decision?{DECISION}")
        ),
    ]
    after = everything(desk)

    assert_nothing_came_of_it(answers, 400, 401, 403, 404, 405)
    seen = {answer.url: answer for answer in answers if answer.method == "GET"}
    for name in ("message", "message of one like a rejected one", "look", "sign-in"):
        assert seen[scene.links[name]].status == 200, name
    for name in ("queue", "queue's 0", "queue's 1"):
        assert seen[scene.links[name]].status == 401, name
    assert after == before
    assert scene.messages() == sent


def test_a_browser_that_fetches_a_reviewers_links_ahead_changes_nothing(
    desk: Darkroom, scene: Scene
) -> None:
    before, sent = everything(desk), scene.messages()

    answers = crawl(scene.links.values(), scene.base, Cookie=scene.cookie)
    after = everything(desk)

    assert_nothing_came_of_it(answers, 404)
    read = {answer.url for answer in answers if answer.status == 200 and is_page(answer.url)}
    assert read >= {link for link in scene.links.values() if is_page(link)}
    assert after == before
    assert scene.messages() == sent


def test_a_scanner_that_runs_the_script_changes_nothing(
    desk: Darkroom, scene: Scene, browser: Browser
) -> None:
    before, sent = everything(desk), scene.messages()
    context = browser.new_context()
    context.clock.install()
    requests: set[tuple[str, bool]] = set()
    dialogs: list[str] = []
    context.on("request", lambda one: requests.add((one.method, one.url.startswith(scene.base))))
    context.on("dialog", lambda one: (dialogs.append(one.message), one.dismiss()))

    ran = browse(context, scene)
    cookies = context.cookies()
    context.close()
    after = everything(desk)

    assert all(ran[scene.links[name]] for name in SPELLED), "the script ran"
    assert len(ran) > len(set(scene.links.values()))
    assert (requests, cookies, dialogs) == ({("GET", True)}, [], [])
    assert after == before
    assert scene.messages() == sent


def browse(context: BrowserContext, scene: Scene) -> dict[str, bool]:
    """Open every link and every page that one of them leads to, look at each for two minutes;
    whether the script ran there."""
    waiting, ran = set(scene.links.values()), dict[str, bool]()
    while waiting:
        assert len(ran) < 50, waiting
        pages = {url: context.new_page() for url in waiting}
        for url, page in pages.items():
            page.goto(url, wait_until="domcontentloaded")
            look_around(page)
        named = {one for page in pages.values() for one in page.eval_on_selector_all("*", NAMED)}
        for url, page in pages.items():
            with suppress(
                TimeoutError
            ):  # what a page sends must show below, not as a page too busy
                page.wait_for_load_state("networkidle", timeout=IDLE_MS)
            ran[url] = page.locator("html.script").count() == 1
            page.close()
        links = {one.partition("#")[0] for one in named if isinstance(one, str)}
        links = {one for one in links if one.startswith(scene.base) and not PICTURE.search(one)}
        waiting = links - ran.keys()
    return ran


def look_around(page: Page) -> None:
    for number in range(1, 7):
        page.mouse.move(number * 200, number * 110)
    page.mouse.wheel(0, 5000)
    page.evaluate(FIDGET)
    page.clock.run_for(TWO_MINUTES_MS)
