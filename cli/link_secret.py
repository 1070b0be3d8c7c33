"""The secret that signs links, in Secrets Manager: read, and changed by one hand at a time."""

from __future__ import annotations

import contextlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from cli.errors import CommandError
from darkroom.errors import SettingError
from darkroom.keyring import Keyring, read_keyring

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CURRENT = "AWSCURRENT"


@dataclass(frozen=True)
class Reading:
    """What was read, and which version of the secret it was."""

    keyring: Keyring
    version: str


class LinkSecret:
    """`id`: the secret's ARN or name."""

    def __init__(self, client: SecretsManagerClient, id: str) -> None:
        self._client = client
        self._id = id

    def read(self, at: datetime) -> Reading:
        """The keys that verify at `at`. Raises CommandError where the value is none of ours."""
        answer = self._client.get_secret_value(SecretId=self._id, VersionStage=CURRENT)
        try:
            return Reading(read_keyring(answer["SecretString"], at), answer["VersionId"])
        except SettingError as error:
            raise CommandError(
                f"The secret {self._id} cannot be used: {error}.",
                "Secrets Manager keeps the value before it under the label AWSPREVIOUS.",
            ) from None

    def replace(self, before: Reading, after: Keyring) -> None:
        """Write `after` over `before`. Raises CommandError where that is no longer what is there.

        PutSecretValue alone would overwrite what another rotation wrote meanwhile, key and all. So
        the value is put beside the current one, under a label of its own; and AWSCURRENT moves to
        it, which Secrets Manager refuses where the label is not on the version that we name.
        """
        label = f"rotation-{uuid.uuid4().hex}"
        version = self._client.put_secret_value(
            SecretId=self._id, SecretString=after.to_value(), VersionStages=[label]
        )["VersionId"]
        try:
            self._client.update_secret_version_stage(
                SecretId=self._id,
                VersionStage=CURRENT,
                MoveToVersionId=version,
                RemoveFromVersionId=before.version,
            )
        except ClientError as error:
            if self._current_version() == before.version:
                raise
            raise CommandError(
                "Nothing was changed: another rotation came between.",
                "Run the command again if the secret is to change once more.",
            ) from error
        finally:
            # A label that stays costs no more than one of the secret's twenty.
            with contextlib.suppress(ClientError):
                self._client.update_secret_version_stage(
                    SecretId=self._id, VersionStage=label, RemoveFromVersionId=version
                )

    def _current_version(self) -> str:
        answer = self._client.get_secret_value(SecretId=self._id, VersionStage=CURRENT)
        return answer["VersionId"]
