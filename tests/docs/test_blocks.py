"""Every block of commands in the documents names what there is, whether it can be run here or not.

What can is run by tests/engine/test_command_blocks.py.
"""

from __future__ import annotations

import functools

import pytest

from tests.docs.documents import DOCUMENTS, MARKS, Block, blocks, blocks_of
from tests.docs.pasting import NOT_RUN, missing, next_steps, runnable, script
from tests.docs.programs import problems
from tests.docs.shell import assigned, commands, statements, unknown_variables

BLOCKS = [block for document in DOCUMENTS for block in blocks(document)]


def wrong(statement: str) -> list[str]:
    return [problem for words in commands(statement) for problem in problems(words)]


@functools.cache
def set_in(document: str) -> set[str]:
    """Variables that any block of a document sets: it is read in one shell."""
    return {name for block in blocks(document) for name in assigned(block.text)}


@pytest.mark.parametrize("block", BLOCKS, ids=[block.place for block in BLOCKS])
def test_a_block_names_only_what_there_is(block: Block) -> None:
    for statement in statements(block.text):
        # A placeholder stands for what only the reader knows.
        found = [
            problem
            for words in commands(statement)
            for problem in problems(words, is_whole=not block.marks)
        ]
        assert found == [], f"{block.place}: {statement}"
    assert unknown_variables(block.text, set_in(block.document)) == set(), block.place


@pytest.mark.parametrize("block", BLOCKS, ids=[block.place for block in BLOCKS])
def test_a_block_is_run_or_says_why_not(block: Block) -> None:
    unknown = set(block.marks) - set(MARKS)
    assert not unknown, f"{block.place}: expected {', '.join(MARKS)} behind ```sh, got {unknown}"
    assert statements(block.text), block.place


def test_what_is_not_run_exists() -> None:
    for start in NOT_RUN:
        found = [one for words in commands(start) for one in problems(words, is_whole=False)]
        assert found == [], start


def test_there_are_blocks_and_most_that_need_no_account_are_run() -> None:
    local = [block for block in BLOCKS if "aws" not in block.marks]
    assert sum(bool(runnable(block)) for block in local) >= len(local) / 2 > 4


@pytest.mark.parametrize(
    "command",
    [
        "make up",
        "TESTS=tests/unit make test",
        "make demo IMAGES=~/Pictures/holiday",
        'eval "$(.venv/bin/darkroom env)"',
        ".venv/bin/darkroom retract trip/a.jpg --reason complaint",
        ".venv/bin/darkroom --version",
        'aws s3 rm "s3://$WORK_BUCKET" --recursive && sam delete',
        "aws cloudformation describe-stacks --stack-name darkroom --query Stacks",
        "sam deploy --guided --stack-name darkroom",
        ".venv/bin/python -m bench.scale",
        "aws logs filter-log-events --log-group-name group | grep a",
    ],
)
def test_what_is_right_is_let_through(command: str) -> None:
    assert wrong(command) == []


@pytest.mark.parametrize(
    "command",
    [
        "make demoo",
        "make demo IMAGE=folder",
        "make up && .venv/bin/darkroom stauts",
        'eval "$(.venv/bin/darkroom environment)"',
        ".venv/bin/darkroom status --jsn",
        ".venv/bin/darkroom retract trip/a.jpg",
        ".venv/bin/darkroom reviewers ad Ann",
        ".venv/bin/darkrom status",
        "for a in b; do .venv/bin/darkroom uplaod a; done",
        "aws s3 copy a b",
        "aws cloudformation describe-stacks --stackname darkroom",
        "aws cloudfromation describe-stacks",
        "sam deplyo",
        "sam deploy --guidedd",
        ".venv/bin/python -m bench.scala",
        "aws s3 cp samples/nothing.jpg s3://bucket/",
        "darkrooms status",
    ],
)
def test_a_misspelt_command_is_found(command: str) -> None:
    assert wrong(command) != []


def test_a_variable_that_nobody_sets_is_found() -> None:
    assert unknown_variables('echo "$UPLOAD_BUCKET $AWS_ENDPOINT_URL"', set()) == set()
    assert unknown_variables('for a in b; do echo "$a"; done; LINK=1; echo $LINK', set()) == set()
    assert unknown_variables('aws s3 ls "s3://$UPLOADS_BUCKET"', set()) == {"UPLOADS_BUCKET"}


MARKDOWN = """
```sh
make up   # first
curl a \\
  -d 'b
c'
```

```text
Started 3 pictures at 2026-11-20T23:34:07.497Z
  trip/….jpg   PUBLISHED
```

- in a list
  ```sh aws
  sam deploy
  ```
"""


def test_blocks_are_read_with_their_marks_and_what_they_show() -> None:
    first, second = blocks_of(MARKDOWN, "a.md")
    assert (first.place, first.marks) == ("a.md:2", ())
    assert statements(first.text) == ["make up   # first", "curl a \\\n  -d 'b\nc'"]
    assert first.shown and first.shown.startswith("Started")
    assert (second.marks, second.text, second.shown) == (("aws",), "sam deploy\n", None)


def test_a_marked_block_and_a_command_that_needs_an_account_are_not_run() -> None:
    block, marked = blocks_of(MARKDOWN.replace("make up ", "sam deploy "), "a.md")
    assert [one[:6] for one in runnable(block)] == ["curl a"]
    assert runnable(marked) == []
    assert "sam" not in script([block, marked])


def test_what_a_block_shows_is_looked_for_in_what_it_puts_out() -> None:
    [block, _] = blocks_of(MARKDOWN, "a.md")
    shown = block.shown or ""
    output = "Started 14 pictures at 2027-01-02T03:04:05.006Z\ntrip/sea.jpg  PUBLISHED\n"
    assert missing(shown, output) == []
    assert missing(shown, output.replace("PUBLISHED", "FAILED")) == ["  trip/….jpg   PUBLISHED"]
    assert missing(shown, "") == shown.splitlines()


def test_the_steps_that_a_command_prints_are_read() -> None:
    assert next_steps("Ready. Next:\n  a b\n  c # d\nend") == ["a b", "c # d"]
