"""Forged, replayed, raced, expired and scanned requests: no decision, plain pages, no traces."""

from __future__ import annotations

import base64
import http.client
import json
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlencode, urlsplit

import pytest

from cli import records, reviewers
from cli.reviews import review_link
from darkroom import statuses
from darkroom.keyring import Key, Keyring
from darkroom.links import LOOK, QUEUE, sign
from darkroom.moments import epoch, now, stamp
from darkroom.reviewers import SignIn
from review.requests import MAX_ADDRESS, MAX_BODY_BYTES
from review.sessions import COOKIE, session_value
from review.web import HEADERS
from tests.conftest import Darkroom, wait_for
from tests.engine.test_review import post
from tests.inventory import at_rest, everything
from tests.leaks import leaked
from tests.pictures import jpeg

pytestmark = pytest.mark.engine

SIZE = (120, 80)
WAITS, OTHER, DECIDED, REPLACED = (
    f"forged/forbidden {name}.jpg" for name in ("waits", "other", "decided", "replaced")
)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
BROWSER = {"Sec-Fetch-Site": "same-origin"}
APPROVE = {"decision": "approve", "reviewer": "Eve Forger"}
REJECT = {"decision": "reject", "reviewer": "Eve Forger"}
APPROVAL = urlencode(APPROVE)

# What only we should see: how it is made, what it is called inside, where it lies.
TRACES = re.compile(
    r"Traceback|File \"|\.py\b|\b[A-Z]\w+(?:Error|Exception)\b|arn:aws|/(?:work|tmp)/"
)


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Forgery:
    """A request that nobody honest sends, and the status it gets. `path` is below the base."""

    name: str
    expected: int
    path: str
    method: str = "POST"
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = APPROVAL.encode()


@dataclass(frozen=True)
class Scene:
    """Tokens of three pictures and three sessions; `secrets` must show nowhere."""

    desk: Darkroom
    keys: Keyring
    base: str
    waiting: dict[str, Any]
    other: str
    decided: str
    replaced: str
    session: str
    ended: str
    sign_in: str
    removed: str
    secrets: frozenset[str]

    @property
    def token(self) -> str:
        return token_of(self.desk, self.waiting)

    def signed(self, expires_at: int, purpose: str = "darkroom.review") -> str:
        return sign(self.keys, self.waiting["image"], self.waiting["version"], expires_at, purpose)

    @property
    def deadline(self) -> int:
        return epoch(self.waiting["review"]["deadline_at"])


def token_of(desk: Darkroom, record: dict[str, Any]) -> str:
    return review_link(desk.stack, record).rpartition("/")[2]


@pytest.fixture(scope="module")
def scene(desk: Darkroom) -> Iterator[Scene]:
    """Two pictures wait, one is rejected, one was replaced while it waited."""
    for image in (WAITS, OTHER, DECIDED, REPLACED):
        desk.upload(image, jpeg(image, SIZE))
    waiting, other, decided, replaced = (
        desk.wait(image, statuses.IN_REVIEW) for image in (WAITS, OTHER, DECIDED, REPLACED)
    )
    post(f"{review_link(desk.stack, decided)}/decision", decision="reject", reviewer="Ann Approver")
    desk.wait(DECIDED, statuses.REJECTED)
    desk.upload(REPLACED, jpeg("in its place", SIZE))
    newer = wait_for(lambda: replacement(desk, replaced), lambda: "the newer one does not wait")
    keys = desk.stack.link_keys
    gone = signed_in(desk, "Gone Girl", 600)
    reviewers.remove(desk.stack, "Gone Girl")
    old_link, _ = reviewers.add(desk.stack, "Ann Approver", stamp(now()))
    old = key_of(desk, "Ann Approver")
    reviewers.add(desk.stack, "Ann Approver", stamp(now()))
    at_rest(desk)
    tokens = {
        item["task_token"]["S"] for item in items(desk, "ImagesTable") if "task_token" in item
    }
    assert len(tokens) >= 4
    own = {item["key"]["S"] for item in items(desk, "ReviewersTable")}
    yield Scene(
        desk=desk,
        keys=keys,
        base=desk.stack.outputs["ReviewUrl"].rstrip("/"),
        waiting=waiting,
        other=token_of(desk, other),
        decided=token_of(desk, decided),
        replaced=token_of(desk, replaced),
        session=signed_in(desk, "Ann Approver", 600, add=False),
        ended=signed_in(desk, "Ann Approver", 0, add=False),
        sign_in=old_link.rpartition("/")[2],
        removed=gone,
        secrets=frozenset(tokens | own | {old} | {key.text for key in keys.keys}),
    )
    for record in (waiting, other, newer):
        post(f"{review_link(desk.stack, record)}/decision", decision="reject", reviewer="Ann")
        desk.wait(record["image"], *statuses.ENDED, version=record["version"])


