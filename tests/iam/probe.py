"""One call that is tried with somebody's keys, named as a policy's grant is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from tests.iam.guarded import Caller

DENIED = {"AccessDenied", "AccessDeniedException", "AuthorizationError"}
# What an allowed probe is told: it asks for what is not there, or under what never holds.
CAME_THROUGH = {
    *("NoSuchKey", "NoSuchVersion", "NoSuchUpload", "NoSuchEntity", "ExecutionDoesNotExist"),
    "ResourceNotFoundException",
    *("ConditionalCheckFailedException", "InvalidParameterValueException", "TaskDoesNotExist"),
}
NEVER = '"00000000000000000000000000000000"'
NOBODY = "probe-nobody"


@dataclass(frozen=True)
class Scene:
    """What is there: `ids` are the physical names of the stack's resources, by logical name.

    `token`: a task token of the pipeline that is used up.
    """

    ids: Mapping[str, str]
    token: str


@dataclass(frozen=True)
class Probe:
    action: str
    resource: str
    call: Callable[[Caller, Scene], Any]
    prefix: str | None = None  # of a listing

    def __str__(self) -> str:
        return f"{self.action} {self.resource} {self.prefix or ''}".rstrip()

    def is_refused(self, caller: Caller, scene: Scene) -> bool:
        """By IAM. Raises ClientError where it fails for a reason that a probe must not have."""
        try:
            self.call(caller, scene)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in DENIED | CAME_THROUGH:
                raise
            return code in DENIED
        return False


def probe(
    action: str, resource: str, method: str, prefix: str | None = None, **arguments: Any
) -> Probe:
    """`method` is client.method. An argument that can be called is asked what is there."""
    client, _, name = method.partition(".")

    def call(caller: Caller, scene: Scene) -> Any:
        filled = {key: one(scene) if callable(one) else one for key, one in arguments.items()}
        return getattr(caller.client(client), name)(**filled)

    return Probe(action, resource, call, prefix)


def id_of(logical: str) -> Callable[[Scene], str]:
    return lambda scene: scene.ids[logical]
