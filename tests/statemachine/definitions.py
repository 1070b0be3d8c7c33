"""The template and the state machines as data, read once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

Json = dict[str, Any]

ROOT = Path(__file__).parents[2]
FUNCTIONS_FOLDER = ROOT / "functions"

TEMPLATE: Json = yaml_parse((ROOT / "template.yaml").read_text(encoding="utf-8"))
PARAMETERS: Json = TEMPLATE["Parameters"]
RESOURCES: Json = TEMPLATE["Resources"]
OUTPUTS: Json = TEMPLATE["Outputs"]
GLOBALS: Json = TEMPLATE["Globals"]["Function"]

SUBSTITUTION = re.compile(r"\$\{(\w+)\}")
REVIEW_URL = "https://review.example/"


def of_type(kind: str) -> dict[str, Json]:
    """The properties of all resources of a type, by logical name."""
    return {
        name: resource.get("Properties", {})
        for name, resource in RESOURCES.items()
        if resource["Type"] == kind
    }


FUNCTIONS = of_type("AWS::Serverless::Function")
BUCKETS = of_type("AWS::S3::Bucket")


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def target(value: Any) -> str:
    """What a Ref, GetAtt or Sub points to, in one spelling: `Bucket.Arn/prefix/*`."""
    match value:
        case {"Ref": name}:
            return str(name)
        case {"Fn::GetAtt": [name, attribute]}:
            return f"{name}.{attribute}"
        case {"Fn::Sub": str(text)}:
            return re.sub(r"\$\{([^}]+)\}", r"\1", text)
        case _:
            return str(value)


@dataclass(frozen=True)
class Statement:
    """One of a policy's; `condition` is the template's, under which it is there at all."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    condition: str | None = None

    def grants(self) -> set[tuple[str, str]]:
        return {(action, resource) for action in self.actions for resource in self.resources}


def statements(name: str) -> list[Statement]:
    """What a function's or a state machine's own policies allow."""
    found = []
    for policy in RESOURCES[name]["Properties"]["Policies"]:
        for entry in policy["Statement"]:
            condition, statement = None, entry
            if "Fn::If" in entry:
                condition, statement, _ = entry["Fn::If"]
            if statement["Effect"] == "Deny":
                continue
            assert statement["Effect"] == "Allow", (name, statement)
            found.append(
                Statement(
                    statement["Sid"],
                    tuple(as_list(statement["Action"])),
                    tuple(target(resource) for resource in as_list(statement["Resource"])),
                    condition,
                )
            )
    return found


def denials(name: str) -> list[Json]:
    """The statements that take something back, as they stand."""
    return [
        statement
        for policy in RESOURCES[name]["Properties"]["Policies"]
        for statement in policy["Statement"]
        if statement.get("Effect") == "Deny"
    ]


def grants(name: str) -> set[tuple[str, str]]:
    return {grant for statement in statements(name) for grant in statement.grants()}


@dataclass(frozen=True)
class StateMachine:
    """`text`: the file. `definition`: the same, parsed, with the parameters' defaults and with
    the logical names of resources in place of their ARNs."""

    name: str
    text: str
    substitutions: Mapping[str, Any]
    definition: Json

    @property
    def properties(self) -> Json:
        return dict(RESOURCES[self.name]["Properties"])

    def state(self, name: str) -> Json:
        return dict(states(self.definition))[name]


def _load(name: str, **given: str) -> StateMachine:
    """`given`: substitutions that are not as with the parameters' defaults."""
    properties = RESOURCES[name]["Properties"]
    text = (ROOT / properties["DefinitionUri"]).read_text(encoding="utf-8")
    substitutions = properties["DefinitionSubstitutions"]
    values = {name: _value(source) for name, source in substitutions.items()} | given
    filled = SUBSTITUTION.sub(lambda found: values.get(found[1], found[0]), text)
    return StateMachine(name, text, substitutions, json.loads(filled))


def _value(source: Any) -> str:
    match source:
        case {"Fn::If": ["IsOnAws", *_]}:
            return REVIEW_URL
        case {"Fn::If": ["Delivers", _, otherwise]}:
            return str(otherwise)
    name = target(source)
    return str(PARAMETERS[name]["Default"]) if name in PARAMETERS else name


def scopes(machine: Json) -> Iterator[Json]:
    """The state machine, then what its Parallels and Maps hold: all with StartAt and States."""
    yield machine
    for state in machine["States"].values():
        for inner in (*state.get("Branches", ()), *as_list(state.get("ItemProcessor", []))):
            yield from scopes(inner)


def is_alone(machine: StateMachine, scope: Json) -> bool:
    """Whether that runs as an execution: the state machine itself, or a Distributed Map's child."""
    mode = scope.get("ProcessorConfig", {}).get("Mode")
    return scope is machine.definition or mode == "DISTRIBUTED"


def states(machine: Json) -> Iterator[tuple[str, Json]]:
    for scope in scopes(machine):
        yield from scope["States"].items()


def tasks(machine: StateMachine) -> dict[str, Json]:
    return {name: state for name, state in states(machine.definition) if state["Type"] == "Task"}


def strings(value: Any) -> Iterator[str]:
    """Every text in a piece of JSON, without the names of fields."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from strings(item)


PIPELINE = _load("Pipeline")
PROCESS = _load("Process")
REMINDER = _load("Reminder")
WITHDRAW = _load("Withdraw")
# With Delivery=cloudfront.
WITHDRAW_DELIVERED = _load("Withdraw", DistributionId="E2QWRUHAPOMQZL")
SETTLE = _load("Settle")
BACKFILL = _load("Backfill")
MEASURE = _load("Measure")
MACHINES = (PIPELINE, PROCESS, REMINDER, WITHDRAW, SETTLE, BACKFILL, MEASURE)
EXPRESS = (PROCESS, MEASURE)
