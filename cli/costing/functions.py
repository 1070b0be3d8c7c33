"""The deployed functions: where each logs, how much memory it has, whether it is traced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cli.stack import Stack

Resources = dict[str, str]


@dataclass(frozen=True)
class Function:
    """`step`: its one word. `architecture`: arm64 or x86_64. `logs_json`: what Lambda itself
    writes, it writes as JSON."""

    step: str
    log_group: str
    memory_mb: int
    architecture: str
    is_traced: bool
    logs_json: bool
    environment: Mapping[str, str]


def resources_of(stack: Stack) -> tuple[Resources, list[str]]:
    """Physical names by logical ones, and the type of each resource."""
    pages = (
        stack.client("cloudformation")
        .get_paginator("list_stack_resources")
        .paginate(StackName=stack.name)
    )
    found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    names = {item["LogicalResourceId"]: item["PhysicalResourceId"] for item in found}
    return names, [item["ResourceType"] for item in found]


def functions_of(stack: Stack, resources: Resources) -> list[Function]:
    """The stack's functions as they are deployed, by step."""
    client = stack.client("lambda")
    found = []
    for name in sorted(name for name in resources if name.endswith("Function")):
        configuration = client.get_function_configuration(FunctionName=resources[name])
        logging = configuration.get("LoggingConfig", {})
        found.append(
            Function(
                step=name.removesuffix("Function").lower(),
                log_group=logging.get("LogGroup", f"/aws/lambda/{resources[name]}"),
                memory_mb=configuration["MemorySize"],
                architecture=configuration.get("Architectures", ["x86_64"])[0],
                is_traced=configuration.get("TracingConfig", {}).get("Mode") == "Active",
                logs_json=logging.get("LogFormat") == "JSON",
                environment=configuration.get("Environment", {}).get("Variables", {}),
            )
        )
    return found
