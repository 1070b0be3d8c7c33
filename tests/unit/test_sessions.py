"""Sessions: who is signed in, and who is not."""

from __future__ import annotations

import pytest

from darkroom.keyring import Key, Keyring
from darkroom.reviewers import SignIn, new_key, read_sign_in, sign_in_token
from darkroom.sealing import seal
from review.sessions import COOKIE, PURPOSE, NoReviewer, session_value, signed_in

KEYS = Keyring((Key("a secret of the tests, 32 letters"),))
OTHERS = Keyring((Key("another secret of the tests"),))
ANA = SignIn("Ana Ruiz", "0123456789abcdef")
END = 1000


class List:
    """Who may sign in, by name and key."""

    def __init__(self, *reviewers: SignIn) -> None:
        self.reviewers = reviewers

    def has(self, name: str, key: str) -> bool:
        return SignIn(name, key) in self.reviewers


def cookie(who: SignIn = ANA, keys: Keyring = KEYS, end: int = END) -> str:
    return f"{COOKIE}={session_value(keys, who, end)}"


def test_a_cookie_of_ours_says_who_is_signed_in() -> None:
    assert signed_in(KEYS, List(ANA), [cookie()], END - 1) == "Ana Ruiz"


def test_a_session_ends_at_its_time() -> None:
    assert signed_in(KEYS, List(ANA), [cookie()], END) is None


@pytest.mark.parametrize(
    "cookies",
    [
        [],
        [""],
        ["other=1"],
        [f"{COOKIE}="],
        [f"{COOKIE}=forged"],
        [cookie(keys=OTHERS)],
        [cookie().replace(COOKIE, "__Host-other")],
        [cookie()[:-1]],
        [f"{COOKIE}={seal(KEYS, PURPOSE, ['Ana Ruiz', 5, END])}"],
        [f"{COOKIE}={sign_in_token(KEYS, 'Ana Ruiz', ANA.key)}"],
        ["\x00;=;,"],
    ],
    ids=str,
)
def test_what_is_no_session_of_ours_signs_nobody_in(cookies: list[str]) -> None:
    assert signed_in(KEYS, List(ANA), cookies, 1) is None


def test_a_session_is_found_among_other_cookies() -> None:
    header = f"theme=dark; {cookie()}; last=1"

    assert signed_in(KEYS, List(ANA), [header], 1) == "Ana Ruiz"
    assert signed_in(KEYS, List(ANA), ["theme=dark", cookie()], 1) == "Ana Ruiz"


@pytest.mark.parametrize(
    "other", ['foo={"a":1}', "version=1", "path=/x", "a b=c", 'x="unclosed', "=", "ключ=1"]
)
def test_what_others_write_into_the_hosts_cookies_signs_nobody_out(other: str) -> None:
    assert signed_in(KEYS, List(ANA), [f"{other}; {cookie()}; {other}"], 1) == "Ana Ruiz"


@pytest.mark.parametrize("now", [List(), List(SignIn("Ana Ruiz", "another key"))])
def test_a_session_of_a_reviewer_who_was_removed_or_added_anew_is_refused(now: List) -> None:
    with pytest.raises(NoReviewer):
        signed_in(KEYS, now, [cookie()], 1)


def test_a_sign_in_link_names_its_reviewer() -> None:
    assert read_sign_in(KEYS, sign_in_token(KEYS, ANA.name, ANA.key)) == ANA


@pytest.mark.parametrize(
    "token",
    [
        "",
        "forged",
        sign_in_token(OTHERS, ANA.name, ANA.key),
        seal(KEYS, "darkroom.review", [ANA.name, ANA.key]),
        session_value(KEYS, ANA, END),
        seal(KEYS, "darkroom.sign-in", [ANA.name]),
    ],
)
def test_any_other_token_signs_nobody_in(token: str) -> None:
    assert read_sign_in(KEYS, token) is None


def test_every_key_is_new() -> None:
    assert len({new_key() for _ in range(100)}) == 100
    assert len(new_key()) == 16
