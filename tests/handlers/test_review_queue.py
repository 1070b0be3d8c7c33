"""The queue: signing in, opening, deciding one after the other, taking back."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import pytest

import review.clients
import review.leases
import review.queue_routes
from darkroom import moments, statuses
from darkroom.keys import published_key, rejected_preview_key, waiting_key
from darkroom.links import QUEUE, sign
from review.sessions import COOKIE
from review.visits import queue_token
from tests.handlers.reviewing import (
    APPROVE,
    EXECUTION,
    FLAGS,
    IMAGE,
    VERSION,
    Answer,
    Reviewer,
    stamp,
)

NAMES = [f"{number}.jpg" for number in range(5)]
LOW = [{"rule": "low_resolution", "detail": "31 px on the shorter side"}]


@pytest.fixture
def ana(reviewer: Reviewer) -> str:
    return reviewer.sign_in("Ana Ruiz")


@pytest.fixture
def bo(reviewer: Reviewer) -> str:
    return reviewer.sign_in("Bo Lee")


def address(image: str, version: str = VERSION) -> str:
    """The page of a picture, as the queue links to it."""
    record = review.clients.records().get(image, version)
    assert record is not None
    return f"/reviews/{queue_token(record, datetime.now(UTC))}"


def listed(answer: Answer) -> list[str]:
    """The pictures on a page of the queue, in order."""
    found = re.findall(r"(\d\.jpg)</", answer.body.decode())
    return list(dict.fromkeys(found))


def target(path: str, answer: Answer) -> str:
    return urljoin(path, answer.headers["location"])


def image_at(reviewer: Reviewer, path: str, cookie: str) -> str:
    """Which picture a page is of."""
    found = re.search(r"<h1[^>]*>(.*?)</h1>", reviewer.get(path, cookie=cookie).body.decode(), re.S)
    assert found
    return re.sub(r"<[^>]*>", "", unescape(found[1])).strip()


# ── Signing in ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_a_sign_in_link_signs_nobody_in(reviewer: Reviewer, method: str) -> None:
    path = reviewer.add("Ana Ruiz")
    before = reviewer.everything()

    answer = reviewer.visit(method, path)

    assert (answer.status, answer.cookies) == (200, [])
    assert reviewer.everything() == before


def test_the_button_sets_a_cookie_that_no_script_and_no_other_site_can_use(
    reviewer: Reviewer,
) -> None:
    path = reviewer.add("Ana Ruiz")
    html = reviewer.get(path).body.decode()
    (action,) = re.findall(r'<form[^>]*method="post"[^>]* action="([^"]+)"', html)

    answer = reviewer.visit("POST", urljoin(path, unescape(action)), b"")

    assert answer.status == 303
    assert target(path, answer) == "/"
    (cookie,) = answer.cookies
    name, *attributes = [part.strip() for part in cookie.split(";")]
    assert name.startswith(f"{COOKIE}=")
    assert {"Secure", "HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=43200"} <= set(attributes)
    assert not any(attribute.startswith("Domain") for attribute in attributes)
    assert reviewer.get("/", cookie=name).status == 200


@pytest.mark.parametrize("headers", [{"sec-fetch-site": "cross-site"}, {"origin": "null"}], ids=str)
def test_another_site_signs_nobody_in(reviewer: Reviewer, headers: dict[str, str]) -> None:
    answer = reviewer.visit("POST", reviewer.add("Ana Ruiz"), b"", headers)

    assert (answer.status, answer.cookies) == (403, [])


def test_the_link_of_a_removed_reviewer_signs_nobody_in(reviewer: Reviewer) -> None:
    path = reviewer.add("Ana Ruiz")
    reviewer.remove("Ana Ruiz")

    for answer in (reviewer.get(path), reviewer.visit("POST", path, b"")):
        assert (answer.status, answer.cookies) == (403, [])
        assert "not on the list" in answer.text


def test_a_reviewer_who_is_added_anew_needs_the_new_link(reviewer: Reviewer) -> None:
    old, cookie = reviewer.add("Ana Ruiz"), reviewer.sign_in("Ana Ruiz")
    reviewer.add("Ana Ruiz", key="f" * 16)

    assert reviewer.visit("POST", old, b"").status == 403
    assert reviewer.get("/", cookie=cookie).status == 403


@pytest.mark.parametrize("token", ["forged", "a.b", ""])
def test_a_forged_sign_in_link_is_refused(reviewer: Reviewer, token: str) -> None:
    assert reviewer.get(f"/sign-in/{token}").status in (403, 404)
    assert reviewer.visit("POST", f"/sign-in/{token}", b"").cookies == []


def test_signing_out_ends_the_cookie(reviewer: Reviewer, ana: str) -> None:
    answer = reviewer.visit("POST", "/sign-out", b"", cookie=ana)

    assert answer.status == 200
    (cookie,) = answer.cookies
    assert cookie.startswith(f"{COOKIE}=;") and "Max-Age=0" in cookie


# ── The queue ────────────────────────────────────────────────────────────────────────────────


def test_the_queue_is_for_reviewers_only(reviewer: Reviewer, path: str) -> None:
    for answer in (reviewer.get("/"), reviewer.get("/", cookie=f"{COOKIE}=forged")):
        assert answer.status == 401
        assert IMAGE not in answer.text
        assert "darkroom reviewers add" in answer.text


def test_a_session_whose_time_is_over_is_none(
    reviewer: Reviewer, ana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    later = datetime.now(UTC) + timedelta(seconds=43_201)
    monkeypatch.setattr("review.visits.now", lambda: later)

    assert reviewer.get("/", cookie=ana).status == 401


def test_the_queue_lists_what_waits_oldest_first(reviewer: Reviewer, ana: str) -> None:
    reviewer.queue_up(*NAMES)

    answer = reviewer.get("/", cookie=ana)

    assert answer.status == 200
    assert listed(answer) == NAMES
    assert "Word on the review list" in answer.text
    assert "Waits 5 hours" in answer.text and "6 days left" in answer.text


def test_what_is_decided_is_not_listed(reviewer: Reviewer, ana: str) -> None:
    reviewer.queue_up(*NAMES)
    reviewer.post(address("2.jpg"), APPROVE, cookie=ana)

    assert listed(reviewer.get("/", cookie=ana)) == ["0.jpg", "1.jpg", "3.jpg", "4.jpg"]


def test_what_a_newer_upload_replaced_is_left_out_and_counted(reviewer: Reviewer, ana: str) -> None:
    reviewer.queue_up(*NAMES)
    reviewer.claim(image="1.jpg", version="f" * 16)

    answer = reviewer.get("/", cookie=ana)

    assert listed(answer) == ["0.jpg", "2.jpg", "3.jpg", "4.jpg"]
    assert "1 picture is left out" in answer.text


def test_the_queue_can_be_narrowed_to_a_rule(reviewer: Reviewer, ana: str) -> None:
    reviewer.queue_up("0.jpg", "1.jpg")
    reviewer.queue_up("2.jpg", "3.jpg", flags=LOW + FLAGS)

    assert listed(reviewer.get("/?rule=low_resolution", cookie=ana)) == ["2.jpg", "3.jpg"]
    assert listed(reviewer.get("/?rule=moderation_label", cookie=ana)) == []
    assert len(listed(reviewer.get("/?rule=no-such-rule", cookie=ana))) == 4


def test_each_image_is_asked_for_once_however_many_of_its_versions_wait(
    reviewer: Reviewer, ana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(5):
        reviewer.claim(version=f"{number:016}")
        reviewer.request(version=f"{number:016}")
    asked: list[str] = []
    newest = review.clients.records().newest
    monkeypatch.setattr(
        review.clients.records(), "newest", lambda image: asked.append(image) or newest(image)
    )

    assert "4 pictures are left out" in reviewer.get("/", cookie=ana).text
    assert asked == [IMAGE]


def test_the_queue_has_pages(reviewer: Reviewer, ana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review.queue_routes, "PAGE_ITEMS", 2)
    reviewer.queue_up(*NAMES)

    seen, path = [], "/"
    for _ in range(3):
        answer = reviewer.get(path, cookie=ana)
        seen.append(listed(answer))
        more = re.findall(r'href="[^"]*(\?[^"]*after=[^"]+)"', answer.body.decode())
        path = f"/{unescape(more[0])}" if more else ""

    assert seen == [["0.jpg", "1.jpg"], ["2.jpg", "3.jpg"], ["4.jpg"]]
    assert path == ""


def test_a_long_walk_past_other_rules_ends_in_a_next_page(
    reviewer: Reviewer, ana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review.queue_routes, "MAX_LOOKED_AT", 2)
    reviewer.queue_up("0.jpg", "1.jpg", "2.jpg")
    reviewer.queue_up("3.jpg", flags=LOW)

    first = reviewer.get("/?rule=low_resolution", cookie=ana)
    assert "None among these" in first.text and "Nothing waits" not in first.text
    (more,) = re.findall(r'href="[^"]*(\?[^"]*after=[^"]+)"', first.body.decode())

    assert listed(first) == []
    assert listed(reviewer.get(f"/{unescape(more)}", cookie=ana)) == ["3.jpg"]


def test_a_page_of_the_longest_names_stays_under_50_kb(reviewer: Reviewer, ana: str) -> None:
    reviewer.queue_up(*(f"{'ü' * 400}{number}.jpg" for number in range(24)))

    answer = reviewer.get("/", cookie=ana)

    assert answer.status == 200
    assert len(answer.body) < 50_000
    assert b"after=" in answer.body


def test_a_picture_is_found_by_its_name(reviewer: Reviewer, path: str, ana: str) -> None:
    answer = reviewer.get("/find", query="image=trip%2Fforbidden+a+b%2B%C3%BC.jpg", cookie=ana)

    assert answer.status == 303
    assert image_at(reviewer, target("/find", answer), ana) == IMAGE


@pytest.mark.parametrize("query", ["image=nobody.jpg", "image=", ""])
def test_a_name_that_is_nobodys_is_told_so(reviewer: Reviewer, ana: str, query: str) -> None:
    assert reviewer.get("/find", query=query, cookie=ana).status == 404
    assert reviewer.get("/find", query=query).status == 401


def test_a_name_longer_than_any_key_is_not_looked_for(
    reviewer: Reviewer, ana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DynamoDB refuses a key of over 2,048 bytes, which would be our fault."""
    asked: list[str] = []
    monkeypatch.setattr("review.records.Records.newest", lambda _, image: asked.append(image))

    for name in ("ü" * 512, "ü" * 512 + "n"):
        assert reviewer.get("/find", query=urlencode({"image": name}), cookie=ana).status == 404
    assert asked == ["ü" * 512]


