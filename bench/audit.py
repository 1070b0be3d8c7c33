"""Known vulnerabilities of what is pinned: pip-audit, and nothing passed over in silence.

python -m bench.audit [REQUIREMENTS…]

pip-audit asks the package index for the advisories of every version. A package that the index
cannot answer for is only a remark to it; here it is a failure. What cannot be mended yet stands in
audit-exceptions.txt, each line an advisory, the day until which it is excepted, and why.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import msgspec

PROJECT = Path(__file__).parents[1]
EXCEPTIONS = PROJECT / "audit-exceptions.txt"
# All that is ever installed, the functions' first.
REQUIREMENTS = (
    "functions/requirements.txt",
    "requirements.txt",
    "requirements-uv.txt",
    "requirements-fuzz.txt",
    "requirements-bench.txt",
)
SHOWN = 5


class AuditError(Exception):
    """There is no answer to judge; says what was expected."""


class Advisory(msgspec.Struct, frozen=True):
    """`aliases`: the same under other names. `fix_versions`: empty where nothing mends it yet."""

    id: str
    aliases: list[str]
    fix_versions: list[str]
    description: str = ""


class Package(msgspec.Struct, frozen=True):
    """Either `version` and `vulns`, or the reason why nobody looked."""

    name: str
    version: str = ""
    vulns: list[Advisory] = []
    skip_reason: str = ""


class Report(msgspec.Struct, frozen=True):
    """What pip-audit writes as JSON."""

    dependencies: list[Package]


@dataclass(frozen=True)
class Verdict:
    """`findings` and `excepted`: one line each. `unknown`: nobody could look these up. `idle`:
    exceptions that except nothing (any more)."""

    checked: int
    findings: Sequence[str]
    excepted: Sequence[str]
    unknown: Sequence[str]
    idle: Sequence[str]

    @property
    def clean(self) -> bool:
        return not (self.findings or self.unknown or self.idle)


def main(requirements: Sequence[str]) -> int:
    try:
        exceptions = read_exceptions(EXCEPTIONS.read_text(encoding="utf-8"))
        verdict = judge(ask(requirements), exceptions, date.today())
    except AuditError as error:
        print(error, file=sys.stderr)
        return 2
    print("\n".join(said(verdict)))
    return 0 if verdict.clean else 1


def ask(requirements: Sequence[str]) -> Report:
    """pip-audit's report. Raises AuditError where there is none."""
    answer = subprocess.run(
        [
            *(sys.executable, "-m", "pip_audit", "--format", "json", "--progress-spinner", "off"),
            # Every package is pinned and hashed: nothing is to be resolved, nothing installed.
            *("--disable-pip", "--require-hashes"),
            *(word for file in requirements for word in ("--requirement", file)),
        ],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=False,
    )
    try:
        report = msgspec.json.decode(answer.stdout, type=Report)
    except msgspec.DecodeError:
        reason = answer.stderr.strip().splitlines() or ["it said nothing"]
        raise AuditError(f"expected a report from pip-audit, got: {reason[-1]}") from None
    if not report.dependencies:
        raise AuditError(f"expected pinned packages in {', '.join(requirements)}, got none")
    return report


def read_exceptions(text: str) -> dict[str, date]:
    """Until when each advisory is excepted. Raises AuditError for a line without date or reason."""
    exceptions = {}
    for line in text.splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        try:
            advisory, until, _ = line.split(maxsplit=2)
            exceptions[advisory] = date.fromisoformat(until)
        except ValueError:
            raise AuditError(
                f"expected `ADVISORY YYYY-MM-DD reason` in {EXCEPTIONS.name}, got {line!r}"
            ) from None
    return exceptions


def judge(report: Report, exceptions: Mapping[str, date], today: date) -> Verdict:
    """An exception holds on its last day too."""
    findings: list[str] = []
    excepted: list[str] = []
    used: set[str] = set()
    packages = {(one.name, one.version): one for one in report.dependencies}.values()
    for package in packages:
        for advisory in package.vulns:
            names = {advisory.id, *advisory.aliases} & exceptions.keys()
            used |= names
            holds = any(exceptions[name] >= today for name in names)
            (excepted if holds else findings).append(_line(package, advisory))
    unknown = sorted(package.name for package in packages if package.skip_reason)
    idle = sorted(exceptions.keys() - used) if not unknown else []
    return Verdict(len(packages) - len(unknown), findings, excepted, unknown, idle)


def said(verdict: Verdict) -> Iterable[str]:
    yield from (f"finding   {line}" for line in verdict.findings)
    yield from (f"excepted  {line}" for line in verdict.excepted)
    yield from (
        f"idle      {name}: excepts nothing; take it out of {EXCEPTIONS.name}"
        for name in verdict.idle
    )
    if verdict.unknown:
        names = ", ".join(verdict.unknown[:SHOWN])
        more = f" and {rest} more" if (rest := len(verdict.unknown) - SHOWN) > 0 else ""
        yield (
            f"The package index gave no answer for {len(verdict.unknown)} packages, so nothing is "
            f"known of them: {names}{more}.\n"
            "A mirror without the JSON document of each version answers so: run this where the "
            "index itself can be reached."
        )
    yield f"{verdict.checked} packages looked up, {len(verdict.findings)} findings."


def _line(package: Package, advisory: Advisory) -> str:
    mended = f"mended in {', '.join(advisory.fix_versions)}" if advisory.fix_versions else "no fix"
    names = ", ".join([advisory.id, *advisory.aliases])
    return f"{package.name} {package.version}: {names} ({mended})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:] or REQUIREMENTS))
