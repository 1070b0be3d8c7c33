"""The command's part in reviews: which version, what is sent, what is said."""

from __future__ import annotations

import functools
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from boto3.dynamodb.types import TypeSerializer
from botocore.exceptions import ClientError
from click.testing import CliRunner, Result
from moto import mock_aws

from cli import names, reviewing, signing_in
from cli.main import main
from cli.stack import Stack
from darkroom import links, trail
from darkroom.keyring import Key, Keyring
from darkroom.reviewers import MAX_NAME, read_sign_in
from darkroom.trail import trail_entry
from review import pages
from tests.statemachine.definitions import RESOURCES

KEYS = Keyring((Key("a secret of the tests"),))
MACHINE = "arn:aws:states:us-east-1:123456789012:stateMachine:withdraw"
WITHDRAWAL = MACHINE.replace(":stateMachine:", ":execution:")
RUN = "arn:aws:states:us-east-1:123456789012:execution:pipeline:1"
ANOTHER_RUN = "arn:aws:states:us-east-1:123456789012:execution:pipeline:2"
IMAGE = "trip/a b.jpg"
OLD, NEW = "0000000000000000", "1111111111111111"
# What create_table calls otherwise, or not at all.
TABLE_EXTRAS = ("PointInTimeRecoverySpecification", "SSESpecification")


class Page(BaseHTTPRequestHandler):
    """Stands in for the review page: remembers what was sent, and answers what it is told."""

    received: list[tuple[str, dict[str, str], Any]]
    answer: tuple[int, str, bytes]
    then: Callable[[], None]

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.received.append((self.path, dict(self.headers), body))
        status, kind, text = self.answer
        if status < 300:
            type(self).then()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, *_: Any) -> None:
        pass


class Executions:
    """Step Functions, in memory: an execution does its work, and ends, when it is looked at."""

    def __init__(self) -> None:
        self.statuses: dict[str, str] = {}
        self._orders: dict[str, dict[str, Any]] = {}
        self.ends = "SUCCEEDED"
        self.then: Callable[[dict[str, Any], str], None] = lambda order, arn: None

    @property
    def orders(self) -> list[dict[str, Any]]:
        return list(self._orders.values())

    def start_execution(self, **call: Any) -> dict[str, Any]:
        assert call["stateMachineArn"] == MACHINE
        arn = f"{WITHDRAWAL}:{len(self.statuses)}"
        self.statuses[arn] = "RUNNING"
        self._orders[arn] = json.loads(call["input"])
        return {"executionArn": arn}

    def describe_execution(self, *, executionArn: str) -> dict[str, Any]:
        if executionArn not in self.statuses:
            answer = {"Error": {"Code": "ExecutionDoesNotExist", "Message": ""}}
            raise ClientError(answer, "DescribeExecution")
        if self.statuses[executionArn] == "RUNNING":
            self.statuses[executionArn] = self.ends
            self.then(self._orders[executionArn], executionArn)
        return {"status": self.statuses[executionArn], "cause": "Withdraw: boom"}


class Desk:
    """An operator's machine: the commands, and the tables behind them."""

    def __init__(self, stack: Stack, executions: Executions, page: type[Page]) -> None:
        self.stack = stack
        self.executions = executions
        self.page = page

    def run(self, *arguments: str, typed: str = "", fails: bool = False) -> Result:
        result = CliRunner().invoke(main, arguments, input=typed)
        assert result.exit_code == (1 if fails else 0), result.output
        return result

    def put(self, output: str, **item: Any) -> None:
        self.stack.dynamodb.put_item(
            TableName=self.stack.outputs[output],
            Item={name: TypeSerializer().serialize(value) for name, value in item.items()},
        )

    def record(self, status: str, version: str = NEW, **more: Any) -> None:
        day = "19" if version == OLD else "20"
        at = f"2026-11-{day}T06:00:00.000Z"
        review = {"requested_at": at, "deadline_at": "2099-01-01T00:00:00.000Z"}
        fields = {"image": IMAGE, "version": version, "status": status, "execution": RUN}
        fields |= {"created_at": at, "updated_at": at, "review": review, "flags": []}
        self.put("ImagesTable", **fields | more)

    def answers(self, status: int, body: Any) -> None:
        text = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.page.answer = (status, "application/json", text)