# ── One picture, signed in ───────────────────────────────────────────────────────────────────


def test_a_link_of_the_queue_is_no_key_by_itself(reviewer: Reviewer, path: str) -> None:
    before = reviewer.everything()

    for answer in (
        reviewer.get(address(IMAGE)),
        reviewer.get(f"{address(IMAGE)}/files/w320.jpg"),
        reviewer.get(f"{address(IMAGE)}/preview"),
        reviewer.post(address(IMAGE), APPROVE),
    ):
        assert answer.status == 401
    assert reviewer.everything() == before


def test_a_removed_reviewer_can_do_nothing(reviewer: Reviewer, path: str, ana: str) -> None:
    reviewer.remove("Ana Ruiz")
    before = reviewer.everything()

    for page in (path, address(IMAGE)):
        for answer in (
            reviewer.get(page, cookie=ana),
            reviewer.post(page, APPROVE, cookie=ana),
            reviewer.post(page, {}, "open", cookie=ana),
            reviewer.post(page, {}, "skip", cookie=ana),
            reviewer.post(page, {}, "reopen", cookie=ana),
            reviewer.get("/", cookie=ana),
        ):
            assert answer.status == 403
            assert "not on the list" in answer.text
    assert reviewer.everything() == before


def test_a_signed_in_reviewer_is_not_asked_for_a_name(
    reviewer: Reviewer, path: str, ana: str
) -> None:
    html = reviewer.get(address(IMAGE), cookie=ana).body.decode()

    assert 'name="reviewer"' not in html
    assert "Ana Ruiz" in html


