"""What AWS bills for a run of `process`: as it says itself, or by its rules."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cli.costing.histories import output_of

# https://aws.amazon.com/step-functions/pricing/, example 4: 50 MB, the definition, and the data
# once for each step of a Parallel or Map.
BASE_MB = 50
BILLED_MB = 64
BILLED_MS = 100


def is_billed(answer: Mapping[str, Any]) -> bool:
    """Whether AWS said what it bills; the engine does not."""
    return "BillingDetails" in answer


def gb_seconds(answer: Mapping[str, Any], definition: str) -> float:
    """GB-s of one answer of startSyncExecution, as Step Functions spells it in a state."""
    if is_billed(answer):
        billed = answer["BillingDetails"]
        milliseconds, mb = billed["BilledDurationInMilliseconds"], billed["BilledMemoryUsedInMB"]
    else:
        milliseconds = math.ceil(_milliseconds(answer) / BILLED_MS) * BILLED_MS
        mb = math.ceil(_mb(answer, definition) / BILLED_MB) * BILLED_MB
    return float(milliseconds / 1000 * mb / 1024)


def _milliseconds(answer: Mapping[str, Any]) -> float:
    return (moment(answer["StopDate"]) - moment(answer["StartDate"])).total_seconds() * 1000


def moment(value: Any) -> datetime:
    """The engine writes ISO 8601; AWS's SDK integrations may give milliseconds since 1970."""
    if isinstance(value, str):
        return datetime.fromisoformat(value)
    return datetime.fromtimestamp(value / 1000)


def _mb(answer: Mapping[str, Any], definition: str) -> float:
    steps = 2 * len(output_of(answer).get("variants", ()))
    data = len(str(answer.get("Output", "")).encode())
    return BASE_MB + (len(definition.encode()) + data * steps) / 1e6