@functools.cache
def session() -> boto3.Session:
    return boto3.Session(region_name="us-east-1")


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    page = type("ThisPage", (Page,), {"received": [], "then": lambda: None})
    server = ThreadingHTTPServer(("127.0.0.1", 0), page)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    outputs = {name: name for name in ("ImagesTable", "TrailTable", "ReviewersTable")}
    outputs |= {"ReviewUrl": f"http://127.0.0.1:{server.server_port}/", "WithdrawArn": MACHINE}
    outputs |= {"PublishedBucket": "published"}
    stack = Stack("tests", session(), None, outputs)
    executions = Executions()
    stack.__dict__.update(stepfunctions=executions, link_keys=KEYS)
    with mock_aws(config={"core": {"reset_boto3_session": False}}):
        for name in ("ImagesTable", "TrailTable", "ReviewersTable"):
            properties = RESOURCES[name]["Properties"]
            wanted = {key: value for key, value in properties.items() if key not in TABLE_EXTRAS}
            stack.dynamodb.create_table(TableName=name, **wanted)
        for module in (reviewing, signing_in):
            monkeypatch.setattr(module, "connect", lambda home, name: stack)
        monkeypatch.setenv("LOGNAME", "op")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        yield Desk(stack, executions, page)
    server.shutdown()
    thread.join()
    server.server_close()


# Reviewers


def test_a_new_reviewer_gets_a_personal_sign_in_link(desk: Desk) -> None:
    link, *words = desk.run("reviewers", "add", "Ann Lee").output.splitlines()

    base, _, token = link.rpartition("/sign-in/")
    signed_in = read_sign_in(KEYS, token)
    assert f"{base}/" == desk.stack.outputs["ReviewUrl"]
    assert signed_in is not None and signed_in.name == "Ann Lee"
    assert len(words) == 1 and "personal to Ann Lee" in words[0] and "removed" in words[0]
    item = desk.stack.dynamodb.get_item(TableName="ReviewersTable", Key={"name": {"S": "Ann Lee"}})[
        "Item"
    ]
    assert item.keys() == {"name", "key", "added_at"}
    assert item["key"]["S"] == signed_in.key
    assert item["added_at"]["S"].endswith("Z")


def test_to_add_a_reviewer_anew_voids_the_link_from_before_and_says_so(desk: Desk) -> None:
    first = desk.run("reviewers", "add", "Ann").output
    second = desk.run("reviewers", "add", "Ann").output

    keys = {read_sign_in(KEYS, said.split()[0].rpartition("/")[2]) for said in (first, second)}
    assert len(keys) == 2
    assert "had a link before" in second and "had a link before" not in first


def test_reviewers_are_listed_by_name_without_their_keys(desk: Desk) -> None:
    assert "There is no reviewer yet" in desk.run("reviewers", "list").output
    for name in ("bob", "Ann", "Zoë"):
        desk.run("reviewers", "add", name)

    found = json.loads(desk.run("reviewers", "list", "--json").output)

    assert [one["name"] for one in found] == ["Ann", "bob", "Zoë"]
    assert all(one.keys() == {"name", "added_at"} for one in found)
    assert "Zoë" in desk.run("reviewers", "list").output


def test_a_removed_reviewer_is_gone_and_an_unknown_one_is_an_error(desk: Desk) -> None:
    desk.run("reviewers", "add", "Ann")

    assert "every session have ended" in desk.run("reviewers", "remove", " Ann ").output
    assert json.loads(desk.run("reviewers", "list", "--json").output) == []
    assert "There is no reviewer 'Ann'" in desk.run("reviewers", "remove", "Ann", fails=True).output


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("  Ann \t Lee ", "Ann Lee"),
        ("Zoe\u0308", "Zo\u00eb"),
        ("\u738b\u5c0f\u660e", "\u738b\u5c0f\u660e"),
        ("<b>", "<b>"),
        ("x" * MAX_NAME, "x" * MAX_NAME),
    ],
)
def test_a_name_is_one_line_with_single_blanks(typed: str, name: str) -> None:
    assert names.name_of_reviewer(typed) == name


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Expected 1 to 100 characters for the name, got none."),
        (" \n ", "Expected 1 to 100 characters for the name, got none."),
        ("x" * (MAX_NAME + 1), "Expected 1 to 100 characters for the name, got 101."),
        ("Ann\nLee", "Expected one line for the name"),
        ("Ann\u2028Lee", "Expected one line for the name"),
        ("Ann\x1b[2J", "without control characters"),
        ("Ann\u202egpj", "without control characters"),
        ("Ann\udcff", "without control characters"),
    ],
)
def test_no_other_name_is_taken(typed: str, why: str) -> None:
    with pytest.raises(names.CommandError, match=why.replace(".", r"\.")):
        names.name_of_reviewer(typed)


