"""S3's refusals, and what they mean to a step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from darkroom.errors import ImageError, ObjectMissing
from darkroom.storage import copy, error_code, fetch, fetch_upload, remove, store, store_masters


class Refusing:
    """A client whose every call fails with one code."""

    def __init__(self, code: str) -> None:
        self._error = ClientError({"Error": {"Code": code, "Message": "no"}}, "Call")

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def refuse(**_: Any) -> Any:
            raise self._error

        return refuse


class Deleting:
    """A client that deletes, but not `stubborn`."""

    def __init__(self, stubborn: str = "") -> None:
        self.batches: list[list[str]] = []
        self.singly: list[str] = []
        self._stubborn = stubborn

    def delete_object(self, *, Bucket: str, Key: str) -> None:
        self.singly.append(Key)

    def delete_objects(self, *, Bucket: str, Delete: dict[str, Any]) -> dict[str, Any]:
        assert Delete["Quiet"]
        keys = [item["Key"] for item in Delete["Objects"]]
        self.batches.append(keys)
        errors = [{"Key": key, "Code": "AccessDenied"} for key in keys if key == self._stubborn]
        return {"Errors": errors} if errors else {}


@pytest.mark.parametrize("code", ["NoSuchKey", "NoSuchVersion", "404"])
def test_an_upload_that_is_gone_was_deleted(code: str) -> None:
    with pytest.raises(ImageError) as caught:
        fetch_upload(Refusing(code), "b", "raw/a.jpg", etag="x")  # type: ignore[arg-type]

    assert caught.value.code == "deleted"


@pytest.mark.parametrize("code", ["PreconditionFailed", "412", "ConditionalRequestConflict"])
def test_an_upload_with_another_etag_was_replaced(code: str) -> None:
    with pytest.raises(ImageError) as caught:
        fetch_upload(Refusing(code), "b", "raw/a.jpg", etag="x")  # type: ignore[arg-type]

    assert caught.value.code == "replaced"


@pytest.mark.parametrize("code", ["NoSuchKey", "404"])
def test_an_object_that_is_missing_is_named(code: str) -> None:
    client: Any = Refusing(code)

    with pytest.raises(ObjectMissing, match="expected an object at s3://b/k, got none"):
        fetch(client, "b", "k", 0, 1)
    with pytest.raises(ObjectMissing, match="expected an object at s3://b/k, got none"):
        copy(client, ("b", "k"), ("c", "l"))


@pytest.mark.parametrize("code", ["AccessDenied", "SlowDown", "500"])
@pytest.mark.parametrize(
    "call",
    [
        lambda client: fetch_upload(client, "b", "k", etag="x"),
        lambda client: fetch(client, "b", "k", 0, 1),
        lambda client: copy(client, ("b", "k"), ("c", "l")),
        lambda client: store(client, "b", "k", b"", "jpeg"),
        lambda client: store_masters(client, "b", "k", b""),
        lambda client: remove(client, "b", ["k"]),
    ],
    ids=["fetch_upload", "fetch", "copy", "store", "store_masters", "remove"],
)
def test_any_other_refusal_stays_an_error_of_aws(call: Callable[[Any], Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        call(Refusing(code))

    assert error_code(caught.value) == code


def test_a_thousand_keys_are_removed_at_once() -> None:
    client: Any = Deleting()
    keys = [str(number) for number in range(2001)]

    remove(client, "b", keys)

    assert [len(batch) for batch in client.batches] == [1000, 1000, 1]
    assert [key for batch in client.batches for key in batch] == keys


def test_what_xml_cannot_say_is_removed_by_its_address() -> None:
    client: Any = Deleting()
    unsayable = ["a\x00", "\x1b[31m", "a\x08b", "\ufffe", "\uffff"]
    sayable = ["a\r\n\tb", "<&>", "a\x7f", "\ufffd", "\U0001f600", "\ud7ff\ue000"]

    remove(client, "b", [*unsayable, *sayable])

    assert (client.singly, client.batches) == (unsayable, [sayable])


def test_to_remove_nothing_asks_nothing() -> None:
    client: Any = Deleting()

    remove(client, "b", [])

    assert client.batches == []


def test_a_key_that_cannot_be_removed_is_named() -> None:
    client: Any = Deleting(stubborn="2")

    with pytest.raises(OSError, match="expected to delete s3://b/2, got AccessDenied"):
        remove(client, "b", ["1", "2", "3"])


def test_an_error_without_a_code_has_an_empty_one() -> None:
    assert error_code(ClientError({}, "Call")) == ""
