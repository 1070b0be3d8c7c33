"""Starting the state machine that takes a picture back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


class Withdrawals:
    def __init__(self, client: SFNClient, state_machine_arn: str) -> None:
        self._client = client
        self._arn = state_machine_arn

    def reopen(self, record: Mapping[str, Any], by: str, reason: str, at: str) -> None:
        """Withdraw what is published of this run, and ask again.

        Twice is once: the state machine claims the record from the run that is named here.
        """
        self._client.start_execution(
            stateMachineArn=self._arn,
            input=json.dumps(
                {
                    "action": "reopen",
                    "image": record["image"],
                    "version": record["version"],
                    "execution": record["execution"],
                    "by": by,
                    "reason": reason,
                    "at": at,
                }
            ),
        )
