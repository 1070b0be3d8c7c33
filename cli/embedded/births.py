"""A shortcut: MiniStack starts a new Python for each concurrent call of a function (1.5.33).

That is 0.3 CPU seconds of imports each, twenty times before a folder of pictures has begun. Here
they are forked from one process that has imported what they share (cli/embedded/cradle.py), with
the same script, folder, environment, arguments and parent as if they had been started. Linux only;
elsewhere, and where the cradle fails, each is started as before.
"""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from typing import Any

from ministack.core import lambda_runtime

# https://man7.org/linux/man-pages/man2/PR_SET_CHILD_SUBREAPER.2const.html
PR_SET_CHILD_SUBREAPER = 36
MODULE = "cli.embedded.cradle"
# More than the longest path of a function's script.
ROOM = "-" * 1000
PATIENCE_SECONDS = 30


class Cradle:
    """The process, started at once; it is ready some tenths of a second later."""

    def __init__(self) -> None:
        self._one_at_a_time = threading.Lock()
        self._socket, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(PATIENCE_SECONDS)
        self._environment = dict(os.environ)
        # A pipe, as its children's standard files are: what Python knows of a file stays with it.
        reading, writing = os.pipe()
        with its, open(reading, "rb") as input, open(writing, "wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", MODULE, str(its.fileno()), ROOM],
                stdin=input,
                stdout=output,
                pass_fds=[its.fileno()],
            )

    def suits(self, environment: Mapping[str, str]) -> bool:
        """False where Python itself is to run otherwise: it reads that when it starts."""
        return _of_python(environment) == _of_python(self._environment)

    def fork(
        self, script: str, folder: str, environment: Mapping[str, str], files: Sequence[int]
    ) -> int:
        """The id of a new child of this process. Raises OSError where there is none."""
        wanted = {"script": script, "folder": folder, "environment": dict(environment)}
        with self._one_at_a_time:
            try:
                socket.send_fds(self._socket, [json.dumps(wanted).encode()], files)
                pid = int(self._socket.recv(32) or 0)
            except OSError:
                # An answer that comes late must not be taken for the next one's.
                self.end()
                raise
        if not pid:
            raise OSError("expected the id of a new process from the cradle, got none")
        return pid

    def end(self) -> None:
        self._socket.close()
        self.process.kill()
        self.process.wait()


class Forked(subprocess.Popen[str]):
    """As subprocess has it, with the cradle in the place of fork and exec."""

    def __init__(self, cradle: Cradle, words: Sequence[str], **options: Any) -> None:
        self._cradle = cradle
        super().__init__(words, **options)

    def _execute_child(self, args: Any, *rest: Any) -> None:
        # As CPython calls it, 3.11 to 3.14: fourth before the files are cwd and env.
        cwd, env, pipes = rest[4], rest[5], rest[9:15]
        try:
            self.pid = self._cradle.fork(args[1], cwd, env, (pipes[0], pipes[3], pipes[5]))
        except OSError:
            super()._execute_child(args, *rest)  # type: ignore[misc]
            return
        self._child_created = True
        self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]


class Subprocess:
    """The module subprocess, as MiniStack sees it."""

    def __init__(self, cradle: Cradle) -> None:
        self._cradle = cradle

    def __getattr__(self, name: str) -> Any:
        return getattr(subprocess, name)

    def Popen(self, words: Sequence[str], **options: Any) -> subprocess.Popen[str]:
        if len(words) == 2 and words[0] == sys.executable and self._cradle.suits(options["env"]):
            return Forked(self._cradle, words, **options)
        return subprocess.Popen(words, **options)


def install() -> None:
    if sys.platform == "linux" and adopt(True):
        lambda_runtime.subprocess = Subprocess(Cradle())


def adopt(orphans: bool) -> bool:
    """Whether this process is the parent of forked ones, whose own parent ends at once."""
    return bool(ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, int(orphans), 0, 0, 0) == 0)


def _of_python(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if name.startswith("PYTHON")}
