"""JSONata expressions are parsed once, and mean what they meant."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from jsonata.parser import Parser
from ministack.services import stepfunctions

from cli.embedded import expressions


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What was really parsed, in order."""
    texts: list[str] = []
    original = expressions._parse

    def parse(parser: Any, text: str, *rest: Any) -> Any:
        texts.append(text)
        return original(parser, text, *rest)

    monkeypatch.setattr(Parser, "parse", parse)
    monkeypatch.setattr(expressions, "_parse", parse)
    expressions._parsed.cache_clear()
    expressions.install()
    yield texts
    expressions._parsed.cache_clear()


def evaluate(expression: str, value: Any) -> Any:
    return stepfunctions._evaluate_jsonata(expression, value, {"variables": {"half": 0.5}})


def test_an_expression_is_parsed_once(parsed: list[str]) -> None:
    answers = [evaluate("$states.input.a * $half", {"a": number}) for number in range(5)]

    assert answers == [0, 0.5, 1, 1.5, 2]
    assert parsed == ["$states.input.a * $half"]


@pytest.mark.parametrize(
    "expression",
    [
        "$map($states.input, function($one) {$one * 2})",
        "($twice := function($one) {$one * 2}; [$states.input.$twice($)])",
        "$states.input[$ > 1]^(>$)",
        "$merge([{'a': $states.input}, {'b': [$states.input[0]]}])",
        "$states.input ~> $sum",
        "$replace($join($states.input.$string(), '-'), /[0-9]/, 'n')",
        "[$states.input]",
    ],
)
def test_it_means_the_same_again_and_in_any_thread(
    parsed: list[str], expression: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    inputs: list[list[int]] = [[1, 2, 3], [4], [2, 1], [1, 2, 3]]
    with monkeypatch.context() as before:
        before.setattr(Parser, "parse", expressions._parse)
        expected = [evaluate(expression, value) for value in inputs]

    answers: dict[int, Any] = {}

    def answer(number: int) -> None:
        answers[number] = evaluate(expression, inputs[number])

    threads = [threading.Thread(target=answer, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [answers[number] for number in range(4)] == expected


def test_a_mistake_is_one_each_time(parsed: list[str]) -> None:
    for _ in range(2):
        with pytest.raises(stepfunctions._ExecutionError) as error:
            evaluate("$states.input.(", 1)
        assert error.value.error == "States.QueryEvaluationError"
