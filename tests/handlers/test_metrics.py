"""What each function counts: one line an invocation, with the metrics in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from darkroom import statuses
from tests.handlers import test_publish_handler as publishing
from tests.handlers import test_withdraw_handler as withdrawing
from tests.handlers.reviewing import Reviewer

if TYPE_CHECKING:
    from tests.handlers.conftest import Aws, Metrics

# Of the review in test_publish_handler: from a quarter past six to the next day's quarter past ten.
DECIDED_AFTER_S = 101_440


def ended(metrics: Metrics) -> list[tuple[str, str]]:
    """Status and recipe of each image that was counted."""
    return [(line["status"], line["recipe"]) for line in metrics() if "Images" in line]


def took(metrics: Metrics) -> list[float]:
    return [line["ReviewSeconds"] for line in metrics() if "ReviewSeconds" in line]


def test_a_clean_picture_is_counted_and_nobody_took_time_over_it(
    aws: Aws, metrics: Metrics
) -> None:
    publishing.run(aws)
    assert ended(metrics) == [(statuses.PUBLISHED, "default")]
    assert took(metrics) == []


def test_an_approval_says_how_long_it_took(aws: Aws, metrics: Metrics) -> None:
    publishing.put_waiting(aws)
    publishing.run(aws, flagged=True)
    assert ended(metrics) == [(statuses.PUBLISHED, "default")]
    assert took(metrics) == [DECIDED_AFTER_S]


def test_a_rejection_says_how_long_it_took(aws: Aws, metrics: Metrics) -> None:
    publishing.put_waiting(aws)
    review = publishing.REVIEW | {"decision": "reject"}
    publishing.discard(aws, rejected=publishing.REJECTED, recipe="products", review=review)
    assert ended(metrics) == [(statuses.REJECTED, "products")]
    assert took(metrics) == [DECIDED_AFTER_S]


def test_what_nobody_decided_about_is_counted_and_took_no_time(aws: Aws, metrics: Metrics) -> None:
    publishing.put_waiting(aws)
    review = {name: publishing.REVIEW[name] for name in ("requested_at", "deadline_at")}
    publishing.discard(aws, recipe="products", review=review)
    assert ended(metrics) == [(statuses.EXPIRED, "products")]
    assert took(metrics) == []


def test_a_run_of_before_a_deploy_ends_as_it_would_have(aws: Aws, metrics: Metrics) -> None:
    """It waited with the state machine's definition of then, which names no recipe."""
    publishing.put_waiting(aws)
    publishing.discard(aws)
    assert ended(metrics) == [(statuses.EXPIRED, "unknown")]
    withdrawing.withdraw(aws)
    assert len(ended(metrics)) == 1


@pytest.mark.parametrize("retract", [True, False])
def test_a_withdrawal_is_counted_where_it_is_for_good(
    aws: Aws, metrics: Metrics, retract: bool
) -> None:
    withdrawing.withdraw(aws, retract=retract, recipe="products")
    assert ended(metrics) == ([(statuses.RETRACTED, "products")] if retract else [])


def test_a_picture_that_has_to_wait_is_counted(reviewer: Reviewer, metrics: Metrics) -> None:
    reviewer.request()
    assert ended(metrics) == [(statuses.IN_REVIEW, "default")]


def test_an_invocation_writes_one_line_of_metrics(aws: Aws, metrics: Metrics) -> None:
    publishing.run(aws)
    withdrawing.withdraw(aws)
    assert [line["message"] for line in metrics()] == ["published", "withdrawn"]
    assert {line["stack"] for line in metrics()} == {"darkroom"}
