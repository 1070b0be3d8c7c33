"""The engine's state on disk is that of one instant, whole, and not older than it need be."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from cli.embedded import keeping, note, snapshots
from cli.embedded.keeping import Keeper
from cli.embedded.note import Note

# Python 3.12 and later: the fork that is tested here is meant.
pytestmark = pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")

Services = dict[str, Callable[[], Any]]


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


def save(state: Path, services: Services, known: dict[str, str] | None = None) -> snapshots.Saved:
    saved = snapshots.save(state, lambda: services, known or {})
    assert saved is not None
    return saved


def kept(state: Path) -> dict[str, Any]:
    return {
        file.stem: json.loads(file.read_text())["payload"] for file in sorted(state.glob("*.json"))
    }


def unfinished(state: Path, at: str | None, **services: Any) -> Path:
    """What a killed engine left beside its state; `at` where it was whole."""
    folder = state.with_name("next-1")
    folder.mkdir(parents=True)
    for name, payload in services.items():
        (folder / f"{name}.json").write_text(json.dumps({"payload": payload}))
    if at is not None:
        (folder / snapshots.WHOLE).write_text(json.dumps({"at": at}))
    return folder


def fail() -> Any:
    raise ValueError("broken")


def die() -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


def test_ministack_reads_what_is_saved(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    save(state, {"dynamodb": lambda: {"tables": {"images": b"\0"}}})
    monkeypatch.setattr(snapshots.persistence, "PERSIST_STATE", True)
    monkeypatch.setattr(snapshots.persistence, "STATE_DIR", str(state))

    assert snapshots.persistence.load_state("dynamodb") == {"tables": {"images": b"\0"}}


def test_only_what_changed_is_written(state: Path) -> None:
    first = save(state, {"sqs": lambda: 1, "sns": lambda: 1})
    (state / "sqs.json").unlink()

    save(state, {"sqs": lambda: 1, "sns": lambda: 2}, first.digests)

    assert kept(state) == {"sns": 2}


def test_a_service_that_cannot_be_saved_costs_no_other(state: Path) -> None:
    save(state, {"iam": fail, "kms": lambda: None, "sns": lambda: {1: object()}, "sqs": lambda: 1})

    assert kept(state) == {"sqs": 1}


def test_a_writer_that_dies_leaves_the_former_state(state: Path) -> None:
    save(state, {"sns": lambda: "old", "sqs": lambda: "old"})

    assert snapshots.save(state, lambda: {"sns": lambda: "new", "sqs": die}, {}) is None
    assert kept(state) == {"sns": "old", "sqs": "old"}


def test_a_writer_that_hangs_is_ended(state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snapshots, "PATIENCE_SECONDS", 0.1)
    forked: list[int] = []
    fork = os.fork
    monkeypatch.setattr(os, "fork", lambda: forked.append(fork()) or forked[-1])

    assert snapshots.save(state, lambda: {"sns": signal.pause}, {}) is None
    [writer] = forked
    with pytest.raises(ChildProcessError):
        os.waitpid(writer, os.WNOHANG)


def test_a_writer_whose_engine_is_gone_leaves_the_state_to_the_next_one(
    state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(state, {"sqs": lambda: "next"})
    monkeypatch.setattr(os, "getppid", lambda: 1)

    assert snapshots.save(state, lambda: {"sqs": lambda: "late"}, {}) is None
    assert snapshots.recover(state, None) is None
    assert kept(state) == {"sqs": "next"}


def test_all_services_are_saved_at_one_instant_while_threads_change_them(state: Path) -> None:
    records: dict[str, int] = {}
    messages: dict[str, int] = {}
    done = threading.Event()

    def work() -> None:
        number = 0
        while not done.wait(0.0001):
            records[str(number)] = number
            messages[str(number)] = number
            number += 1

    worker = threading.Thread(target=work)
    worker.start()
    try:
        for _ in range(5):
            save(state, {"dynamodb": lambda: records, "sns": lambda: messages})
            found = kept(state)
            assert len(found["dynamodb"]) - len(found["sns"]) in (0, 1)
    finally:
        done.set()
        worker.join()


def test_what_was_whole_when_the_engine_was_killed_counts(state: Path) -> None:
    save(state, {"sns": lambda: "old", "sqs": lambda: "old"})
    folder = unfinished(state, "2026-01-02", sqs="new")

    assert snapshots.recover(state, "2026-01-01") == "2026-01-02"
    assert (kept(state), folder.exists()) == ({"sns": "old", "sqs": "new"}, False)


@pytest.mark.parametrize("at", [None, "2025-12-31"], ids=["cut off", "older"])
def test_what_was_not_whole_or_is_older_goes(state: Path, at: str | None) -> None:
    save(state, {"sqs": lambda: "kept"})
    folder = unfinished(state, at, sqs="lost")

    assert snapshots.recover(state, "2026-01-01") == "2026-01-01"
    assert (kept(state), folder.exists()) == ({"sqs": "kept"}, False)


@pytest.fixture
def keeper(tmp_path: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> Keeper:
    monkeypatch.setattr(
        keeping.ministack, "_build_persistence_save_dict", lambda: {"sqs": lambda: 1}
    )
    monkeypatch.setattr(keeping, "SHORTEST_PAUSE_SECONDS", 0.01)
    return Keeper(tmp_path, state)


def test_an_engine_that_begins_is_not_one_that_ended_in_order(
    keeper: Keeper, tmp_path: Path
) -> None:
    keeper.save(in_order=True)
    before = note.read(tmp_path)
    keeper.begin()

    assert before is not None
    assert before.in_order
    assert note.read(tmp_path) == Note(before.at, in_order=False, running=0)


def test_nothing_is_saved_while_nothing_changes(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    saves = threading.Semaphore(0)
    save = keeper.save

    def counted(in_order: bool = False) -> float:
        seconds = save(in_order)
        saves.release()
        return seconds

    monkeypatch.setattr(keeper, "save", counted)
    monkeypatch.setattr(keeping, "PAUSE_FACTOR", 0)
    threading.Thread(target=keeper.go_on, daemon=True).start()

    assert not saves.acquire(timeout=0.2), "expected no save before the state is loaded"
    keeper.loaded.set()
    assert saves.acquire(timeout=10)
    assert not saves.acquire(timeout=0.2)
    keeper.requests += 1
    assert saves.acquire(timeout=10)
    keeper.wake.set()
    assert saves.acquire(timeout=10)


def served(call: Coroutine[Any, Any, None]) -> None:
    """In a thread of its own: a browser of another test may keep a loop running in this one."""
    with ThreadPoolExecutor(1) as threads:
        threads.submit(asyncio.run, call).result()


@pytest.mark.parametrize(
    ("path", "counts"), [("/bucket/key", 2), ("/_aws/lambda-url/x/", 2), ("/_ministack/health", 0)]
)
def test_a_request_counts_when_it_comes_and_when_it_is_done(
    keeper: Keeper, path: str, counts: int
) -> None:
    seen = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(keeper.requests)
        raise ConnectionError

    with pytest.raises(ConnectionError):
        served(keeping.counted(app, keeper)({"type": "http", "path": path}, None, None))
    assert [*seen, keeper.requests] == [counts // 2, counts]


def test_the_state_is_loaded_when_the_application_says_that_it_started(keeper: Keeper) -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        assert not keeper.loaded.is_set()
        await send({"type": "lifespan.startup.complete"})

    async def send(message: Any) -> None:
        assert keeper.loaded.is_set()

    served(keeping.counted(app, keeper)({"type": "lifespan"}, None, send))


def test_an_engine_that_ends_before_it_loaded_leaves_the_state(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended: list[int] = []
    monkeypatch.setattr(os, "_exit", ended.append)
    monkeypatch.setattr(keeper, "_save_last", fail)

    keeper.end()

    assert ended == [0]


def test_an_engine_that_cannot_save_in_one_piece_saves_as_ministack_does(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[Any] = []
    monkeypatch.setattr(os, "_exit", lambda status: None)
    monkeypatch.setattr(snapshots, "save", lambda *_: None)
    monkeypatch.setattr(keeping.persistence, "save_all", saved.append)
    keeper.loaded.set()

    keeper.end()

    assert [list(services) for services in saved] == [["sqs"]]


@pytest.mark.parametrize(
    ("last", "sentence"),
    [
        (Note("2026-01-02T03:04:05.678+00:00", in_order=True, running=0), None),
        (
            Note("2026-01-02T03:04:05.678+00:00", in_order=True, running=1),
            "1 execution had not ended when the engine did.",
        ),
        (
            Note("2026-01-02T03:04:05.678+00:00", in_order=False, running=0),
            "The engine was killed; what came after 2026-01-02 03:04:05 UTC is lost.",
        ),
        (
            Note("2026-01-02T03:04:05.678+00:00", in_order=False, running=2),
            "The engine was killed; what came after 2026-01-02 03:04:05 UTC is lost."
            " 2 executions had not ended then.",
        ),
        (
            Note(None, in_order=False, running=0),
            "The engine was killed before it saved anything: only uploaded files are left.",
        ),
    ],
)
def test_what_is_lost_has_a_name(tmp_path: Path, last: Note, sentence: str | None) -> None:
    note.write(tmp_path, last)

    assert note.read(tmp_path) == last
    assert last.aftermath() == sentence


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"at": "x", "in_order": 1, "running": 0}'])
def test_a_note_that_cannot_be_read_is_none(tmp_path: Path, text: str) -> None:
    (tmp_path / note.FILE).write_text(text)

    assert note.read(tmp_path) is None