def test_a_reason_is_as_long_as_on_the_page() -> None:
    assert names.MAX_REASON == pages.MAX_REASON
    assert names.reason_of("x" * pages.MAX_REASON)
    with pytest.raises(names.CommandError, match="1 to 200 characters for the reason"):
        names.reason_of("x" * (pages.MAX_REASON + 1))


# Deciding


def taken(desk: Desk, becomes: str, version: str = NEW, **more: Any) -> None:
    """The page takes the decision, and the picture becomes what it should."""
    at = "2026-11-20T07:00:00.000Z"
    desk.answers(200, {"decision": "approve", "reviewer": "as recorded", "decided_at": at})
    desk.page.then = lambda: desk.record(becomes, version, **more)


@pytest.mark.parametrize(
    ("decision", "becomes", "options", "sent"),
    [
        ("approve", "PUBLISHED", (), {"reviewer": "op", "reason": "", "note": ""}),
        (
            "approve",
            "PUBLISHED",
            ("--as", " Ann  Lee ", "--reason", "it is  art", "--note", "two\nlines"),
            {"reviewer": "Ann Lee", "reason": "it is art", "note": "two\nlines"},
        ),
        (
            "reject",
            "REJECTED",
            ("--reason", "spam"),
            {"reviewer": "op", "reason": "spam", "note": ""},
        ),
    ],
)
def test_the_operator_decides_through_the_page_and_waits_for_the_outcome(
    desk: Desk, decision: str, becomes: str, options: tuple[str, ...], sent: dict[str, str]
) -> None:
    desk.record("IN_REVIEW")
    taken(desk, becomes)

    said = desk.run(decision, f"raw/{IMAGE}", *options).output

    [(path, headers, body)] = desk.page.received
    assert body == {"decision": decision, **sent}
    assert headers["Accept"] == headers["Content-Type"] == "application/json"
    assert path.startswith("/reviews/") and path.endswith("/decision")
    link = links.read(KEYS, path.split("/")[2], 0)
    assert (link.image, link.version, link.purpose) == (IMAGE, NEW, links.MESSAGE)
    assert f"Recorded: {decision} by as recorded at 2026-11-20T07:00:00.000Z." in said
    assert f"{IMAGE} {becomes}" in said


def test_a_rejection_needs_a_reason(desk: Desk) -> None:
    desk.record("IN_REVIEW")

    missing = CliRunner().invoke(main, ["reject", IMAGE])
    empty = desk.run("reject", IMAGE, "--reason", " ", fails=True)

    assert missing.exit_code == 2 and "--reason" in missing.output
    assert "Expected 1 to 200 characters for the reason, got none." in empty.output
    assert desk.page.received == []


def test_the_newest_version_that_waits_is_decided_unless_another_is_named(desk: Desk) -> None:
    desk.record("IN_REVIEW", OLD)
    desk.record("IN_REVIEW", NEW)
    desk.answers(409, {"error": {"code": "decided", "message": "No."}})

    desk.run("approve", IMAGE, fails=True)
    desk.run("approve", IMAGE, "--version", OLD, fails=True)
    unknown = desk.run("approve", IMAGE, "--version", "x", fails=True).output

    decided = [links.read(KEYS, path.split("/")[2], 0) for path, *_ in desk.page.received]
    assert [link.version for link in decided] == [NEW, OLD]
    assert "There is no version 'x'" in unknown


def test_what_the_page_refuses_is_said_in_its_words(desk: Desk) -> None:
    desk.record("IN_REVIEW")
    message = "Ann \x1b[2J\u202e approved this at 07:00."
    desk.answers(409, {"error": {"code": "decided", "message": message}})

    said = desk.run("approve", IMAGE, fails=True).output

    assert said == "Error: Ann \ufffd[2J\ufffd approved this at 07:00.\n"


