"""The engine's note: what it says is believed only of a process that is an engine."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli import engine
from cli.embedded import note as saved
from cli.engine import Engine
from cli.errors import CommandError
from tests.servers import answering


def note(home: Path, text: str) -> None:
    (home / "engine.json").write_text(text)


@pytest.fixture
def stranger() -> Iterator[subprocess.Popen[bytes]]:
    with waiting_process("not", engine.MODULE) as process:
        yield process


@contextmanager
def waiting_process(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Somebody's process with these words in its command line; it ends with its input."""
    code = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()  # before its first words a process has no command line
        yield process


def test_a_foreign_process_under_the_noted_id_is_no_engine(
    tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    note(tmp_path, json.dumps({"pid": stranger.pid, "port": 4566}))

    assert engine.running(tmp_path) is None


def test_a_foreign_process_is_never_ended(
    tmp_path: Path, stranger: subprocess.Popen[bytes]
) -> None:
    note(tmp_path, json.dumps({"pid": stranger.pid, "port": 4566}))

    assert engine.stop(tmp_path) is False
    assert stranger.poll() is None


def test_a_process_that_ended_is_no_engine(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        pass
    note(tmp_path, json.dumps({"pid": process.pid, "port": 4566}))

    assert engine.running(tmp_path) is None
    assert engine.stop(tmp_path) is False


def test_the_engine_of_another_folder_is_left_alone(tmp_path: Path) -> None:
    with waiting_process("-m", engine.MODULE, str(tmp_path / "other")) as process:
        note(tmp_path, json.dumps({"pid": process.pid, "port": 4566}))

        assert engine.running(tmp_path) is None
        assert engine.stop(tmp_path) is False
        assert process.poll() is None


def test_a_process_of_that_command_line_is_one(tmp_path: Path) -> None:
    with waiting_process("-m", engine.MODULE, str(tmp_path)) as process:
        note(tmp_path, json.dumps({"pid": process.pid, "port": 4566}))

        assert engine.running(tmp_path) == Engine(process.pid, 4566)
        assert engine.stop(tmp_path) is True
        assert process.wait() != 0


@pytest.mark.parametrize("end", [engine.stop, lambda home: engine._end_workers(home)])
def test_processes_of_functions_end_with_their_engine(
    tmp_path: Path, end: Callable[[Path], object]
) -> None:
    ours, other = (home / "tmp" / f"{engine.WORKER}x/_worker.py" for home in (tmp_path, Path("/y")))
    with waiting_process(str(ours)) as worker, waiting_process(str(other)) as stranger:
        end(tmp_path)

        assert worker.wait(10) == -signal.SIGKILL
        assert stranger.poll() is None


def test_an_engine_that_is_ended_takes_its_processes_along(tmp_path: Path) -> None:
    script = tmp_path / "tmp" / f"{engine.WORKER}x/_worker.py"
    with waiting_process("-m", engine.MODULE, str(tmp_path)) as process:
        note(tmp_path, json.dumps({"pid": process.pid, "port": 4566}))
        with waiting_process(str(script)) as worker:
            assert engine.stop(tmp_path) is True
            assert worker.wait(10) == -signal.SIGKILL


def test_what_is_lost_is_told_when_the_engine_is_gone_and_not_before(tmp_path: Path) -> None:
    saved.write(tmp_path, saved.Note(None, in_order=False, running=0))

    with waiting_process("-m", engine.MODULE, str(tmp_path)) as process:
        note(tmp_path, json.dumps({"pid": process.pid, "port": 4566}))
        assert engine.aftermath(tmp_path) is None
    lost = engine.aftermath(tmp_path)

    assert lost is not None
    assert "before it saved anything" in lost


def test_without_an_engine_there_is_nothing_to_save(tmp_path: Path) -> None:
    engine.save(tmp_path)

    assert engine.aftermath(tmp_path) is None


def test_without_a_note_nothing_runs(tmp_path: Path) -> None:
    assert engine.running(tmp_path) is None
    assert engine.stop(tmp_path) is False


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "5",
        "null",
        "[]",
        "{}",
        '{"pid": 1}',
        '{"port": 4566}',
        '{"pid": "x", "port": 4566}',
        '{"pid": null, "port": null}',
        '{"pid": -1, "port": 4566}',
        '{"pid": 1, "port": 4566, "more": true}',
        '{"pid": 99999999999, "port": 4566}',
        "\x00",
    ],
)
def test_a_broken_note_is_as_good_as_none(tmp_path: Path, text: str) -> None:
    note(tmp_path, text)

    assert engine.running(tmp_path) is None
    assert engine.stop(tmp_path) is False


def test_an_engine_that_does_not_listen_does_not_answer() -> None:
    assert not Engine(pid=1, port=1).answers()


def test_another_program_on_the_port_does_not_answer_as_an_engine() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def greet() -> None:
            connection, _ = server.accept()
            with connection:
                connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")
                connection.recv(4096)

        other = threading.Thread(target=greet)
        other.start()
        assert not Engine(pid=1, port=port).answers()
        other.join()


HEALTH = {"services": {"s3": "available"}, "version": "1.5.33"}


@pytest.mark.parametrize(
    ("noted", "answer", "is_ours"),
    [
        ("darkroom-1", HEALTH | {"edition": "darkroom-1"}, True),
        ("darkroom-1", HEALTH | {"edition": "darkroom-2"}, False),
        ("darkroom-1", HEALTH | {"edition": "light"}, False),
        ("darkroom-1", HEALTH, False),
        ("darkroom-1", ["darkroom-1"], False),
        ("darkroom-1", "darkroom-1", False),
        (None, HEALTH | {"edition": "light"}, True),
        (None, [], False),
    ],
)
def test_an_engine_is_whoever_answers_with_the_word_that_it_was_started_with(
    noted: str | None, answer: object, is_ours: bool
) -> None:
    with answering(json.dumps(answer)) as port:
        assert Engine(1, port, edition=noted).answers() is is_ours


def test_a_page_is_no_health_answer() -> None:
    with answering("<!doctype html><title>Welcome</title>") as port:
        assert not Engine(1, port, edition="darkroom-1").answers()


def test_another_program_on_the_port_is_not_taken_for_an_engine_that_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        answering(json.dumps(HEALTH | {"edition": "light"})) as port,
        waiting_process("-m", engine.MODULE, str(tmp_path)) as process,
    ):
        ours = Engine(process.pid, port, edition="darkroom-1")
        monkeypatch.setattr(engine, "_spawn", lambda *_: ours)
        monkeypatch.setattr(engine, "running", lambda _: None)
        monkeypatch.setattr(engine, "START_SECONDS", 0.3)
        engine.log_file(tmp_path).touch()

        with pytest.raises(CommandError, match=f"did not answer on port {port}"):
            engine.start(tmp_path)


def test_an_engine_that_ends_for_a_reason_of_its_own_is_started_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = iter([1, 2])
    monkeypatch.setattr(engine, "MODULE", "cli.nowhere")
    monkeypatch.setattr(engine, "_port", lambda home: next(ports))

    with pytest.raises(CommandError, match=r"ended while starting: .*No module named cli\.nowhere"):
        engine.start(tmp_path)

    assert list(ports) == [2]


def test_everything_an_aws_client_needs_points_at_the_engine() -> None:
    environment = Engine(pid=1, port=4566).environment()

    assert environment["AWS_ENDPOINT_URL"] == "http://127.0.0.1:4566"
    assert environment["AWS_REGION"] == environment["AWS_DEFAULT_REGION"] == engine.REGION
    assert {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"} <= set(environment)
