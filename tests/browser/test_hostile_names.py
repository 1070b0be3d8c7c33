"""Whatever a picture is called, it ends where it should, and its name is shown as a name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner
from playwright.sync_api import Page

from cli.gallery import make_gallery
from cli.main import main
from cli.reviews import review_link
from darkroom import statuses
from darkroom.text import line
from tests.browser.scanner import ask
from tests.browser.test_hostile_text import Reader
from tests.conftest import Darkroom, wait_for
from tests.engine.test_review import post
from tests.markup import Tags
from tests.pictures import jpeg

pytestmark = [pytest.mark.engine, pytest.mark.browser]

# What S3 takes as a key.
FLAGGED = (
    "names/\"' x-evil=1></title><x-evil onclick=alert(1)><script>alert(2)</script>{{7*7}}.jpg",
    "{% $states.input %}",
    "names/'; DROP TABLE images; -- $(id)`id`|& {0.__class__} %s %n ${jndi:ldap://x}.jpg",
    "names/line\r\nBcc: eve@example.org\r\n\r\nand\u2028more.jpg",
    "names/bell\x07 \x1b[31m\x1b]0;title\x07 \x9b31m \x7f \u202egpj.exe\u2066\u2069.jpg",
    "names/%2e%2e%2f%00%0d%0a/./b/../c//d%25.jpg",
    "names/\U0001f469\u200d\U0001f469\u200d\U0001f467 e\u0301\u00e9 \U000e0001.jpg",
    "n" * 969,
)
CLEAN = (
    "//evil.example/etc/passwd.jpg",
    "names/trailing. ",
    "names/a?b=c&d#e;f:g@h*i+j,k l\\m.jpg",
    "manifest.json",
    "index.html",
)
SIZE = (120, 80)
REFUSED = {"../out.jpg": "name_leads_out", "\u00fc" * 500: "name_too_long"}

OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


@dataclass(frozen=True)
class Scene:
    darkroom: Darkroom
    clean: dict[str, dict[str, Any]]
    flagged: dict[str, dict[str, Any]]
    refused: dict[str, dict[str, Any]]
    requests: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]

    @property
    def everything(self) -> dict[str, dict[str, Any]]:
        return self.clean | self.flagged | self.refused


@pytest.fixture(scope="module")
def scene(darkroom: Darkroom) -> Scene:
    requests, outcomes = (
        darkroom.listen(topic, RawMessageDelivery="false")
        for topic in ("ReviewTopicArn", "OutcomeTopicArn")
    )
    names = (*CLEAN, *FLAGGED, *REFUSED)
    for name in names:
        metadata = {"caption": "forbidden"} if name in FLAGGED else None
        darkroom.upload(name, jpeg(name, SIZE), metadata)
    found = {name: darkroom.wait(name, statuses.IN_REVIEW, *statuses.ENDED) for name in names}

    def told() -> bool:
        return len(about(requests(), FLAGGED)) >= len(FLAGGED) and len(outcomes()) >= len(
            (*CLEAN, *REFUSED)
        )

    wait_for(told, lambda: "some messages are missing")
    return Scene(
        darkroom,
        *({name: found[name] for name in some} for some in (CLEAN, FLAGGED, REFUSED)),
        about(requests(), FLAGGED),
        [json.loads(one["Message"]) for one in outcomes()],
    )


def about(messages: list[dict[str, Any]], images: Iterable[str]) -> list[dict[str, Any]]:
    return [one for one in messages if any(line(image, 300) in one["Message"] for image in images)]


def test_each_ends_where_it_should(scene: Scene) -> None:
    assert {record["status"] for record in scene.clean.values()} == {statuses.PUBLISHED}
    assert {record["status"] for record in scene.flagged.values()} == {statuses.IN_REVIEW}
    codes = {name: record["reason"]["code"] for name, record in scene.refused.items()}
    assert codes == REFUSED
    told = {one["image"]: one["status"] for one in scene.outcomes}
    for name, record in (scene.clean | scene.refused).items():
        assert (record["image"], told[name]) == (name, record["status"])


def test_its_manifest_names_it_and_leads_to_its_own_files(scene: Scene) -> None:
    for name in scene.clean:
        assert_leads_to_its_files(scene.darkroom, name)


def assert_leads_to_its_files(darkroom: Darkroom, name: str) -> None:
    manifest = darkroom.manifest(name)
    assert manifest["image"] == name
    keys = {file["key"] for variant in manifest["variants"] for file in variant["files"]}
    assert keys <= set(darkroom.keys("PublishedBucket", f"{name}/"))
    tags = Tags(manifest["picture"]).tags
    assert {tag for tag, _ in tags} == {"picture", "source", "img"}
    for _, attributes in tags[1:]:
        assert not [one for one in attributes if one.startswith(("on", "x-"))]
        for candidate in attributes["srcset"].split(", "):
            address = candidate.split(" ")[0]
            assert not address.startswith("/") and not urlsplit(address).scheme
            assert unquote(address.removeprefix("./")) in keys


def test_a_message_has_one_harmless_subject_and_one_link(scene: Scene) -> None:
    links = {review_link(scene.darkroom.stack, record) for record in scene.flagged.values()}
    for message in scene.requests:
        subject, lines = message["Subject"], message["Message"].splitlines()
        assert subject.isascii() and subject.isprintable() and len(subject) < 100
        assert OBEYED.search(message["Message"]) is None
        [link] = [one for one in lines if one.startswith("http")]
        links.remove(link)
    assert links == set()


def test_its_page_shows_it_as_text(scene: Scene, page: Page) -> None:
    reader = Reader(page, scene.darkroom.stack.outputs["ReviewUrl"])
    for name, record in scene.flagged.items():
        link = review_link(scene.darkroom.stack, record)
        page.goto(link)
        reader.reads()
        title = page.get_by_role("heading", level=1).text_content()
        assert title is not None and title.strip() == line(name, 200).strip()
        assert page.evaluate("[...document.images].filter(one => one.complete && !one.width)") == []
        assert json.loads(ask("GET", link, Accept="application/json").text)["image"] == name


def test_the_contact_sheet_shows_it_as_text(scene: Scene, page: Page, tmp_path: Path) -> None:
    original = tmp_path / "original.jpg"
    original.write_bytes(jpeg("any", SIZE))
    problems: list[str] = []
    page.on("dialog", lambda dialog: (problems.append(dialog.message), dialog.dismiss()))

    sheet, _ = make_gallery(
        scene.darkroom.stack,
        scene.everything,
        dict.fromkeys(scene.everything, original),
        {},
        tmp_path / "gallery",
    )
    page.goto(sheet.as_uri())

    shown = page.locator("body").text_content() or ""
    assert page.locator("x-evil, script, iframe, object, embed, base").count() == 0
    assert problems == []
    for name in scene.everything:
        first = next(part for part in re.split(r"[^\w ]", name) if len(part) > 2)
        assert first[:40] in shown
    assert {path.name for path in tmp_path.iterdir()} == {"gallery", "original.jpg"}


@pytest.mark.parametrize(
    "arguments", [["status"], ["status", "--json"], ["reviews"], ["reviews", "--json"]], ids=str
)
def test_the_command_lists_it_without_a_word_that_a_terminal_obeys(
    scene: Scene, engine_home: Path, arguments: list[str]
) -> None:
    answer = CliRunner().invoke(
        main, arguments, env={"DARKROOM_HOME": str(engine_home), "COLUMNS": "3000"}
    )

    assert answer.exit_code == 0
    found = OBEYED.search(answer.output)
    assert found is None, answer.output[max(0, found.start() - 80) : found.end() + 20]
    if "--json" in arguments:
        listed = {one["image"] for one in json.loads(answer.output)}
        assert listed >= set(scene.flagged)


def test_its_story_can_be_asked_for_by_its_name(scene: Scene, engine_home: Path) -> None:
    for name, record in scene.flagged.items():
        for arguments in (["history", "--", name], ["history", "--json", "--", name]):
            answer = CliRunner().invoke(
                main, arguments, env={"DARKROOM_HOME": str(engine_home), "COLUMNS": "3000"}
            )
            assert answer.exit_code == 0, answer.output
            assert OBEYED.search(answer.output) is None
        assert json.loads(answer.output)[0]["version"] == record["version"]


def test_a_decision_publishes_it_under_its_name(scene: Scene) -> None:
    """The last test: what waited is gone from the queue."""
    for name, record in scene.flagged.items():
        link = review_link(scene.darkroom.stack, record)
        status, _ = post(f"{link}/decision", decision="approve", reviewer="Ann")
        assert status == 200, name
    for name in scene.flagged:
        scene.darkroom.wait(name, statuses.PUBLISHED)
        assert_leads_to_its_files(scene.darkroom, name)
