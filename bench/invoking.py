"""What a picture costs each function of `process`, each invocation in a fresh process."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from samtranslator.yaml_helper import yaml_parse  # type: ignore[import-untyped]

from bench.stand_in import ETAG, Objects, Traffic, serving
from bench.steps import TEMPLATE, VERSION
from darkroom.contracts import plain
from darkroom.recipes import Recipe
from validate.batches import batches
from validate.plan import plan

Json = dict[str, Any]

UPLOADS = "uploads"
IMAGE = "picture"
FUNCTIONS = {
    "Validate": "ValidateFunction",
    "Resize": "ResizeFunction",
    "Filter": "FilterFunction",
    "Optimize": "OptimizeFunction",
}


class Failed(Exception):
    """A function did not answer; the text is what its process said last."""


@dataclass(frozen=True)
class Invocation:
    """`cpu_seconds`: of all threads, without the imports (`import_seconds`), which a warm process
    has done. `seconds`: on this machine's clock. `peak_bytes`: the most memory that the process
    held, the interpreter, its modules and their clients included. `requests` and `bytes`: to and
    from services."""

    function: str
    variant: str
    cpu_seconds: float
    import_seconds: float
    seconds: float
    peak_bytes: int
    requests: int
    bytes: int

    @property
    def peak_mb(self) -> float:
        return self.peak_bytes / 2**20


def invocations(data: bytes, recipe: Recipe | None = None) -> Iterator[Invocation]:
    """Every invocation that the upload `data` takes, in their order, as they end.

    By the recipe of the functions, or by `recipe`, whose plan then goes in place of Validate's.
    Raises Failed; ValueError where Validate refuses the picture.
    """
    objects: Objects = {(UPLOADS, f"raw/{IMAGE}"): data}
    traffic = Traffic()
    with serving(objects, traffic) as address:
        invoke = functools.partial(_invoke, address, traffic)
        upload = {
            "bucket": UPLOADS,
            "key": f"raw/{IMAGE}",
            "etag": ETAG.strip('"'),
            "image": IMAGE,
            "version": VERSION,
            "execution": "measured",
        }
        verdict, cost = invoke("Validate", "", {"upload": upload})
        yield cost
        if verdict["verdict"] != "accepted":
            raise ValueError(f"expected an accepted picture, got {verdict['reason']}")
        wanted = {
            "formats": recipe.formats if recipe else verdict["formats"],
            "quality": recipe.quality if recipe else verdict["quality"],
            "waiting": False,
        }
        for function, batch in _planned(verdict, recipe):
            made, cost = invoke(function, batch["name"], {"upload": upload, "batch": batch})
            yield cost
            for variant in made["variants"]:
                event = {"upload": upload, "variant": variant, **wanted}
                _, cost = invoke("Optimize", variant["name"], event)
                yield cost


def _planned(verdict: Json, recipe: Recipe | None) -> Iterator[tuple[str, Json]]:
    """The function that makes it, and the batch."""
    if recipe is not None:
        source = verdict["source"]
        width, height = source["width"], source["height"]
        own = plan(recipe, width, height, source.get("frames", 1))
        verdict = {
            "renditions": plain(batches("renditions", own.renditions, width * height)),
            "filters": plain(batches("filters", own.filters, width * height)),
        }
    yield from (("Resize", batch) for batch in verdict["renditions"])
    yield from (("Filter", batch) for batch in verdict["filters"])


def _invoke(
    address: str, traffic: Traffic, function: str, variant: str, event: Json
) -> tuple[Json, Invocation]:
    before = replace(traffic)
    own = _template()["Resources"][FUNCTIONS[function]]["Properties"]
    done = subprocess.run(
        [sys.executable, "-m", "bench.invocation", own["Handler"]],
        input=json.dumps(event),
        env=_environment(own["Environment"]["Variables"], address),
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise Failed(f"{function} {variant}: {(done.stderr or done.stdout)[-2000:]}")
    cost = json.loads(done.stderr.splitlines()[-1])
    answer = cost.pop("answer")
    del cost["idle_bytes"]
    asked = {
        "requests": traffic.requests - before.requests,
        "bytes": traffic.bytes - before.bytes,
    }
    return answer, Invocation(function, variant, **cost, **asked)


@functools.cache
def _template() -> Json:
    template: Json = yaml_parse(TEMPLATE.read_text(encoding="utf-8"))
    return template


def _environment(variables: Json, address: str) -> dict[str, str]:
    """As on Lambda: the function's own variables, and credentials; the services are elsewhere."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "PYTHONPATH") if name in os.environ}
    return {
        **kept,
        "AWS_ENDPOINT_URL": address,
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "measured",
        "AWS_SECRET_ACCESS_KEY": "measured",
        "POWERTOOLS_TRACE_DISABLED": "true",
        **{name: _resolved(value) for name, value in variables.items()},
    }


def _resolved(value: Any) -> str:
    parameters = _template()["Parameters"]
    if isinstance(value, dict) and value.get("Ref") in parameters:
        return str(parameters[value["Ref"]]["Default"])
    return value["Ref"].lower() if isinstance(value, dict) else str(value)
