"""Where a stack logs."""

from __future__ import annotations

from cli.costing.functions import resources_of
from cli.stack import Stack

SUFFIX = "LogGroup"
PROCESS = "Process"


def log_groups(stack: Stack) -> dict[str, str]:
    """The names of the stack's log groups by step: `Validate`, …, and `Process`."""
    names, _ = resources_of(stack)
    return {
        name.removesuffix(SUFFIX): names[name] for name in sorted(names) if name.endswith(SUFFIX)
    }
