"""Starting again what can be."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from botocore.exceptions import ClientError

from cli.reconciling.comparing import AT_ONCE
from cli.reconciling.kinds import Finding
from cli.reconciling.repairs import Repair, Start, Wake
from cli.reconciling.source import Source

# AWS says either of the last two for a token that is closed; the embedded engine says the first.
CLOSED = ("TaskDoesNotExist", "TaskTimedOut", "InvalidToken")


@dataclass(frozen=True)
class Done:
    """What became of a repair: the execution that was started or woken, or the problem."""

    execution: str = ""
    problem: str = ""


def repair_all(source: Source, findings: Sequence[Finding]) -> list[Done]:
    """One answer for each finding, in order; an empty one where there is no repair."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(lambda finding: _repair(source, finding), findings))


def _repair(source: Source, finding: Finding) -> Done:
    if finding.repair is None:
        return Done()
    try:
        return Done(_begin(source, finding.repair) or finding.execution)
    except ClientError as error:
        code = str(error.response["Error"].get("Code", error))
        if isinstance(finding.repair, Wake) and code in CLOSED:
            return Done(finding.execution)  # woken meanwhile
        return Done(problem=code)  # and the next one may go


def _begin(source: Source, repair: Repair) -> str:
    """The ARN of what was started; empty where a run was woken."""
    if isinstance(repair, Wake):
        # The run reads the decision from its record.
        source.stepfunctions.send_task_success(taskToken=repair.task_token, output="{}")
        return ""
    machine = source.pipeline if isinstance(repair, Start) else source.withdraw
    answer = source.stepfunctions.start_execution(
        stateMachineArn=machine, input=json.dumps(repair.input, ensure_ascii=False)
    )
    return answer["executionArn"]
