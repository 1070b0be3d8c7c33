"""A process that lives long: when it looks for other keys, and how seldom."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from darkroom.errors import SettingError
from darkroom.keyring import Key, Keyring
from review.link_keys import LinkKeys

OLD, NEW, FORGED = Key("old"), Key("new"), "0" * 8


class Process:
    """One that keeps keys, the secret it reads, and a clock that stands until it is moved."""

    def __init__(self) -> None:
        self.value = OLD.text
        self.before: str | None = None
        self.reads = 0
        self.at = datetime(2026, 11, 20, tzinfo=UTC)
        self.keys = LinkKeys(self.read, lambda: self.at)

    def read(self, label: str) -> str | None:
        self.reads += 1
        return self.value if label == "AWSCURRENT" else self.before

    def put_by_hand(self, value: str) -> None:
        """Without our command, by Secrets Manager's own means."""
        self.value, self.before = value, self.value

    def sleep(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)

    def rotate(self) -> None:
        self.value = Keyring((NEW, Key(OLD.text, self.at))).to_value()

    def revoke(self) -> None:
        self.value = Keyring((NEW,)).to_value()

    def knows(self, key: Key) -> bool:
        return self.keys.find(key.id) is not None


@pytest.fixture
def process() -> Process:
    return Process()


@pytest.fixture
def warm(process: Process) -> Process:
    """It has read the secret, a second ago."""
    process.keys.signing()
    process.sleep(1)
    return process


def test_nothing_is_read_before_it_is_needed(process: Process) -> None:
    assert process.reads == 0


def test_the_secret_is_read_once_in_five_minutes(process: Process) -> None:
    for _ in range(299):
        assert process.knows(OLD) and process.keys.signing() == OLD
        process.sleep(1)

    assert process.reads == 1


def test_a_revoked_key_ends_within_five_minutes(warm: Process) -> None:
    warm.revoke()

    warm.sleep(298.999)
    assert warm.knows(OLD)
    warm.sleep(0.001)
    assert not warm.knows(OLD)
    assert warm.keys.signing() == NEW


def test_a_process_that_has_not_noticed_signs_with_a_key_that_is_still_good(warm: Process) -> None:
    warm.rotate()

    assert warm.keys.signing() == OLD
    warm.sleep(300)
    assert warm.keys.signing() == NEW
    assert warm.knows(OLD)


def test_a_key_that_was_put_in_by_hand_leaves_the_one_before_it_working(warm: Process) -> None:
    warm.put_by_hand(NEW.text)
    warm.sleep(300)

    assert warm.keys.signing() == NEW
    for _ in range(5):
        assert warm.knows(OLD)
    assert warm.keys.signing() == NEW
    assert warm.reads == 3, "once, and after five minutes; and once for what came before"


def test_what_was_revoked_does_not_come_back_with_the_value_before(warm: Process) -> None:
    warm.put_by_hand(Keyring((NEW,)).to_value())
    warm.sleep(300)

    assert not warm.knows(OLD)


def test_a_token_of_the_new_key_makes_it_known_at_once(warm: Process) -> None:
    warm.rotate()

    assert warm.knows(NEW)
    assert warm.keys.signing() == NEW
    assert warm.reads == 2


def test_of_two_rotations_in_a_row_both_are_known_at_once(warm: Process) -> None:
    warm.value = Keyring((Key("between"), OLD)).to_value()
    assert warm.knows(Key("between"))
    warm.sleep(1)
    warm.rotate()

    assert warm.knows(NEW)


def test_forged_tokens_cost_two_calls_in_ten_seconds(warm: Process) -> None:
    for _ in range(200):
        assert warm.keys.find(FORGED) is None
        warm.sleep(0.125)

    assert warm.reads == 1 + 3 * 2


def test_forged_tokens_cost_one_call_where_the_value_says_which_keys_there_are(
    process: Process,
) -> None:
    process.rotate()
    process.keys.signing()
    process.sleep(1)

    assert process.keys.find(FORGED) is None
    assert process.reads == 1 + 1


def test_a_new_key_is_known_within_ten_seconds_whatever_is_forged(warm: Process) -> None:
    assert warm.keys.find(FORGED) is None
    warm.rotate()

    warm.sleep(9.999)
    assert not warm.knows(NEW)
    warm.sleep(0.001)
    assert warm.knows(NEW)


def test_a_forged_token_at_the_start_costs_no_second_reading(process: Process) -> None:
    process.rotate()

    assert process.keys.find(FORGED) is None

    assert process.reads == 1


@pytest.mark.parametrize("id", ["", "forged", "ABCDEF00", "0" * 7, "0" * 9, "0000000\n", "☃" * 8])
def test_what_is_no_key_id_is_not_looked_for(warm: Process, id: str) -> None:
    assert warm.keys.find(id) is None

    assert warm.reads == 1


def test_a_clock_that_was_put_back_keeps_no_key_alive(warm: Process) -> None:
    warm.revoke()

    warm.sleep(-3600)

    assert not warm.knows(OLD)


def test_a_retired_key_ends_in_a_process_that_lives_on(warm: Process) -> None:
    warm.rotate()
    warm.sleep(36 * 86_400)
    assert warm.knows(OLD)

    warm.sleep(86_400)

    assert not warm.knows(OLD)


def test_a_secret_that_cannot_be_used_is_an_error_and_not_the_keys_from_before(
    warm: Process,
) -> None:
    warm.value = "{}"
    warm.sleep(300)

    for _ in range(2):
        with pytest.raises(SettingError):
            warm.keys.signing()
    warm.rotate()
    assert warm.keys.signing() == NEW