def replacement(desk: Darkroom, first: dict[str, Any]) -> dict[str, Any] | None:
    newest = records.versions(desk.stack, first["image"])[-1]
    waits = newest["version"] != first["version"] and newest["status"] == statuses.IN_REVIEW
    return newest if waits else None


def items(desk: Darkroom, output: str) -> list[dict[str, Any]]:
    """A table as it is, with what no command shows."""
    pages = desk.stack.dynamodb.get_paginator("scan").paginate(
        TableName=desk.stack.outputs[output], ConsistentRead=True
    )
    return [item for page in pages for item in page["Items"]]


def key_of(desk: Darkroom, name: str) -> str:
    [key] = [one["key"]["S"] for one in items(desk, "ReviewersTable") if one["name"]["S"] == name]
    return str(key)


def signed_in(desk: Darkroom, name: str, seconds: int, *, add: bool = True) -> str:
    """The value of a session's cookie that is good for so long."""
    if add:
        reviewers.add(desk.stack, name, stamp(now()))
    who = SignIn(name, key_of(desk, name))
    return session_value(desk.stack.link_keys, who, epoch(stamp(now())) + seconds)


def knock(base: str, one: Forgery, **headers: str) -> Answer:
    """One request as it stands: nothing is made proper on the way, no redirect followed."""
    where = urlsplit(base)
    connection = http.client.HTTPConnection(where.netloc, timeout=60)
    try:
        connection.request(
            one.method, where.path + one.path, body=one.body or None, headers=one.headers | headers
        )
        answer = connection.getresponse()
        named = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, named, answer.read())
    finally:
        connection.close()


def parts_of(token: str) -> tuple[str, str, str]:
    """Key id, payload and signature; a payload that is packed begins with a full stop."""
    id, _, rest = token.partition(".")
    payload, _, signature = rest.rpartition(".")
    return id, payload, signature


def forged_links(scene: Scene) -> Iterator[Forgery]:
    """Tokens that are not ours, or not for this."""
    id, payload, signature = parts_of(scene.token)
    others = parts_of(scene.other)
    stranger = Keyring((Key("another secret"),))
    image, version = scene.waiting["image"], scene.waiting["version"]
    plain = base64.urlsafe_b64encode(json.dumps([image, version, 2**33]).encode()).decode()
    last = signature[-1]
    spelt = signature[:-1] + chr(ord(last) + 1)
    tokens = {
        "signed by a stranger": sign(stranger, image, version, 2**33),
        "signed by a stranger under our key's id": id + sign(stranger, image, version, 2**33)[8:],
        "another picture's payload": f"{id}.{others[1]}.{signature}",
        "another picture's signature": f"{id}.{payload}.{others[2]}",
        "a payload of one's own": f"{id}.{plain.rstrip('=')}.{signature}",
        "no signature": f"{id}.{payload}.",
        "half a signature": f"{id}.{payload}.{signature[: len(signature) // 2]}",
        "the signature spelt otherwise": f"{id}.{payload}.{spelt}",
        "another key's id": f"00000000.{payload}.{signature}",
        "no key's id": f"{payload}.{signature}",
        "a token without a signature algorithm": "eyJhbGciOiJub25lIn0.e30.",
        "the token of a sign-in link": scene.sign_in,
        "the value of a cookie": scene.session,
        "letters outside ASCII": "%C3%BC" * 20,
        "a NUL": f"{scene.token}%00",
        "a percent sign, encoded twice": scene.token.replace(".", "%252E"),
        "a line break and a header": "%0d%0aSet-Cookie:%20a=b",
        "markup": "%3Cscript%3Ealert(1)%3C",
    }
    for name, token in tokens.items():
        status = 404 if name in ("a NUL", "a line break and a header") else 403
        yield Forgery(name, status, f"/reviews/{token}/decision", headers=FORM)