def test_a_decision_is_recorded_under_the_sessions_name(
    reviewer: Reviewer, path: str, ana: str
) -> None:
    reviewer.post(address(IMAGE), APPROVE | {"reviewer": "Somebody Else"}, cookie=ana)

    assert reviewer.record()["review"]["reviewer"] == "Ana Ruiz"


def test_after_a_decision_the_next_picture_comes(reviewer: Reviewer, ana: str) -> None:
    reviewer.queue_up(*NAMES)
    page = address("1.jpg")

    for expected in ("2.jpg", "3.jpg", "4.jpg", "0.jpg"):
        answer = reviewer.post(page, {"decision": "approve"}, cookie=ana)
        assert answer.status == 303
        page = target(f"{page}/decision", answer)
        assert image_at(reviewer, page, ana) == expected
        assert reviewer.record(expected)["lease"]["reviewer"] == "Ana Ruiz"
        page = page.partition("?")[0]

    answer = reviewer.post(page, {"decision": "reject"}, cookie=ana)
    assert urlsplit(target(f"{page}/decision", answer)).path == "/"
    assert all(reviewer.record(name)["review"]["reviewer"] == "Ana Ruiz" for name in NAMES)


def test_the_next_page_says_what_was_decided_and_leads_back_to_it(
    reviewer: Reviewer, ana: str
) -> None:
    reviewer.queue_up(*NAMES)
    answer = reviewer.post(address("0.jpg"), {"decision": "reject"}, cookie=ana)

    page = target(f"{address('0.jpg')}/decision", answer)
    shown = reviewer.get(page, cookie=ana)

    assert "Rejected" in shown.text and "0.jpg" in shown.text
    (token,) = parse_qs(urlsplit(page).query)["done"]
    assert f"reviews/{token}" in shown.body.decode()


