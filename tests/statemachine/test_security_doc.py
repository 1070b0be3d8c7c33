"""docs/security.md promises what tests show."""

from __future__ import annotations

import ast
import re

import pytest

from tests.statemachine.definitions import TEMPLATE
from tests.statemachine.test_docs import PROJECT, section

SECURITY = (PROJECT / "docs/security.md").read_text()
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
NAMED = sorted(set(TEST.findall(SECURITY)))


@pytest.mark.parametrize(("path", "name"), NAMED, ids=[name for _, name in NAMED])
def test_every_test_that_is_named_exists(path: str, name: str) -> None:
    tree = ast.parse((PROJECT / path).read_text())
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_every_item_says_how_it_is_met_and_which_test_shows_it() -> None:
    met, not_met = section(SECURITY, "OWASP ASVS").split("Not met:")
    rows = [re.split(r"(?<!\\) \| ", row) for row in re.findall(r"^\| (\d.*) \|$", met, re.M)]
    assert len(rows) > 20
    for item, how, shown in rows:
        assert how and TEST.findall(shown), item
    for item, why in (row.split(" | ") for row in re.findall(r"^\| (\d.*) \|$", not_met, re.M)):
        assert re.match(r"\d+\.\d+\.\d+ ", item) and why


def test_every_function_and_state_machine_has_its_permissions_told() -> None:
    told = section(SECURITY, "Permissions")
    for name, resource in TEMPLATE["Resources"].items():
        if resource["Type"] == "AWS::Serverless::Function":
            assert name in told
        if resource["Type"] == "AWS::Serverless::StateMachine":
            assert f"`{name.lower()}`" in told


def test_every_local_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)(?:#[^)]*)?\)", SECURITY):
        assert (PROJECT / "docs" / target).exists(), target
