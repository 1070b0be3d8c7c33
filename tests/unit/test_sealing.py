"""Tokens: signed by the newest key, verified by the one they name, and never once altered."""

from __future__ import annotations

import re
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path

import hypothesis
import pytest
from hypothesis import configuration, given
from hypothesis import strategies as st

from darkroom.keyring import Key, Keyring
from darkroom.sealing import BadSeal, seal, unseal

AT = datetime(2026, 11, 20, tzinfo=UTC)
NEW, OLD, GONE = Key("the new key"), Key("the old key", AT), Key("a key that was dropped")
KEYS = Keyring((NEW, OLD))
PURPOSE = "the tests'"
FIELDS = ["a.jpg", "9f3c2ab41d7e0c55", 1000]
LONG = ["a" * 300, 1000]  # its payload is compressed, and begins with a dot

# It keeps notes of what it saw, and not in the tree.
configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "darkroom-hypothesis")
ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.="


def sealed(key: Key, fields: list[object] = FIELDS) -> str:
    return seal(Keyring((key,)), PURPOSE, fields)


def is_refused(token: str) -> bool:
    try:
        unseal(KEYS, PURPOSE, token)
    except BadSeal:
        return True
    return False


def test_a_token_names_its_key_and_needs_no_escaping() -> None:
    token = seal(KEYS, PURPOSE, FIELDS)

    assert re.fullmatch(rf"{NEW.id}\.[\w-]+\.[\w-]{{43}}", token, re.ASCII)


@pytest.mark.parametrize("key", [NEW, OLD])
@pytest.mark.parametrize("fields", [FIELDS, LONG])
def test_what_any_key_of_ours_signed_is_read(key: Key, fields: list[object]) -> None:
    assert unseal(KEYS, PURPOSE, sealed(key, fields)) == fields


def test_what_a_key_signed_that_we_no_longer_have_is_refused() -> None:
    assert is_refused(sealed(GONE))


def test_a_token_goes_with_the_key_that_it_names_and_no_other() -> None:
    for signer in (NEW, OLD, GONE):
        _, _, rest = sealed(signer).partition(".")
        named = {key.id: is_refused(f"{key.id}.{rest}") for key in (NEW, OLD, GONE)}

        assert [id for id, refused in named.items() if not refused] == [
            key.id for key in (signer,) if key != GONE
        ]


@pytest.mark.parametrize(
    "respelt",
    [
        lambda id, rest: f"{id.upper()}.{rest}",
        lambda id, rest: f"{id}..{rest}",
        lambda id, rest: f".{id}.{rest}",
        lambda id, rest: f" {id}.{rest}",
        lambda id, rest: f"{id}{rest}",
        lambda id, rest: f"{id[:7]}.{rest}",
        lambda id, rest: f"{id}0.{rest}",
        lambda id, rest: f"{id}.{id}.{rest}",
        lambda id, rest: rest,
        lambda id, rest: f"{id}.",
        lambda id, rest: id,
    ],
)
def test_the_key_id_stands_there_once_as_we_spell_it(respelt: object) -> None:
    id, _, rest = seal(KEYS, PURPOSE, FIELDS).partition(".")
    assert callable(respelt) and re.search("[a-f]", id)

    assert is_refused(respelt(id, rest))


def test_a_token_is_good_for_its_purpose_alone() -> None:
    token = seal(KEYS, "another purpose", FIELDS)

    assert is_refused(token)
    assert unseal(KEYS, "another purpose", token) == FIELDS


@given(data=st.data(), fields=st.sampled_from([FIELDS, LONG]), key=st.sampled_from([NEW, OLD]))
@hypothesis.settings(max_examples=500, derandomize=True, database=None, deadline=None)
def test_no_token_that_was_altered_verifies(
    data: st.DataObject, fields: list[object], key: Key
) -> None:
    token = sealed(key, fields)
    start = data.draw(st.integers(0, len(token)))
    end = data.draw(st.integers(start, min(start + 12, len(token))))
    other = data.draw(st.text(ALPHABET, max_size=12) | st.text(max_size=4))
    altered = token[:start] + other + token[end:]

    assert altered == token or is_refused(altered)


def test_a_refusal_says_nothing_of_a_key() -> None:
    for token in (sealed(GONE), seal(KEYS, PURPOSE, FIELDS) + "A", "forged"):
        with pytest.raises(BadSeal) as caught:
            unseal(KEYS, PURPOSE, token)
        told = "".join(traceback.format_exception(caught.value))
        assert not any(key.text in told for key in (NEW, OLD, GONE))
