"""Ways to break what is deployed, each for a while."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import re
import signal
import struct
import termios
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.engine import Engine
from tests.conftest import Darkroom, wait_for
from tests.statemachine.definitions import states as all_states

# What a state calls, by the argument that names it.
NAMES = ("TableName", "TopicArn", "FunctionName", "StateMachineArn", "Bucket")


def physical(darkroom: Darkroom, resource: str) -> str:
    """The name or ARN of a resource of template.yaml."""
    found = darkroom.stack.client("cloudformation").describe_stack_resource(
        StackName=darkroom.stack.name, LogicalResourceId=resource
    )
    return str(found["StackResourceDetail"]["PhysicalResourceId"])


@contextmanager
def without_settings(darkroom: Darkroom, function: str) -> Iterator[None]:
    """The function of that logical name without its settings, so that every call fails."""
    name = physical(darkroom, function)
    client = darkroom.stack.client("lambda")
    variables = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    client.update_function_configuration(FunctionName=name, Environment={"Variables": {}})
    try:
        yield
    finally:
        client.update_function_configuration(
            FunctionName=name, Environment={"Variables": variables}
        )


@contextmanager
def calling_nobody(
    darkroom: Darkroom, machine: str, *states: str, review_seconds: int | None = None
) -> Iterator[None]:
    """Runs that start now find that what `states` call is gone: table, topic, function, machine or
    bucket.

    `machine`: an output of the stack. `review_seconds`: and wait so long for a review.
    """
    arn, client = darkroom.stack.outputs[machine], darkroom.stepfunctions
    whole = client.describe_state_machine(stateMachineArn=arn)["definition"]
    definition = json.loads(whole)
    everywhere = dict(all_states(definition))
    for state in states:
        arguments = everywhere[state]["Arguments"]
        [name] = [name for name in NAMES if name in arguments]
        if isinstance(arguments, str):  # one expression for all of them
            gone = re.sub(rf"('{name}': '[^']+)'", r"\1-gone'", arguments)
            everywhere[state]["Arguments"] = gone
        else:
            arguments[name] += "-gone"
    if review_seconds is not None:
        definition["States"]["Review"]["TimeoutSeconds"] = review_seconds
    client.update_state_machine(stateMachineArn=arn, definition=json.dumps(definition))
    try:
        yield
    finally:
        client.update_state_machine(stateMachineArn=arn, definition=whole)


class Workers:
    """The processes of one function, which wait for work with nothing to do: frozen.

    What is handed to one of them then is work in flight, until it is thawed or killed.
    """

    def __init__(self, engine: Engine, darkroom: Darkroom, function: str) -> None:
        self.folder = f"ministack-lambda-{physical(darkroom, function)}-"
        self.function = function
        self.pids = [
            int(process.name)
            for process in Path("/proc").iterdir()
            if process.name.isdigit() and self._is_one(process, engine.pid)
        ]
        for pid in self.pids:
            os.kill(pid, signal.SIGSTOP)

    def hold_at_work(self) -> int:
        """Wait until one has work, and let all others go; its id."""
        busy = wait_for(
            lambda: next((pid for pid in self.pids if unread_bytes(pid) > 0), None),
            lambda: f"expected work for {self.function}, got none",
        )
        self.pids.remove(busy)
        self.thaw()
        self.pids = [busy]
        return busy

    def kill_at_work(self) -> None:
        """Wait until one has work, and kill it."""
        os.kill(self.hold_at_work(), signal.SIGKILL)

    def thaw(self) -> None:
        for pid in self.pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)

    def _is_one(self, process: Path, parent: int) -> bool:
        try:
            command = (process / "cmdline").read_text()
            status = (process / "status").read_text()
        except OSError:
            return False
        return self.folder in command and f"\nPPid:\t{parent}\n" in status


def unread_bytes(pid: int) -> int:
    """What a process was sent on its standard input and has not read."""
    pipe = os.open(f"/proc/{pid}/fd/0", os.O_RDONLY | os.O_NONBLOCK)
    try:
        size: int = struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0" * 4))[0]
        return size
    finally:
        os.close(pipe)
