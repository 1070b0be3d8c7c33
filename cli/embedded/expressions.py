"""A shortcut: MiniStack parses each JSONata expression anew at every evaluation (1.5.33).

What is parsed is only read afterwards, and there are no more expressions than the state machines
have.
"""

from __future__ import annotations

import functools
from typing import Any

from jsonata.parser import Parser
from jsonata.regex_engine import default_regex_engine

MOST = 4096

_parse = Parser.parse


@functools.lru_cache(MOST)
def _parsed(expression: str, regex_engine: Any) -> Any:
    # A parser of its own: what was parsed refers to it.
    return _parse(Parser(), expression, regex_engine)


def parse(parser: Any, expression: str, regex_engine: Any = default_regex_engine) -> Any:
    """Whichever thread's parser is asked. Raises, each time, what is wrong with `expression`."""
    return _parsed(expression, regex_engine)


def install() -> None:
    Parser.parse = parse
