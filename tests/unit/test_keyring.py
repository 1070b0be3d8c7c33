"""The keys that sign: what the secret may hold, how they rotate, and that they stay secret."""

from __future__ import annotations

import hashlib
import json
import secrets
import traceback
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from darkroom.errors import SettingError
from darkroom.keyring import ID, KEPT_FOR, Key, Keyring, read_keyring
from tests.statemachine.definitions import TEMPLATE

AT = datetime(2026, 11, 20, 6, 4, 11, 250_000, tzinfo=UTC)
LONG_AGO = AT - KEPT_FOR
GENERATED = "k3Yq" * 16
MATERIAL = "swordfish"


def value(*keys: dict[str, Any]) -> str:
    return json.dumps({"keys": keys})


def test_the_bare_string_that_cloudformation_generates_is_one_key() -> None:
    ring = read_keyring(GENERATED, AT)

    assert ring == Keyring((Key(GENERATED),), bare=True)
    assert ring.signing().text == GENERATED


@pytest.mark.parametrize("key", ["{kT9", "{", '{"k3ys": [', "[1]", '"'])
def test_a_bare_key_may_look_like_the_beginning_of_something(key: str) -> None:
    """The embedded engine generates punctuation, too."""
    assert read_keyring(key, AT).signing().text == key


def test_a_key_id_is_of_the_key_and_says_nothing_else() -> None:
    expected = hashlib.sha256(f"darkroom link key:{GENERATED}".encode()).hexdigest()[:8]

    assert Key(GENERATED).id == expected
    assert Key(GENERATED, AT).id == expected
    assert ID.fullmatch(expected)


def test_the_first_key_signs_and_each_is_found_by_its_id() -> None:
    ring = read_keyring(value({"key": "new"}, {"key": "old", "retired_at": AT.isoformat()}), AT)

    assert ring.signing() == Key("new")
    assert ring.find(Key("old").id) == Key("old", AT)
    assert ring.find(Key("new").id) == Key("new")
    for unknown in ("", "0" * 8, Key("new").id.upper(), "new"):
        assert ring.find(unknown) is None


def test_a_rotation_puts_a_new_key_in_front_and_retires_the_one_that_signed() -> None:
    ring = read_keyring(GENERATED, AT).rotated(AT)

    new, former = ring.keys
    assert former == Key(GENERATED, AT)
    assert new.retired_at is None and len(new.text) == 64
    assert read_keyring(ring.to_value(), AT) == ring


def test_a_second_rotation_leaves_the_times_of_the_first() -> None:
    later = AT + timedelta(days=1)

    ring = Keyring((Key("b"), Key("a", AT), Key("by hand"))).rotated(later)

    assert ring.keys[1:] == (Key("b", later), Key("a", AT), Key("by hand", later))


def test_a_rotation_drops_what_has_ended() -> None:
    just_kept = LONG_AGO + timedelta(milliseconds=1)

    ring = Keyring((Key("c"), Key("b", just_kept), Key("a", LONG_AGO))).rotated(AT)

    assert [key.text for key in ring.keys[1:]] == ["c", "b"]


def test_a_key_ends_in_time_without_another_rotation() -> None:
    stored = Keyring((Key("b"), Key("a", AT))).to_value()
    last = AT + KEPT_FOR - timedelta(milliseconds=1)

    assert read_keyring(stored, last).find(Key("a").id) is not None
    assert read_keyring(stored, last + timedelta(milliseconds=1)).keys == (Key("b"),)


def test_the_key_that_signs_does_so_whatever_its_time() -> None:
    assert read_keyring(Keyring((Key("a", LONG_AGO),)).to_value(), AT).signing().text == "a"


def test_a_key_is_kept_for_as_long_as_anything_it_signed_can_live() -> None:
    longest = [
        TEMPLATE["Parameters"][name]["MaxValue"]
        for name in ("ReviewTimeoutSeconds", "ReviewSessionSeconds")
    ]
    assert KEPT_FOR.total_seconds() == sum(longest)


def test_a_revocation_leaves_a_new_key_alone() -> None:
    ring = Keyring((Key("b"), Key("a", AT)))

    [new] = ring.revoked().keys

    assert new.text not in ("a", "b") and new.retired_at is None


def test_a_new_key_never_has_the_id_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["a", "a", "fresh"])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: next(drawn))

    assert Keyring((Key("a"),)).rotated(AT).signing().text == "fresh"


@pytest.mark.parametrize(
    "broken",
    [
        "",
        "{}",
        f'{{"keys": ["{MATERIAL}"',
        f'{{"keys": ["{MATERIAL}"]}}',
        f'  {{"{MATERIAL}": 1}}',
        f'{{"key": "{MATERIAL}"}}',
        value(),
        value({"key": ""}),
        value({"key": MATERIAL}, {"key": ""}),
        value({"key": MATERIAL, "retired_at": MATERIAL}),
        value({"key": MATERIAL, "retired_at": "2026-11-20T06:04:11"}),
        value({"key": MATERIAL}, {"key": MATERIAL, "retired_at": "2026-11-20T06:04:11Z"}),
        f'{{"keys": [{{"key": "{MATERIAL}\ud800"}}]}}',
    ],
)
def test_a_value_that_is_no_keyring_is_refused_by_name_and_without_its_text(broken: str) -> None:
    with pytest.raises(SettingError, match=r"expected .* for LinkSecret, got") as caught:
        read_keyring(broken, AT)

    told = "".join(traceback.format_exception(caught.value)) + repr(caught.value)
    assert MATERIAL not in told
    assert caught.value.__cause__ is None and caught.value.__context__ is None


def test_neither_a_key_nor_a_keyring_shows_what_it_holds() -> None:
    ring = Keyring((Key(MATERIAL), Key(f"{MATERIAL} too", AT)))

    for shown in (ring, *ring.keys):
        assert MATERIAL not in repr(shown) + str(shown) + f"{shown}"
