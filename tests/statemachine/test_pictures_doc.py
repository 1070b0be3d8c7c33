"""docs/pictures.md says what Validate takes and answers, and so does the code."""

from __future__ import annotations

import ast
import re

from tests.statemachine.definitions import PARAMETERS
from tests.statemachine.test_docs import ARCHITECTURE, CODE, PROJECT, first_cells, section
from validate.sniff import ACCEPTED

PICTURES = (PROJECT / "docs/pictures.md").read_text()
VERDICTS = section(PICTURES, "Verdicts")
LIMITS = section(PICTURES, "Limits")


def codes() -> set[str]:
    """The first argument of every ImageError in the source."""
    found = set()
    for path in (PROJECT / "functions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "ImageError":
                code = node.args[0]
                assert isinstance(code, ast.Constant), f"{path}:{node.lineno}"
                found.add(code.value)
    return found


def rows(text: str) -> dict[str, list[str]]:
    """The cells behind each row's first."""
    lines = re.findall(r"^\| `(\w+)` \|(.*)\|$", text, re.M)
    return {name: [cell.strip() for cell in rest.split("|")] for name, rest in lines}


def test_every_verdict_is_documented_and_exists() -> None:
    assert first_cells(VERDICTS) == codes()
    named = re.search(r"^`code` of a reason is (.*?)\.$", ARCHITECTURE, re.M | re.S)
    assert named is not None
    assert set(CODE.findall(named[1])) == codes()


def test_every_verdict_says_when_what_is_measured_and_what_to_do() -> None:
    for code, cells in rows(VERDICTS).items():
        assert len(cells) == 4, code
        assert cells[0], code


def test_every_limit_is_documented_with_its_default_and_verdict() -> None:
    limits = {name: value for name, value in PARAMETERS.items() if name.startswith("Max")}
    assert first_cells(LIMITS) == set(limits)
    for name, (_, default, code) in rows(LIMITS).items():
        number = default.partition(" ")[0].replace(",", "")
        assert int(number) == limits[name]["Default"], name
        assert code.strip("`") in limits[name]["Description"], name


def test_every_accepted_format_is_named() -> None:
    start = PICTURES[PICTURES.index("## What comes in") : PICTURES.index("### Limits")]
    for format in ACCEPTED:
        assert re.search(rf"\b{format}\b", start, re.I), format


def test_every_local_link_leads_somewhere() -> None:
    for target in re.findall(r"\]\(((?!https?:)[^)#]+)\)", PICTURES):
        assert (PROJECT / "docs" / target).exists(), target
