"""`darkroom watch`: which step a run is in, what a board shows, and how often it asks."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError, EndpointConnectionError
from moto import mock_aws
from rich.console import Console

from cli.listing import description, failure
from cli.logs.entries import Entry
from cli.stack import Stack
from cli.watching import asking, command, table
from cli.watching import watcher as watching
from cli.watching.board import board, rows_for, span
from cli.watching.changes import Changes
from cli.watching.snapshot import snapshot
from cli.watching.steps import Place, place_of
from cli.watching.table import Table
from cli.watching.watcher import Watcher
from darkroom import statuses
from darkroom.moments import stamp
from tests.statemachine.definitions import RESOURCES

AT = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
VERSION = "0123456789abcdef"


def ago(**span: float) -> str:
    return stamp(AT - timedelta(**span))


def record(image: str = "a.jpg", status: str = statuses.PROCESSING, **fields: Any) -> Any:
    found = {"image": image, "version": VERSION, "status": status, "execution": "run:1"}
    times = {"created_at": ago(minutes=9), "claimed_at": ago(minutes=9)}
    return found | times | {"updated_at": ago(minutes=8)} | fields


def entry(step: str, seconds: float, level: str = "INFO", **fields: Any) -> Entry:
    exception = fields.pop("exception", "")
    execution = fields.pop("execution", "run:1")
    at = AT - timedelta(seconds=60 - seconds)
    return Entry(at, step, level, "said", "a.jpg", VERSION, execution, fields, exception)


def made(step: str, seconds: float, variants: int) -> Entry:
    return entry(step, seconds, variants=variants)


def encoded(seconds: float, *names: str) -> list[Entry]:
    return [entry("Optimize", seconds, variant=name) for name in names]


# ── In which step ────────────────────────────────────────────────────────────────────────────────

VALIDATED = [entry("Validate", 1)]
MADE = [*VALIDATED, made("Filter", 2, 1), made("Resize", 3, 2)]
BROKEN = "Traceback:\n  File x\nOSError: no space"


@pytest.mark.parametrize(
    ("entries", "line", "since"),
    [
        ([], "Validate", ago(minutes=9)),
        (VALIDATED, "Resize", ago(seconds=59)),
        (MADE[:2], "Resize", ago(seconds=58)),
        ([*VALIDATED, made("Resize", 2, 2)], "Filter", ago(seconds=58)),
        (MADE, "Optimize (0 of 3 variants)", ago(seconds=57)),
        ([*MADE, *encoded(4, "a", "b")], "Optimize (2 of 3 variants)", ago(seconds=56)),
        # A call that is tried again encodes the same variant.
        ([*MADE, *encoded(4, "a", "a")], "Optimize (1 of 3 variants)", ago(seconds=56)),
        ([*MADE, made("Resize", 4, 2)], "Optimize (0 of 3 variants)", ago(seconds=56)),
        ([*MADE, *encoded(4, "a", "b", "c")], "Publish", ago(seconds=56)),
        ([*MADE, *encoded(4, "a", "b", "c"), entry("Publish", 5)], "Record", ago(seconds=55)),
    ],
)
def test_the_last_lines_say_which_step_comes_next(
    entries: list[Entry], line: str, since: str
) -> None:
    place = place_of(record(), entries, withdrawal=False)

    assert (place.line(), place.since) == (line, since)


def test_a_step_that_breaks_says_what_until_it_goes_on() -> None:
    broken = entry("Optimize", 5, "ERROR", exception=BROKEN)

    place = place_of(record(), [*MADE, broken], withdrawal=False)
    assert place.line() == "Optimize (breaks: OSError: no space)"

    place = place_of(record(), [*MADE, broken, *encoded(6, "a")], withdrawal=False)
    assert place.line() == "Optimize (1 of 3 variants)"


def test_lines_of_another_run_or_of_an_earlier_attempt_count_for_nothing() -> None:
    earlier = [entry("Optimize", 0, "ERROR", execution="run:0", exception=BROKEN)]
    assert place_of(record(), earlier, withdrawal=False).step == "Validate"

    again = [*MADE, *encoded(4, "a"), entry("Validate", 9)]
    assert place_of(record(), again, withdrawal=False).line() == "Resize"


def test_what_was_decided_is_being_published_or_discarded() -> None:
    for decision, step in {"approve": "Publish", "reject": "Discard"}.items():
        decided = record(status=statuses.IN_REVIEW, review={"decision": decision})
        assert place_of(decided, MADE[:1], withdrawal=False).step == step


def test_a_withdrawal_is_in_withdraw() -> None:
    assert place_of(record(), [], withdrawal=True) == Place("Withdraw", ago(minutes=8))


# ── What is shown ────────────────────────────────────────────────────────────────────────────────

REVIEW = {"requested_at": ago(minutes=3), "deadline_at": stamp(AT + timedelta(days=2))}
CAUSE = 'Optimize: {"errorMessage": "no\\nspace \\"left\\"", "errorType": "OSErr'
ERROR = {"step": "Optimize", "error": "Runtime.HandlerError", "cause": CAUSE}
FLAGS = [{"rule": "keyword", "detail": "x"}]


def known(*found: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(one["image"], one["version"]): one for one in found}


def in_review(image: str, **fields: Any) -> Any:
    return record(image, statuses.IN_REVIEW, review=REVIEW, flags=FLAGS, **fields)


def everything() -> dict[tuple[str, str], Any]:
    lease = {"reviewer": "Ann", "until": stamp(AT + timedelta(seconds=30))}
    return known(
        record("runs.jpg"),
        in_review("waits.jpg", review_requested_at="x"),
        in_review("open.jpg", lease=lease),
        in_review("left.jpg", lease=lease | {"until": ago(seconds=1)}),
        record("broke.jpg", statuses.FAILED, error=ERROR),
        record("done.jpg", statuses.PUBLISHED),
    )


def seen_of(found: dict[tuple[str, str], Any]) -> dict[str, Any]:
    places = {
        key: Place("Resize", ago(seconds=5), "breaks: x" if key[0] == "sick.jpg" else "")
        for key, one in found.items()
        if asking.is_running(one)
    }
    return snapshot(found, places, AT)


def printed(renderable: Any, width: int = 120) -> str:
    console = Console(width=width, no_color=True)
    with console.capture() as capture:
        console.print(renderable)
    return "\n".join(line.rstrip() for line in capture.get().splitlines())


def test_a_board_says_what_runs_waits_failed_and_ended() -> None:
    assert printed(board(seen_of(everything()))) == "\n".join(
        [
            "PROCESSING 1  IN_REVIEW 3  PUBLISHED 1  FAILED 1",
            "",
            "Running 1",
            "  runs.jpg  Resize  5 s",
            "",
            "Waiting for reviewers 3",
            "  waits.jpg  any reviewer     for 3 min, 2 d left  keyword",
            "  open.jpg   Ann has it open  for 3 min, 2 d left  keyword",
            "  left.jpg   any reviewer     for 3 min, 2 d left  keyword",
            "",
            "FAILED 1",
            '  broke.jpg  at Optimize  8 min ago  Runtime.HandlerError: no; space "left"',
            "  Next: darkroom logs broke.jpg / darkroom rerun --failed",
            "",
            "Last ends",
            "  broke.jpg  FAILED     8 min ago",
            "  done.jpg   PUBLISHED  8 min ago",
        ]
    )


def test_a_snapshot_is_plain_values() -> None:
    seen = seen_of(everything())

    assert json.loads(json.dumps(seen)) == seen
    [runs] = seen["running"]
    assert (runs["image"], runs["step"]) == ("runs.jpg", "Resize")
    by_image = {row["image"]: row for row in seen["waiting"]}
    assert by_image["open.jpg"]["open_by"] == "Ann"
    # Whose time is over does not have it open any more.
    assert by_image["left.jpg"]["open_by"] is None
    assert by_image["waits.jpg"]["deadline_at"] == REVIEW["deadline_at"]
    assert "lease" not in json.dumps(seen)


def test_what_a_newer_version_has_replaced_neither_waits_nor_failed() -> None:
    newer = record("a.jpg", statuses.PUBLISHED, version="f" * 16, created_at=ago(minutes=1))
    for older in (in_review("a.jpg"), record("a.jpg", statuses.FAILED, error=ERROR)):
        seen = seen_of(known(older, newer))
        assert (seen["waiting"], seen["failed"]) == ([], [])
        assert seen["counts"][older["status"]] == 1


def test_a_decision_that_is_carried_out_runs_and_waits_no_more() -> None:
    decided = in_review("a.jpg") | {"review": REVIEW | {"decision": "approve"}}

    seen = seen_of(known(decided))

    assert seen["waiting"] == []
    assert [row["image"] for row in seen["running"]] == ["a.jpg"]


def test_of_very_many_a_board_shows_some_and_how_many_more() -> None:
    shown = printed(board(seen_of(known(*(record(f"{number}.jpg") for number in range(30))))))

    assert "Running 30" in shown and "and 22 more" in shown
    assert len(shown.splitlines()) < 16


def test_a_board_fits_a_terminal_with_its_notice() -> None:
    many = known(
        *(record(f"{number}.jpg") for number in range(30)),
        *(in_review(f"{number}-waits.jpg") for number in range(30)),
        *(record(f"{number}-broke.jpg", statuses.FAILED, error=ERROR) for number in range(30)),
    )
    for height in (24, 30, 60):
        shown = printed(board(seen_of(many), "No answer since now", rows_for(height)))
        assert "No answer since now" in shown
        assert len(shown.splitlines()) <= height


def test_long_names_and_causes_leave_room_for_the_step() -> None:
    error = ERROR | {"cause": "x" * 900}
    shown = printed(
        board(seen_of(known(record(f"{'n' * 300}.jpg", statuses.FAILED, error=error)))), width=80
    )

    assert "at Optimize" in shown
    assert max(map(len, shown.splitlines())) <= 80


def test_an_empty_table_is_said() -> None:
    assert printed(board(seen_of({}))) == "No image has been uploaded yet."


@pytest.mark.parametrize(
    ("start", "shown"),
    [
        (ago(seconds=0.5), "0 s"),
        (ago(seconds=59), "59 s"),
        (ago(seconds=60), "1 min"),
        (ago(minutes=119), "1 h"),
        (ago(hours=50), "2 d"),
        (ago(seconds=-5), "0 s"),
    ],
)
def test_a_span_is_in_its_largest_unit(start: str, shown: str) -> None:
    assert span(start, AT) == shown


def test_without_a_terminal_each_change_is_a_line() -> None:
    def told(lines: Iterator[Any]) -> list[str]:
        return [line.plain.partition("  ")[2] for line in lines]

    before, changes = everything(), Changes()
    assert told(changes.first(seen_of(before), before.values())) == [
        "PROCESSING 1  IN_REVIEW 3  PUBLISHED 1  FAILED 1",
        'FAILED     broke.jpg  at Optimize: Runtime.HandlerError: no; space "left"',
        "IN_REVIEW  waits.jpg  keyword",
        "IN_REVIEW  open.jpg  Ann has it open",
        "IN_REVIEW  left.jpg  keyword",
        "PROCESSING runs.jpg  Resize",
    ]
    assert told(changes.since(seen_of(before), before.values())) == []

    after = before | known(
        record("runs.jpg", statuses.PUBLISHED),
        *(record(f"{number}.jpg", statuses.PUBLISHED) for number in range(20)),
        record("sick.jpg"),
    )
    lines = told(changes.since(seen_of(after), after.values()))
    # All that ended since, not only the last.
    assert sum(line.startswith("PUBLISHED") for line in lines) == 21
    assert lines[-1] == "PROCESSING sick.jpg  Resize breaks: x"


# ── status ───────────────────────────────────────────────────────────────────────────────────────


def test_status_says_on_one_line_where_and_why_it_failed_and_what_is_next() -> None:
    failed = record("a b.jpg", statuses.FAILED, error=ERROR)

    first = description(failed, "published", None).plain.splitlines()[0]

    assert first == (
        'a b.jpg FAILED  at Optimize: Runtime.HandlerError: no; space "left"  '
        "Next: darkroom logs 'a b.jpg' / darkroom rerun 'a b.jpg'"
    )


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        ("two\nlines", "two; lines"),
        (json.dumps({"errorMessage": "ü", "stackTrace": []}), "ü"),
        ('{"errorMessage": "cut of', '{"errorMessage": "cut of'),
    ],
)
def test_a_cause_is_one_line_and_an_exceptions_words(cause: str, said: str) -> None:
    assert failure(record(error=ERROR | {"cause": cause})).endswith(f"HandlerError: {said}")


def test_status_says_in_which_step_what_is_processed_is() -> None:
    text = description(record(), "published", None, "Optimize (2 of 3 variants)").plain

    assert text.splitlines()[0] == "a.jpg PROCESSING  at Optimize (2 of 3 variants)"


# ── Looking ──────────────────────────────────────────────────────────────────────────────────────


@functools.cache
def session() -> boto3.Session:
    return boto3.Session(region_name="us-east-1")


@pytest.fixture
def stack() -> Iterator[Stack]:
    stack = Stack("tests", session(), None, {"ImagesTable": "ImagesTable"})
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        properties = RESOURCES["ImagesTable"]["Properties"]
        names = ("KeySchema", "AttributeDefinitions", "GlobalSecondaryIndexes", "BillingMode")
        wanted = {name: properties[name] for name in names}
        stack.dynamodb.create_table(TableName="ImagesTable", **wanted)
        yield stack


def keep(stack: Stack, *found: dict[str, Any]) -> None:
    for one in found:
        item = {name: TypeSerializer().serialize(value) for name, value in one.items()}
        stack.dynamodb.put_item(TableName="ImagesTable", Item=item)


class Paged:
    """A table whose scan gives one record a page, and counts."""

    def __init__(self, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        scan, batch = stack.dynamodb.scan, stack.dynamodb.batch_get_item

        def scanned(**arguments: Any) -> Any:
            self.calls.append("scan")
            return scan(Limit=1, **arguments)

        def got(**arguments: Any) -> Any:
            self.calls.append("batch")
            return batch(**arguments)

        monkeypatch.setattr(stack.dynamodb, "scan", scanned)
        monkeypatch.setattr(stack.dynamodb, "batch_get_item", got)


def test_a_large_table_is_gone_through_bit_by_bit_and_what_is_open_each_time(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(stack, *(record(f"{number}.jpg", statuses.PUBLISHED) for number in range(9)))
    keep(stack, record("runs.jpg"), record("later.jpg", lease={"reviewer": "Ann", "until": "x"}))
    paged, looked_at = Paged(stack, monkeypatch), Table(stack)
    looked_at.whole()
    assert len(looked_at.known) == 11
    assert looked_at.known["later.jpg", VERSION]["lease"]["reviewer"] == "Ann"
    keep(stack, record("runs.jpg", statuses.PUBLISHED), record("new.jpg"))

    paged.calls.clear()
    looked_at.look([("new.jpg", VERSION)])

    assert paged.calls == ["scan"] * table.PAGES + ["batch"]
    assert looked_at.known["runs.jpg", VERSION]["status"] == statuses.PUBLISHED
    assert ("new.jpg", VERSION) in looked_at.known
    # And the rest in the looks after it.
    keep(stack, *(record(f"{number}.jpg", statuses.RETRACTED) for number in range(9)))
    for _ in range(6):
        looked_at.look()
    changed = [one for one in looked_at.known.values() if one["status"] == statuses.RETRACTED]
    assert len(changed) == 9


class Groups:
    """CloudWatch Logs: `events` by group, and when each was asked from."""

    def __init__(self, **events: list[dict[str, Any]]) -> None:
        self.events, self.since = events, dict[str, list[int]]()

    def filter_log_events(self, **arguments: Any) -> Any:
        self.since.setdefault(arguments["logGroupName"], []).append(arguments["startTime"])
        return {"events": self.events.get(arguments["logGroupName"], [])}


@pytest.fixture
def logging(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Groups:
    groups = Groups()
    names = {step: step for step in ("Validate", "Resize", "Process", "Review")}
    monkeypatch.setattr(asking, "log_groups", lambda _: names)
    monkeypatch.setattr(Stack, "client", lambda *_: groups)
    stack.outputs["WithdrawArn"] = "arn:aws:states:us-east-1:1:stateMachine:withdraw"
    return groups


def test_a_look_at_logs_asks_few_groups_for_what_came_since(stack: Stack, logging: Groups) -> None:
    said = {"message": "made", "image": "a.jpg", "version": VERSION, "execution": "run:1"}
    made = {"timestamp": 1, "logStreamName": "s", "message": json.dumps(said)}
    logging.events["Resize"] = [made]
    lines = asking.Lines(stack)

    lines.look(AT - timedelta(minutes=3), AT)
    lines.look(AT - timedelta(minutes=3), AT + timedelta(seconds=4))

    assert logging.since.keys() == {"Validate", "Resize"}
    first, then = (at / 1000 - AT.timestamp() for at in logging.since["Resize"])
    margin = asking.MARGIN.total_seconds()
    assert (first, then) == (-180 - margin, -margin)
    # What comes twice is one line.
    assert [one.message for one in lines.by_key["a.jpg", VERSION]] == ["made"]
    # However long ago something began that runs.
    asking.Lines(stack).look(AT - timedelta(days=3), AT)
    assert logging.since["Resize"][-1] / 1000 == (AT - asking.LONGEST).timestamp()


def test_where_logs_are_throttled_the_board_is_true_all_the_same(
    stack: Stack, logging: Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(**_: Any) -> Any:
        raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "Filter")

    keep(stack, record("runs.jpg"))
    watcher = Watcher(stack)
    monkeypatch.setattr(logging, "filter_log_events", throttled)

    [row] = watcher.begin()["running"]

    assert (row["image"], row["step"]) == ("runs.jpg", "Validate")


def test_logs_are_asked_at_each_other_look_and_only_while_something_runs(
    stack: Stack, logging: Groups, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [AT]
    monkeypatch.setattr(watching, "now", lambda: clock[0])
    keep(stack, record("a.jpg", statuses.PUBLISHED))
    watcher = Watcher(stack)
    watcher.begin()
    assert logging.since == {}

    keep(stack, record("runs.jpg"))
    for _ in range(5):
        watcher.look()
        clock[0] += timedelta(seconds=command.REFRESH_SECONDS)

    assert len(logging.since["Resize"]) == 3


def test_a_stack_that_does_not_answer_is_asked_again_less_and_less_often() -> None:
    answers: list[Any] = [
        EndpointConnectionError(endpoint_url="http://127.0.0.1:1"),
        *[ClientError({"Error": {"Code": "ThrottlingException", "Message": "slow"}}, "Scan")] * 5,
        {"counts": {"PUBLISHED": 1}},
    ]
    pauses: list[float] = []

    def look() -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    looks = command._looks(look, {"counts": {}}, pauses.append)
    seen = [next(looks) for _ in range(7)]

    assert [notice.partition(", asking again: ")[2][:9] for _, notice in seen[:2]] == [
        "Could not",
        "An error ",
    ]
    assert all(snapshot == {"counts": {}} for snapshot, _ in seen[:6])
    assert seen[6] == ({"counts": {"PUBLISHED": 1}}, "")
    assert pauses == [2, 4, 8, 16, 30, 30, 30]
