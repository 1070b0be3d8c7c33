"""Quantities, prices and sums of the bill."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from cli.costing import quantities as quantifying
from cli.costing.bill import MILLION, make_bill
from cli.costing.functions import Function
from cli.costing.gathering import Gathered
from cli.costing.histories import Run
from cli.costing.invocations import Invocation
from cli.costing.prices import price_table
from cli.costing.quantities import COUNTED, MEASURED_LOCALLY, READ, quantities
from cli.costing.showing import plain_bill
from cli.costing.sizes import item_bytes, read_units, write_units
from cli.costing.watching import Watching
from tests.statemachine.definitions import BUCKETS, PROCESS

ARN = "arn:aws:states:us-east-1:123456789012:execution:darkroom-pipeline:1"
IMAGE, VERSION = "a.jpg", "1" * 16
MADE = {
    "verdict": "accepted",
    "flags": [],
    "manifest_key": "a.jpg/manifest.json",
    "variants": [
        {"name": "w320", "kind": "rendition", "files": [{"format": "avif", "bytes": 2**20}]},
        {"name": "noir", "kind": "filter", "files": [{"format": "avif", "bytes": 2**20}]},
    ],
}
ANSWER = {
    "Status": "SUCCEEDED",
    "Output": json.dumps(MADE),
    "BillingDetails": {"BilledDurationInMilliseconds": 1000, "BilledMemoryUsedInMB": 64},
}
RUN = Run(
    arn=ARN,
    image=IMAGE,
    version=VERSION,
    transitions=4,
    states=Counter(),
    calls=Counter({"dynamodb:updateItem": 1, "sns:publish": 1}),
    answers=(ANSWER,),
    upload_bytes=2**20,
    windows=(),
)
STEPS: list[tuple[str, dict[str, Any]]] = [
    ("validate", {"message": "accepted"}),
    ("resize", {"message": "made"}),
    ("filter", {"message": "made"}),
    ("optimize", {"message": "encoded", "files": 1}),
    ("optimize", {"message": "encoded", "files": 1}),
    ("publish", {"message": "published"}),
]


def function(step: str, **more: Any) -> Function:
    defaults: dict[str, Any] = {
        "log_group": step,
        "memory_mb": 1024,
        "architecture": "arm64",
        "is_traced": True,
        "logs_json": True,
        "environment": {},
    }
    return Function(step, **defaults | more)


def invocation(step: str, said: dict[str, Any], **more: Any) -> Invocation:
    said = said | {"execution": ARN, "cold_start": False}
    return Invocation(function(step, **more), "r", 100, 1024, None, said, 500)


GATHERED = Gathered(
    runs=[RUN],
    functions=[function(step) for step in ("filter", "optimize", "publish", "resize", "validate")],
    invocations=[invocation(step, said) for step, said in STEPS],
    definition=json.dumps(PROCESS.definition),
    records={(IMAGE, VERSION): 1500},
    master_bytes=2**22,
    subscriptions={"OutcomeTopicArn": ["email", "sqs", "carrier-pigeon"], "ReviewTopicArn": []},
    resource_types=["AWS::SecretsManager::Secret", "AWS::CloudWatch::Dashboard"],
    is_local=False,
    images={(IMAGE, VERSION)},
    watching=Watching(3, {("Darkroom", "ReviewQueue", "darkroom")}),
)


def amounts(gathered: Gathered) -> dict[str, float]:
    return {one.item: one.amount for one in quantities(gathered)}


def test_everything_that_a_clean_picture_uses_is_counted() -> None:
    assert amounts(GATHERED) == pytest.approx(
        {
            "Standard transitions": 4,
            "Express requests": 1,
            "Express duration": 64 / 1024,
            "Lambda requests": 6,
            "Lambda duration": 0.6,
            "S3 PUT of the upload": 1,
            # Two masters, two files, the manifest.
            "S3 PUT, COPY, LIST": 5,
            # Validate, Resize, Filter, two masters, a look for a manifest.
            "S3 GET, HEAD": 6,
            "S3 masters": 1.5 / 30 / 256,
            # Claim and Record, two units each; Recall, and six questions of half a unit.
            "DynamoDB writes": 4,
            "DynamoDB reads": 4,
            "SNS messages": 1,
            "SNS deliveries, email": 1,
            "EventBridge events of S3": 1,
            "CloudWatch log lines": 3000 / 2**30,
            "X-Ray traces": 0.05,
        }
    )


def test_a_review_writes_the_record_and_the_queue_and_the_trail() -> None:
    run = replace(
        RUN,
        states=Counter(Request=1, Review=1, Answer=1),
        calls=Counter({"dynamodb:updateItem": 2, "dynamodb:putItem": 1, "dynamodb:getItem": 1}),
    )
    asked = invocation("review", {"message": "asked for a review"})
    found = amounts(replace(GATHERED, runs=[run], invocations=[asked]))
    # Claim, Review, Record and the request, two units each; in and out of the queue; two entries.
    assert found["DynamoDB writes"] == 4 * 2 + 2 + 2
    # Recall and Answer.
    assert found["DynamoDB reads"] == 2
    assert found["SNS messages"] == 1
    assert found["Secrets Manager calls"] == 1


def test_moderation_costs_a_look_and_a_write() -> None:
    watched = {"environment": {"MODERATION": "rekognition"}}
    seen = [
        invocation("validate", {"message": message}, **watched)
        for message in ("accepted", "invalid")
    ]
    found = amounts(replace(GATHERED, invocations=seen))
    assert found["Rekognition"] == 1
    assert found["S3 PUT, COPY, LIST"] == 1


def test_the_time_of_cold_starts_stands_by_itself() -> None:
    cold = invocation("resize", {"message": "made"})
    cold.said, cold.billed_ms = {**cold.said, "cold_start": True}, 1100
    found = amounts(replace(GATHERED, invocations=[*GATHERED.invocations, cold]))
    assert found["Lambda cold starts"] == pytest.approx(1.0)
    assert found["Lambda duration"] == pytest.approx(0.7)


def test_each_architecture_has_its_price() -> None:
    other = [invocation("validate", {"message": "accepted"}, architecture="x86_64")]
    functions = [function("validate", architecture="x86_64")]
    found = quantities(replace(GATHERED, functions=functions, invocations=other))
    assert {one.price for one in found if one.item == "Lambda duration"} == {"lambda_gb_s_x86_64"}


def test_what_the_engine_measured_is_labelled() -> None:
    known = {one.item: one.known for one in quantities(replace(GATHERED, is_local=True))}
    assert known["Lambda duration"] == known["CloudWatch log lines"] == MEASURED_LOCALLY
    assert known["Standard transitions"] == READ
    assert known["S3 PUT, COPY, LIST"] == COUNTED


def test_an_express_run_without_billing_details_is_measured_locally() -> None:
    answer = {name: value for name, value in ANSWER.items() if name != "BillingDetails"} | {
        "StartDate": "2026-11-20T06:00:00Z",
        "StopDate": "2026-11-20T06:00:01Z",
    }
    [duration] = [
        one
        for one in quantities(replace(GATHERED, runs=[replace(RUN, answers=(answer,))]))
        if one.item == "Express duration"
    ]
    assert duration.known == MEASURED_LOCALLY


def test_the_bill_is_the_sum_of_its_lines_for_a_million_images() -> None:
    bill = make_bill(GATHERED)

    assert bill.dollars == pytest.approx(sum(item.dollars for item in bill.items))
    assert sum(item.share for item in bill.items) == pytest.approx(1)
    by_name = {item.name: item for item in bill.items}
    assert by_name["Standard transitions"].dollars == pytest.approx(100)
    assert by_name["S3 PUT, COPY, LIST"].dollars == pytest.approx(25)
    assert [item.name for item in bill.largest] == [
        "Standard transitions",
        "S3 PUT, COPY, LIST",
        "SNS deliveries, email",
    ]


def test_twice_as_many_images_cost_the_same_each() -> None:
    second = replace(RUN, arn=f"{ARN}2", version="2" * 16)
    more = [
        replace(one, said={**one.said, "execution": second.arn}) for one in GATHERED.invocations
    ]
    twice = replace(
        GATHERED,
        runs=[RUN, second],
        invocations=[*GATHERED.invocations, *more],
        records={(IMAGE, VERSION): 1500, (IMAGE, "2" * 16): 1500},
        master_bytes=2 * GATHERED.master_bytes,
        images={(IMAGE, VERSION), (IMAGE, "2" * 16)},
    )
    assert make_bill(twice).dollars == pytest.approx(make_bill(GATHERED).dollars)


def test_one_workflow_has_the_states_of_process_in_place_of_the_express_one() -> None:
    bill = make_bill(GATHERED)
    # Recall, Recalled, Claim, Withdrawn, Validate, Verdict, Make, Resize and one, Filter and one,
    # Kept, Optimize and two, Tidy and two, Assemble, Clean, Publish.
    assert bill.one_workflow.transitions == 4 - 1 + 21
    express = sum(item.dollars for item in bill.items if item.name.startswith("Express"))
    more = (21 - 1) * 0.025 / 1000 * MILLION
    assert bill.one_workflow.dollars == pytest.approx(bill.dollars - express + more)


def test_what_is_kept_costs_by_the_month_and_is_not_in_the_total() -> None:
    lines = {line.name: line.dollars for line in make_bill(GATHERED).monthly}
    assert lines == pytest.approx(
        {
            "published files of a million images": 2 / 1024 * MILLION * 0.023,
            "uploads of a million images": 1 / 1024 * MILLION * 0.023,
            "secrets": 0.40,
            "alarms, by the metric": 0.30,
            "metrics": 0.30,
            "dashboards": 3.00,
        }
    )


def test_a_metric_that_a_line_carries_and_cloudwatch_lists_is_paid_for_once() -> None:
    said = ("Darkroom", "BytesIn", "darkroom", "validate")
    listed = {said, ("Darkroom", "ReviewQueue", "darkroom")}
    reporting = replace(GATHERED.invocations[0], metrics={said})
    gathered = replace(GATHERED, invocations=[reporting, reporting], watching=Watching(0, listed))
    lines = {line.name: line.amount for line in make_bill(gathered).monthly}
    assert lines["metrics"] == 2
    assert "alarms, by the metric" not in lines


def test_notes_tell_what_is_not_known() -> None:
    odd = invocation("review", {"message": "decided"})
    odd.billed_ms = None
    gathered = replace(GATHERED, invocations=[*GATHERED.invocations, odd])
    notes = " ".join(plain_bill(make_bill(gathered), gathered)["notes"])
    assert "1 invocations did not say what they did" in notes
    assert "1 invocations have no report" in notes
    assert "carrier-pigeon" in notes
    assert "sqs" not in notes


# ── The tables that it rests on ──────────────────────────────────────────────────────────────────


def test_every_price_is_above_nothing_and_names_its_page_at_aws() -> None:
    table = price_table()
    assert date.fromisoformat(table.date)
    for name, price in table.prices.items():
        assert price.dollars > 0 and price.per > 0, name
        assert price.source.startswith("https://aws.amazon.com/"), name


def test_masters_expire_when_the_bill_says() -> None:
    [rule] = [
        rule
        for rule in BUCKETS["WorkBucket"]["LifecycleConfiguration"]["Rules"]
        if rule["Prefix"] == "masters/"
    ]
    assert rule["ExpirationInDays"] == quantifying.MASTER_DAYS


def test_an_item_is_as_large_as_dynamodb_says() -> None:
    item = {
        "name": {"S": "ü"},
        "count": {"N": "1234"},
        "done": {"BOOL": True},
        "list": {"L": [{"S": "ab"}]},
        "map": {"M": {"k": {"NULL": True}}},
    }
    assert item_bytes(item) == (4 + 2) + (5 + 3) + (4 + 1) + (4 + 3 + 1 + 2) + (3 + 3 + 1 + 1 + 1)


@pytest.mark.parametrize(("size", "writes", "reads"), [(0, 1, 1), (1024, 1, 1), (4097, 5, 2)])
def test_units_are_begun_kibibytes(size: int, writes: int, reads: int) -> None:
    assert (write_units(size), read_units(size)) == (writes, reads)
