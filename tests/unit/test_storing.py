"""Storing in the background: all of it, a few at a time, and no error lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import wait
from typing import Any

import pytest

from darkroom.storing import AT_ONCE, Files, storing

SECONDS = 20  # until a test that would hang fails


class S3:
    """Stands for a client; `on_put` is told each key, in the thread that stores it."""

    def __init__(self, on_put: Callable[[str], None] = lambda key: None) -> None:
        self.on_put = on_put
        self.stored: dict[str, dict[str, Any]] = {}

    def put_object(self, *, Key: str, **arguments: Any) -> None:
        self.on_put(Key)
        self.stored[Key] = arguments


def put(files: Files, *keys: str) -> None:
    for key in keys:
        files.put("bucket", key, key.encode(), "jpeg")


def keys(count: int) -> list[str]:
    return [f"file-{number}" for number in range(count)]


def failing(*broken: str) -> Callable[[str], None]:
    def on_put(key: str) -> None:
        if key in broken:
            raise OSError(f"{key} was not taken")

    return on_put


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, 5 * AT_ONCE])
def test_all_is_stored_when_the_block_is_left(count: int) -> None:
    s3: Any = S3()
    with storing(s3) as files:
        put(files, *keys(count))
    assert set(s3.stored) == set(keys(count))


def test_a_file_is_stored_as_one_by_itself_is() -> None:
    s3: Any = S3()
    with storing(s3) as files:
        files.put("bucket", "a.jpg", b"data", "jpeg")
    assert s3.stored["a.jpg"] == {
        "Bucket": "bucket",
        "Body": b"data",
        "ContentType": "image/jpeg",
        "CacheControl": "public, max-age=31536000, immutable",
    }


def test_the_next_file_is_made_while_the_one_before_is_stored() -> None:
    made = threading.Event()
    s3: Any = S3(lambda key: _wait(made))
    with storing(s3) as files:
        put(files, "first")
        assert s3.stored == {}
        made.set()  # what comes after put in the block
    assert set(s3.stored) == {"first"}


def test_a_few_are_stored_side_by_side() -> None:
    together = threading.Barrier(AT_ONCE)

    def on_put(key: str) -> None:
        together.wait(SECONDS)

    s3: Any = S3(on_put)
    with storing(s3) as files:
        put(files, *keys(AT_ONCE))
    assert len(s3.stored) == AT_ONCE


def test_no_more_than_a_few_are_in_memory_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    gate, waited = threading.Event(), []

    def opening(under_way: list[Any], **arguments: Any) -> Any:
        waited.append(len(under_way))
        gate.set()
        return wait(under_way, **arguments)

    monkeypatch.setattr("darkroom.storing.wait", opening)
    s3: Any = S3(lambda key: _wait(gate))
    with storing(s3) as files:
        put(files, *keys(AT_ONCE))
        assert waited == []
        put(files, "one more")
        assert waited == [AT_ONCE]
        assert s3.stored
    assert len(s3.stored) == AT_ONCE + 1


@pytest.mark.parametrize("broken", keys(3))
def test_a_file_that_was_not_stored_ends_the_block_with_its_error(broken: str) -> None:
    s3: Any = S3(failing(broken))
    with pytest.raises(OSError, match=f"{broken} was not taken"), storing(s3) as files:
        put(files, *keys(3))


def test_after_an_error_nothing_more_is_begun() -> None:
    s3: Any = S3(failing("file-0"))
    with pytest.raises(OSError, match="file-0"), storing(s3) as files:
        put(files, *keys(10 * AT_ONCE))
    assert len(s3.stored) < 2 * AT_ONCE


def test_every_other_error_is_in_the_notes() -> None:
    together = threading.Barrier(2)

    def on_put(key: str) -> None:
        together.wait(SECONDS)
        raise OSError(f"{key} was not taken")

    s3: Any = S3(on_put)
    with pytest.raises(OSError, match="file-0") as raised, storing(s3) as files:
        put(files, *keys(2))
    assert raised.value.__notes__ == ["storing another file: OSError: file-1 was not taken"]


def test_an_error_of_the_block_comes_out_once_nothing_is_under_way() -> None:
    left = threading.Event()
    s3: Any = S3(lambda key: _wait(left))
    with pytest.raises(ValueError, match="cannot be encoded") as raised, storing(s3) as files:
        put(files, "first")
        left.set()
        raise ValueError("cannot be encoded")
    assert set(s3.stored) == {"first"}
    assert not hasattr(raised.value, "__notes__")


def test_an_error_of_the_block_hides_none_of_storing() -> None:
    s3: Any = S3(failing("first"))
    with pytest.raises(ValueError, match="cannot be encoded") as raised, storing(s3) as files:
        put(files, "first")
        raise ValueError("cannot be encoded")
    assert raised.value.__notes__ == ["storing another file: OSError: first was not taken"]


def test_no_thread_is_left() -> None:
    s3: Any = S3()
    with storing(s3) as files:
        put(files, *keys(AT_ONCE))
    assert [one.name for one in threading.enumerate() if one.name.startswith("storing")] == []


def _wait(event: threading.Event) -> None:
    assert event.wait(SECONDS)
