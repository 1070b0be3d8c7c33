"""What `darkroom up --parameter` takes, and what it says of values that stay."""

from __future__ import annotations

import re

import pytest

from cli import parameters
from cli.errors import CommandError


@pytest.mark.parametrize(
    ("words", "values"),
    [
        ([], {}),
        (["ReviewTimeoutSeconds=60"], {"ReviewTimeoutSeconds": "60"}),
        (["ReviewKeywords="], {"ReviewKeywords": ""}),
        (["ReviewKeywords=a=b, c"], {"ReviewKeywords": "a=b, c"}),
        (["ReviewerEmail="], {"ReviewerEmail": ""}),
        (["ReviewerEmail=ann@example.com"], {"ReviewerEmail": "ann@example.com"}),
        (["Moderation=off"], {"Moderation": "off"}),
        (["LogRetentionDays=30"], {"LogRetentionDays": "30"}),
        (["ExtremeAspectRatio=2.5"], {"ExtremeAspectRatio": "2.5"}),
        (["ResemblesRejectedBits=-1"], {"ResemblesRejectedBits": "-1"}),
        (["MaxPixels=1", "MaxPixels=2"], {"MaxPixels": "2"}),
    ],
)
def test_a_value_within_its_bounds_is_taken_as_it_is(
    words: list[str], values: dict[str, str]
) -> None:
    assert parameters.read(words) == values


def test_every_default_is_a_value_that_is_taken() -> None:
    words = [f"{name}={parameters.default_of(name)}" for name in parameters.declared()]

    assert len(parameters.read(words)) == len(parameters.declared())


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("ReviewTimeoutSeconds", r"Expected NAME=VALUE for --parameter, got 'ReviewTimeout"),
        ("Mispelt=1", r"no parameter 'Mispelt'\.\ntemplate\.yaml has ReviewerEmail, "),
        ("ReviewTimeout=1", r"no parameter 'ReviewTimeout'\.\nDid you mean ReviewTimeoutSeconds"),
        ("reviewkeyword=1", r"\nDid you mean ReviewKeywords"),
        (
            "ReviewTimeoutSeconds=0",
            r"Expected a number from 1 to 2592000 for Rev.*'0'",
        ),
        ("ReviewTimeoutSeconds=2592001", r"Expected a number from 1 to 2592000"),
        ("ReviewTimeoutSeconds=never", r"Expected a number from 1 to 2592000.*'never'"),
        ("ReviewTimeoutSeconds=nan", r"Expected a number from 1 to 2592000"),
        ("ReviewTimeoutSeconds=", r"Expected a number from 1 to 2592000"),
        ("LogRetentionDays=4", r"Expected one of 1, 3, 5, .* for LogRetentionDays, got '4'"),
        ("Moderation=on", r"Expected one of off, rekognition for Moderation, got 'on'"),
        ("ReviewerEmail=ann", r"Expected an e-mail address, or empty for ReviewerEmail, got 'ann'"),
        ("ReviewerEmail=ann\n@b", r"Expected an e-mail address"),
    ],
)
def test_a_value_that_cloudformation_would_refuse_is_named_with_what_is_expected(
    word: str, said: str
) -> None:
    with pytest.raises(CommandError) as raised:
        parameters.read([word])

    assert re.search(said, raised.value.message)


def test_the_parameters_meaning_is_the_next_step() -> None:
    with pytest.raises(CommandError, match="\nLogRetentionDays: Days until CloudWatch deletes"):
        parameters.read(["LogRetentionDays=4"])


def test_what_differs_from_its_default_is_said_but_not_what_the_engine_needs() -> None:
    deployed = {name: parameters.default_of(name) for name in parameters.declared()} | {
        "StepConcurrency": "1",
        "FunctionUrlPrefix": "http://localhost:1/",
        "ReviewerEmail": "ann@example.com",
        "ReviewKeywords": "",
        "OfAnOlderTemplate": "1",
    }
    ours = {"StepConcurrency": "1", "FunctionUrlPrefix": "http://localhost:1/"}

    assert parameters.changed(deployed, ours) == [
        "ReviewKeywords= (default forbidden)",
        "ReviewerEmail=ann@example.com (default empty)",
    ]
    assert parameters.changed(deployed | {"StepConcurrency": "2"}, ours)[2:] == [
        "StepConcurrency=2 (default 8)"
    ]
