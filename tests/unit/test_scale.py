"""docs/scale.md has what bench/scale.py computes, and that has what the template says."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bench.scale import (
    BEGIN,
    DERIVED,
    DOCUMENT,
    END,
    FLAGGED,
    RATES,
    Picture,
    keep,
    limits,
    read,
    section,
    take,
)
from tests.statemachine.definitions import PARAMETERS

DATA = read()
CLEAN, HELD = DATA.pictures["clean"], DATA.pictures["flagged"]
TEXT = DOCUMENT.read_text(encoding="utf-8")


def test_the_document_has_the_tables_as_they_are_computed() -> None:
    kept = TEXT.partition(BEGIN)[2].partition(END)[0]
    assert kept == f"\n{section(DATA, FLAGGED)}\n", "`python -m bench.scale --docs` puts them there"


def test_what_a_quota_counts_is_known_of_a_picture_and_the_other_way_round() -> None:
    counted = {quota.use for quota in DATA.quotas}
    plain = {name for name in Picture.__struct_fields__ if isinstance(getattr(CLEAN, name), float)}
    assert counted <= {*plain, *DERIVED}
    assert counted >= plain - {"function_ms", "large_function_ms", "dollars"} | {*DERIVED}


def test_every_quota_has_a_page_of_aws_and_a_day() -> None:
    for quota in DATA.quotas:
        assert re.match(r"https://(docs\.aws\.amazon\.com|repost\.aws)/", quota.source), quota.name
    assert date.fromisoformat(DATA.checked) <= date.today()


def test_a_review_keeps_executions_open_as_long_as_the_template_says() -> None:
    reminder = PARAMETERS["ReviewReminderSeconds"]["Default"]
    timeout = PARAMETERS["ReviewTimeoutSeconds"]["Default"]
    assert HELD.open_seconds == reminder
    assert HELD.undecided_seconds == reminder + timeout


def test_the_seconds_of_functions_are_those_of_the_bill_in_the_documents() -> None:
    performance = (DOCUMENT.parent / "performance.md").read_text(encoding="utf-8")
    rows = re.findall(
        r"^(?:\w+) +\d+ MB +([\d.]+) +([\d,]+) +\d+ +[\d.]+ +[\d.]+ *$", performance, re.M
    )
    assert len(rows) == 5
    assert sum(float(calls) * float(ms) for calls, ms in rows) == CLEAN.function_ms
    [dollars] = re.findall(r"^Total +([\d.]+) *$", performance, re.M)
    assert CLEAN.dollars * 1_000_000 == pytest.approx(float(dollars), abs=0.5)


def test_the_first_quota_is_the_one_that_is_enough_for_the_fewest() -> None:
    found = limits(DATA, FLAGGED)
    assert [limit.uploads for limit in found] == sorted(limit.uploads for limit in found)
    [starts] = [limit for limit in found if limit.quota.use == "starts"]
    assert starts.uploads == pytest.approx(300 / 1.01)


def test_without_flagged_pictures_what_only_they_use_limits_nothing() -> None:
    used = {limit.quota.use for limit in limits(DATA, 0)}
    assert not used & {"answers", "queue_writes", "mails"}
    assert limits(DATA, 1)[0].quota.use == "undecided_seconds"


def test_functions_take_longer_by_what_s3_takes_longer() -> None:
    assert CLEAN.requests == 35
    assert take(CLEAN, "function_seconds") == pytest.approx(1.538 + 35 * 0.03)


@pytest.mark.parametrize("rate", RATES)
def test_every_rate_has_a_section(rate: int) -> None:
    unit = "upload" if rate == 1 else "uploads"
    assert f"\n## {rate:,} {unit} a second\n" in TEXT


def test_a_document_without_marks_is_left_alone(tmp_path: Path) -> None:
    document = tmp_path / "other.md"
    document.write_text("nothing here")
    with pytest.raises(ValueError, match="expected"):
        keep("text", document)
    assert document.read_text() == "nothing here"


def test_the_document_says_in_short_what_is_used_up_first() -> None:
    usual = [limit.uploads for limit in limits(DATA, FLAGGED) if not limit.quota.condition]
    short = re.search(r"\*\*(\d+) uploads a second\*\*.*?then\s(\d+) .*?then (\d+) ", TEXT, re.S)
    assert short is not None
    assert [int(number) for number in short.groups()] == [round(one) for one in usual[:3]]
