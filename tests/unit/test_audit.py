"""`make audit`: what it makes of pip-audit's answer. No test asks the package index."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from bench import audit
from bench.audit import Advisory, AuditError, Package, Report, judge, read_exceptions, said

PROJECT = Path(__file__).parents[2]
TODAY = date(2026, 11, 20)
FLAWED = Package(
    "flawed", "1.0", [Advisory("PYSEC-2026-1", ["CVE-2026-9"], ["1.1"], "It does harm.")]
)
SOUND = Package("sound", "2.0")
UNSEEN = Package("unseen", skip_reason="Dependency not found on PyPI and could not be audited")


def test_packages_without_an_advisory_are_clean() -> None:
    verdict = judge(Report([SOUND]), {}, TODAY)
    assert verdict.clean
    assert list(said(verdict)) == ["1 packages looked up, 0 findings."]


def test_an_advisory_fails_the_audit_and_says_what_mends_it() -> None:
    verdict = judge(Report([SOUND, FLAWED]), {}, TODAY)
    assert not verdict.clean
    assert "flawed 1.0: PYSEC-2026-1, CVE-2026-9 (mended in 1.1)" in "\n".join(said(verdict))


def test_a_package_that_nobody_could_look_up_fails_the_audit() -> None:
    verdict = judge(Report([SOUND, UNSEEN]), {}, TODAY)
    assert not verdict.clean
    assert (verdict.checked, verdict.unknown) == (1, ["unseen"])
    assert "unseen" in "\n".join(said(verdict))


@pytest.mark.parametrize("name", ["PYSEC-2026-1", "CVE-2026-9"])
def test_an_exception_holds_under_any_of_the_advisorys_names(name: str) -> None:
    verdict = judge(Report([FLAWED]), {name: TODAY}, TODAY)
    assert verdict.clean
    assert len(verdict.excepted) == 1


def test_an_exception_ends_after_its_day() -> None:
    verdict = judge(Report([FLAWED]), {"PYSEC-2026-1": date(2026, 11, 19)}, TODAY)
    assert not verdict.clean
    assert len(verdict.findings) == 1


def test_an_exception_that_excepts_nothing_fails_the_audit() -> None:
    verdict = judge(Report([SOUND]), {"PYSEC-2026-1": TODAY}, TODAY)
    assert not verdict.clean
    assert verdict.idle == ["PYSEC-2026-1"]


def test_a_package_in_two_files_is_one_finding() -> None:
    assert len(judge(Report([FLAWED, FLAWED]), {}, TODAY).findings) == 1


@pytest.mark.parametrize("line", ["PYSEC-2026-1", "PYSEC-2026-1 2026-11-20", "PYSEC-2026-1 why"])
def test_an_exception_needs_a_day_and_a_reason(line: str) -> None:
    with pytest.raises(AuditError, match=re.escape(repr(line))):
        read_exceptions(f"# first\n\n{line}\n")


def test_the_projects_own_exceptions_can_be_read() -> None:
    read_exceptions(audit.EXCEPTIONS.read_text(encoding="utf-8"))


def test_everything_that_is_ever_installed_is_audited() -> None:
    compiled = {
        path.relative_to(PROJECT).as_posix()
        for folder in (PROJECT, PROJECT / "functions")
        for path in folder.glob("requirements*.txt")
    }
    assert set(audit.REQUIREMENTS) == compiled


def test_no_report_is_an_error_and_no_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit.sys, "executable", "/bin/false")
    with pytest.raises(AuditError, match="expected a report from pip-audit"):
        audit.ask(["requirements.txt"])
    assert audit.main(["requirements.txt"]) == 2
