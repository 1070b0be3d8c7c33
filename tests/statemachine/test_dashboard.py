"""The dashboard: what CloudWatch can show of it, and that it shows what there is."""

from __future__ import annotations

import itertools
import json
import re
from typing import Any

import pytest

from bench import dashboard
from bench.dashboarding.dollars import CLEAN_TRANSITIONS
from cli.costing.prices import price_table
from cli.places import TEMPLATE as FILE
from darkroom.metrics import METRICS, NAMESPACE
from tests.statemachine.definitions import PARAMETERS, RESOURCES, Json, of_type
from tests.statemachine.test_expressions import clean

PUT_IN = re.compile(r"\$\{([^}]+)\}")
PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": "us-east-1",
    "AWS::AccountId": "123456789012",
    "AWS::StackName": "darkroom",
}
# What AWS measures by itself, and by which dimensions, of what kind of resource.
# https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html
# https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/metrics-dimensions.html
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Monitoring-CloudWatch-Metrics.html
KNOWN: dict[str, tuple[dict[str, str], set[str]]] = {
    "AWS/Lambda": (
        {"FunctionName": "AWS::Serverless::Function"},
        {
            *("Invocations", "Errors", "Throttles", "Duration", "ConcurrentExecutions"),
            *("UrlRequestCount", "Url4xxCount", "Url5xxCount", "UrlRequestLatency"),
        },
    ),
    "AWS/States": (
        {"StateMachineArn": "AWS::Serverless::StateMachine"},
        {
            *("ExecutionsStarted", "ExecutionsSucceeded", "ExecutionsFailed", "ExecutionsAborted"),
            *("ExecutionsTimedOut", "ExecutionThrottled", "ExecutionTime"),
            *("ExpressExecutionBilledDuration", "ExpressExecutionBilledMemory"),
        },
    ),
    "AWS/SQS": (
        {"QueueName": "AWS::SQS::Queue"},
        {"ApproximateNumberOfMessagesVisible", "NumberOfMessagesSent"},
    ),
    "AWS/DynamoDB": (
        {"TableName": "AWS::DynamoDB::Table"},
        {"ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"},
    ),
    "AWS/S3": (
        {"BucketName": "AWS::S3::Bucket", "StorageType": "StandardStorage"},
        {"BucketSizeBytes"},
    ),
    "AWS/Logs": ({"LogGroupName": "AWS::Logs::LogGroup"}, {"IncomingBytes"}),
}
OPTIONS = {"label", "stat", "id", "visible", "yAxis", "expression"}
QUESTIONS = ["Is it healthy?", "How far behind is it?", "What does it cost?"]


def raw() -> str:
    text = RESOURCES["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"]
    assert isinstance(text, str)
    return text


def filled(name: str) -> str:
    """What CloudFormation puts in; a resource keeps its name here."""
    if name in PSEUDO:
        return PSEUDO[name]
    if name in PARAMETERS:
        return str(PARAMETERS[name]["Default"])
    resource, _, attribute = name.partition(".")
    assert resource in RESOURCES and attribute in ("", "QueueName"), name
    return resource


BODY: Json = json.loads(PUT_IN.sub(lambda found: filled(found[1]), raw()))
WIDGETS: list[Json] = BODY["widgets"]
GRAPHS = [one for one in WIDGETS if one["type"] == "metric"]

every_graph = pytest.mark.parametrize("graph", GRAPHS, ids=lambda one: one["properties"]["title"])


def test_the_template_has_what_the_generator_writes() -> None:
    text = FILE.read_text(encoding="utf-8")
    assert dashboard.written(text) == text, "expected what `python -m bench.dashboard` writes"


def test_three_questions_are_asked_in_this_order() -> None:
    texts = [one["properties"]["markdown"] for one in WIDGETS if one["type"] == "text"]
    assert [re.match("## (.*)", text)[1] for text in texts] == QUESTIONS  # type: ignore[index]


def test_no_widget_lies_on_another_or_beside_the_grid() -> None:
    for one in WIDGETS:
        assert one["x"] >= 0 and one["y"] >= 0 and one["x"] + one["width"] <= 24
        assert one["width"] >= 1 and one["height"] >= 1
    for one, other in itertools.combinations(WIDGETS, 2):
        beside = one["x"] + one["width"] <= other["x"] or other["x"] + other["width"] <= one["x"]
        apart = one["y"] + one["height"] <= other["y"] or other["y"] + other["height"] <= one["y"]
        assert beside or apart, (one, other)


def test_each_answer_stands_below_its_question() -> None:
    for one, following in itertools.pairwise(WIDGETS):
        assert (following["y"], following["x"]) > (one["y"], one["x"])


def test_every_alarm_is_on_it() -> None:
    [shown] = [one["properties"]["alarms"] for one in WIDGETS if one["type"] == "alarm"]
    assert shown == [
        f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:darkroom-{name}"
        for name in of_type("AWS::CloudWatch::Alarm")
    ]


@every_graph
def test_every_metric_is_one_that_there_is(graph: Json) -> None:
    for series in graph["properties"]["metrics"]:
        *metric, options = series
        assert set(options) <= OPTIONS
        if metric:
            exists(*metric)