@pytest.mark.parametrize("body", [b"<html>Bad gateway</html>", b"[]", b"\xff"])
@pytest.mark.parametrize("status", [200, 502])
def test_what_is_no_answer_of_the_page_leaves_a_way_to_find_out(
    desk: Desk, status: int, body: bytes
) -> None:
    desk.record("IN_REVIEW")
    desk.answers(status, body)

    said = desk.run("approve", IMAGE, fails=True).output

    assert f"Expected JSON from the review page, got status {status}." in said
    assert "darkroom history" in said


def test_a_page_that_nobody_serves_is_an_error(desk: Desk) -> None:
    desk.record("IN_REVIEW")
    desk.stack.outputs["ReviewUrl"] = "http://127.0.0.1:9/"

    assert "The review page did not answer" in desk.run("approve", IMAGE, fails=True).output


def test_a_decision_that_could_not_be_carried_out_fails_and_says_so(desk: Desk) -> None:
    desk.record("IN_REVIEW")
    taken(desk, "FAILED", error={"step": "Publish", "error": "Lambda.Unknown", "cause": "boom"})

    said = desk.run("approve", IMAGE, fails=True).output

    assert "Recorded: approve" in said
    assert "the picture is FAILED: Publish: Lambda.Unknown" in said


def test_a_decision_that_takes_too_long_says_that_it_is_under_way(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reviewing, "TIMEOUT_SECONDS", 0)
    desk.record("IN_REVIEW")
    taken(desk, "IN_REVIEW")

    said = desk.run("approve", IMAGE, fails=True).output

    assert "Recorded: approve" in said
    assert "still under way" in said and f"`darkroom status '{IMAGE}'`" in said


@pytest.mark.parametrize(
    ("status", "hint"),
    [
        ("PROCESSING", "It is being processed"),
        ("PUBLISHED", f"`darkroom reopen '{IMAGE}'` asks for a decision again"),
        ("REJECTED", "asks for a decision again"),
        ("INVALID", "no picture that is accepted"),
        ("RETRACTED", "withdrawn for good"),
    ],
)
def test_where_nothing_waits_the_next_step_is_named(desk: Desk, status: str, hint: str) -> None:
    desk.record(status)

    said = desk.run("approve", IMAGE, fails=True).output

    assert f"There is nothing to decide on: '{IMAGE}', version {NEW}, is {status}." in said
    assert hint in said
    assert desk.page.received == []


@pytest.mark.parametrize("command", ["approve", "reject", "reopen", "retract", "history"])
def test_an_unknown_image_is_an_error(desk: Desk, command: str) -> None:
    options = ["--reason", "x"] if command in ("reject", "retract") else []

    said = desk.run(command, "nobody/knows.jpg", *options, fails=True).output

    assert "No record of 'nobody/knows.jpg'" in said


def test_where_the_machine_does_not_know_its_user_a_name_is_asked_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> str:
        raise KeyError("uid not found")

    monkeypatch.setattr(names.getpass, "getuser", nobody)
    desk.record("IN_REVIEW")

    assert "Pass --as NAME." in desk.run("approve", IMAGE, fails=True).output


# Taking back


def carried_out(desk: Desk, status: str, execution: str | None = None, **more: Any) -> None:
    """The state machine does what it is told, and the record becomes `status`."""

    def then(order: dict[str, Any], arn: str) -> None:
        desk.record(status, order["version"], execution=execution or arn, **more)

    desk.executions.then = then


@pytest.mark.parametrize("status", ["PUBLISHED", "REJECTED", "EXPIRED", "FAILED"])
def test_what_has_ended_is_reopened_and_its_new_link_printed(desk: Desk, status: str) -> None:
    desk.record("PUBLISHED", OLD)
    desk.record(status)
    carried_out(desk, "IN_REVIEW", ANOTHER_RUN)

    said = desk.run("reopen", IMAGE, "--reason", "wrong button", "--as", "Ann").output

    [order] = desk.executions.orders
    assert order.pop("at").endswith("Z")
    assert order == {
        "action": "reopen",
        "image": IMAGE,
        "version": NEW,
        "execution": RUN,
        "by": "Ann",
        "reason": "wrong button",
    }
    assert f"{IMAGE} IN_REVIEW" in said
    assert f"link: {desk.stack.outputs['ReviewUrl']}reviews/" in said


