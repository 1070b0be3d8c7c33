"""Which of two runs has the last word."""

from __future__ import annotations

import pytest

from publish.order import Order

ORDER = Order("2025-11-20T06:04:11Z", "0055AED6DCD90281E5", "2025-11-20T06:04:12.500Z")

# From older to newer: (uploaded_at, sequencer, started_at).
PAIRS = {
    "a later sequencer, whatever the clocks say": (("9", "0A", "9"), ("1", "0B", "1")),
    "a longer sequencer with the same start": (("1", "0A", "1"), ("1", "0A01", "1")),
    "a shorter sequencer that is larger": (("1", "0A01", "1"), ("1", "0B", "1")),
    "a later upload, where none has a sequencer": (("1", "", "9"), ("2", "", "1")),
    "a later upload, where only the older has one": (("1", "FF", "1"), ("2", "", "1")),
    "a later upload, where only the newer has one": (("1", "", "1"), ("2", "0A", "1")),
    "a later start of the same event": (("1", "0A", "1"), ("1", "0A", "2")),
    "a later start, where zeros are all the difference": (("1", "0A00", "1"), ("1", "0A", "2")),
    "a later start of the same upload by hand": (("1", "0A", "1"), ("1", "", "2")),
    "anything, where the older says nothing": (("", "", ""), ("1", "", "1")),
}


@pytest.mark.parametrize(("older", "newer"), PAIRS.values(), ids=PAIRS)
def test_the_newer_run_follows_and_the_older_does_not(
    older: tuple[str, str, str], newer: tuple[str, str, str]
) -> None:
    assert Order(*newer).follows(Order(*older))
    assert not Order(*older).follows(Order(*newer))


def test_a_run_follows_itself_so_that_it_can_be_repeated() -> None:
    assert ORDER.follows(ORDER)


def test_an_order_survives_as_metadata_of_an_object() -> None:
    metadata = ORDER.to_metadata()

    assert metadata == {
        "uploaded-at": "2025-11-20T06:04:11Z",
        "sequencer": "0055AED6DCD90281E5",
        "started-at": "2025-11-20T06:04:12.500Z",
    }
    assert Order.from_metadata({**metadata, "version": "x"}) == ORDER


def test_a_manifest_that_somebody_else_wrote_is_the_oldest() -> None:
    assert Order.from_metadata({}) == Order("", "", "")