def test_the_rule_stays_chosen_from_picture_to_picture(reviewer: Reviewer, ana: str) -> None:
    reviewer.queue_up("0.jpg", "1.jpg", flags=LOW)
    reviewer.queue_up("2.jpg")
    reviewer.queue_up("3.jpg", flags=LOW)

    page = address("1.jpg")
    form = {"decision": "approve", "rule": "low_resolution"}
    page = target(f"{page}/decision", reviewer.post(page, form, cookie=ana))

    assert image_at(reviewer, page, ana) == "3.jpg"
    assert parse_qs(urlsplit(page).query)["rule"] == ["low_resolution"]


def test_a_skipped_picture_stays_and_is_free_again(reviewer: Reviewer, ana: str) -> None:
    reviewer.queue_up(*NAMES)
    page = address("3.jpg")
    reviewer.post(page, {}, "open", cookie=ana)

    answer = reviewer.post(page, {}, "skip", cookie=ana)
    after = reviewer.post(address("4.jpg"), {}, "skip", cookie=ana)

    assert image_at(reviewer, target(f"{page}/skip", answer), ana) == "4.jpg"
    assert urlsplit(target(f"{page}/skip", after)).path == "/", "it does not go round"
    assert "lease" not in reviewer.record("3.jpg")
    assert "decision" not in reviewer.record("3.jpg")["review"]


def test_the_page_links_to_its_neighbours(reviewer: Reviewer, ana: str) -> None:
    reviewer.queue_up(*NAMES)
    reviewer.claim(image="3.jpg", version="f" * 16)  # replaced
    html = reviewer.get(address("2.jpg"), cookie=ana).body.decode()

    links = {
        image_at(reviewer, urljoin("/reviews/x", unescape(link)), ana)
        for link in re.findall(r'href="([^"]*reviews/[\w.-]+)"', html)
    }
    assert links >= {"1.jpg", "4.jpg"}
    assert "3.jpg" not in links


# ── Leases ───────────────────────────────────────────────────────────────────────────────────


def test_opening_takes_the_picture_and_is_on_the_trail(
    reviewer: Reviewer, path: str, ana: str
) -> None:
    answer = reviewer.post(address(IMAGE), {"rule": "keyword"}, "open", cookie=ana)

    assert answer.status == 303
    assert target(f"{address(IMAGE)}/open", answer) == f"{address(IMAGE)}?rule=keyword"
    lease = reviewer.record()["lease"]
    assert lease["reviewer"] == "Ana Ruiz"
    left = datetime.fromisoformat(lease["until"]) - datetime.now(UTC)
    assert timedelta(seconds=60) < left <= timedelta(seconds=120)
    (opened,) = [entry for entry in reviewer.trail() if entry["event"] == "opened"]
    assert opened["by"] == "Ana Ruiz"


def test_keeping_a_picture_open_adds_nothing_to_the_trail(
    reviewer: Reviewer, path: str, ana: str
) -> None:
    for _ in range(3):
        reviewer.post(address(IMAGE), {}, "open", cookie=ana)

    assert [entry["event"] for entry in reviewer.trail()].count("opened") == 1


def test_a_link_from_a_message_takes_no_lease(reviewer: Reviewer, path: str) -> None:
    before = reviewer.everything()

    for action in ("open", "skip", "reopen"):
        assert reviewer.post(path, {}, action).status == 401
    assert reviewer.everything() == before


def test_a_picture_that_somebody_has_open_says_so(reviewer: Reviewer, ana: str, bo: str) -> None:
    reviewer.queue_up(*NAMES)
    reviewer.post(address("1.jpg"), {}, "open", cookie=ana)

    assert "Ana Ruiz" in reviewer.get(address("1.jpg"), cookie=bo).text
    assert "Ana Ruiz" in reviewer.get("/", cookie=bo).text
    assert "Ana Ruiz" not in reviewer.get(address("2.jpg"), cookie=bo).text
    answer = reviewer.post(
        address("1.jpg"), {}, "open", cookie=bo, headers={"accept": "application/json"}
    )
    assert answer.json == {"mine": False, "reviewer": "Ana Ruiz", "open": True}
    assert reviewer.record("1.jpg")["lease"]["reviewer"] == "Ana Ruiz"


def test_the_next_picture_is_one_that_nobody_has_open(
    reviewer: Reviewer, ana: str, bo: str
) -> None:
    reviewer.queue_up(*NAMES)
    reviewer.post(address("1.jpg"), {}, "open", cookie=ana)

    answer = reviewer.post(address("0.jpg"), {"decision": "approve"}, cookie=bo)

    assert image_at(reviewer, target("/reviews/x/decision", answer), bo) == "2.jpg"


