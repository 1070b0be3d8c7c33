"""What it costs to start a function: its imports, its first clients, its first invocation.

Each figure is of whole processes, `python -c "import …"` from begin to end, in turn, with compiled
bytecode and without what the functions are not deployed with. Beside each function stands what no
function of its kind can do without: boto3, Powertools' logger, and Pillow or Jinja2. The first
invocation is of a tiny picture and costs what it costs beyond the imports.

Exit code 1 where a function costs more than LIMIT times that.
"""

from __future__ import annotations

import functools
import io
import json
import os
import re
import statistics
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path

import click
from rich.console import Console
from rich.progress import track
from rich.table import Table

LIMIT = 1.3
ROOT = Path(__file__).parents[1]
FUNCTIONS = ROOT / "functions"
# What Lambda's runtime for Python brings along, with what it needs.
RUNTIME = "boto3"

LOGGER = "from aws_lambda_powertools import Logger"
IMAGES = f"import boto3, PIL.Image; {LOGGER}"
PAGES = (
    f"import boto3, jinja2; {LOGGER}; "
    "from aws_lambda_powertools.event_handler import LambdaFunctionUrlResolver"
)
PLAIN = f"import boto3; {LOGGER}"
# Function: what it is measured beside, and whose clients its first invocation makes.
SUBJECTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "validate": (IMAGES, ("s3", "dynamodb")),
    "resize": (IMAGES, ("s3",)),
    "filter": (IMAGES, ("s3",)),
    "optimize": (IMAGES, ("s3",)),
    "review": (PAGES, ("dynamodb", "secretsmanager")),
    "publish": (PLAIN, ("s3", "dynamodb")),
}
PEAK = "from bench.meter import peak_bytes; print(peak_bytes())"


@dataclass(frozen=True)
class Start:
    """A function, and beside it what it cannot do without: medians in CPU milliseconds, memory in
    MB. `with_clients`: the imports and the first clients. `first_ms`: the first invocation."""

    function: str
    import_ms: float
    beside_ms: float
    with_clients_ms: float
    beside_with_clients_ms: float
    peak_mb: float
    beside_peak_mb: float
    first_ms: float | None

    @property
    def ratio(self) -> float:
        return self.import_ms / self.beside_ms

    @property
    def ratio_with_clients(self) -> float:
        return self.with_clients_ms / self.beside_with_clients_ms


@functools.cache
def not_deployed() -> list[str]:
    """The top-level modules that are installed here and not where the functions run."""
    text = (FUNCTIONS / "requirements.txt").read_text(encoding="utf-8")
    there = {_plain(name) for name in re.findall(r"^([\w.-]+)==", text, re.MULTILINE)}
    there |= {*_with_needs(RUNTIME), "darkroom"}
    found = metadata.packages_distributions().items()
    return sorted(module for module, names in found if there.isdisjoint(map(_plain, names)))


def _with_needs(distribution: str) -> Iterator[str]:
    yield _plain(distribution)
    for line in metadata.requires(distribution) or ():
        if "extra ==" not in line and (name := re.match(r"[\w.-]+", line)):
            yield from _with_needs(name[0])


def _plain(distribution: str) -> str:
    return re.sub("[-_.]+", "-", distribution).lower()


def starting(code: str) -> list[str]:
    """The command that runs `code` as where the functions are deployed."""
    hide = f"import sys; sys.modules.update(dict.fromkeys({not_deployed()!r}))"
    return [sys.executable, "-c", f"{hide}\n{code}"]


