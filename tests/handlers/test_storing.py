"""Storing in the background with botocore's own client, which the threads share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from darkroom.storage import s3_client
from darkroom.storing import AT_ONCE, storing

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws

KEYS = [f"trip/a b+ü.jpg/{number}.avif" for number in range(5 * AT_ONCE)]


def test_one_client_stores_files_side_by_side(aws: Aws) -> None:
    aws.function("OptimizeFunction")  # makes its buckets
    with storing(s3_client()) as files:
        for key in KEYS:
            files.put(aws["PublishedBucket"], key, key.encode(), "avif")

    assert sorted(aws.keys("PublishedBucket")) == sorted(KEYS)
    for key in KEYS:
        assert aws.read("PublishedBucket", key) == key.encode()
        assert aws.head("PublishedBucket", key)["ContentType"] == "image/avif"


def test_what_s3_refuses_keeps_its_name(aws: Aws) -> None:
    """The state machine retries by it."""
    with pytest.raises(ClientError, match="NoSuchBucket"), storing(s3_client()) as files:
        files.put("no-such-bucket", KEYS[0], b"data", "avif")


def test_there_is_a_connection_for_each(aws: Aws) -> None:
    assert s3_client().meta.config.max_pool_connections >= AT_ONCE  # type: ignore[attr-defined]