def test_an_older_version_is_reopened_by_name(desk: Desk) -> None:
    desk.record("PUBLISHED", OLD)
    desk.record("INVALID")
    carried_out(desk, "IN_REVIEW", ANOTHER_RUN)

    said = desk.run("reopen", IMAGE, fails=True).output
    desk.run("reopen", IMAGE, "--version", OLD)

    assert f"Version {OLD} is PUBLISHED: --version names it." in said
    assert [order["version"] for order in desk.executions.orders] == [OLD]


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ("PROCESSING", "is PROCESSING"),
        ("INVALID", "is INVALID"),
        ("RETRACTED", "withdrawn for good"),
        ("IN_REVIEW", "waits for a decision already.\nIts link: http://127.0.0.1:"),
    ],
)
def test_nothing_else_is_reopened(desk: Desk, status: str, why: str) -> None:
    desk.record(status)

    assert why in desk.run("reopen", IMAGE, fails=True).output
    assert desk.executions.orders == []


def test_a_withdrawal_that_broke_is_told_and_can_be_started_again(desk: Desk) -> None:
    desk.record("PUBLISHED")
    desk.executions.ends = "FAILED"
    broken = desk.run("reopen", IMAGE, fails=True).output
    desk.executions.ends = "SUCCEEDED"
    carried_out(desk, "IN_REVIEW", ANOTHER_RUN)

    desk.run("reopen", IMAGE)

    assert "The withdrawal has FAILED: Withdraw: boom" in broken
    assert len(desk.executions.orders) == 2


def test_a_record_that_the_withdrawal_left_alone_was_not_reopened(desk: Desk) -> None:
    desk.record("PUBLISHED")

    assert "Nothing was reopened" in desk.run("reopen", IMAGE, fails=True).output


def test_what_ends_otherwise_after_a_withdrawal_is_said(desk: Desk) -> None:
    desk.record("PUBLISHED")
    reason = {"code": "deleted", "detail": "the upload is gone"}
    carried_out(desk, "INVALID", ANOTHER_RUN, reason=reason)

    said = desk.run("reopen", IMAGE, fails=True).output

    assert "It was withdrawn, and is INVALID instead of IN_REVIEW: deleted." in said


@pytest.mark.parametrize("holder", [None, ANOTHER_RUN], ids=["the withdrawal", "the new run"])
def test_a_picture_that_has_not_come_back_yet_is_waited_for(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, holder: str | None
) -> None:
    monkeypatch.setattr(reviewing, "TIMEOUT_SECONDS", 0)
    desk.record("PUBLISHED")
    carried_out(desk, "PROCESSING", holder)

    assert "still under way" in desk.run("reopen", IMAGE, fails=True).output


def test_all_that_may_be_public_is_retracted(desk: Desk) -> None:
    desk.record("PUBLISHED", OLD)
    desk.record("PUBLISHED", NEW)
    desk.record("FAILED", "2" * 16)
    desk.record("REJECTED", "3" * 16)
    desk.record("IN_REVIEW", "4" * 16)
    carried_out(desk, "RETRACTED")

    said = desk.run("retract", IMAGE, "--reason", "a  notice", "--as", "Ann").output

    assert {order["version"] for order in desk.executions.orders} == {OLD, NEW, "2" * 16}
    for order in desk.executions.orders:
        assert (order["action"], order["by"], order["reason"]) == ("retract", "Ann", "a notice")
        assert order["execution"] == RUN
    assert said.count("RETRACTED") == 3
    assert "invalidate /trip/a%20b.jpg/* in your CDN" in said
    assert f"Version {'4' * 16} is IN_REVIEW and not part of this" in said


def test_one_version_alone_is_retracted_by_name(desk: Desk) -> None:
    desk.record("PUBLISHED", OLD)
    desk.record("PUBLISHED", NEW)
    carried_out(desk, "RETRACTED")

    desk.run("retract", IMAGE, "--reason", "x", "--version", OLD)

    assert [order["version"] for order in desk.executions.orders] == [OLD]


