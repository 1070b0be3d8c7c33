"""What `process` would count as part of a Standard workflow: its states, one by one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

# Of each Map, what it takes: the batches that these functions made, or None: every variant.
ITERATIONS: dict[str, Sequence[str] | None] = {
    "Resize": ("resize",),
    "Filter": ("filter",),
    "Optimize": None,
    "Tidy": ("resize", "filter"),
}
# Where a Choice or a Catch leads off the straight way, by what says so in the output.
TAKEN: dict[str, Callable[[Mapping[str, Any]], bool]] = {
    "Duplicate": lambda made: made["verdict"] == "duplicate",
    "Retracted": lambda made: made["verdict"] == "retracted",
    "Invalid": lambda made: made["verdict"] == "invalid",
    "Publish": lambda made: "manifest_key" in made,
}


def transitions(definition: str, made: Mapping[str, Any], batches: Mapping[str, int]) -> int:
    """State transitions of a run of `process` that put out `made`, retries and moderation left
    out; `batches`: how many the functions "resize" and "filter" made.

    0 where it failed, since nobody knows how far it had come.
    """
    return _path(json.loads(definition), made, batches) if made else 0


def _path(machine: Mapping[str, Any], made: Mapping[str, Any], batches: Mapping[str, int]) -> int:
    count, name = 0, machine["StartAt"]
    while name:
        state = machine["States"][name]
        count += 1
        if state["Type"] == "Map":
            iterations = _iterations(name, made, batches)
            count += iterations * _path(state["ItemProcessor"], made, batches)
        elif state["Type"] == "Parallel":
            count += sum(_path(branch, made, batches) for branch in state["Branches"])
        name = _next(state, made)
    return count


def _iterations(name: str, made: Mapping[str, Any], batches: Mapping[str, int]) -> int:
    makers = ITERATIONS[name]
    if makers is None:
        return len(made.get("variants", ()))
    return sum(batches.get(maker, 0) for maker in makers)


def _next(state: Mapping[str, Any], made: Mapping[str, Any]) -> str | None:
    others = [str(one["Next"]) for one in (*state.get("Choices", ()), *state.get("Catch", ()))]
    taken = [name for name in others if name in TAKEN and TAKEN[name](made)]
    straight: str | None = state.get("Next", state.get("Default"))
    return taken[0] if taken else straight
