"""`darkroom rotate-secret` on a stack that has links and sessions out."""

from __future__ import annotations

import dataclasses
import urllib.error
import urllib.request
from http.client import HTTPResponse

import pytest

from cli import reviewers
from cli.errors import CommandError
from cli.reviews import review_link
from darkroom import statuses
from darkroom.moments import now, stamp
from tests.conftest import Darkroom
from tests.engine.conftest import Command
from tests.engine.test_review import flagged, get, post
from tests.engine.test_review_commands import told

pytestmark = pytest.mark.engine


class Here(urllib.request.HTTPRedirectHandler):
    """Stays where it is sent, so that the cookie can be seen."""

    def redirect_request(self, *_: object) -> None:
        return None


def sign_in(link: str) -> str:
    """The cookie of a session: name=value."""
    request = urllib.request.Request(link, b"")
    try:
        answer: HTTPResponse = urllib.request.build_opener(Here).open(request, timeout=60)
    except urllib.error.HTTPError as error:
        with error:
            assert error.code == 303, error.read()
            return str(error.headers["Set-Cookie"].partition(";")[0])
    raise AssertionError(f"expected 303, got {answer.status}")


def queue(darkroom: Darkroom, cookie: str) -> int:
    url = darkroom.stack.outputs["ReviewUrl"]
    with urllib.request.urlopen(urllib.request.Request(url, headers={"Cookie": cookie})) as answer:
        return int(answer.status)


def key_in(token: str) -> str:
    return token.rpartition("/")[2].rpartition("=")[2].partition(".")[0]


def test_a_rotation_ends_no_link_and_no_session_and_signs_with_a_new_key(
    darkroom: Darkroom, command: Command
) -> None:
    image = "rotated/forbidden.jpg"
    before = dataclasses.replace(darkroom.stack)
    record, link = flagged(darkroom, image)
    invitation, _ = reviewers.add(before, "Rota", stamp(now()))
    session = sign_in(invitation)

    said = told(command("darkroom", "rotate-secret"))

    after = dataclasses.replace(darkroom.stack)
    new_link = review_link(after, record)
    new_invitation, _ = reviewers.add(after, "Rota 2", stamp(now()))
    new_session = sign_in(new_invitation)
    assert f"The key {key_in(invitation)} signed until now" in said
    assert {key_in(one) for one in (new_link, new_invitation, new_session)} == {said.split()[2]}
    assert said.split()[2] not in {key_in(one) for one in (link, invitation, session)}
    assert (get(link)[0], get(new_link)[0], get(invitation)[0]) == (200, 200, 200)
    assert queue(darkroom, session) == queue(darkroom, new_session) == 200
    assert post(f"{link}/decision", decision="reject", reviewer="Ann")[0] == 200
    darkroom.wait(image, statuses.REJECTED)


def test_of_two_rotations_at_once_one_counts(darkroom: Darkroom) -> None:
    secret = darkroom.stack.link_secret
    first, second = secret.read(now()), secret.read(now())
    secret.replace(first, counted := first.keyring.rotated(now()))

    with pytest.raises(CommandError, match="another rotation came between"):
        secret.replace(second, second.keyring.revoked())

    assert [key.id for key in secret.read(now()).keyring.keys] == [key.id for key in counted.keys]