def test_a_picture_is_taken_over_with_one_press(reviewer: Reviewer, ana: str, bo: str) -> None:
    reviewer.queue_up(*NAMES)
    reviewer.post(address("1.jpg"), {}, "open", cookie=ana)

    reviewer.post(address("1.jpg"), {"take_over": "1"}, "open", cookie=bo)

    assert reviewer.record("1.jpg")["lease"]["reviewer"] == "Bo Lee"
    assert [entry["by"] for entry in reviewer.trail("1.jpg") if "by" in entry] == [
        "Ana Ruiz",
        "Bo Lee",
    ]
    answer = reviewer.post(
        address("1.jpg"), {}, "open", cookie=ana, headers={"accept": "application/json"}
    )
    assert answer.json == {"mine": False, "reviewer": "Bo Lee", "open": True}


def test_a_lease_ends_by_itself(
    reviewer: Reviewer, ana: str, bo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    reviewer.queue_up(*NAMES)
    reviewer.post(address("1.jpg"), {}, "open", cookie=ana)
    later = datetime.now(UTC) + timedelta(seconds=review.leases.LEASE_SECONDS + 1)
    for module in ("visits", "queue_routes"):
        monkeypatch.setattr(f"review.{module}.now", lambda: later)

    assert "has it open" not in reviewer.get("/", cookie=bo).text
    reviewer.post(address("1.jpg"), {}, "open", cookie=bo)
    assert reviewer.record("1.jpg")["lease"]["reviewer"] == "Bo Lee"


def test_nobody_gives_back_what_somebody_else_has(reviewer: Reviewer, ana: str, bo: str) -> None:
    reviewer.queue_up(*NAMES)
    reviewer.post(address("1.jpg"), {}, "open", cookie=ana)

    reviewer.post(address("1.jpg"), {}, "skip", cookie=bo)

    assert reviewer.record("1.jpg")["lease"]["reviewer"] == "Ana Ruiz"


def test_what_is_decided_cannot_be_opened(reviewer: Reviewer, path: str, ana: str, bo: str) -> None:
    reviewer.post(address(IMAGE), APPROVE, cookie=ana)
    before = reviewer.everything()

    answer = reviewer.post(
        address(IMAGE), {}, "open", cookie=bo, headers={"accept": "application/json"}
    )

    assert answer.json == {"mine": False, "reviewer": None, "open": False}
    assert reviewer.everything() == before


# ── Afterwards ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "status", [statuses.PUBLISHED, statuses.REJECTED, statuses.EXPIRED, statuses.FAILED]
)
def test_a_decided_picture_can_be_reopened(
    reviewer: Reviewer, path: str, ana: str, status: str
) -> None:
    reviewer.change(status=status)
    assert "Reopen" in reviewer.get(address(IMAGE), cookie=ana).text

    answer = reviewer.post(address(IMAGE), {"reason": " a \n mistake"}, "reopen", cookie=ana)

    assert answer.status == 303
    assert target(f"{address(IMAGE)}/reopen", answer) == f"{address(IMAGE)}?reopened=1"
    shown = reviewer.get(f"{address(IMAGE)}?reopened=1", cookie=ana)
    assert "It is being reopened" in shown.text and b"/reopen" not in shown.body
    before = reviewer.get(address(IMAGE), cookie=ana).body
    assert (b"/preview" in before) is (status in (statuses.PUBLISHED, statuses.REJECTED))
    assert b"/preview" not in shown.body, "its files are being withdrawn"
    (started,) = reviewer.executions.started
    at = started.pop("at")
    assert datetime.now(UTC) - datetime.fromisoformat(at) < timedelta(minutes=1)
    assert started == {
        "action": "reopen",
        "image": IMAGE,
        "version": VERSION,
        "execution": EXECUTION,
        "by": "Ana Ruiz",
        "reason": "a mistake",
    }


@pytest.mark.parametrize("status", [statuses.RETRACTED, statuses.INVALID, statuses.PROCESSING])
def test_what_cannot_be_reopened_is_left_alone(
    reviewer: Reviewer, path: str, ana: str, status: str
) -> None:
    reviewer.change(status=status)

    assert "Reopen" not in reviewer.get(address(IMAGE), cookie=ana).text
    reviewer.post(address(IMAGE), {}, "reopen", cookie=ana)
    assert reviewer.executions.started == []


def test_an_old_page_does_not_decide_in_a_later_review(
    reviewer: Reviewer, path: str, ana: str
) -> None:
    old = address(IMAGE)
    reviewer.post(old, {"decision": "reject"}, cookie=ana)
    reviewer.claim("the next run")
    reviewer.request(execution="the next run", days=8)
    before = reviewer.everything()

    answer = reviewer.post(old, {"decision": "approve"}, cookie=ana)
    again = reviewer.get(f"{old}?rule=keyword", cookie=ana)

    assert (answer.status, "It was reopened meanwhile" in answer.text) == (409, True)
    assert target(old, again) == f"{address(IMAGE)}?rule=keyword", "the address of this review"
    assert reviewer.everything() == before
    page = target(old, again).partition("?")[0]
    assert reviewer.post(page, {"decision": "approve"}, cookie=ana).status == 303


