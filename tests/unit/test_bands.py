"""Rejected pictures near a likeness, found by its bands in a table that is read by key only."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from darkroom.likeness import (
    BANDS,
    BITS,
    MAX_BITS,
    Rejected,
    bands,
    bands_and_neighbours,
    entry_keys,
    own_key,
)
from publish.rejections import (
    ATTEMPTS,
    BATCH,
    EntriesLeft,
    forget_rejection,
    remember_rejection,
)
from validate import rejections
from validate.likeness import distance
from validate.rejections import rejected_near

TABLE = "rejections"
VERSION = "5" * 16
AT = "2026-11-20T06:24:08.123Z"

likenesses = st.integers(0, 2**BITS - 1)
turned_over = st.sets(st.integers(0, BITS - 1), max_size=MAX_BITS)


class Table:
    """A table of DynamoDB's, as far as it is asked; `page`: items an answer, `done`: requests of a
    batch that it gets done."""

    def __init__(self, page: int = 1000, done: int = BATCH) -> None:
        self.items: dict[tuple[str, str], dict[str, Any]] = {}
        self.queries: list[dict[str, Any]] = []
        self.batches = 0
        self._page = page
        self.done = done

    def query(self, **arguments: Any) -> dict[str, Any]:
        assert arguments["TableName"] == TABLE
        assert arguments["KeyConditionExpression"] == "band = :band"
        self.queries.append(arguments)
        band = arguments["ExpressionAttributeValues"][":band"]["S"]
        keys = sorted(key for key in self.items if key[0] == band)
        if "ExclusiveStartKey" in arguments:
            keys = [key for key in keys if key > _key(arguments["ExclusiveStartKey"])]
        shown = keys[: min(self._page, arguments["Limit"])]
        answer: dict[str, Any] = {"Items": [self.items[key] for key in shown]}
        if len(shown) < len(keys):
            last = self.items[shown[-1]]
            answer["LastEvaluatedKey"] = {name: last[name] for name in ("band", "picture")}
        return answer

    def get_item(self, **arguments: Any) -> dict[str, Any]:
        found = self.items.get(_key(arguments["Key"]))
        return {"Item": found} if found else {}

    def batch_write_item(self, **arguments: Any) -> dict[str, Any]:
        self.batches += 1
        [(name, requests)] = arguments["RequestItems"].items()
        assert name == TABLE and 1 <= len(requests) <= BATCH
        for request in requests[: self.done]:
            match request:
                case {"PutRequest": {"Item": item}}:
                    self.items[_key(item)] = item
                case {"DeleteRequest": {"Key": key}}:
                    self.items.pop(_key(key), None)
        left = requests[self.done :]
        return {"UnprocessedItems": {TABLE: left} if left else {}}


def _key(item: dict[str, Any]) -> tuple[str, str]:
    return (item["band"]["S"], item["picture"]["S"])


def hexed(value: int) -> str:
    return f"{value:016x}"


def rejected(likeness: str, image: str = "a#b/c.jpg", version: str = VERSION) -> Rejected:
    return Rejected(image, version, likeness, AT)


def remembering(*pictures: Rejected, **like: Any) -> Table:
    table = Table(**like)
    for picture in pictures:
        remember_rejection(table, TABLE, picture)  # type: ignore[arg-type]
    table.queries.clear()
    return table


def near(table: Table, likeness: str) -> list[Rejected]:
    return rejected_near(table, TABLE, likeness)  # type: ignore[arg-type]


@given(value=likenesses, turned=turned_over)
def test_every_likeness_within_the_most_bits_is_found_with_one_query_a_band(
    value: int, turned: set[int]
) -> None:
    known = rejected(hexed(value))
    table = remembering(known)
    asked = hexed(value ^ sum(1 << bit for bit in turned))

    assert distance(known.likeness, asked) == len(turned) <= MAX_BITS
    assert near(table, asked) == [known]
    assert len(table.queries) == BANDS


def test_one_bit_more_may_go_unseen() -> None:
    """So that MAX_BITS promises no less than the bands hold: two bits of each band."""
    turned = int("".join("1" if place < 2 * BANDS else "0" for place in range(BITS)), 2)

    assert turned.bit_count() == MAX_BITS + 1
    assert near(remembering(rejected(hexed(0))), hexed(turned)) == []


@given(value=likenesses)
def test_bands_are_few_and_tell_all_of_a_likeness(value: int) -> None:
    own = bands(hexed(value))
    assert len(own) == BANDS
    digits = [int(band.partition("#")[2], 16).bit_count() for band in own]
    assert sum(digits) == value.bit_count()
    assert [band.partition("#")[0] for band in own] == [f"{number}" for number in range(BANDS)]


@given(value=likenesses)
def test_a_picture_lies_under_its_bands_and_every_neighbour_once(value: int) -> None:
    keys = bands_and_neighbours(hexed(value))
    assert len(keys) == len(set(keys)) == BITS + BANDS
    assert set(bands(hexed(value))) <= set(keys)
    assert len({str(key) for key in entry_keys("a", VERSION, hexed(value))}) == len(keys) + 1


def test_the_same_picture_is_found_once_though_all_bands_lead_to_it() -> None:
    other = rejected(hexed(0), "other.jpg")
    found = near(remembering(rejected(hexed(0)), other), hexed(0))
    assert sorted(one.image for one in found) == ["a#b/c.jpg", "other.jpg"]


def test_pages_are_read_to_the_end() -> None:
    pictures = [rejected(hexed(0), f"{number}.jpg") for number in range(7)]
    table = remembering(*pictures, page=3)

    assert sorted(near(table, hexed(0)), key=lambda one: one.image) == pictures
    assert len(table.queries) == BANDS * 3


def test_a_crowded_band_is_read_no_further_than_agreed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rejections, "MAX_ENTRIES", 4)
    table = remembering(*(rejected(hexed(0), f"{number}.jpg") for number in range(9)), page=3)

    assert len(near(table, hexed(0))) == 4
    assert [query["Limit"] for query in table.queries] == [4, 1] * BANDS


def test_an_entry_says_what_was_rejected_and_when_and_ends_by_itself() -> None:
    known = rejected(hexed(255))
    for item in known.to_items():
        assert Rejected.from_item(item) == known
        assert item["picture"] == {"S": f"{VERSION}#a#b/c.jpg"}
        assert item["expires_at"] == {"N": "1826691848"}, "2027-11-20T06:24:08Z, a year on"


def test_forgetting_leaves_nothing_and_other_pictures_alone() -> None:
    table = remembering(rejected(hexed(0)), rejected(hexed(3), "other.jpg"))
    forget_rejection(table, TABLE, "a#b/c.jpg", VERSION)  # type: ignore[arg-type]

    assert [one.image for one in near(table, hexed(0))] == ["other.jpg"]
    assert {item["image"]["S"] for item in table.items.values()} == {"other.jpg"}
    forget_rejection(table, TABLE, "a#b/c.jpg", VERSION)  # type: ignore[arg-type]


def test_a_picture_that_was_never_rejected_costs_nothing_to_forget() -> None:
    table = Table()
    forget_rejection(table, TABLE, "a.jpg", VERSION)  # type: ignore[arg-type]
    assert table.batches == 0


def test_what_was_half_written_can_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publish.rejections.ATTEMPTS", 1)
    table = Table(done=10)
    with pytest.raises(EntriesLeft):
        remember_rejection(table, TABLE, rejected(hexed(9)))  # type: ignore[arg-type]
    assert len(table.items) == 10

    table.done = BATCH
    forget_rejection(table, TABLE, "a#b/c.jpg", VERSION)  # type: ignore[arg-type]

    assert table.items == {}


def test_what_was_half_removed_can_be_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("publish.rejections.ATTEMPTS", 1)
    table = remembering(rejected(hexed(9)))
    table.done = 10
    with pytest.raises(EntriesLeft):
        forget_rejection(table, TABLE, "a#b/c.jpg", VERSION)  # type: ignore[arg-type]

    table.done = BATCH
    forget_rejection(table, TABLE, "a#b/c.jpg", VERSION)  # type: ignore[arg-type]

    assert table.items == {}


def test_what_a_batch_leaves_is_written_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    known = rejected(hexed(7))

    table = remembering(known, done=9)

    assert len(table.items) == len(known.to_items())
    assert table.batches == 9 and pauses == [0.1, 0.2, 0.1, 0.2, 0.1, 0.2]


def test_a_batch_that_is_never_done_is_left_to_a_retry(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    with pytest.raises(EntriesLeft, match="got 25 left"):
        remembering(rejected(hexed(7)), done=0)
    assert len(pauses) == ATTEMPTS - 1 and 5 < sum(pauses) < 8


def test_no_band_is_called_like_a_pictures_own_entry() -> None:
    assert own_key("1", "0")["band"]["S"] == "0#1"
    # A version has 16 hex digits, a band's number has one.
    assert all(band.index("#") == 1 for band in bands(hexed(2**64 - 1)))
