"""The steps of the state machine `process` on bytes, measured: CPU seconds and memory."""

from __future__ import annotations

from dataclasses import dataclass

from bench.meter import Cost, Meter
from cli.places import TEMPLATE as TEMPLATE
from cli.previewing import steps
from cli.previewing.steps import VERSION as VERSION
from cli.previewing.steps import default_settings as default_settings
from cli.previewing.steps import planned as planned
from darkroom.recipes import Recipe


@dataclass(frozen=True)
class Outcome(steps.Outcome):
    costs: tuple[Cost, ...] = ()


def run(
    data: bytes, name: str = "picture", recipe: Recipe | None = None, meter: Meter | None = None
) -> Outcome:
    """As `cli.previewing.steps.run`. What a step raises has the step's name as a note."""
    meter = meter or Meter()
    done = steps.run(data, name, recipe, meter.measure)
    return Outcome(done.verdict, done.manifest, done.files, done.refusal, tuple(meter.costs))
