"""The process that functions' processes are forked from: `python -m cli.embedded.cradle FD ROOM`.

It has imported what they import, and does nothing else. FD is its end of a socket to the engine, on
which a request is one message: JSON {"script", "folder", "environment"} with three file descriptors
for standard input, output and error. The answer is the new process's id, in decimal; the end of the
socket is its own end. ROOM is as long as the longest path of a script.
"""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import os
import runpy
import socket
import sys
from pathlib import Path
from typing import Any

# What the functions import from others (tests/unit/test_births.py): the functions themselves, and
# what reads its settings while it is imported, are for each process alone.
MODULES = (
    "aws_lambda_powertools.event_handler.middlewares.base",
    *("aws_lambda_powertools.event_handler.router", "aws_lambda_powertools.event_handler.types"),
    *("aws_lambda_powertools.utilities.typing", "boto3.s3.inject", "botocore.httpsession"),
    *("concurrent.futures.thread", "encodings.idna", "fractions", "itsdangerous", "jinja2"),
    *("msgspec", "unicodedata", "PIL.AvifImagePlugin", "PIL.GifImagePlugin", "PIL.ImageCms"),
    *("PIL.ImageDraw", "PIL.ImageFilter", "PIL.ImageMath", "PIL.ImageOps", "PIL.ImageSequence"),
    "PIL.ImageStat",
    *("PIL.JpegImagePlugin", "PIL.PngImagePlugin", "PIL.WebPImagePlugin"),
)
MOST = 1 << 20  # bytes of a request


class Child(Exception):
    """Raised in the new process alone, all the way up: nothing of the cradle stays on its stack."""

    def __init__(self, script: str) -> None:
        super().__init__(script)
        self.script = script


def serve(engine: socket.socket) -> None:
    """Until the engine is gone. Raises Child in each new process."""
    while True:
        request, files, _, _ = socket.recv_fds(engine, MOST, 3)
        if not request:
            return
        wanted = json.loads(request)
        reading, writing = os.pipe()
        between = os.fork()
        if between == 0:
            # Forked twice, so that the engine, which adopts orphans, is the process's parent.
            try:
                process = os.fork()
            except OSError:
                os._exit(1)
            if process:
                os.write(writing, str(process).encode())
                os._exit(0)
            _become(wanted, files)
            raise Child(wanted["script"])
        for file in (*files, writing):
            os.close(file)
        os.waitpid(between, 0)
        with open(reading, "rb") as pipe:
            engine.send(pipe.read() or b"0")


def _become(wanted: dict[str, Any], files: list[int]) -> None:
    """What a new Python would be: its files, folder, environment, arguments, and no other files."""
    for number, file in enumerate(files):
        os.dup2(file, number)
    os.closerange(3, max(map(int, os.listdir("/proc/self/fd"))) + 1)
    os.chdir(wanted["folder"])
    for name in os.environ.keys() - wanted["environment"].keys():
        del os.environ[name]
    os.environ.update(wanted["environment"])
    script = wanted["script"]
    sys.argv = [script]
    sys.path[0] = str(Path(script).parent)
    _show([sys.executable, script])


def _show(words: list[str]) -> None:
    """Put `words` in the place of the arguments, by which a list of processes tells workers apart.

    https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: arg_start, arg_end.
    """
    start, end = map(int, Path("/proc/self/stat").read_text().rpartition(")")[2].split()[45:47])
    line = b"\0".join(os.fsencode(word) for word in words) + b"\0"
    if len(line) <= end - start:
        ctypes.memmove(start, line.ljust(end - start, b"\0"), end - start)


def main() -> None:
    for module in MODULES:
        importlib.import_module(module)
    # What is never looked at by the garbage collector stays shared with the children.
    gc.collect()
    gc.freeze()
    try:
        serve(socket.socket(fileno=int(sys.argv[1])))
    except Child as child:
        script = child.script
    else:
        return
    runpy.run_path(script, run_name="__main__")


if __name__ == "__main__":
    main()