def test_a_picture_that_another_run_has_taken_over_stops_nobody(
    reviewer: Reviewer, ana: str
) -> None:
    reviewer.queue_up(*NAMES)
    page = address("2.jpg")
    reviewer.claim("the next run", image="2.jpg")

    answer = reviewer.post(page, {}, "skip", cookie=ana)

    assert image_at(reviewer, target(f"{page}/skip", answer), ana) == "0.jpg"
    assert reviewer.get(f"/?after={page.split('/')[-1]}", cookie=ana).status == 200


def test_a_removed_reviewers_browser_can_use_a_message_again(
    reviewer: Reviewer, path: str, ana: str
) -> None:
    reviewer.remove("Ana Ruiz")

    (cookie,) = reviewer.get(path, cookie=ana).cookies

    assert cookie.startswith(f"{COOKIE}=;") and "Max-Age=0" in cookie


def test_who_is_not_signed_in_cannot_reopen(reviewer: Reviewer, path: str) -> None:
    reviewer.change(status=statuses.PUBLISHED)

    assert "Reopen" not in reviewer.get(path).text
    assert reviewer.post(path, {}, "reopen").status == 401
    assert reviewer.executions.started == []


def test_a_signed_in_reviewer_sees_a_decided_picture_long_after_its_link(
    reviewer: Reviewer, ana: str
) -> None:
    reviewer.request(days=-1)
    reviewer.change(status=statuses.EXPIRED)
    page = f"/reviews/{sign(review.clients.link_keys(), IMAGE, VERSION, 1, QUEUE)}"

    answer = reviewer.get(page, cookie=ana)

    assert answer.status == 200
    assert "Reopen" in answer.text


def test_an_address_that_forms_go_to_leads_back_to_the_page(
    reviewer: Reviewer, path: str, ana: str
) -> None:
    for action in ("decision", "open", "skip", "reopen"):
        answer = reviewer.get(f"{path}/{action}")
        assert (answer.status, target(f"{path}/{action}", answer)) == (303, path)
    assert reviewer.get(f"{path}/anything").status == 404
    assert target("/sign-out", reviewer.get("/sign-out", cookie=ana)) == "/"


def test_a_problem_leads_a_signed_in_reviewer_back_to_the_queue(
    reviewer: Reviewer, path: str, ana: str
) -> None:
    reviewer.claim(version="f" * 16)

    html = reviewer.post(address(IMAGE), APPROVE, cookie=ana).body.decode()

    (queue,) = re.findall(r'href="([^"]+)" data-key="Q"', html)
    assert urljoin(f"{address(IMAGE)}/decision", queue) == "/"
    assert b'data-key="Q"' not in reviewer.post(path, APPROVE).body


def test_a_page_of_what_was_not_accepted_says_why(reviewer: Reviewer, ana: str) -> None:
    reason = {"code": "truncated", "detail": "it is cut off"}
    reviewer.change(status=statuses.INVALID, reason=reason)

    text = reviewer.get(address(IMAGE), cookie=ana).text

    assert "it is cut off" in text
    assert "No rule is on record" not in text and "0 \N{MULTIPLICATION SIGN} 0" not in text


def test_a_picture_that_was_reopened_shows_what_happened_before(
    reviewer: Reviewer, path: str, ana: str
) -> None:
    form = {"decision": "reject", "reason": "Copyright", "note": "see the mail"}
    reviewer.post(address(IMAGE), form, cookie=ana)
    reviewer.claim("the next run")
    reviewer.request(execution="the next run", days=8)

    text = reviewer.get(address(IMAGE), cookie=ana).text

    assert "Rejected by Ana Ruiz : Copyright see the mail" in text


def test_a_decided_page_tells_the_story(reviewer: Reviewer, path: str, ana: str) -> None:
    reviewer.post(address(IMAGE), {}, "open", cookie=ana)
    reviewer.post(address(IMAGE), {"decision": "reject", "reason": "Copyright"}, cookie=ana)

    text = reviewer.get(address(IMAGE), cookie=ana).text

    assert text.index("Review requested") < text.index("Opened by Ana Ruiz")
    assert "Ana Ruiz rejected this picture" in text and "Copyright" in text


def test_the_reasons_of_the_page_are_for_a_rejection(
    reviewer: Reviewer, path: str, ana: str
) -> None:
    form = {"decision": "approve", "reason": "Copyright"}
    reviewer.post(address(IMAGE), form, cookie=ana)

    assert "reason" not in reviewer.record()["review"]