def stale_links(scene: Scene) -> Iterator[Forgery]:
    """Links of ours whose time is over, and decisions that come second."""
    for name, expected, token in (
        ("an expired link", 410, scene.signed(scene.deadline - 10**8)),
        ("a link of an earlier review", 410, scene.signed(scene.deadline - 60)),
        ("a link of a later end than we gave", 410, scene.signed(scene.deadline + 60)),
        ("a link to look at", 410, scene.signed(scene.deadline, LOOK)),
        ("a link of the queue, signed out", 401, scene.signed(scene.deadline, QUEUE)),
        ("a decision on what is decided", 409, scene.decided),
        ("a decision on what was replaced", 409, scene.replaced),
    ):
        yield Forgery(name, expected, f"/reviews/{token}/decision", headers=FORM)
    for action in ("open", "skip", "reopen"):
        yield Forgery(
            f"{action}, signed out", 401, f"/reviews/{scene.token}/{action}", headers=FORM
        )


def foreign_sessions(scene: Scene) -> Iterator[Forgery]:
    """Cookies that are not good any more, and good ones that somebody else sends."""
    path = f"/reviews/{scene.token}"
    queue = scene.signed(scene.deadline, QUEUE)
    mine = FORM | {"Cookie": f"{COOKIE}={scene.session}"}
    for name, expected, value in (
        ("the session of a reviewer who was removed", 403, scene.removed),
        ("a session whose time is over", 401, scene.ended),
        ("a forged session", 401, scene.session[:-4] + "AAAA"),
        ("a link's token as a session", 401, scene.token),
        ("a sign-in link's token as a session", 401, scene.sign_in),
    ):
        cookie = FORM | BROWSER | {"Cookie": f"{COOKIE}={value}"}
        yield Forgery(name, expected, f"/reviews/{queue}/decision", headers=cookie)
        yield Forgery(f"{name}: the queue", expected, "/", "GET", cookie, b"")
    for name, headers in (
        ("a session, from another site", {"Sec-Fetch-Site": "cross-site"}),
        ("a session, from a neighbour", {"Sec-Fetch-Site": "same-site"}),
        ("a session, from another origin", {"Origin": "https://evil.example"}),
        ("a session, from a sandbox", {"Origin": "null"}),
        ("a session, from nowhere", {}),
    ):
        for action in ("decision", "open", "reopen"):
            yield Forgery(f"{name}: {action}", 403, f"{path}/{action}", headers=mine | headers)
    yield Forgery(
        "a link, from another site",
        403,
        f"{path}/decision",
        headers=FORM | {"Sec-Fetch-Site": "cross-site"},
    )
    yield Forgery(
        "signing in for somebody else",
        403,
        f"/sign-in/{scene.sign_in}",
        headers=FORM | {"Sec-Fetch-Site": "cross-site"},
    )
    yield Forgery(
        "a sign-in link that was replaced", 403, f"/sign-in/{scene.sign_in}", headers=FORM
    )
    yield Forgery("a link as a sign-in link", 403, f"/sign-in/{scene.token}", headers=FORM)


