"""Whatever somebody writes is text: on every page, in every message, in the manifest."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from playwright.sync_api import Browser, BrowserContext, Page, expect

from cli import reviewers
from cli.names import name_of_reviewer
from cli.reviews import review_link
from darkroom import statuses
from darkroom.moments import now, stamp
from darkroom.text import line
from review.message import reminder_message, request_message
from review.pages import MAX_NOTE
from tests.browser.scanner import ask
from tests.browser.test_mail_scanner import remind
from tests.conftest import Darkroom, wait_for
from tests.engine.test_review import post
from tests.markup import Tags
from tests.pictures import draw, encoded

pytestmark = [pytest.mark.engine, pytest.mark.browser]

SIZE = (120, 80)


def hostile(who: str) -> str:
    """What ends every place that text can stand in, and begins what no text may begin."""
    return (
        f'{who}\' evil="1"></title><x-evil><script>alert(1)</script>'
        "<img src=x onerror=alert(2)>&lt;{{7*7}}"
    )


EVE, MALLORY = hostile("Eve"), hostile("Mal")
REX, REASON, NOTE = hostile("Rex"), hostile("reason"), hostile("note </textarea></bdi>")
REOPENED, CAPTION, KEYWORD = hostile("reopened"), hostile("caption"), hostile("word")
EXIF, XMP, PNG = (hostile(place) for place in ("exif", "xmp", "png"))
BAD = f"hostile/{hostile('bad')} forbidden.jpg"
# A line break, an escape sequence, text that runs backwards: what S3 takes as a key.
LIKE_BAD = (
    "hostile/<x-evil>like\r\nBcc: eve@example.org\r\n\r\n\x1b[31m\u2028\u202egpj.exe</x-evil>.jpg"
)
TOLD = f"hostile/{hostile('told')} forbidden.jpg"
ABSENT = hostile("absent")

INTRUDERS = """() => [...document.querySelectorAll("*")].filter(
  (one) =>
    one.matches(`x-evil, iframe, object, embed, base, svg script, img:not([src*="reviews/"]),
      script:not([src$="/assets/review.js"]), link:not([href*="/assets/"])`) ||
    [...one.attributes].some(({ name }) => name.startsWith("on") || name.startsWith("evil"))
).map((one) => one.outerHTML)"""


@dataclass
class Reader:
    """A browser of somebody's own. `problems`: what a page did that text cannot do."""

    page: Page
    base: str
    problems: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        context: BrowserContext = self.page.context
        context.on("console", lambda message: self.complain(message.text))
        context.on("weberror", lambda error: self.problems.append(str(error.error)))
        context.on(
            "dialog", lambda dialog: (self.problems.append(dialog.message), dialog.dismiss())
        )
        context.on("request", lambda one: self.note_request(one.url))

    def complain(self, text: str) -> None:
        """A page that says no is a complaint of the browser's."""
        if not re.fullmatch(r"Failed to load resource: .* status of 40[04] \(.*\)", text):
            self.problems.append(text)

    def note_request(self, url: str) -> None:
        if not url.startswith(self.base):
            self.problems.append(url)

    def reads(self, *texts: str) -> None:
        """The page shows these texts, letter for letter, and nothing has come of them."""
        self.page.wait_for_selector("html[data-ready]", state="attached")
        shown = self.page.locator("body").inner_text()
        for text in texts:
            assert text in shown, f"expected {text!r} on the page, got {shown}"
        assert self.page.evaluate(INTRUDERS) == []
        assert self.problems == []

    def sign_in(self, desk: Darkroom, name: str) -> None:
        link, _ = reviewers.add(desk.stack, name_of_reviewer(name), stamp(now()))
        self.page.goto(link)
        self.reads(name)
        self.page.get_by_role("button", name="Sign in").click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Waiting for review")

    def opens(self, image: str) -> None:
        self.page.locator(".card", has_text=line(image, 60)).click()
        expect(self.page.get_by_role("heading", level=1)).to_have_text(line(image, 200))


