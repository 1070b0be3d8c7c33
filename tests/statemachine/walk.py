"""Walking through a state machine without an engine: its JSONata is evaluated as Step Functions
does, and a function of the test plays the services that the Tasks call."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from jsonata import Jsonata

Json = dict[str, Any]

ENTERED = "2025-11-20T06:00:01.000Z"

# What `$states.context` holds of an execution.
CONTEXT: Json = {
    "Execution": {
        "Id": "arn:aws:states:us-east-1:123456789012:execution:pipeline:run-1",
        "Name": "run-1",
        "StartTime": "2025-11-20T06:00:00.000Z",
    },
    "Task": {"Token": "task-token"},
}


class NoResult(Exception):
    """An expression gave `undefined`, which AWS reports as States.QueryEvaluationError."""


class Failure(Exception):
    """A state failed."""

    def __init__(self, error: str, cause: str | None) -> None:
        super().__init__(f"{error}: {cause}")
        self.output = {"Error": error} | ({} if cause is None else {"Cause": cause})


def evaluate(expression: str, states: Json, variables: Json | None = None) -> Any:
    """The value of an expression, with or without its `{% %}`; `states` is what `$states` is.

    Raises NoResult.
    """
    text = expression.removeprefix("{%").removesuffix("%}").strip()
    bindings = {**(variables or {}), "states": states}
    value = _compiled(text).evaluate(None, bindings)
    if value is None and not _compiled(f"$exists(({text}))").evaluate(None, bindings):
        raise NoResult(text)
    return json.loads(json.dumps(value))


def _compiled(text: str) -> Jsonata:
    compiled = Jsonata.jsonata(text)
    # Two of those that Step Functions adds: the expressions use no other.
    compiled.register_lambda("parse", json.loads)
    compiled.register_lambda(
        "hash", lambda text, name: hashlib.new(name.replace("-", ""), text.encode()).hexdigest()
    )
    return compiled


def fill(template: Any, states: Json, variables: Json | None = None) -> Any:
    """`template` with its expressions evaluated."""
    if isinstance(template, dict):
        return {name: fill(item, states, variables) for name, item in template.items()}
    if isinstance(template, list):
        return [fill(item, states, variables) for item in template]
    if isinstance(template, str) and template.startswith("{%"):
        return evaluate(template, states, variables)
    return template


@dataclass
class Step:
    """What a state was given and gave; `arguments` of a Task, or the seconds of a Wait;
    `variables` after it."""

    name: str
    input: Any
    arguments: Any = None
    result: Any = None
    output: Any = None
    variables: Json = field(default_factory=dict)


# The name of a Task and its arguments, to what the service answers; or it raises Failure.
Services = Callable[[str, Any], Any]


@dataclass
class Walk:
    """One execution. Retries are left out: a Failure is one that retries did not mend."""

    services: Services
    context: Json
    steps: list[Step] = field(default_factory=list)
    variables: Json = field(default_factory=dict)

    @property
    def path(self) -> list[str]:
        return [step.name for step in self.steps]

    def called(self, name: str) -> Any:
        """The arguments of the one call of a Task."""
        [step] = [step for step in self.steps if step.name == name]
        return step.arguments

    def run(self, scope: Json, input: Any) -> Any:
        """The output of a state machine, or of what a Parallel or a Map holds."""
        name: str | None = scope["StartAt"]
        while name is not None:
            input, name = self._enter(name, scope["States"][name], input)
        return input

    def _enter(self, name: str, state: Json, input: Any) -> tuple[Any, str | None]:
        step = Step(name, input)
        self.steps.append(step)
        state_context = {"Name": name, "EnteredTime": ENTERED}
        states: Json = {"input": input, "context": self.context | {"State": state_context}}
        next: str | None
        try:
            match state["Type"]:
                case "Fail":
                    fields = self._evaluate({key: state[key] for key in ("Error", "Cause")}, states)
                    raise Failure(fields["Error"], fields["Cause"])
                case "Choice":
                    rule = self._chosen(state, states)
                    next = rule.get("Next", rule.get("Default"))
                case _:
                    rule, next = state, state.get("Next")
                    states["result"] = step.result = self._result(step, state, states)
        except Failure as failure:
            rule = _catcher(state, failure)
            next = rule["Next"]
            states["errorOutput"] = failure.output
        step.output = self._output(rule, states)
        self.variables |= fill(rule.get("Assign", {}), states, self.variables)
        step.variables = dict(self.variables)
        return step.output, next

    def _chosen(self, state: Json, states: Json) -> Json:
        for choice in state["Choices"]:
            if self._evaluate(choice["Condition"], states) is True:
                return dict(choice)
        return state

    def _result(self, step: Step, state: Json, states: Json) -> Any:
        match state["Type"]:
            case "Task":
                step.arguments = self._evaluate(state["Arguments"], states)
                return self.services(step.name, step.arguments)
            case "Wait":
                step.arguments = self._evaluate(state["Seconds"], states)
                return step.input
            case "Map":
                items = self._evaluate(state["Items"], states)
                assert isinstance(items, list), (step.name, items)
                return [self.run(state["ItemProcessor"], item) for item in items]
            case "Parallel":
                return [self.run(branch, step.input) for branch in state["Branches"]]
            case _:
                return step.input

    def _output(self, rule: Json, states: Json) -> Any:
        if "Output" in rule:
            return self._evaluate(rule["Output"], states)
        return states.get("errorOutput", states.get("result", states["input"]))

    def _evaluate(self, template: Any, states: Json) -> Any:
        try:
            return fill(template, states, self.variables)
        except NoResult as error:
            raise Failure("States.QueryEvaluationError", str(error)) from error


def _catcher(state: Json, failure: Failure) -> Json:
    for catcher in state.get("Catch", ()):
        if {"States.ALL", failure.output["Error"]} & set(catcher["ErrorEquals"]):
            return dict(catcher)
    raise failure
