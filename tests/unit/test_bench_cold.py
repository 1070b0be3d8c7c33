"""What `python -m bench.cold` measures, without measuring."""

from __future__ import annotations

import json
import re
import sys

from rich.console import Console

from bench.cold import FUNCTIONS, SUBJECTS, Start, as_json, codes, not_deployed, show, starting

STARTS = [
    Start("resize", 120.0, 100.0, 180.0, 200.0, 40.0, 38.0, 80.0),
    Start("review", 260.0, 200.0, 300.0, 250.0, 41.0, 41.0, None),
]


def test_every_function_is_measured() -> None:
    assert {*SUBJECTS} == {path.parent.name for path in FUNCTIONS.glob("*/handler.py")}
    assert {function for function, _ in codes()} == {*SUBJECTS}


def test_what_is_only_here_is_hidden_and_what_lambda_has_is_not() -> None:
    hidden = {*not_deployed()}
    assert {"pytest", "moto", "ministack", "OpenSSL", "awscrt"} <= hidden
    there = {"boto3", "botocore", "s3transfer", "urllib3", "six", "PIL", "msgspec", "jinja2"}
    assert there.isdisjoint(hidden)


def test_what_is_measured_is_one_process_of_this_python() -> None:
    command = starting("import PIL")
    assert command[:2] == [sys.executable, "-c"]
    assert command[2].endswith("\nimport PIL")


def test_the_table_has_each_figure_beside_what_it_is_compared_with() -> None:
    console = Console(width=120)
    with console.capture() as captured:
        show(STARTS, console)
    lines = captured.get().splitlines()
    (resize,) = [line for line in lines if "resize" in line]
    assert re.findall(r"[\d.]+", resize) == [
        *("120", "100", "1.20", "180", "200", "0.90"),
        *("80", "40", "38"),
    ]


def test_the_figures_are_there_as_json() -> None:
    found = json.loads(as_json(STARTS, 21))
    assert found["rounds"] == 21
    assert [row["ratio"] for row in found["functions"]] == [1.2, 1.3]
    assert found["functions"][1]["first_ms"] is None