@dataclass(frozen=True)
class Scene:
    bad: str  # link of the message about the rejected one
    like_bad: str  # link of the one that resembles it, which waits
    told: str  # link of one with a caption, which waits
    requests: Callable[[], list[dict[str, Any]]]
    outcomes: Callable[[], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def scene(desk: Darkroom) -> Iterator[Scene]:
    requests, outcomes = (
        desk.listen(topic, RawMessageDelivery="false")
        for topic in ("ReviewTopicArn", "OutcomeTopicArn")
    )
    bad = desk.run(BAD, encoded(draw("hostile", SIZE)))
    decision = {"decision": "reject", "reviewer": REX, "reason": REASON, "note": f"{NOTE}\n{NOTE}"}
    post(f"{review_link(desk.stack, bad)}/decision", **decision)
    desk.wait(BAD, statuses.REJECTED)
    desk.upload(LIKE_BAD, picture_with_words())
    desk.upload(TOLD, encoded(draw("told", SIZE)), {"caption": CAPTION})
    like_bad, told = (desk.wait(image, statuses.IN_REVIEW) for image in (LIKE_BAD, TOLD))
    remind(desk, like_bad)
    links = (review_link(desk.stack, record) for record in (bad, like_bad, told))
    yield Scene(*links, requests, outcomes)
    for image in (LIKE_BAD, TOLD):
        record = desk.wait(image, statuses.IN_REVIEW, *statuses.ENDED)
        if record["status"] == statuses.IN_REVIEW:
            link = review_link(desk.stack, record)
            post(f"{link}/decision", decision="approve", reviewer="Ann")
            desk.wait(image, *statuses.ENDED)


def picture_with_words() -> bytes:
    """The rejected picture's own pixels; EXIF, XMP and a text of the PNG speak for it."""
    exif = Image.Exif()
    exif[0x010E] = EXIF
    said = html.escape(XMP)
    packet = f"<dc:description><rdf:Alt><rdf:li>{said}</rdf:li></rdf:Alt></dc:description>"
    info = PngInfo()
    info.add_itxt("XML:com.adobe.xmp", packet)
    info.add_text("Description", PNG)
    return encoded(draw("hostile", SIZE), "PNG", exif=exif, pnginfo=info)


@pytest.fixture
def new_reader(desk: Darkroom, browser: Browser) -> Iterator[Callable[[], Reader]]:
    """Makes readers, none of whom knows of the others."""
    contexts: list[BrowserContext] = []

    def make() -> Reader:
        contexts.append(browser.new_context(viewport={"width": 1280, "height": 800}))
        return Reader(contexts[-1].new_page(), desk.stack.outputs["ReviewUrl"])

    yield make
    for context in contexts:
        context.close()


def test_on_the_pages_of_a_message(scene: Scene, new_reader: Callable[[], Reader]) -> None:
    reader = new_reader()
    page = reader.page

    page.goto(scene.told)
    reader.reads(TOLD, CAPTION)
    page.goto(f"{scene.like_bad}?rule={quote(hostile('rule'))}&done={quote(hostile('done'))}")
    reader.reads(line(LIKE_BAD, 200), EXIF, XMP, PNG, REX, REASON, f"{NOTE}\n{NOTE}", BAD)
    page.get_by_role("link", name=line(BAD, 120)).click()
    reader.reads(BAD, REX, REASON, f"{NOTE}\n{NOTE}")
    page.goto(scene.bad)
    reader.reads(BAD, REX, REASON, f"{NOTE}\n{NOTE}")


def test_in_a_form_that_is_refused(scene: Scene, new_reader: Callable[[], Reader]) -> None:
    reader = new_reader()
    page = reader.page

    page.goto(scene.told)
    reader.reads(TOLD)
    page.get_by_label("Note").evaluate("field => field.removeAttribute('maxlength')")
    page.get_by_label("Your name").fill(EVE)
    page.get_by_label("Note").fill(NOTE + "n" * MAX_NOTE)
    page.get_by_role("button", name="Approve").click()

    expect(page.get_by_text("Please keep the note to")).to_be_visible()
    reader.reads(TOLD)
    expect(page.get_by_label("Your name")).to_have_value(EVE)
    assert page.get_by_label("Note").input_value().startswith(NOTE)


def test_in_a_keyword(desk: Darkroom, scene: Scene, new_reader: Callable[[], Reader]) -> None:
    """The operator's own words are text as well, and whatever else a record's flag may say."""
    record = desk.wait(TOLD, statuses.IN_REVIEW)
    flag = {"rule": hostile("rule"), "detail": f'the word "{KEYWORD}" is in its caption'}
    item = {"M": {name: {"S": text} for name, text in flag.items()}}
    desk.stack.dynamodb.update_item(
        TableName=desk.stack.outputs["ImagesTable"],
        Key={name: {"S": record[name]} for name in ("image", "version")},
        UpdateExpression="SET flags = :flags",
        ExpressionAttributeValues={":flags": {"L": [item]}},
    )
    reader = new_reader()

    reader.page.goto(scene.told)
    reader.reads(line(flag["rule"], 60), flag["detail"])
    reader.sign_in(desk, EVE)
    reader.reads(line(flag["rule"], 30))


def test_in_the_queue(desk: Darkroom, scene: Scene, new_reader: Callable[[], Reader]) -> None:
    reader, other = new_reader(), new_reader()
    page = reader.page
    reader.sign_in(desk, EVE)
    other.sign_in(desk, MALLORY)
    other.opens(LIKE_BAD)
    other.reads(line(MALLORY, 40))

    page.goto(f"{reader.base}?rule={quote(hostile('rule'))}&done={quote(hostile('done'))}")
    reader.reads(line(TOLD, 60), line(LIKE_BAD, 60), line(MALLORY, 40), line(EVE, 40))
    reader.opens(LIKE_BAD)
    reader.reads(line(LIKE_BAD, 200), EXIF, REX, REASON, NOTE, BAD, MALLORY, EVE)
    page.goto(reader.base)
    page.get_by_label("Find a picture by its name").fill(ABSENT)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("No such picture")
    reader.reads(ABSENT)


def test_in_a_decision_that_is_taken_back_and_made_anew(
    desk: Darkroom, scene: Scene, new_reader: Callable[[], Reader]
) -> None:
    reader = new_reader()
    page = reader.page
    reader.sign_in(desk, EVE)
    reader.opens(TOLD)
    reader.reads(TOLD, CAPTION, EVE)

    decide(page, "Approve")
    reader.reads(line(TOLD, 80))
    desk.wait(TOLD, statuses.PUBLISHED)
    page.get_by_role("link", name=line(TOLD, 80)).click()
    reader.reads(TOLD, EVE, NOTE)
    page.get_by_label("Why (optional)").fill(REOPENED)
    page.get_by_role("button", name="Reopen").click()
    flag = desk.wait(TOLD, statuses.IN_REVIEW)["flags"][0]
    page.goto(page.url)
    assert flag["detail"].startswith(f"reopened by {EVE[:90]}")
    reader.reads(flag["detail"])
    decide(page, "Reject")
    page.get_by_role("link", name=line(TOLD, 80)).click()
    reader.reads(TOLD, line(EVE, 60), line(REOPENED, 100), NOTE)


def decide(page: Page, word: str) -> None:
    page.get_by_label("Note").fill(NOTE)
    page.get_by_role("button", name=word).click()
    expect(page.get_by_role("status").filter(has_text=f"{word}")).to_be_visible()


def test_for_a_program(scene: Scene) -> None:
    answer = ask("GET", scene.like_bad, Accept="application/json")

    said = json.loads(answer.text)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert (said["image"], said["caption"]) == (LIKE_BAD, "\n".join((EXIF, XMP, PNG)))


def test_in_the_messages_to_reviewers(desk: Darkroom, scene: Scene) -> None:
    """Nobody but us begins a line, and only one of them is a link."""
    [request] = [one for one in scene.requests() if scene.bad in one["Message"]]
    asked, reminded = (one for one in scene.requests() if scene.like_bad in one["Message"])
    bad = desk.wait(BAD, statuses.REJECTED)
    like_bad = desk.wait(LIKE_BAD, statuses.IN_REVIEW)

    assert line(BAD, 300) in request["Message"]
    assert_speaks_like(request, request_message, bad, scene.bad)
    assert_speaks_like(asked, request_message, like_bad, scene.like_bad)
    assert_speaks_like(reminded, reminder_message, like_bad, scene.like_bad)


def assert_speaks_like(
    message: dict[str, Any],
    write: Callable[..., tuple[str, str]],
    record: dict[str, Any],
    link: str,
) -> None:
    """`message` is that of a harmless picture, but for the places of the name and the details."""
    flags = [{"rule": flag["rule"], "detail": "?"} for flag in record["flags"]]
    subject, body = write("?", flags, record["review"]["deadline_at"], link)
    outside = re.compile("^(Picture:  |  - [A-Z][a-z ]+: ).*")
    got = [outside.sub(r"\1?", one) for one in message["Message"].splitlines()]
    assert got == body.splitlines()
    assert message["Subject"].isascii() and message["Subject"].isprintable()
    assert message["Subject"].startswith(subject[:-1]) and len(message["Subject"]) < 100


def test_in_the_messages_to_programs_and_in_the_manifest(desk: Darkroom, scene: Scene) -> None:
    rejected = outcome(scene, BAD)
    assert rejected["review"]["reviewer"] == REX
    assert rejected["review"]["note"] == f"{NOTE}\n{NOTE}"

    post(f"{scene.like_bad}/decision", decision="approve", reviewer=EVE, note=NOTE)
    desk.wait(LIKE_BAD, statuses.PUBLISHED)
    assert outcome(scene, LIKE_BAD)["review"]["reviewer"] == EVE
    manifest = desk.manifest(LIKE_BAD)
    assert (manifest["image"], manifest["review"]["reviewer"]) == (LIKE_BAD, EVE)
    markup = Tags(manifest["picture"])
    assert {tag for tag, _ in markup.tags} == {"picture", "source", "img"}
    assert not [name for _, attributes in markup.tags for name in attributes if "on" in name[:2]]


def outcome(scene: Scene, image: str) -> dict[str, Any]:
    """The message about the end of an image's run."""

    def found() -> list[dict[str, Any]]:
        heard = [json.loads(one["Message"]) for one in scene.outcomes()]
        return [one for one in heard if one["image"] == image]

    [message] = wait_for(found, lambda: f"no outcome of {image!r}")
    return message