def test_a_page_follows_what_is_still_under_way(reviewer: Reviewer, path: str) -> None:
    reviewer.post(path, APPROVE)
    assert b'data-follow="IN_REVIEW"' in reviewer.get(path).body
    assert b"data-follow" not in reviewer.post(path, {"decision": "reject", "reviewer": "Bo"}).body

    reviewer.change(status=statuses.PUBLISHED)
    assert b"data-follow" not in reviewer.get(path).body


def test_a_rejected_picture_is_shown_as_it_was_kept(
    reviewer: Reviewer, path: str, ana: str
) -> None:
    reviewer.change(status=statuses.REJECTED)
    key = rejected_preview_key(IMAGE, VERSION)
    assert reviewer.get(f"{address(IMAGE)}/preview", cookie=ana).status == 404

    reviewer.aws.put("WorkBucket", key, b"\xff\xd8small", ContentType="image/jpeg")
    shown = reviewer.get(f"{address(IMAGE)}/preview", cookie=ana)
    assert (shown.status, shown.body) == (200, b"\xff\xd8small")
    assert shown.headers["content-type"] == "image/jpeg"

    reviewer.aws.put("WorkBucket", key, b"<script>", ContentType="text/html")
    assert reviewer.get(f"{address(IMAGE)}/preview", cookie=ana).status == 404


def test_a_published_picture_is_shown_from_where_it_is_published(
    reviewer: Reviewer, path: str, ana: str
) -> None:
    reviewer.change(status=statuses.PUBLISHED)
    assert reviewer.get(f"{address(IMAGE)}/preview", cookie=ana).status == 404

    key = published_key(IMAGE, VERSION, "w320", "jpeg")
    reviewer.aws.put("PublishedBucket", key, b"\xff\xd8public")
    reviewer.aws.put("PublishedBucket", f"{IMAGE}/manifest.json", manifest(VERSION, key))
    shown = reviewer.get(f"{address(IMAGE)}/preview", cookie=ana)
    assert (shown.status, shown.body) == (200, b"\xff\xd8public")

    reviewer.aws.put("PublishedBucket", f"{IMAGE}/manifest.json", manifest("f" * 16, key))
    assert reviewer.get(f"{address(IMAGE)}/preview", cookie=ana).status == 404


def manifest(version: str, key: str) -> bytes:
    files = [{"format": "jpeg", "key": key, "bytes": 8}]
    variant = {"name": "w320", "kind": "rendition", "width": 320, "height": 200, "files": files}
    return json.dumps({"version": version, "variants": [variant]}).encode()


def test_the_preview_of_what_waits_is_a_small_file(reviewer: Reviewer, path: str, ana: str) -> None:
    shown = reviewer.get(f"{address(IMAGE)}/preview", cookie=ana)

    assert (shown.status, shown.body) == (200, b"\xff\xd8JPEG")
    reviewer.aws.s3.delete_object(
        Bucket=reviewer.aws["WorkBucket"], Key=waiting_key(IMAGE, VERSION, "w320", "jpeg")
    )
    assert reviewer.get(f"{address(IMAGE)}/preview", cookie=ana).status == 404


@pytest.mark.parametrize("signed_in", [True, False])
def test_the_rejected_picture_that_it_resembles_is_beside_it(
    reviewer: Reviewer, ana: str, signed_in: bool
) -> None:
    reviewer.queue_up("old.jpg")
    reviewer.post(address("old.jpg"), {"decision": "reject", "reason": "Copyright"}, cookie=ana)
    resembles = {"image": "old.jpg", "version": VERSION}
    reviewer.messages()
    reviewer.queue_up(
        "new.jpg",
        flags=[{"rule": "resembles_rejected", "detail": "3 bits differ", "resembles": resembles}],
    )
    page, cookie = (address("new.jpg"), ana) if signed_in else (reviewer.link(), None)

    answer = reviewer.get(page, cookie=cookie)

    assert "old.jpg" in answer.text and "Copyright" in answer.text
    links = [
        urljoin(page, unescape(link))
        for link in re.findall(r'href="([^"]*reviews/[\w.-]+)"', answer.body.decode())
    ]
    (leading,) = [link for link in links if "old.jpg" in reviewer.get(link, cookie=cookie).text]
    assert "Ana Ruiz rejected this picture" in reviewer.get(leading, cookie=cookie).text


def test_a_rejection_that_was_taken_back_is_told_so(reviewer: Reviewer, ana: str) -> None:
    reviewer.queue_up("old.jpg")
    reviewer.post(address("old.jpg"), {"decision": "approve"}, cookie=ana)
    resembles = {"image": "old.jpg", "version": VERSION}
    reviewer.queue_up("new.jpg", flags=[FLAGS[0] | {"resembles": resembles}])

    text = reviewer.get(address("new.jpg"), cookie=ana).text

    assert "Its rejection was taken back since" in text
    assert "Rejected by" not in text


