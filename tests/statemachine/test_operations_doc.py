"""The runbook and what it is of: alarms, commands, metrics, the query, prices."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from cli.costing.prices import price_table
from darkroom import statuses
from darkroom.metrics import METRICS
from tests.commands import commands, missing
from tests.statemachine.definitions import PARAMETERS, RESOURCES, of_type
from tests.statemachine.test_docs import CODE, PROJECT, section

OPERATIONS = (PROJECT / "docs/operations.md").read_text(encoding="utf-8")
ALARMS = of_type("AWS::CloudWatch::Alarm")
DESCRIPTIONS = "\n".join(alarm["AlarmDescription"]["Fn::Sub"] for alarm in ALARMS.values())
EVERY_FIVE_MINUTES = 30 * 24 * 12

every_alarm = pytest.mark.parametrize("name", ALARMS)


def test_every_alarm_has_a_section_and_every_section_an_alarm() -> None:
    assert set(re.findall(r"^### (\w+Alarm)$", OPERATIONS, re.M)) == set(ALARMS)


@every_alarm
def test_a_section_says_what_it_means_where_to_look_and_what_to_type(name: str) -> None:
    text = section(OPERATIONS, name)
    assert re.findall(r"^\*\*(Means|Look|Type)\*\*", text, re.M) == ["Means", "Look", "Type"]
    _, _, typed = text.partition("**Type**")
    assert list(commands(typed)), "expected a command of ours"


@pytest.mark.parametrize("command", sorted({*commands(OPERATIONS), *commands(DESCRIPTIONS)}))
def test_every_command_that_is_named_exists(command: str) -> None:
    assert missing(command) is None


@pytest.mark.parametrize(
    ("command", "unknown"),
    [
        ("darkroom status a.jpg --stack-name x", None),
        ("darkroom reviewers add NAME", None),
        ("darkroom frobnicate", "frobnicate"),
        ("darkroom reviewers frobnicate NAME", "frobnicate"),
        ("darkroom rerun --frobnicate", "rerun --frobnicate"),
    ],
)
def test_a_command_that_there_is_not_is_found(command: str, unknown: str | None) -> None:
    assert missing(command) == unknown


def test_commands_are_found_in_blocks_and_in_lines() -> None:
    text = "Try `darkroom status`.\n\n```sh\n.venv/bin/darkroom rerun \\\n  --failed\naws x\n```\n"
    assert [one.split() for one in commands(text)] == [
        ["darkroom", "rerun", "--failed"],
        ["darkroom", "status"],
    ]


def test_every_parameter_that_is_named_exists() -> None:
    named = set(re.findall(r"`([A-Z][A-Za-z]+(?:Seconds|Days|Email|Concurrency))`", OPERATIONS))
    assert named <= {*PARAMETERS, *METRICS}


def test_every_metric_is_told_with_its_dimensions() -> None:
    rows = re.findall(r"^\| (.*?) \| (.*?) \|", section(OPERATIONS, "What each metric says"), re.M)
    told = {CODE.findall(name)[0]: tuple(CODE.findall(by)) for name, by in rows if "`" in name}
    assert told == {name: metric.dimensions for name, metric in METRICS.items()}


def test_the_query_is_the_one_of_the_template() -> None:
    shown = re.search(r"<!-- query -->\n```\n(.*?)```\n", OPERATIONS, re.S)
    assert shown
    assert shown[1] == RESOURCES["StoryQuery"]["Properties"]["QueryString"]


def test_the_query_is_over_every_group_that_has_lines_of_an_image() -> None:
    [query] = of_type("AWS::Logs::QueryDefinition").values()
    asked = {one["Ref"] for one in query["LogGroupNames"]}
    assert asked == set(of_type("AWS::Logs::LogGroup")) - {"MeasureLogGroup"}


def test_what_it_costs_a_month_is_what_the_template_has_at_the_prices_of_the_table() -> None:
    each = {name: price.each for name, price in price_table().prices.items()}
    series, more = custom_metrics()
    of_alarms = sum(
        sum("MetricStat" in one for one in alarm.get("Metrics", ())) or 1
        for alarm in ALARMS.values()
    )
    parts = {
        "custom metrics": series * each["metric_month"],
        "the dashboard": len(of_type("AWS::CloudWatch::Dashboard")) * each["dashboard_month"],
        "alarms": of_alarms * each["alarm_month"],
        "measuring the queue": EVERY_FIVE_MINUTES
        * (each["metric_put"] + each["express_request"] + each["xray_trace"])
        + EVERY_FIVE_MINUTES * 0.2 * 64 / 1024 * each["express_gb_s"],
    }
    parts["**together**"] = sum(parts.values())
    table = section(OPERATIONS, "What it costs a month")
    rows = re.findall(r"^\| ([^|]+) \|([^|]*)\| \**([\d.]+)\** \|$", table, re.M)
    assert {name: float(dollars) for name, _, dollars in rows} == pytest.approx(parts, abs=0.005)
    told = {
        name: [int(n) for n in re.findall(r"\b[\d,]+\b(?! other)", what.replace(",", ""))]
        for name, what, _ in rows
    }
    assert told["custom metrics"][:2] == [series, more]
    assert told["alarms"] == [len(ALARMS), of_alarms]
    assert told["measuring the queue"] == [EVERY_FIVE_MINUTES]


def custom_metrics() -> tuple[int, int]:
    """How many there are of a stack with one recipe, and how many more with each other."""
    steps = len(of_type("AWS::Serverless::Function"))
    ends = len({*statuses.ENDED, statuses.IN_REVIEW})
    one_step = {"BytesIn", "BytesOut"}  # Validate's and Optimize's alone
    by_stack = [name for name, metric in METRICS.items() if metric.dimensions == ("stack",)]
    return steps + len(one_step) + len(by_stack) + ends, ends


def test_every_heading_that_is_linked_to_is_there() -> None:
    for document, heading in re.findall(r"\]\(([\w.]+)#([\w-]+)\)", OPERATIONS):
        text = (Path(PROJECT) / "docs" / document).read_text(encoding="utf-8")
        anchors = {one.lower().replace(" ", "-") for one in re.findall(r"^#+ (.*)$", text, re.M)}
        assert heading in anchors
