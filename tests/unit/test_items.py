"""DynamoDB items: what boto3 makes of them is what we make of them."""

from __future__ import annotations

from typing import Any

import pytest
from boto3.dynamodb.types import TypeSerializer
from hypothesis import given
from hypothesis import strategies as st

from darkroom.items import plain_item, typed_item

whole = st.integers(-(10**30), 10**30)
# Beyond that, a whole float comes back as the int that was written, which is another number.
numbers = whole | st.floats(-1e9, 1e9)


def trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    values = st.recursive(
        st.none() | st.booleans() | st.text() | leaves,
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=12,
    )
    return st.dictionaries(st.text(), values, max_size=4)


@given(trees(whole))
def test_values_become_what_boto3_makes_of_them(values: dict[str, Any]) -> None:
    serialize = TypeSerializer().serialize
    assert typed_item(values) == {name: serialize(value) for name, value in values.items()}


@given(trees(numbers))
def test_what_was_put_comes_back(values: dict[str, Any]) -> None:
    assert plain_item(typed_item(values)) == values


@pytest.mark.parametrize(
    ("written", "value"), [("1E+2", 100), ("3.0", 3), ("0.25", 0.25), ("-7", -7), ("1e-07", 1e-7)]
)
def test_a_number_is_whole_where_it_can_be(written: str, value: float) -> None:
    found = plain_item({"n": {"N": written}})["n"]
    assert found == value
    assert isinstance(found, type(value))


def test_a_tuple_is_a_list() -> None:
    assert typed_item({"a": ("b",)}) == {"a": {"L": [{"S": "b"}]}}


@pytest.mark.parametrize("value", [b"bytes", {"a set"}, object()])
def test_what_json_cannot_say_is_no_attribute(value: object) -> None:
    with pytest.raises(TypeError, match="expected what JSON can say"):
        typed_item({"a": value})