@pytest.mark.parametrize(
    ("typed", "yes", "withdrawn"), [("n\n", (), 0), ("y\n", (), 1), ("", ("--yes",), 1)]
)
def test_at_a_terminal_a_take_down_is_asked_for_once_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, typed: str, yes: tuple[str, ...], withdrawn: int
) -> None:
    monkeypatch.setattr(reviewing, "_is_at_a_terminal", lambda: True)
    desk.record("PUBLISHED")
    carried_out(desk, "RETRACTED")

    said = desk.run("retract", IMAGE, "--reason", "x", *yes, typed=typed, fails=not withdrawn)

    assert ("for good, version" in said.output) == (not yes)
    assert len(desk.executions.orders) == withdrawn


@pytest.mark.parametrize("status", ["PROCESSING", "IN_REVIEW", "REJECTED", "EXPIRED", "INVALID"])
def test_what_is_not_public_is_not_retracted(desk: Desk, status: str) -> None:
    desk.record(status)

    said = desk.run("retract", IMAGE, "--reason", "x", fails=True).output

    assert f"There is nothing to retract: '{IMAGE}', version {NEW}, is {status}." in said
    assert "darkroom reopen" not in said
    assert desk.executions.orders == []


def test_what_is_retracted_to_the_end_is_left_as_it_is(desk: Desk) -> None:
    desk.record("RETRACTED", execution=f"{WITHDRAWAL}:forgotten after 90 days")

    said = desk.run("retract", IMAGE, "--reason", "x").output

    assert "It is retracted already" in said
    assert desk.executions.orders == []


@pytest.mark.parametrize(
    ("error", "execution"), [({}, "FAILED"), ({"step": "Withdraw"}, "SUCCEEDED")]
)
def test_a_take_down_that_broke_half_way_goes_on(
    desk: Desk, error: dict[str, str], execution: str
) -> None:
    arn = f"{WITHDRAWAL}:retract-1"
    desk.executions.statuses[arn] = execution
    desk.record("RETRACTED", execution=arn, **({"error": error} if error else {}))
    carried_out(desk, "RETRACTED")

    desk.run("retract", IMAGE, "--reason", "x")

    assert [order["execution"] for order in desk.executions.orders] == [arn]


def test_a_version_that_went_on_meanwhile_was_not_retracted(desk: Desk) -> None:
    desk.record("PUBLISHED")
    carried_out(desk, "PROCESSING", ANOTHER_RUN)

    said = desk.run("retract", IMAGE, "--reason", "x", fails=True).output

    assert "was not retracted: it is PROCESSING meanwhile" in said


def test_a_stack_that_is_too_old_is_told_apart(desk: Desk) -> None:
    desk.record("PUBLISHED")
    del desk.stack.outputs["WithdrawArn"]

    assert "has no output WithdrawArn" in desk.run("reopen", IMAGE, fails=True).output


# The trail


def test_the_trail_is_told_in_order_with_what_there_is(desk: Desk) -> None:
    desk.record("REJECTED")
    told = [
        trail_entry(IMAGE, NEW, trail.DECIDED, "2026-11-20T07:00:00.000Z", by="Ann\x1b[2J"),
        trail_entry(IMAGE, NEW, trail.REQUESTED, "2026-11-20T06:00:00.000Z"),
        trail_entry(IMAGE, OLD, trail.REOPENED, "2026-11-21T06:00:00.000Z", by="Bob", reason="oh"),
    ]
    for entry in told:
        desk.put("TrailTable", **entry)

    shown = desk.run("history", f"raw/{IMAGE}").output
    listed = json.loads(desk.run("history", IMAGE, "--json").output)

    assert [entry["event"] for entry in listed] == ["requested", "decided", "reopened"]
    assert listed[0] == {
        "image": IMAGE,
        "version": NEW,
        "event": "requested",
        "at": "2026-11-20T06:00:00.000Z",
    }
    header, *lines = shown.splitlines()
    assert header.split() == ["At", "Event", "Version", "By", "Reason"]
    assert [line.split()[1] for line in lines] == ["requested", "decided", "reopened"]
    assert "Ann\ufffd[2J" in lines[1]
    assert lines[2].split() == ["2026-11-21T06:00:00.000Z", "reopened", OLD, "Bob", "oh"]


def test_a_picture_that_nobody_was_asked_about_has_no_trail(desk: Desk) -> None:
    desk.record("PUBLISHED")

    assert "No reviewer was asked" in desk.run("history", IMAGE).output
    assert json.loads(desk.run("history", IMAGE, "--json").output) == []
