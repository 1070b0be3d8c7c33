"""The execution that waits, and handing it the decision."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from darkroom.storage import error_code

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

# AWS says either of the last two for a token that is closed; the embedded engine says the first.
CLOSED = {"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"}


class WaitingExecution:
    def __init__(self, client: SFNClient, task_token: str) -> None:
        self._client = client
        self._task_token = task_token

    def hand_in(self, decision: Mapping[str, str]) -> bool:
        """True where the execution took the decision, False where it no longer waits."""
        try:
            self._client.send_task_success(
                taskToken=self._task_token, output=json.dumps(dict(decision))
            )
        except ClientError as error:
            if error_code(error) in CLOSED:
                return False
            raise
        return True
