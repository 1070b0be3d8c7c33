"""The review function in a warm process while the link secret changes under it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

import review.clients
from darkroom.keyring import Keyring, read_keyring
from darkroom.links import sign
from tests.handlers.reviewing import APPROVE, IMAGE, VERSION, Reviewer


class Secret:
    """The link secret, the review function's clock, and its calls of Secrets Manager."""

    def __init__(self, reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch) -> None:
        self._client = reviewer.aws.client("secretsmanager")
        self._id = reviewer.aws["LinkSecret"]
        self.ahead = timedelta()
        self.reads = 0
        read = review.clients._link_secret

        def counted(label: str) -> str | None:
            self.reads += 1
            return read(label)

        monkeypatch.setattr(review.clients, "now", self.now)
        monkeypatch.setattr(review.clients, "_link_secret", counted)
        review.clients.link_keys.cache_clear()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead

    def sleep(self, seconds: float) -> None:
        self.ahead += timedelta(seconds=seconds)

    def ring(self) -> Keyring:
        answer = self._client.get_secret_value(SecretId=self._id)
        return read_keyring(answer["SecretString"], datetime.now(UTC))

    def put(self, value: str) -> None:
        self._client.put_secret_value(SecretId=self._id, SecretString=value)

    def write(self, ring: Keyring) -> Keyring:
        self.put(ring.to_value())
        return ring

    def rotate(self) -> Keyring:
        return self.write(self.ring().rotated(datetime.now(UTC)))

    def revoke(self) -> Keyring:
        return self.write(self.ring().revoked())


@pytest.fixture
def secret(reviewer: Reviewer, monkeypatch: pytest.MonkeyPatch) -> Secret:
    return Secret(reviewer, monkeypatch)


@pytest.fixture
def signed_before(secret: Secret, path: str, reviewer: Reviewer) -> tuple[str, str, str]:
    """A message's link, a sign-in link and a session, all signed by the secret's first key."""
    return path, reviewer.add("Ana Ruiz"), reviewer.sign_in("Ana Ruiz")


def key_in(token: str) -> str:
    return token.rpartition("/")[2].rpartition("=")[2].partition(".")[0]


def test_what_was_signed_before_a_rotation_works_after_it(
    reviewer: Reviewer, secret: Secret, signed_before: tuple[str, str, str]
) -> None:
    path, sign_in, session = signed_before
    former = secret.ring().signing().id
    assert {key_in(one) for one in signed_before} == {former}

    new = secret.rotate().signing().id
    secret.sleep(300)

    assert reviewer.get("/", cookie=session).status == 200
    fresh = reviewer.visit("POST", sign_in, b"")
    assert fresh.status == 303
    assert key_in(fresh.cookies[0].partition(";")[0]) == new
    assert reviewer.post(path, APPROVE).status == 303
    assert reviewer.record()["review"]["decision"] == "approve"


def test_what_was_signed_before_works_where_somebody_put_a_key_in_by_hand(
    reviewer: Reviewer, secret: Secret, signed_before: tuple[str, str, str]
) -> None:
    path, _, session = signed_before
    secret.put("another-key-of-somebody-who-knows-secrets-manager")
    secret.sleep(300)

    assert reviewer.get("/", cookie=session).status == 200
    assert reviewer.post(path, APPROVE).status == 303


def test_a_warm_process_takes_links_of_the_new_key_at_once(
    reviewer: Reviewer, secret: Secret, path: str
) -> None:
    assert reviewer.get(path).status == 200
    link = sign(secret.rotate(), IMAGE, VERSION, 2**33)

    answer = reviewer.get(f"/reviews/{link}")

    assert answer.status == 410, "known; and of another review than the one that is open"
    assert secret.reads == 2


def test_after_a_revocation_nothing_of_before_works_once_the_process_has_noticed(
    reviewer: Reviewer, secret: Secret, signed_before: tuple[str, str, str]
) -> None:
    path, sign_in, session = signed_before
    assert reviewer.get(path).status == 200
    before = reviewer.everything()
    secret.revoke()
    secret.sleep(300)

    assert reviewer.get(path).status == 403
    assert reviewer.post(path, APPROVE).status == 403
    assert reviewer.get("/", cookie=session).status == 401
    assert reviewer.get(sign_in).status == 403
    refused = reviewer.visit("POST", sign_in, b"")
    assert (refused.status, refused.cookies) == (403, [])
    assert reviewer.everything() == before


def test_a_new_sign_in_link_ends_an_old_key_early_in_a_process_that_meets_it(
    reviewer: Reviewer, secret: Secret, signed_before: tuple[str, str, str]
) -> None:
    path, _, _ = signed_before
    assert reviewer.get(path).status == 200
    link = sign(secret.revoke(), IMAGE, VERSION, 2**33)

    assert reviewer.get(f"/reviews/{link}").status == 410
    assert reviewer.get(path).status == 403


def test_a_message_is_signed_by_the_newest_key_that_the_process_knows(
    reviewer: Reviewer, secret: Secret, path: str
) -> None:
    new = secret.rotate().signing().id
    secret.sleep(300)

    reviewer.claim(image="another.jpg")
    reviewer.request(image="another.jpg")

    assert key_in(reviewer.link()) == new


def test_forged_requests_cost_hardly_a_call(reviewer: Reviewer, secret: Secret, path: str) -> None:
    reviewer.get(path)
    _, _, rest = path.rpartition("/")[2].partition(".")
    reads = secret.reads

    for number in range(30):
        assert reviewer.get(f"/reviews/{number:08x}.{rest}").status == 403
        cookie = f"__Host-darkroom={number:08x}.{rest}"
        assert reviewer.get("/", cookie=cookie).status == 401

    assert secret.reads == reads + 2


@pytest.mark.parametrize("value", ['{"keys": [{"key": "swordfish"', '{"keys": []}'])
def test_a_broken_secret_is_our_fault_and_shown_nowhere(
    reviewer: Reviewer,
    secret: Secret,
    path: str,
    value: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    secret.put(value)
    secret.sleep(300)

    answer = reviewer.get(path)

    assert answer.status == 500
    assert "expected" in caplog.text and "for LinkSecret" in caplog.text
    assert "swordfish" not in caplog.text + json.dumps(answer.headers) + answer.body.decode()


def test_no_log_of_a_rotation_has_a_key_in_it(
    reviewer: Reviewer, secret: Secret, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    keys = [*secret.ring().keys, *secret.rotate().keys]
    secret.sleep(300)
    shown = [reviewer.get(path), reviewer.get("/reviews/00000000.a.b"), reviewer.post(path, {})]
    reviewer.sign_in("Ana Ruiz")

    assert "signed in" in caplog.text
    told = repr([vars(one) for one in caplog.records]) + repr(shown)
    assert not any(key.text in told for key in keys)