def environment() -> dict[str, str]:
    """A region and credentials, so that a client looks for neither."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    own = {"AWS_DEFAULT_REGION": "us-east-1", "PYTHONPATH": f"{FUNCTIONS}{os.pathsep}{ROOT}"}
    return kept | own | {"AWS_ACCESS_KEY_ID": "measured", "AWS_SECRET_ACCESS_KEY": "measured"}


def cpu_ms(command: list[str]) -> float:
    """The CPU time of the whole process, user and system. Raises ClickException."""
    process = subprocess.Popen(command, env=environment())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    _check(process.returncode, command)
    return (usage.ru_utime + usage.ru_stime) * 1000


def peak_mb(code: str) -> float:
    command = starting(f"{code}\n{PEAK}")
    done = subprocess.run(command, env=environment(), stdout=subprocess.PIPE, text=True)
    _check(done.returncode, command)
    return int(done.stdout) / 2**20


def _check(code: int, command: list[str]) -> None:
    """What the process itself said is on standard error already."""
    if code:
        run = command[-1].partition("\n")[2]
        raise click.ClickException(f"expected exit code 0, got {code} of:\n{run}")


def codes() -> dict[tuple[str, str], str]:
    """What is run, by function and by what is measured."""
    found = {}
    for function, (beside, services) in SUBJECTS.items():
        own = f"import {function}.handler"
        ours, theirs = (
            "; ".join(f"{call}({service!r})" for service in services)
            for call in ("aws_client", "boto3.client")
        )
        found[function, "import"] = own
        found[function, "beside"] = beside
        found[function, "clients"] = f"{own}\nfrom darkroom.clients import aws_client\n{ours}"
        found[function, "beside clients"] = f"{beside}\n{theirs}"
    return found


def measured(rounds: int) -> list[Start]:
    peaks = {name: peak_mb(code) for name, code in codes().items()}  # and compiles what is not yet
    commands = {name: starting(code) for name, code in codes().items()}
    spent: dict[tuple[str, str], list[float]] = defaultdict(list)
    for _ in track(range(rounds), "Starting", console=Console(stderr=True), transient=True):
        for name, command in commands.items():
            spent[name].append(cpu_ms(command))
        for function, milliseconds in _first_invocations():
            spent[function, "first"].append(milliseconds)
    return [_start(function, spent, peaks) for function in SUBJECTS]


def _start(
    function: str,
    spent: Mapping[tuple[str, str], list[float]],
    peaks: Mapping[tuple[str, str], float],
) -> Start:
    def middle(kind: str) -> float:
        return round(statistics.median(spent[function, kind]), 1)

    return Start(
        function,
        import_ms=middle("import"),
        beside_ms=middle("beside"),
        with_clients_ms=middle("clients"),
        beside_with_clients_ms=middle("beside clients"),
        peak_mb=round(peaks[function, "import"], 1),
        beside_peak_mb=round(peaks[function, "beside"], 1),
        first_ms=middle("first") if (function, "first") in spent else None,
    )


def _first_invocations() -> Iterator[tuple[str, float]]:
    """Function and CPU milliseconds beyond the imports, for a picture of 8 x 8 px."""
    from PIL import Image

    from bench.invoking import invocations

    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(buffer, "JPEG")
    for cost in invocations(buffer.getvalue()):
        yield cost.function.lower(), cost.cpu_seconds * 1000


def show(starts: list[Start], console: Console) -> None:
    table = Table(title="Cold starts: CPU ms (beside, ratio)")
    for heading in ("function", "import", "with first clients", "first invocation", "peak MB"):
        table.add_column(heading, justify="left" if heading == "function" else "right")
    for one in starts:
        table.add_row(
            one.function,
            f"{one.import_ms:.0f} ({one.beside_ms:.0f}, {one.ratio:.2f})",
            f"{one.with_clients_ms:.0f} ({one.beside_with_clients_ms:.0f}, "
            f"{one.ratio_with_clients:.2f})",
            "" if one.first_ms is None else f"{one.first_ms:.0f}",
            f"{one.peak_mb:.0f} ({one.beside_peak_mb:.0f})",
        )
    console.print(table)


def as_json(starts: list[Start], rounds: int) -> str:
    rows = [
        asdict(one) | {"ratio": one.ratio, "ratio_with_clients": one.ratio_with_clients}
        for one in starts
    ]
    return json.dumps({"limit": LIMIT, "rounds": rounds, "functions": rows}, indent=2)


@click.command()
@click.option("--rounds", default=21, show_default=True, help="How often each process is run.")
@click.option("--json", "file", type=click.Path(path_type=Path), help="Write the figures here.")
def main(rounds: int, file: Path | None) -> None:
    """Measure the cold start of each function."""
    starts = measured(rounds)
    show(starts, Console())
    if file:
        file.write_text(as_json(starts, rounds) + "\n", encoding="utf-8")
    sys.exit(any(one.ratio > LIMIT for one in starts))


if __name__ == "__main__":
    main()
