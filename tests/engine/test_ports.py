"""The engine's port is free when it is found; another program may take it before the engine can.

Here one does: a socket has the port as soon as it is found.
"""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from cli import engine as engines
from cli.errors import CommandError
from tests.servers import answering

pytestmark = pytest.mark.engine


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    try:
        yield tmp_path
    finally:
        engines.stop(tmp_path)


@contextmanager
def faster(monkeypatch: pytest.MonkeyPatch, times: int, listens: bool) -> Iterator[list[int]]:
    """Another program has what is found the first `times`; the ports that were found."""
    find, found = engines._port, list[int]()
    others = [socket.socket() for _ in range(times)]

    def found_by_two(home: Path) -> int:
        found.append(find(home))
        if len(found) <= times:
            other = others[len(found) - 1]
            other.bind(("127.0.0.1", found[-1]))
            if listens:
                other.listen()
        return found[-1]

    monkeypatch.setattr(engines, "_port", found_by_two)
    try:
        yield found
    finally:
        for other in others:
            other.close()


# MiniStack asks whether anybody listens; of a port that is only held it learns from the system.
@pytest.mark.parametrize("listens", [True, False], ids=["listened on", "held"])
def test_an_engine_whose_port_is_taken_in_that_moment_starts_on_another(
    home: Path, monkeypatch: pytest.MonkeyPatch, listens: bool
) -> None:
    with faster(monkeypatch, 1, listens) as found:
        started = engines.start(home)

        assert found == [found[0], started.port]
        assert started.port != found[0]
        assert engines.running(home) == started
        assert started.answers()


def test_another_program_that_answers_on_the_port_is_not_taken_for_the_engine(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It answers as MiniStack would, from before ours has imported a thing."""
    health = json.dumps({"services": {"s3": "available"}, "edition": "light"})
    with answering(health) as taken:
        find, found = engines._port, list[int]()

        def found_too_late(home: Path) -> int:
            found.append(find(home) if found else taken)
            return found[-1]

        monkeypatch.setattr(engines, "_port", found_too_late)
        started = engines.start(home)

        assert found == [taken, started.port]
        assert engines.running(home) == started
        assert started.answers()
        assert not replace(started, port=taken).answers()


def test_an_engine_whose_port_is_taken_twice_says_so(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with faster(monkeypatch, 2, listens=True) as found:
        with pytest.raises(CommandError) as raised:
            engines.start(home)

        words = f"Another program took port {found[1]} before the engine could listen on it"
        assert re.match(words, raised.value.message)
        assert str(engines.log_file(home)) in raised.value.message
        assert len(found) == 2
        assert engines.running(home) is None
