"""Writes the dashboard into template.yaml: python -m bench.dashboard

CloudFormation wants its body as one text, and the prices in it are those of `darkroom cost`, so it
is made and not written by hand; tests/statemachine/test_dashboard.py holds that it was.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from bench.dashboarding.rows import LONGEST_WAIT, boxes
from bench.dashboarding.widgets import laid_out

TEMPLATE = Path(__file__).parents[1] / "template.yaml"
PLACE = re.compile(r"(?<=      DashboardBody: !Sub \|\n)(?: {8}.*\n)+")
INDENT = " " * 8
ARN = "arn:${AWS::Partition}:cloudwatch:${AWS::Region}:${AWS::AccountId}:alarm:"


def body(resources: dict[str, Any]) -> str:
    """The dashboard of a template with these resources, a widget a line, for Fn::Sub."""
    names = [name for name, one in resources.items() if one["Type"] == "AWS::CloudWatch::Alarm"]
    memory_mb = {
        name.removesuffix("Function"): one["Properties"]["MemorySize"]
        for name, one in resources.items()
        if one["Type"] == "AWS::Serverless::Function"
    }
    arns = [f"{ARN}${{AWS::StackName}}-{name}" for name in names]
    widgets = (json.dumps(widget) for widget in laid_out(boxes(arns, memory_mb)))
    lines = ['{"start": "-PT24H", "periodOverride": "inherit", "widgets": [']
    text = "\n".join([*lines, ",\n".join(widgets), "]}"]) + "\n"
    return text.replace(f'"{LONGEST_WAIT}"', LONGEST_WAIT)


def written(template: str) -> str:
    """The template with the dashboard of its own resources in it."""
    made = body(yaml_parse(template)["Resources"])
    indented = "".join(f"{INDENT}{line}\n" for line in made.splitlines())
    assert PLACE.search(template), "expected DashboardBody in the template, found none"
    return PLACE.sub(lambda _: indented, template)


def main() -> None:
    TEMPLATE.write_text(written(TEMPLATE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