def test_a_messages_link_leads_to_one_other_picture_and_no_further(
    reviewer: Reviewer, ana: str
) -> None:
    first, second = ({"image": name, "version": VERSION} for name in ("1.jpg", "2.jpg"))
    reviewer.queue_up("1.jpg")
    reviewer.post(address("1.jpg"), {"decision": "reject"}, cookie=ana)
    reviewer.queue_up("2.jpg", flags=[FLAGS[0] | {"resembles": first}])
    reviewer.post(address("2.jpg"), {"decision": "reject"}, cookie=ana)
    reviewer.messages()
    reviewer.queue_up("3.jpg", flags=[FLAGS[0] | {"resembles": second}])
    page = reviewer.link()
    html = reviewer.get(page).body.decode()
    (token,) = set(re.findall(r'href="[^"]*reviews/([\w.-]+)"', html)) - {page.split("/")[-1]}

    beside = reviewer.get(f"/reviews/{token}")

    assert "2.jpg" in beside.text and "1.jpg" not in beside.text


def test_the_link_to_a_resembled_picture_does_not_decide_on_it_when_it_is_open_again(
    reviewer: Reviewer, ana: str
) -> None:
    reviewer.queue_up("old.jpg")
    reviewer.messages()
    resembles = {"image": "old.jpg", "version": VERSION}
    reviewer.queue_up("x.jpg", "new.jpg", flags=[FLAGS[0] | {"resembles": resembles}])
    _, message = reviewer.messages()
    page = reviewer.path_in(message)
    html = reviewer.get(page).body.decode()
    (token,) = set(re.findall(r'href="[^"]*reviews/([\w.-]+)"', html)) - {page.split("/")[-1]}
    before = reviewer.everything()

    assert reviewer.post(f"/reviews/{token}", APPROVE).status == 410
    assert reviewer.everything() == before


# ── Programs ─────────────────────────────────────────────────────────────────────────────────

JSON = {"accept": "application/json"}


def test_a_program_sees_what_a_reviewer_sees(reviewer: Reviewer, path: str) -> None:
    answer = reviewer.get(path, headers=JSON)

    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    shown = answer.json
    assert (shown["image"], shown["status"], shown["flags"]) == (IMAGE, statuses.IN_REVIEW, FLAGS)
    assert reviewer.get(urljoin(path, shown["picture"])).body == b"\xff\xd8JPEG"


def test_a_program_decides_as_a_person_does(reviewer: Reviewer, path: str) -> None:
    answer = reviewer.post_json(path, {"decision": "reject", "reviewer": "bot", "reason": "nudity"})

    assert answer.status == 200
    assert (answer.json["decision"], answer.json["reviewer"]) == ("reject", "bot")
    assert answer.json["reason"] == "nudity"
    assert reviewer.record()["review"]["decision"] == "reject"


def test_a_program_that_comes_second_is_told_who_decided(reviewer: Reviewer, path: str) -> None:
    reviewer.post(path, APPROVE)
    before = reviewer.record()

    answer = reviewer.post_json(path, {"decision": "reject", "reviewer": "bot"})

    assert answer.status == 409
    assert answer.json["error"] == {
        "code": "decided",
        "message": f"Ana Ruiz decided before, at {before['review']['decided_at']}: approve.",
    }
    assert answer.json["review"]["reviewer"] == "Ana Ruiz"
    assert reviewer.record() == before


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"decision": "approve"}, "bad_reviewer"),
        ({"decision": "maybe", "reviewer": "bot"}, "bad_decision"),
        ({"decision": "approve", "reviewer": "bot", "note": "n" * 1001}, "bad_note"),
        ({"decision": True, "reviewer": "bot"}, "unreadable"),
        ([], "unreadable"),
    ],
    ids=str,
)
def test_a_program_is_told_what_is_wrong(
    reviewer: Reviewer, path: str, sent: Any, code: str
) -> None:
    answer = reviewer.post_json(path, sent)

    assert (answer.status, answer.json["error"]["code"]) == (400, code)
    assert "decision" not in reviewer.record()["review"]


def test_a_programs_errors_have_codes(reviewer: Reviewer, path: str) -> None:
    seen = {
        reviewer.post_json("/reviews/forged", APPROVE).json["error"]["code"],
        reviewer.get(address(IMAGE), headers=JSON).json["error"]["code"],
        reviewer.get("/nowhere", headers=JSON).json["error"]["code"],
    }
    reviewer.leave_the_queue()
    seen.add(reviewer.post_json(path, APPROVE).json["error"]["code"])

    assert seen == {"bad_link", "sign_in_needed", "not_found", "over"}


def test_times_are_written_as_step_functions_writes_them() -> None:
    at = datetime(2025, 11, 20, 6, 4, 11, 250_000, UTC)

    assert moments.stamp(at) == stamp(at) == "2025-11-20T06:04:11.250Z"
