"""The documents name what there is, and there is what they name."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec
import pytest

from darkroom import statuses
from darkroom.recipes import AnyFilter
from tests.statemachine.definitions import MACHINES, TEMPLATE, is_alone, scopes
from validate.flags import RULES

PROJECT = Path(__file__).parents[2]
ARCHITECTURE = (PROJECT / "docs/architecture.md").read_text()
README = (PROJECT / "README.md").read_text()
CODE = re.compile(r"`([^`\n]+)`")


def section(document: str, heading: str) -> str:
    """The text below a heading, up to the next."""
    found = re.search(rf"^#+ {re.escape(heading)}\n(.*?)(?=^#+ |\Z)", document, re.M | re.S)
    assert found, f"expected a heading {heading!r}, found none"
    return found[1]


def first_cells(text: str) -> set[str]:
    """What stands as code in the first column of the tables in `text`."""
    return {name for row in re.findall(r"^\|([^|\n]*)\|", text, re.M) for name in CODE.findall(row)}


def test_every_output_is_documented_and_exists() -> None:
    assert set(CODE.findall(section(ARCHITECTURE, "Outputs"))) == set(TEMPLATE["Outputs"])


def test_every_parameter_is_documented_and_exists() -> None:
    named = set(CODE.findall(section(ARCHITECTURE, "Parameters"))) - {"template.yaml"}
    assert named == set(TEMPLATE["Parameters"])


def test_every_status_is_documented_and_exists() -> None:
    assert first_cells(section(ARCHITECTURE, "The record")) == {*statuses.OPEN, *statuses.ENDED}


def test_every_flag_rule_is_documented_and_exists() -> None:
    # One comes from the state machine, one from whoever took a picture back.
    expected = {*RULES, "moderation_label", "reopened"}
    assert first_cells(section(README, "Who has to look")) == expected


def test_every_filter_is_documented_and_exists() -> None:
    text = section(README, "What is made")
    listed = text[text.index("Filters:") : text.index("Crops keep")]
    kinds = [kind.cls.__struct_config__.tag for kind in msgspec.inspect.type_info(AnyFilter).types]
    assert set(CODE.findall(listed)) == set(kinds)


def test_every_state_is_documented() -> None:
    for machine in MACHINES:
        # Of what a Parallel or a Map holds, the Parallel or the Map tells; a child is on its own.
        alone = [scope for scope in scopes(machine.definition) if is_alone(machine, scope)]
        text = section(ARCHITECTURE, machine.name.lower())
        missing = [
            state
            for scope in alone
            for state in scope["States"]
            if not re.search(rf"\b{state}\b", text)
        ]
        assert missing == []


def test_every_function_is_documented() -> None:
    functions = {
        name
        for name, resource in TEMPLATE["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    rows = re.findall(r"^\| (\w+Function) \|", section(ARCHITECTURE, "Functions"), re.M)
    assert set(rows) == functions


@pytest.mark.parametrize(
    "document",
    [
        "README.md",
        "CONTRIBUTING.md",
        "examples/site/README.md",
        *(
            f"docs/{name}.md"
            for name in (
                "architecture",
                "command",
                "decisions",
                "deploy",
                "operations",
                "pictures",
                "recipes",
                "reliability",
                "review",
            )
        ),
    ],
)
def test_every_local_link_leads_somewhere(document: str) -> None:
    text = (PROJECT / document).read_text()
    targets = re.findall(r"\]\(((?!https?:)[^)#]+)\)", text)
    missing = [
        target for target in targets if not (PROJECT / document).parent.joinpath(target).exists()
    ]
    assert missing == []