def odd_requests(scene: Scene) -> Iterator[Forgery]:
    """Methods, addresses and bodies that no page of ours sends."""
    page = f"/reviews/{scene.token}"
    path = f"{page}/decision"
    override = FORM | {"X-HTTP-Method-Override": "POST", "X-HTTP-Method": "POST"}
    for method, status in (
        ("GET", 303),
        ("HEAD", 303),
        ("PUT", 404),
        ("PATCH", 404),
        ("DELETE", 404),
        ("OPTIONS", 404),
    ):
        yield Forgery(method, status, f"{path}?{APPROVAL}&_method=POST", method, override)
    yield Forgery("a post to the page", 404, f"{page}?{APPROVAL}", headers=FORM)
    for name, bent in (
        ("up and down again", f"{page}/../{scene.token}/decision"),
        ("up, encoded", f"/assets/%2e%2e/reviews/{scene.token}/decision"),
        ("a slash too many", f"//reviews/{scene.token}/decision"),
        ("a slash at the end", f"{path}/"),
    ):
        yield Forgery(name, 404, bent, headers=FORM)
    yield Forgery("an address without end", 414, f"{path}?{'x' * MAX_ADDRESS}", headers=FORM)
    yield Forgery("folders without end", 414, "/x" * MAX_ADDRESS, "GET", body=b"")
    yield Forgery("a page of the source", 404, "/assets/..%2fpages.py", "GET", body=b"")
    for name, kind, body in (
        ("plain text", "text/plain", APPROVAL.encode()),
        ("parts", "multipart/form-data; boundary=x", APPROVAL.encode()),
        ("two decisions", FORM["Content-Type"], f"{APPROVAL}&decision=reject".encode()),
        ("too many fields", FORM["Content-Type"], "&".join(f"f{n}=" for n in range(99)).encode()),
        ("another word", FORM["Content-Type"], b"decision=approved&reviewer=Eve"),
        ("no name", FORM["Content-Type"], b"decision=approve&reviewer=%20%09"),
        ("bytes", FORM["Content-Type"], bytes(range(256))),
        ("two decisions in JSON", JSON["Content-Type"], b'{"decision":"approve","decision":"x"}'),
        ("true", JSON["Content-Type"], b'{"decision": true, "reviewer": "Eve"}'),
        ("a list", JSON["Content-Type"], b'{"decision": ["approve"], "reviewer": "Eve"}'),
        ("brackets", JSON["Content-Type"], b"[" * 9_000),
        ("a number without end", JSON["Content-Type"], b'{"note": ' + b"9" * 9_000 + b"}"),
        ("half a letter", JSON["Content-Type"], b'{"\\ud800": 1}'),
        ("no text", JSON["Content-Type"], b"\xff\xfe{}"),
    ):
        yield Forgery(name, 400, path, headers={"Content-Type": kind}, body=body)
    for size in (MAX_BODY_BYTES + 1, 5_000_000):
        large = APPROVAL.encode() + b"&note=" + b"n" * size
        yield Forgery(f"{size} bytes", 413, path, headers=FORM, body=large)


KINDS: tuple[Callable[[Scene], Iterator[Forgery]], ...] = (
    forged_links,
    stale_links,
    foreign_sessions,
    odd_requests,
)


@pytest.mark.parametrize("kinds", KINDS, ids=lambda kinds: kinds.__name__)
def test_no_forgery_decides_anything(
    scene: Scene, kinds: Callable[[Scene], Iterator[Forgery]]
) -> None:
    before = everything(scene.desk)

    answers = [
        (one, knock(scene.base, one, Accept=accept))
        for one in kinds(scene)
        for accept in ("text/html", "application/json")
    ]

    got = {one.name: (answer.status, answer.body[:300]) for one, answer in answers}
    assert {name: status for name, (status, _) in got.items()} == {
        one.name: one.expected for one, _ in answers
    }, got
    for one, answer in answers:
        assert_plain(scene, one, answer)
    assert everything(scene.desk) == before


def test_a_decision_that_is_replayed_by_many_at_once_stays_what_it_was(scene: Scene) -> None:
    before = everything(scene.desk)
    forms = [APPROVE, REJECT | {"reviewer": "Ann Approver", "decision": "approve"}] * 4
    replays = [
        Forgery(
            "a replay",
            409,
            f"/reviews/{scene.decided}/decision",
            "POST",
            FORM,
            urlencode(form).encode(),
        )
        for form in forms
    ]

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(lambda one: knock(scene.base, one), replays))

    assert [answer.status for answer in answers] == [409] * len(replays)
    for one, answer in zip(replays, answers, strict=True):
        assert_plain(scene, one, answer)
        assert b"Ann Approver" in answer.body
    assert everything(scene.desk) == before


def assert_plain(scene: Scene, one: Forgery, answer: Answer) -> None:
    """A page or JSON of ours with all its headers, and nothing of what is behind it."""
    said = answer.body.decode() + json.dumps(answer.headers)
    kind = answer.headers.get("content-type", "")
    asked_to_leave = answer.headers.get("set-cookie", "")

    assert {name: answer.headers.get(name.lower()) for name in HEADERS} == HEADERS, one.name
    assert kind.startswith(("text/html", "application/json")) or answer.status == 303, one.name
    assert not asked_to_leave or asked_to_leave.startswith(f"{COOKIE}=; "), one.name
    assert len(answer.body) < 50_000, one.name
    found = TRACES.search(said)
    assert found is None, f"{one.name}: {found}"
    assert leaked(said, scene.secrets) == [], one.name
