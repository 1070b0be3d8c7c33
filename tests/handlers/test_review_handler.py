"""Review: the request that asks a person, and the page on which the person decides."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlencode, urljoin

import pytest
from botocore.exceptions import ClientError

import review.clients
from darkroom import statuses
from darkroom.items import plain_item
from darkroom.keyring import Key, Keyring
from darkroom.keys import waiting_key
from darkroom.links import sign
from review.asking import TakenOver
from review.requests import MAX_ADDRESS, MAX_BODY_BYTES
from review.views import MAX_SHOWN_BYTES
from review.web import HEADERS
from tests.handlers.reviewing import (
    APPROVE,
    DOMAIN,
    EXECUTION,
    FLAGS,
    IMAGE,
    MADE,
    REJECT,
    TASK_TOKEN,
    VARIANTS,
    VERSION,
    Reviewer,
)

# ── The request ──────────────────────────────────────────────────────────────────────────────


def test_a_request_puts_the_record_into_the_review_queue(reviewer: Reviewer) -> None:
    event = reviewer.request()

    record = reviewer.record()
    assert record["status"] == statuses.IN_REVIEW
    assert record["review"] == event["review"]
    assert record["updated_at"] == event["review"]["requested_at"]
    assert record["created_at"] == "2025-11-20T06:04:12.000Z"
    assert (record["flags"], record["recipe"], record["source"]) == (
        FLAGS,
        "default",
        MADE["source"],
    )


def test_the_review_queue_lists_the_request_without_its_task_token(reviewer: Reviewer) -> None:
    reviewer.request()
    reviewer.wait()

    listed = reviewer.aws.dynamodb.query(
        TableName=reviewer.aws["ImagesTable"],
        IndexName="review-queue",
        KeyConditionExpression="review_queue = :waiting",
        ExpressionAttributeValues={":waiting": {"S": "IN_REVIEW"}},
    )["Items"]

    (item,) = map(plain_item, listed)
    assert (item["image"], item["status"]) == (IMAGE, statuses.IN_REVIEW)
    assert "task_token" not in item and "outline" not in item


@pytest.mark.parametrize(
    "url", [f"https://{DOMAIN}/", f"https://{DOMAIN}", "http://localhost:1/_aws/lambda-url/abc/"]
)
def test_a_request_sends_a_link_with_what_and_why(reviewer: Reviewer, url: str) -> None:
    reviewer.request(review_url=url)

    (message,) = reviewer.messages()
    assert re.search(
        rf"^{re.escape(url.rstrip('/'))}/reviews/[\w.-]+$", message["Message"], re.MULTILINE
    )
    assert IMAGE in message["Message"]
    assert FLAGS[0]["detail"] in message["Message"]
    assert reviewer.executions.heard == [], "a request is not a decision"


def test_the_link_in_the_message_opens_the_page(reviewer: Reviewer) -> None:
    reviewer.request()

    answer = reviewer.get(reviewer.link())

    assert answer.status == 200
    assert IMAGE in answer.text
    assert "Near the station" in answer.text


def test_a_request_may_be_repeated(reviewer: Reviewer) -> None:
    event = reviewer.request()
    before = reviewer.record()

    assert reviewer.invoke(event) is None
    assert reviewer.record() == before
    assert len(reviewer.messages()) == 2
    assert [entry["event"] for entry in reviewer.trail()] == ["requested"]


def test_a_repeated_request_keeps_a_decision_that_was_faster(reviewer: Reviewer) -> None:
    event = reviewer.request()
    reviewer.wait()
    reviewer.post(reviewer.link(), APPROVE)
    before = reviewer.record()

    reviewer.invoke(event)

    assert reviewer.record() == before
    assert before["review"]["decision"] == "approve"
    assert "review_queue" not in before


def test_a_message_that_cannot_be_sent_is_an_error_of_the_request(reviewer: Reviewer) -> None:
    reviewer.aws.client("sns").delete_topic(TopicArn=reviewer.aws["ReviewTopic"])

    with pytest.raises(ClientError, match="NotFound"):
        reviewer.invoke(reviewer.event())


def test_a_request_is_on_the_trail(reviewer: Reviewer) -> None:
    event = reviewer.request()

    (entry,) = reviewer.trail()
    assert entry == {
        "image": IMAGE,
        "entry": f"{event['review']['requested_at']}#{VERSION}#requested",
        "version": VERSION,
        "event": "requested",
        "at": event["review"]["requested_at"],
        "execution": EXECUTION,
    }


def test_a_message_tells_programs_what_it_is_and_where_to_decide(reviewer: Reviewer) -> None:
    reviewer.request()

    (message,) = reviewer.messages()
    attributes = {name: one["Value"] for name, one in message["MessageAttributes"].items()}
    assert attributes["kind"] == "request"
    assert attributes["link"] in message["Message"]


# ── The reminder ─────────────────────────────────────────────────────────────────────────────

REMINDER = {
    "action": "remind",
    "image": IMAGE,
    "version": VERSION,
    "execution": EXECUTION,
    "review_url": f"https://{DOMAIN}/",
    "reminded_at": "2025-11-22T06:04:20.000Z",
}


def test_a_reminder_sends_the_same_link_again(reviewer: Reviewer) -> None:
    reviewer.request()
    before = reviewer.record()
    link = reviewer.link()

    reviewer.invoke(REMINDER)

    (message,) = reviewer.messages()
    assert message["Subject"].startswith("Reminder: ")
    assert f"https://{DOMAIN}{link}" in message["Message"].splitlines()
    assert FLAGS[0]["detail"] in message["Message"]
    assert message["MessageAttributes"]["kind"]["Value"] == "reminder"
    assert [entry["event"] for entry in reviewer.trail()] == ["reminded", "requested"]
    assert reviewer.record() == before


def test_nobody_is_reminded_of_what_a_newer_upload_replaced(reviewer: Reviewer, path: str) -> None:
    reviewer.claim(version="f" * 16)

    reviewer.invoke(REMINDER)

    assert reviewer.messages() == []


@pytest.mark.parametrize(
    "changes", [{"status": statuses.REJECTED}, {"execution": "the next run"}], ids=str
)
def test_nobody_is_reminded_of_what_waits_no_longer(
    reviewer: Reviewer, changes: dict[str, str]
) -> None:
    reviewer.request()
    reviewer.messages()
    reviewer.change(**changes)

    reviewer.invoke(REMINDER)

    assert reviewer.messages() == []
    assert [entry["event"] for entry in reviewer.trail()] == ["requested"]


def test_nobody_is_reminded_of_what_is_decided(reviewer: Reviewer, path: str) -> None:
    reviewer.post(path, APPROVE)

    reviewer.invoke(REMINDER)

    assert reviewer.messages() == []


def test_a_request_of_a_run_that_was_taken_over_asks_nobody(reviewer: Reviewer) -> None:
    reviewer.claim("another execution")
    before = reviewer.record()

    with pytest.raises(TakenOver):
        reviewer.invoke(reviewer.event())

    assert reviewer.record() == before
    assert reviewer.messages() == []


# ── Looking ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("{page}", 200),
        ("{page}/files/w320.jpg", 200),
        ("{page}/preview", 200),
        ("{page}/decision", 303),
        ("{page}/open", 303),
        ("{page}/skip", 303),
        ("{page}/reopen", 303),
        ("/assets/review.css", 200),
    ],
)
def test_looking_never_changes_anything(
    reviewer: Reviewer, path: str, method: str, address: str, status: int
) -> None:
    cookie = reviewer.sign_in("Ana Ruiz")
    before = reviewer.everything()

    for who in (None, cookie):
        answer = reviewer.visit(
            method, address.format(page=path), query=urlencode(APPROVE), cookie=who
        )
        assert answer.status == status
    assert reviewer.everything() == before


def test_every_link_of_the_page_leads_somewhere(reviewer: Reviewer, path: str) -> None:
    html = reviewer.get(path).body.decode()

    links = {unescape(link) for link in re.findall(r'\b(?:href|src)="([^"]+)"', html)}
    assert len(links) >= 3
    for link in links:
        assert reviewer.get(urljoin(path, link)).status == 200, link
    (action,) = re.findall(r'<form[^>]* action="([^"]+)"', html)
    assert urljoin(path, unescape(action)) == f"{path}/decision"


def test_a_file_comes_as_it_waits(reviewer: Reviewer, path: str) -> None:
    jpeg = reviewer.get(f"{path}/files/w320.jpg")
    avif = reviewer.get(f"{path}/files/w320.avif")

    assert (jpeg.status, jpeg.body) == (200, b"\xff\xd8JPEG")
    assert jpeg.headers["content-type"] == "image/jpeg"
    assert (avif.body, avif.headers["content-type"]) == (b"AVIF.", "image/avif")


@pytest.mark.parametrize(
    "name",
    [
        "w320.png",
        "w320.webp",
        "w640.jpg",
        "w320",
        ".jpg",
        "w320.jpg.jpg",
        "..%2Fw320.jpg",
        "%2e%2e/w320.jpg",
        "moderation.jpg",
    ],
)
def test_only_the_listed_files_are_given(reviewer: Reviewer, path: str, name: str) -> None:
    for variant, format in (("w320", "png"), ("w320", "webp"), ("w640", "jpeg")):
        reviewer.aws.put("WorkBucket", waiting_key(IMAGE, VERSION, variant, format), b"secret")

    answer = reviewer.get(f"{path}/files/{name}")

    assert answer.status == 404
    assert b"secret" not in answer.body


def test_a_listed_file_that_is_gone_is_not_found(reviewer: Reviewer, path: str) -> None:
    reviewer.aws.s3.delete_object(
        Bucket=reviewer.aws["WorkBucket"], Key=waiting_key(IMAGE, VERSION, "w320", "jpeg")
    )

    assert reviewer.get(f"{path}/files/w320.jpg").status == 404


def test_a_file_that_no_answer_can_carry_is_not_given(reviewer: Reviewer) -> None:
    large = VARIANTS[0] | {"files": [{"format": "jpeg", "bytes": MAX_SHOWN_BYTES + 1}]}
    reviewer.request(made=MADE | {"variants": [large]})
    reviewer.aws.put("WorkBucket", waiting_key(IMAGE, VERSION, "w320", "jpeg"), b"large")

    assert reviewer.get(f"{reviewer.link()}/files/w320.jpg").status == 404


@pytest.mark.parametrize("code", ["404", "NoSuchKey", "403", "AccessDenied"])
def test_what_s3_does_not_give_is_not_found(
    reviewer: Reviewer,
    path: str,
    monkeypatch: pytest.MonkeyPatch,
    refusing: Callable[[str], ClientError],
    code: str,
) -> None:
    """S3 says 403 of what is not there to whoever may not list the bucket."""

    def get_object(**_: Any) -> None:
        raise refusing(code)

    monkeypatch.setattr(review.clients.pictures()._client, "get_object", get_object)

    assert reviewer.get(f"{path}/files/w320.jpg").status == 404
    assert reviewer.get(f"{path}/preview").status == 404


def test_after_the_end_the_files_are_no_longer_given(reviewer: Reviewer, path: str) -> None:
    reviewer.change(status=statuses.REJECTED)

    assert reviewer.get(f"{path}/files/w320.jpg").status == 404


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (statuses.PUBLISHED, "Published"),
        (statuses.REJECTED, "Rejected"),
        (statuses.EXPIRED, "Nobody decided in time"),
        (statuses.FAILED, "Something broke"),
    ],
)
def test_after_the_end_the_page_says_what_became_of_it(
    reviewer: Reviewer, path: str, status: str, said: str
) -> None:
    reviewer.change(status=status)

    answer = reviewer.get(path)

    assert answer.status == 200
    assert said in answer.text
    assert b'name="decision"' not in answer.body


def test_a_page_without_a_record_is_not_found(reviewer: Reviewer) -> None:
    keys = review.clients.link_keys()

    assert reviewer.get(f"/reviews/{sign(keys, 'other.jpg', VERSION, 2**33)}").status == 404


# ── Deciding ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("form", [APPROVE, REJECT], ids=["approve", "reject"])
@pytest.mark.parametrize("base64_encoded", [True, False])
def test_a_decision_is_recorded_and_handed_in(
    reviewer: Reviewer, path: str, form: dict[str, str], base64_encoded: bool
) -> None:
    requested = reviewer.record()["review"]

    answer = reviewer.post(path, form, base64_encoded=base64_encoded)

    assert answer.status == 303
    assert urljoin(f"{path}/decision", answer.headers["location"]) == path
    record = reviewer.record()
    decided_at = record["review"]["decided_at"]
    assert datetime.fromisoformat(decided_at).tzinfo is UTC
    recorded = {**form, "via": "link", "decided_at": decided_at}
    assert record["review"] == {**requested, **recorded}
    assert record["updated_at"] == decided_at
    assert record["status"] == statuses.IN_REVIEW, "the pipeline ends it, not the page"
    assert reviewer.executions.heard == [recorded]
    (_, entry) = sorted(reviewer.trail(), key=lambda entry: str(entry["at"]))
    assert (entry["event"], entry["by"], entry["at"]) == ("decided", form["reviewer"], decided_at)
    assert "review_queue" not in record and "review_requested_at" not in record


def test_the_page_then_says_who_decided_what(reviewer: Reviewer, path: str) -> None:
    reviewer.post(path, APPROVE)

    answer = reviewer.get(path)

    assert answer.status == 200
    assert "Ana Ruiz approved this picture" in answer.text
    assert "Only the word." in answer.text
    assert b'name="decision"' not in answer.body


def test_the_first_decision_wins_and_is_handed_in_again(reviewer: Reviewer, path: str) -> None:
    reviewer.post(path, APPROVE)
    before = reviewer.record()

    answer = reviewer.post(path, REJECT)

    assert answer.status == 409
    assert "what you decided does not count" in answer.text
    assert "Ana Ruiz approved this picture" in answer.text
    assert "Bo Lee" not in answer.text
    assert reviewer.record() == before
    first, again = reviewer.executions.heard
    assert again == first


@pytest.mark.parametrize("trouble", ["ThrottlingException", "InternalFailure"])
def test_a_second_press_mends_a_decision_that_was_not_handed_in(
    reviewer: Reviewer, path: str, trouble: str
) -> None:
    reviewer.executions.trouble = [trouble]

    assert reviewer.post(path, APPROVE).status == 500
    assert reviewer.executions.waiting == {TASK_TOKEN}
    assert reviewer.post(path, REJECT).status == 409

    assert reviewer.executions.waiting == set()
    assert [said["decision"] for said in reviewer.executions.heard] == ["approve", "approve"]


def test_a_decision_after_the_end_is_told_what_became_of_it(reviewer: Reviewer, path: str) -> None:
    reviewer.change(status=statuses.EXPIRED)

    answer = reviewer.post(path, APPROVE)

    assert answer.status == 410
    assert "Nobody decided in time" in answer.text
    assert "decision" not in reviewer.record()["review"]
    assert reviewer.executions.heard == []


@pytest.mark.parametrize("code", ["TaskTimedOut", "InvalidToken", "TaskDoesNotExist"])
def test_a_decision_on_a_closed_token_counts_since_the_execution_reads_the_record(
    reviewer: Reviewer, path: str, code: str
) -> None:
    reviewer.executions.waiting.clear()
    reviewer.executions.closed_code = code

    assert reviewer.post(path, APPROVE).status == 303
    assert reviewer.record()["review"]["decision"] == "approve"


def test_a_decision_before_the_pipeline_waits_counts_all_the_same(reviewer: Reviewer) -> None:
    reviewer.request()
    path = reviewer.link()

    assert reviewer.post(path, APPROVE).status == 303
    assert reviewer.executions.heard == []
    assert reviewer.record()["review"]["decision"] == "approve"


def test_a_decision_in_the_moment_of_expiry_is_told_that_it_came_too_late(
    reviewer: Reviewer, path: str
) -> None:
    reviewer.leave_the_queue()
    before = reviewer.everything()

    answer = reviewer.post(path, APPROVE)

    assert answer.status == 410
    assert "The time is over" in answer.text
    assert reviewer.everything() == before


def test_a_decision_after_a_new_upload_is_void(reviewer: Reviewer, path: str) -> None:
    reviewer.claim(version="f" * 16)
    before = reviewer.everything()

    for answer in (reviewer.get(path), reviewer.post(path, APPROVE)):
        assert answer.status == 409
        assert "A newer picture has taken its place" in answer.text
    assert reviewer.everything() == before


def test_the_link_of_an_earlier_review_decides_nothing_in_the_next(
    reviewer: Reviewer, path: str
) -> None:
    reviewer.post(path, REJECT)
    reviewer.change(status=statuses.REJECTED)
    reviewer.claim("the next run")
    reviewer.request(execution="the next run", days=8)
    before = reviewer.everything()

    for answer in (
        reviewer.get(path),
        reviewer.post(path, APPROVE),
        reviewer.post_json(path, APPROVE),
    ):
        assert answer.status == 410
    assert reviewer.get(f"{path}/files/w320.jpg").status == 404
    assert reviewer.everything() == before


def test_the_same_decision_twice_is_one(reviewer: Reviewer, path: str) -> None:
    first = reviewer.post(path, APPROVE)
    before = reviewer.record()
    again = reviewer.post(path, APPROVE)

    assert (first.status, again.status) == (303, 303)
    assert reviewer.record() == before


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"decision": "approve"}, "give your name"),
        ({"decision": "approve", "reviewer": " \t "}, "give your name"),
        ({"decision": "approve", "reviewer": "n" * 101}, "at most 100 characters"),
        ({"decision": "approve", "reviewer": "Ana", "note": "n" * 1001}, "1000 characters"),
        ({"decision": "reject", "reviewer": "Ana", "reason": "r" * 201}, "200 characters"),
        ({"decision": "Approve", "reviewer": "Ana"}, "Expected approve or reject"),
        ({"decision": "yes", "reviewer": "Ana"}, "Expected approve or reject"),
        ({"reviewer": "Ana"}, "Expected approve or reject"),
        ({}, "Expected approve or reject"),
    ],
)
def test_a_form_that_is_no_decision_decides_nothing(
    reviewer: Reviewer, path: str, form: dict[str, str], said: str
) -> None:
    answer = reviewer.post(path, form)

    assert answer.status == 400
    assert said in answer.text
    assert "decision" not in reviewer.record()["review"]
    assert reviewer.executions.heard == []


def test_a_refused_form_keeps_what_was_typed_and_can_be_sent_again(
    reviewer: Reviewer, path: str
) -> None:
    answer = reviewer.post(
        path, {"decision": "reject", "note": "Two <b>faces</b>", "reason": "Copyright"}
    )

    html = answer.body.decode()
    assert "Two &lt;b&gt;faces&lt;/b&gt;</textarea>" in html
    (action,) = re.findall(r'<form[^>]* action="([^"]+)"', html)
    assert urljoin(f"{path}/decision", unescape(action)) == f"{path}/decision"
    assert re.search(r'<input[^>]*value="Copyright"[^>]*\bchecked', html)
    for link in re.findall(r'\b(?:href|src)="([^"#]+)"', html):
        assert reviewer.get(urljoin(f"{path}/decision", unescape(link))).status == 200, link


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe\x00decision",
        b"&".join(b"field%d=x" % number for number in range(30)),
    ],
    ids=["no text", "too many fields"],
)
def test_what_is_no_form_decides_nothing(reviewer: Reviewer, path: str, body: bytes) -> None:
    answer = reviewer.visit("POST", f"{path}/decision", body)

    assert answer.status == 400
    assert reviewer.executions.heard == []


def test_a_body_beyond_the_limit_is_not_read(reviewer: Reviewer, path: str) -> None:
    start = urlencode(APPROVE).encode() + b"&more="
    largest = start + b"x" * (MAX_BODY_BYTES - len(start))

    answer = reviewer.visit("POST", f"{path}/decision", largest + b"x")

    assert answer.status == 413
    assert reviewer.executions.heard == []
    assert reviewer.visit("POST", f"{path}/decision", largest).status == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.example"},
        {"origin": "null"},
    ],
    ids=str,
)
def test_a_form_from_another_site_decides_nothing(
    reviewer: Reviewer, path: str, headers: dict[str, str]
) -> None:
    answer = reviewer.post(path, APPROVE, headers=headers)

    assert answer.status == 403
    assert "decision" not in reviewer.record()["review"]
    assert reviewer.executions.heard == []


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "same-origin", "origin": "null"},
        {"sec-fetch-site": "none"},
        {"origin": f"https://{DOMAIN}"},
    ],
    ids=str,
)
def test_a_form_of_our_own_page_decides(
    reviewer: Reviewer, path: str, headers: dict[str, str]
) -> None:
    assert reviewer.post(path, APPROVE, headers=headers).status == 303


def test_a_session_without_a_browser_decides_nothing(reviewer: Reviewer, path: str) -> None:
    cookie = reviewer.sign_in("Ana Ruiz")
    before = reviewer.everything()

    for action in ("decision", "open", "skip", "reopen"):
        answer = reviewer.post(path, APPROVE, action, cookie=cookie, browser=False)
        assert answer.status == 403
    assert reviewer.everything() == before


@pytest.mark.parametrize("type", ["text/plain", "multipart/form-data; boundary=x", ""])
def test_a_body_that_no_form_of_ours_sends_decides_nothing(
    reviewer: Reviewer, path: str, type: str
) -> None:
    answer = reviewer.post(path, APPROVE, headers={"content-type": type})

    assert (answer.status, "Content-Type" in answer.text) == (400, True)
    assert reviewer.executions.heard == []


def test_what_a_form_calls_its_rule_goes_into_no_address(reviewer: Reviewer, path: str) -> None:
    cookie = reviewer.sign_in("Ana Ruiz")

    for action, sent in (("open", {}), ("skip", {}), ("decision", APPROVE)):
        for rule, kept in (
            ("r" * 10_000, False),
            ("//evil.example\r\nX: 1", False),
            ("keyword", True),
        ):
            answer = reviewer.post(path, sent | {"rule": rule}, action, cookie=cookie)
            assert answer.status == 303
            assert ("rule=keyword" in answer.headers["location"]) is kept
            assert "evil" not in answer.headers["location"]


# ── Links that do not work, and everything else ──────────────────────────────────────────────


def test_a_forged_link_opens_and_decides_nothing(reviewer: Reviewer, path: str) -> None:
    others = Keyring((Key("another secret"),))
    forged = f"/reviews/{sign(others, IMAGE, VERSION, 2**33)}"

    for answer in (
        reviewer.get(forged),
        reviewer.get(f"{forged}/files/w320.jpg"),
        reviewer.post(forged, APPROVE),
        reviewer.get(path[:-1] + ("A" if path[-1] != "A" else "B")),
    ):
        assert answer.status == 403
        assert IMAGE not in answer.text
    assert reviewer.executions.heard == []


def test_an_expired_link_opens_and_decides_nothing(reviewer: Reviewer) -> None:
    reviewer.request(days=-1)
    path = reviewer.link()

    assert reviewer.get(f"{path}/files/w320.jpg").status == 404
    for answer in (reviewer.get(path), reviewer.post(path, APPROVE)):
        assert answer.status == 410
        assert "The time is over" in answer.text
        assert b'name="decision"' not in answer.body
    assert reviewer.executions.heard == []


def test_an_expired_link_still_tells_what_became_of_it(reviewer: Reviewer) -> None:
    reviewer.request(days=-1)
    path = reviewer.link()
    reviewer.change(status=statuses.PUBLISHED)

    answer = reviewer.get(path)

    assert answer.status == 410
    assert "It is published." in answer.text
    assert "Near the station" not in answer.text and "What happened" not in answer.text
    assert b"/preview" not in answer.body


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/favicon.ico"),
        ("GET", "/reviews"),
        ("GET", "/reviews/"),
        ("POST", "/reviews/x"),
        ("DELETE", "/reviews/x"),
        ("GET", "/assets/"),
        ("GET", "/assets/waiting.html.j2"),
        ("GET", "/assets/..%2fpages.py"),
        ("GET", "/reviews/x/files/"),
        ("GET", "/reviews/x/files/a/b"),
    ],
)
def test_an_unknown_address_is_not_found(reviewer: Reviewer, method: str, path: str) -> None:
    answer = reviewer.visit(method, path)

    assert answer.status == 404
    assert "Nothing here" in answer.text
    (sheet,) = re.findall(r'href="([^"]+\.css)"', answer.body.decode())
    assert urljoin(path, sheet) == "/assets/review.css"


@pytest.mark.parametrize(
    "token",
    ["a b", "a%0d%0aSet-Cookie:x=1", "<b>", "ü", "a,b", "https:", "@evil.example", "a|b", "a;b"],
)
def test_what_is_no_token_goes_into_no_header(reviewer: Reviewer, token: str) -> None:
    answer = reviewer.get(f"/reviews/{token}/decision")

    assert answer.status == 403
    assert "location" not in answer.headers


@pytest.mark.parametrize("query", ["", f"utm={'x' * MAX_ADDRESS}"], ids=["path", "query"])
def test_an_address_longer_than_any_of_ours_is_not_looked_at(
    reviewer: Reviewer, path: str, query: str
) -> None:
    long = path if query else f"{path}{'/' * MAX_ADDRESS}"

    for method in ("GET", "POST"):
        answer = reviewer.visit(method, long, query=query)
        assert answer.status == 414
        assert len(answer.body) < 50_000
        assert "no-store" in answer.headers["cache-control"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "GET\r\nX: 1"])
def test_other_methods_find_nothing(reviewer: Reviewer, path: str, method: str) -> None:
    before = reviewer.everything()
    override = {
        "x-http-method-override": "POST",
        "x-http-method": "POST",
        "x-method-override": "POST",
    }

    body = urlencode(APPROVE).encode()
    assert reviewer.visit(method, f"{path}/decision", body, override).status == 404
    asked = reviewer.visit(
        "GET", f"{path}/decision", body, override, query=f"_method=POST&{body.decode()}"
    )
    assert asked.status == 303
    assert reviewer.everything() == before


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("review.css", "text/css"),
        ("review.js", "text/javascript"),
        ("icon.svg", "image/svg+xml"),
    ],
)
def test_the_pages_assets_are_given(reviewer: Reviewer, name: str, kind: str) -> None:
    answer = reviewer.get(f"/assets/{name}")

    assert answer.status == 200
    assert answer.headers["content-type"].startswith(kind)
    assert answer.body


def test_an_error_of_ours_is_told_without_its_text(
    reviewer: Reviewer, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Any:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr(review.clients, "records", fail)

    for answer in (reviewer.get(path), reviewer.post(path, APPROVE)):
        assert answer.status == 500
        assert "Something broke on our side" in answer.text
        assert b"swordfish" not in answer.body and b"Traceback" not in answer.body


def test_even_where_no_page_can_be_made_no_trace_is_told(
    reviewer: Reviewer, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the password is swordfish")

    monkeypatch.setattr("review.pages.problem_page", fail)

    answer = reviewer.get("/nowhere")

    assert (answer.status, answer.body) == (500, b"Something broke on our side.\n")
    assert {name: answer.headers.get(name.lower()) for name in HEADERS} == HEADERS


def test_every_answer_keeps_the_browser_on_a_short_leash(
    reviewer: Reviewer, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expired = f"/reviews/{sign(review.clients.link_keys(), IMAGE, VERSION, 1)}"
    answers = [
        reviewer.get(path),
        reviewer.visit("HEAD", path),
        reviewer.get(f"{path}/files/w320.jpg"),
        reviewer.get("/assets/review.css"),
        reviewer.get("/nowhere"),
        reviewer.get(f"{path}/preview"),
        reviewer.get(f"{path}/decision"),
        reviewer.visit("HEAD", f"{path}/files/w320.jpg"),
        reviewer.visit("OPTIONS", path),
        reviewer.visit("DELETE", path),
        reviewer.get(f"/{'x' * MAX_ADDRESS}"),
        reviewer.post(path, APPROVE, headers={"content-type": "text/plain"}),
        reviewer.get("/reviews/forged"),
        reviewer.get(expired),
        reviewer.post(path, {}),
        reviewer.post(path, {"decision": "approve"}),
        reviewer.post(path, {"note": "n" * MAX_BODY_BYTES}),
        reviewer.post(path, APPROVE, headers={"sec-fetch-site": "cross-site"}),
        reviewer.visit("POST", f"{path}/decision", b"\xff"),
        reviewer.post(path, APPROVE),
        reviewer.post(path, REJECT),
        reviewer.post_json(path, REJECT),
        reviewer.get("/"),
        reviewer.get("/", cookie=reviewer.sign_in("Ana Ruiz")),
        reviewer.get(reviewer.add("Bo Lee")),
    ]
    monkeypatch.setattr(review.clients, "records", lambda: None)
    answers.append(reviewer.get(path))

    assert {answer.status for answer in answers} == {
        *(200, 303, 400, 401, 403, 404, 409, 410, 413, 414, 500)
    }
    for answer in answers:
        headers, policy = answer.headers, answer.headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "frame-ancestors 'none'" in policy and "form-action 'self'" in policy
        assert "script-src 'self'" in policy and "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cross-origin-resource-policy"] == "same-origin"
        assert headers["cross-origin-opener-policy"] == "same-origin"
        assert headers["strict-transport-security"].startswith("max-age=63072000")
        shared = headers.get("content-type", "").startswith("text/css")
        assert headers["cache-control"] == ("public, max-age=3600" if shared else "no-store")
        assert "set-cookie" not in headers and answer.cookies == []


def test_no_page_shows_the_task_token_or_the_secret(reviewer: Reviewer, path: str) -> None:
    pages = [reviewer.get(path), reviewer.post(path, {"decision": "approve"})]
    pages += [reviewer.post(path, APPROVE), reviewer.post(path, REJECT), reviewer.get(path)]

    for answer in pages:
        shown = answer.body.decode() + json.dumps(answer.headers)
        assert TASK_TOKEN not in shown
        assert review.clients.link_keys().signing().text not in shown
