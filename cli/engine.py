"""The embedded AWS engine: a MiniStack process of this project's own environment."""

from __future__ import annotations

import contextlib
import fcntl
import http.client
import json
import os
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from cli import processes
from cli.embedded import note
from cli.errors import CommandError

REGION = "us-east-1"
MODULE = "cli.embedded"
# How MiniStack names the folder of a function's process, which runs the script in there.
WORKER = "ministack-lambda-"
START_SECONDS = 60
STOP_SECONDS = 60
SAVE_SECONDS = 10
WORKERS_SECONDS = 10
# MiniStack's health answer has some 2,000.
MAX_HEALTH_BYTES = 100_000


@dataclass(frozen=True)
class Engine:
    """A process that was started here: `pid`, and the port that it listens on.

    `certificate`: the file of its own where it speaks TLS. `edition`: the word by which it tells
    itself from whatever else may answer on that port; None where it was started before there was
    one.
    """

    pid: int
    port: int
    certificate: str | None = None
    edition: str | None = None

    @property
    def scheme(self) -> str:
        return "https" if self.certificate else "http"

    @property
    def endpoint(self) -> str:
        # An address and no name: boto3 then puts buckets into the path, which needs no DNS.
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def function_url_prefix(self) -> str:
        return f"{self.scheme}://localhost:{self.port}/_aws/lambda-url/"

    def environment(self) -> dict[str, str]:
        """What points an AWS client at this engine."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_REGION": REGION,
        } | ({"AWS_CA_BUNDLE": self.certificate} if self.certificate else {})

    def answers(self) -> bool:
        """Whether it does, and no other program on its port."""
        try:
            with urllib.request.urlopen(
                f"{self.endpoint}/_ministack/health", timeout=2, context=self._trust()
            ) as answer:
                health = json.loads(answer.read(MAX_HEALTH_BYTES))
        except (http.client.HTTPException, OSError, ValueError):
            return False
        return isinstance(health, dict) and self.edition in (None, health.get("edition"))

    def _trust(self) -> ssl.SSLContext | None:
        return ssl.create_default_context(cafile=self.certificate) if self.certificate else None


@contextlib.contextmanager
def one_at_a_time(home: Path) -> Iterator[None]:
    """Two commands at the same moment must not start two engines, nor deploy twice at once."""
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def running(home: Path) -> Engine | None:
    """The engine that was started for `home`, if it still runs."""
    try:
        engine = Engine(**json.loads(_note(home).read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return engine if _is_ours(engine.pid, home) else None


def start(home: Path, settings: Mapping[str, str] | None = None) -> Engine:
    """Start the engine, or find the one that runs, and wait until it answers.

    `settings`: more of MiniStack's own variables, for one that is started.
    """
    engine = running(home) or _spawn(home, settings or {})
    deadline = time.monotonic() + START_SECONDS
    unseen, again = 0, True
    while True:
        # Between fork and exec a process has no command line for a moment.
        unseen = 0 if _is_ours(engine.pid, home) else unseen + 1
        if not unseen and engine.answers():
            return engine
        if unseen > 5:
            if not _port_was_taken(home):
                raise CommandError(
                    f"The engine ended while starting: {_last_line(log_file(home))}",
                    f"Its log is {log_file(home)}.",
                )
            if not again:
                raise CommandError(
                    f"Another program took port {engine.port} before the engine could listen on "
                    "it, and one before that.",
                    f"Start it again; its log is {log_file(home)}.",
                )
            # Somebody was faster with the port that was free a moment ago: with another one.
            engine, unseen, again = _spawn(home, settings or {}), 0, False
        if time.monotonic() > deadline:
            raise CommandError(
                f"The engine did not answer on port {engine.port} within {START_SECONDS} seconds.",
                f"Its log is {log_file(home)}; `darkroom down` ends it.",
            )
        time.sleep(0.1)


def stop(home: Path) -> bool:
    """End the engine that was started for `home`, in order, so that it saves; True if one ran."""
    engine = running(home)
    if engine is None:
        _end_workers(home)
        return False
    os.kill(engine.pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while _is_ours(engine.pid, home):
        if time.monotonic() > deadline:
            os.kill(engine.pid, signal.SIGKILL)
            break
        time.sleep(0.1)
    _end_workers(home)
    return True


def save(home: Path) -> None:
    """Have the engine of `home` save now, and wait for that, or for SAVE_SECONDS at most."""
    engine = running(home)
    before = note.read(home)
    if engine is None:
        return
    os.kill(engine.pid, signal.SIGUSR1)
    deadline = time.monotonic() + SAVE_SECONDS
    while note.read(home) == before and time.monotonic() < deadline:
        time.sleep(0.05)


def aftermath(home: Path) -> str | None:
    """What the next engine of `home` will lack. None: nothing, or the last one still runs."""
    last = note.read(home)
    return None if last is None or running(home) else last.aftermath()


def started_at(home: Path) -> datetime:
    """When the engine of `home` was started."""
    return datetime.fromtimestamp(_note(home).stat().st_mtime, UTC)


def log_file(home: Path) -> Path:
    return home / "engine.log"


def _spawn(home: Path, settings: Mapping[str, str]) -> Engine:
    # What the functions' processes of the last engine left. One at work would write to this one.
    _end_workers(home)
    shutil.rmtree(home / "tmp", ignore_errors=True)
    for folder in ("state", "s3", "tmp"):
        (home / folder).mkdir(parents=True, exist_ok=True)
    port = _port(home)
    edition = f"darkroom-{secrets.token_hex(16)}"
    environment = {
        name: value
        for name, value in os.environ.items()
        # The engine itself must not be pointed at an engine, nor at somebody's account.
        if not name.startswith("AWS_")
    } | {
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        # Only its health answer shows it.
        "MINISTACK_EDITION": edition,
        "MINISTACK_REGION": REGION,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home / "state"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(home / "s3"),
        "TMPDIR": str(home / "tmp"),
        "LOG_LEVEL": "WARNING",
        # They would listen on ports of their own, on every address.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # boto3 warns of Pythons that AWS retires one day; nobody can act on it in a log.
        "PYTHONWARNINGS": "ignore",
    }
    # Through a shell that ends at once, so that the engine is nobody's child: it outlives this
    # command. In a session of its own, Ctrl-C at the terminal is for the command alone.
    answer = subprocess.run(
        [
            *("sh", "-c", '"$@" </dev/null >>"$LOG_FILE" 2>&1 & echo $!', "sh"),
            *(sys.executable, "-m", MODULE, str(home)),
        ],
        cwd=home,
        env=environment | dict(settings) | {"LOG_FILE": str(log_file(home))},
        start_new_session=True,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    engine = Engine(int(answer.stdout), port, settings.get("MINISTACK_SSL_CERT"), edition)
    _note(home).write_text(json.dumps(asdict(engine)))
    return engine


def _port(home: Path) -> int:
    """The port of last time if it is free, so that links of last time still lead here; else any."""
    candidates = [0]
    with contextlib.suppress(FileNotFoundError, ValueError, TypeError, KeyError):
        candidates.insert(0, int(json.loads(_note(home).read_text())["port"]))
    for candidate in candidates:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", candidate))
            except (OSError, OverflowError):
                continue
            return int(probe.getsockname()[1])
    raise CommandError("Found no free port on 127.0.0.1.")


def _is_ours(pid: int, home: Path) -> bool:
    """True while `pid` is the engine of `home`: a process id may have passed to another program."""
    return f"-m {MODULE} {home} " in processes.command_line(pid) + " "


def _end_workers(home: Path) -> None:
    """End the functions' processes of an engine of `home` that is gone: a busy one lives on."""
    deadline = time.monotonic() + WORKERS_SECONDS
    while (pids := _workers(home)) and time.monotonic() < deadline:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.05)


def _workers(home: Path) -> list[int]:
    script = f" {home / 'tmp' / WORKER}"
    return [pid for pid, words in processes.everything() if script in words]


def _note(home: Path) -> Path:
    return home / "engine.json"


def _port_was_taken(home: Path) -> bool:
    """Whether the engine, which has ended, says so: MiniStack in three lines where somebody
    listens, else the system in one."""
    return any("already in use" in line for line in _lines(log_file(home))[-3:])


def _last_line(file: Path) -> str:
    return (_lines(file) or ["it said nothing"])[-1]


def _lines(file: Path) -> list[str]:
    return file.read_text(errors="replace").strip().splitlines()
