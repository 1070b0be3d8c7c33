"""One function fails for a while: who looks sees which, why and what, and repairs all of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from darkroom import statuses
from tests.conftest import Darkroom, wait_for
from tests.engine.breaking import without_settings
from tests.engine.conftest import Operator, small

pytestmark = pytest.mark.engine

IMAGES = ("sick/one.jpg", 'sick/we "ird" ü*.jpg')
WHY = "expected a value for WORK_BUCKET, got none"


def test_a_function_that_fails_is_seen_explained_and_repaired(
    darkroom: Darkroom, operator: Operator
) -> None:
    def board() -> dict[str, list[dict[str, Any]]]:
        seen = json.loads(operator("watch", "--json").output)
        rows = ("running", "failed", "ended")
        return {name: [one for one in seen[name] if one["image"] in IMAGES] for name in rows}

    def in_trouble() -> list[dict[str, Any]] | None:
        broken = [row for row in board()["running"] if row["detail"].startswith("breaks")]
        return broken if len(broken) == len(IMAGES) else None

    with without_settings(darkroom, "OptimizeFunction"):
        for image in IMAGES:
            darkroom.upload(image, small(image))
        # While it is tried again already.
        for row in wait_for(in_trouble, lambda: f"expected all in trouble, got {board()}"):
            assert row["step"] == "Optimize"
            assert row["detail"].startswith(f"breaks: SettingError: {WHY}")
        [first] = operator("status", IMAGES[0]).output.splitlines()[:1]
        assert f"PROCESSING  at Optimize (breaks: SettingError: {WHY}" in first
        for image in IMAGES:
            darkroom.wait(image, statuses.FAILED)

    assert [row["step"] for row in board()["failed"]] == ["Optimize"] * len(IMAGES)
    assert all(WHY in row["cause"] for row in board()["failed"])
    shown = operator("watch", "--once").output
    assert "FAILED" in shown and "at Optimize" in shown and WHY in shown

    [first] = operator("status", IMAGES[1]).output.splitlines()[:1]
    assert f"FAILED  at Optimize: Runtime.HandlerError: {WHY}" in first
    quoted = """'sick/we "ird" ü*.jpg'"""
    assert first.endswith(f"Next: darkroom logs {quoted} / darkroom rerun {quoted}")

    lines = json.loads(operator("logs", IMAGES[1], "--json").output)
    assert {line["image"] for line in lines} == {IMAGES[1]}
    assert [line["at"] for line in lines] == sorted(line["at"] for line in lines)
    said = [(line["step"], line["level"], line["message"]) for line in lines]
    assert said[0] == ("Validate", "INFO", "accepted")
    assert {("Filter", "INFO", "made"), ("Resize", "INFO", "made")} <= set(said)
    broken = [line for line in lines if line["step"] == "Optimize"]
    assert broken and all(f"SettingError: {WHY}" in line["exception"] for line in broken)
    [ended] = [line for line in lines if line["step"] == "Process"][-1:]
    assert ended["level"] == "ERROR" and WHY in ended["fields"]["cause"]
    text = operator("logs", IMAGES[1]).output
    assert f"Optimize  ERROR    it broke: SettingError: {WHY}" in text
    assert text.count("Traceback") == 1

    operator("rerun", "--failed")

    for image in IMAGES:
        darkroom.wait(image, statuses.PUBLISHED)
    assert board()["failed"] == []
    assert "Nothing is FAILED" in operator("rerun", "--failed").output
    since = lines[-1]["at"]
    again = json.loads(operator("logs", IMAGES[1], "--since", since, "--json").output)
    assert again[-1]["message"] == "published"
    assert "Optimize" in {line["step"] for line in again if line["level"] == "INFO"}
