"""What wakes the operator: each alarm with a way to the topic, and with something to type."""

from __future__ import annotations

import re
from typing import Any

import pytest

from darkroom.metrics import METRICS, NAMESPACE
from tests.statemachine.definitions import (
    FUNCTIONS,
    MACHINES,
    PARAMETERS,
    RESOURCES,
    Json,
    of_type,
    target,
)

ALARMS = of_type("AWS::CloudWatch::Alarm")
# What CloudWatch takes.
MOST_METRICS = 10
MOST_DESCRIPTION = 1024
# Those that look at several metrics, and what they sum up of each.
SUMS = {
    "FailedExecutionsAlarm": {
        # What fails in `process` its pipeline tries again, then records; what `measure` does not
        # measure is missed.
        ("AWS/States", "ExecutionsFailed", machine.name)
        for machine in MACHINES
        if machine.name not in ("Process", "Measure")
    },
    "ThrottlesAlarm": {
        *(("AWS/Lambda", "Throttles", name) for name in FUNCTIONS),
        ("AWS/States", "ExecutionThrottled", "Pipeline"),
    },
}

every_alarm = pytest.mark.parametrize("name", ALARMS)


def test_the_operator_is_told_of_what_there_is_something_to_do_about_and_of_nothing_else() -> None:
    assert set(ALARMS) == {
        "DeadLetterAlarm",
        "FailedExecutionsAlarm",
        "ThrottlesAlarm",
        "OldestReviewAlarm",
        "ReviewPageAlarm",
    }


@every_alarm
def test_an_alarm_tells_the_topic_when_it_begins_and_when_it_is_over(name: str) -> None:
    for actions in ("AlarmActions", "OKActions"):
        assert [target(topic) for topic in ALARMS[name][actions]] == ["AlarmTopic"]


@every_alarm
def test_an_alarm_is_named_as_its_section_in_the_runbook(name: str) -> None:
    assert target(ALARMS[name]["AlarmName"]) == f"AWS::StackName-{name}"
    assert f"docs/operations.md, {name}." in description(name)


@every_alarm
def test_an_alarm_says_what_to_type(name: str) -> None:
    said = description(name)
    assert "darkroom " in said and "--stack-name ${AWS::StackName}" in said
    # With a stack's name and every parameter at its longest.
    longest = re.sub(r"\$\{[^}]+\}", "n" * 128, said)
    assert len(longest) <= MOST_DESCRIPTION


@pytest.mark.parametrize("name", SUMS)
def test_a_sum_is_of_all_that_it_should_be(name: str) -> None:
    [total] = [one for one in ALARMS[name]["Metrics"] if one.get("ReturnData", True)]
    assert total["Expression"] == "SUM(METRICS())"
    assert watched(ALARMS[name]) == SUMS[name]
    assert len(SUMS[name]) <= MOST_METRICS
    for one in ALARMS[name]["Metrics"]:
        assert re.fullmatch("[a-z][A-Za-z0-9_]*", one["Id"])
        if "MetricStat" in one:
            assert (one["MetricStat"]["Stat"], one["MetricStat"]["Period"]) == ("Sum", 300)


@every_alarm
def test_metric_math_is_left_to_aws(name: str) -> None:
    """The embedded engine refuses it."""
    condition = RESOURCES[name].get("Condition")
    assert condition == ("IsOnAws" if "Metrics" in ALARMS[name] else None)


def test_a_throttle_that_passes_wakes_nobody() -> None:
    assert ALARMS["ThrottlesAlarm"]["EvaluationPeriods"] * 300 >= 900


def test_the_oldest_review_is_told_after_the_reminder_and_before_the_end() -> None:
    default = {name: parameter["Default"] for name, parameter in PARAMETERS.items()}
    alarm = ALARMS["OldestReviewAlarm"]
    assert target(alarm["Threshold"]) == "OldestReviewAlarmSeconds"
    late = alarm["EvaluationPeriods"] * alarm["Period"]
    assert default["ReviewReminderSeconds"] < default["OldestReviewAlarmSeconds"]
    # There is a day left to decide in.
    told = default["OldestReviewAlarmSeconds"] + late
    assert told + 86_400 < default["ReviewTimeoutSeconds"]


def test_where_the_queue_is_not_measured_any_more_somebody_is_told() -> None:
    alarm = ALARMS["OldestReviewAlarm"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (NAMESPACE, "OldestReviewSeconds")
    assert [one["Name"] for one in alarm["Dimensions"]] == list(
        METRICS[alarm["MetricName"]].dimensions
    )
    assert alarm["TreatMissingData"] == "missing"
    assert [target(topic) for topic in alarm["InsufficientDataActions"]] == ["AlarmTopic"]


@pytest.mark.parametrize("name", sorted(set(ALARMS) - {"OldestReviewAlarm"}))
def test_where_nothing_happens_nobody_is_told(name: str) -> None:
    """The services send no figure where there is nothing to count."""
    assert ALARMS[name]["TreatMissingData"] == "notBreaching"


def description(name: str) -> str:
    text = ALARMS[name]["AlarmDescription"]["Fn::Sub"]
    assert isinstance(text, str)
    return text


def watched(alarm: Json) -> set[tuple[str, str, str]]:
    found = set()
    for one in alarm["Metrics"]:
        if "MetricStat" in one:
            metric: dict[str, Any] = one["MetricStat"]["Metric"]
            [dimension] = metric["Dimensions"]
            found.add((metric["Namespace"], metric["MetricName"], target(dimension["Value"])))
    return found
