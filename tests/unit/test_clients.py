"""Clients that are made with less work are the same clients."""

from __future__ import annotations

import pytest
from botocore.loaders import Loader

from darkroom.clients import ModelFiles, aws_client
from darkroom.storage import s3_client

FILES = ("endpoints", "partitions", "sdk-default-configuration", "_retry")


@pytest.mark.parametrize("service", ["s3", "dynamodb", "secretsmanager", "sns", "stepfunctions"])
def test_a_service_reads_the_same_as_by_botocore(service: str) -> None:
    ours, theirs = Loader(file_loader=ModelFiles()), Loader()
    for kind in ("service-2", "endpoint-rule-set-1", "paginators-1"):
        model = theirs.load_service_model(service, kind)
        assert ours.load_service_model(service, kind) == model
        assert list(ours.load_service_model(service, kind)) == list(model)


@pytest.mark.parametrize("name", FILES)
def test_what_all_services_share_reads_the_same(name: str) -> None:
    assert Loader(file_loader=ModelFiles()).load_data(name) == Loader().load_data(name)


def test_a_file_that_is_not_there_is_none() -> None:
    assert ModelFiles().load_file("/nowhere/service-2") is None


def test_clients_share_what_was_read(monkeypatch: pytest.MonkeyPatch) -> None:
    aws_client("sns")
    monkeypatch.setattr(ModelFiles, "load_file", lambda *_: pytest.fail("expected no reading"))
    aws_client("sns")


def test_attempts_are_those_asked_for() -> None:
    retries = s3_client().meta.config.retries  # type: ignore[attr-defined]
    assert (retries["mode"], retries["total_max_attempts"]) == ("standard", 10)