@every_graph
def test_every_expression_names_what_the_graph_has(graph: Json) -> None:
    metrics = graph["properties"]["metrics"]
    ids = [options["id"] for *_, options in metrics if "id" in options]
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch("[a-z][A-Za-z0-9_]*", id) for id in ids)
    for *_, options in metrics:
        without_texts = re.sub(r"'[^']*'", "", options.get("expression", ""))
        named = set(re.findall(r"\b[a-z]\w*\b", without_texts))
        assert named <= set(ids), options
    assert _hidden(metrics) <= _used(metrics)


def _hidden(metrics: list[Any]) -> set[str]:
    """Of metrics that stand there for an expression alone."""
    return {one[-1]["id"] for one in metrics if one[:-1] and one[-1].get("visible") is False}


def _used(metrics: list[Any]) -> set[str]:
    text = " ".join(one[-1].get("expression", "") for one in metrics)
    return set(re.findall(r"\b[a-z]\w*\b", text))


def test_every_metric_of_ours_is_shown() -> None:
    assert {name for name in METRICS if f'"{name}"' in raw() or f'\\"{name}\\"' in raw()} == set(
        METRICS
    )


def test_a_number_is_no_text() -> None:
    [annotation] = [
        line
        for one in GRAPHS
        for line in one["properties"].get("annotations", {}).get("horizontal", ())
    ]
    assert annotation["value"] == PARAMETERS["OldestReviewAlarmSeconds"]["Default"]


# ── Dollars ──────────────────────────────────────────────────────────────────────────────────────

# Of each expression: what one unit of each metric makes, in dollars by the table.
PRICES = {
    "standard": {"starts": ("transition", CLEAN_TRANSITIONS)},
    "express": {"calls": ("express_request", 1), "billed": ("express_gb_s", 64 / 1024 / 1000)},
    "dynamodb": {"writes": ("dynamodb_write", 1), "reads": ("dynamodb_read", 1)},
    "logs": {"log_Opt": ("log_gb", 1 / 1024**3)},
}


@pytest.mark.parametrize("name", PRICES)
def test_the_dollars_are_those_of_the_price_table(name: str) -> None:
    expression = expressions("Dollars an hour")[name]
    for metric, (price, factor) in PRICES[name].items():
        wanted = price_table().prices[price].each * factor
        assert evaluated(expression, {metric: 1e9}) == pytest.approx(wanted * 1e9, rel=1e-6)


def test_a_functions_dollars_are_of_its_memory() -> None:
    expression = expressions("Dollars an hour")["lambda"]
    prices = price_table().prices
    for name, function in of_type("AWS::Serverless::Function").items():
        step = name.removesuffix("Function").lower()
        gb = function["MemorySize"] / 1024
        second = evaluated(expression, {f"ms_{step}": 1e9}) / 1e6
        assert second == pytest.approx(gb * prices["lambda_gb_s_arm64"].each, rel=1e-6)
        call = evaluated(expression, {f"n_{step}": 1e9}) / 1e9
        assert call == pytest.approx(prices["lambda_request"].each, rel=1e-6)


def test_a_clean_picture_passes_as_many_states_as_are_paid_for() -> None:
    assert len(clean().path) == CLEAN_TRANSITIONS


def test_the_sum_is_of_the_parts() -> None:
    parts = set(expressions("Dollars an hour"))
    total = expressions("Dollars, in the time shown")["total"]
    assert set(re.findall(r"FILL\((\w+),0\)", total)) == parts


def expressions(title: str) -> dict[str, str]:
    [graph] = [one for one in GRAPHS if one["properties"]["title"] == title]
    options = [series[-1] for series in graph["properties"]["metrics"]]
    return {one["id"]: one["expression"] for one in options if "expression" in one}


def evaluated(expression: str, values: dict[str, float]) -> float:
    """Metric math of this kind, where everything that is not named is 0."""
    arithmetic = re.sub(r"FILL\((\w+),0\)", r"\1", expression)
    names = re.findall(r"\b[a-z]\w*\b", arithmetic)
    found = eval(arithmetic, {"__builtins__": {}}, dict.fromkeys(names, 0.0) | values)
    return float(found)


def exists(namespace: str, name: str, *dimensions: str) -> None:
    given = dict(zip(dimensions[::2], dimensions[1::2], strict=True))
    if namespace == NAMESPACE:
        assert set(given) == set(METRICS[name].dimensions), (name, given)
        assert given["stack"] == "darkroom"
        steps = {
            one.removesuffix("Function").lower() for one in of_type("AWS::Serverless::Function")
        }
        assert given.get("service", "validate") in steps
        return
    kinds, names = KNOWN[namespace]
    assert name in names, (namespace, name)
    assert set(given) == set(kinds)
    for dimension, value in given.items():
        kind = kinds[dimension]
        assert value == kind or RESOURCES[value]["Type"] == kind, (dimension, value)


def test_images_are_searched_by_the_dimensions_that_they_have() -> None:
    found = list(expressions("Images by status").values())
    for expression in found:
        schema, namespace = re.search(r"\{(\w+),([\w,]+)\}", expression).group(2, 1)  # type: ignore[union-attr]
        assert namespace == NAMESPACE
        assert tuple(schema.split(",")) == METRICS["Images"].dimensions
    assert len(found) == len(set(found))
