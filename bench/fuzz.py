"""A coverage-guided fuzz of Validate: `make fuzz`, or `python -m bench.fuzz FILE` for one file.

Python code is what guides it: validate, darkroom, the steps that follow, and Pillow's plugins.
The decoders behind them, in C, are run on everything and guide nothing.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
import traceback
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

# No function of ours is traced here.
os.environ.setdefault("POWERTOOLS_TRACE_DISABLED", "true")
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")

ROOT = Path(__file__).resolve().parents[1]
HOME = ROOT / ".darkroom" / "fuzz"
INSTRUMENTED = (*("validate", "darkroom", "resize", "filter", "optimize", "PIL", "pillow_heif"),)
# As the clock runs, on a machine that may be busy; `target.MAX_CPU_SECONDS` is the strict one.
TIMEOUT_SECONDS = 60
MEMORY_MB = 1024
# Of the fuzzer's lines: how it gets on, now and then, and what it found.
SHOWN = re.compile(r"^#\d+\s+(INITED|pulse|DONE)|Traceback|Error|ERROR|Finding|^  File ")
LAST = re.compile(r"^#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)/(\w+)")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _options(arguments)
    warnings.simplefilter("ignore")
    if options.files:
        return _run_files(options.files)
    if options.worker:
        _fuzz(options)
    return _run(options)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.fuzz", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="files to run once, without a fuzzer")
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--corpus", type=Path, help="a folder of files to start from as well")
    parser.add_argument("--home", type=Path, default=HOME, help="where everything is kept")
    parser.add_argument("--seed", type=int, default=0, help="of the fuzzer's chance; 0: the clock")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args(arguments)


def _run_files(files: Sequence[Path]) -> int:
    """Each file's verdict; 1 where one is a finding."""
    from bench.fuzzing.target import check

    found = 0
    for file in files:
        started = time.process_time()
        try:
            verdict = check(file.read_bytes(), follow=True)
        except Exception:
            found = 1
            print(f"{file}: a finding")
            traceback.print_exc()
        else:
            said = verdict.get("reason", {}).get("code") or verdict["source"]["format"]
            print(f"{file}: {verdict['verdict']}, {said}, {time.process_time() - started:.2f} s")
    return found


def _run(options: argparse.Namespace) -> int:
    """The fuzzer in a process of its own: it ends without a word when it finds something."""
    home = options.home
    first = _prepare(home, options.corpus)
    before, findings = len(_files(home / "corpus")), set(_files(home / "findings"))
    print(f"{first} files to begin with, {before} kept from earlier runs, in {home}", flush=True)
    command = [
        *(sys.executable, "-m", "bench.fuzz", "--worker", f"--home={home}"),
        *(f"--minutes={options.minutes}", f"--seed={options.seed}"),
    ]
    started = time.monotonic()
    last = ""
    with (
        (home / "log.txt").open("w", encoding="utf-8") as log,
        subprocess.Popen(
            command,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        ) as worker,
    ):
        for line in worker.stdout or ():
            log.write(line)
            log.flush()
            last = line if LAST.match(line) else last
            if SHOWN.search(line):
                print(line, end="", flush=True)
    minutes = (time.monotonic() - started) / 60
    if seen := LAST.match(last):
        runs, edges, features, kept, size = seen.groups()
        print(
            f"{minutes:.1f} minutes, {runs} runs, {edges} edges and {features} features of Python "
            f"covered, {kept} files ({size}) that each cover more than the others, "
            f"{len(_files(home / 'corpus')) - before} of them new"
        )
    found = sorted(set(_files(home / "findings")) - findings)
    for file in found:
        print(f"A finding. See it again with: python -m bench.fuzz {file}")
    return 1 if found else worker.returncode


def _prepare(home: Path, corpus: Path | None) -> int:
    """How many files there are to begin with; they and the dictionary are written anew."""
    from bench.fuzzing.seeds import seeds
    from bench.fuzzing.target import MAX_BYTES
    from bench.fuzzing.tokens import dictionary

    for name in ("corpus", "findings", "seeds"):
        (home / name).mkdir(parents=True, exist_ok=True)
    for file in _files(home / "seeds"):
        file.unlink()
    for name, data in seeds():
        (home / "seeds" / name).write_bytes(data)
    for number, file in enumerate(_files(corpus) if corpus else ()):
        # A larger one would be cut, and could not be brought back to life.
        if file.stat().st_size <= MAX_BYTES:
            (home / "seeds" / f"corpus-{number}").write_bytes(file.read_bytes())
    (home / "tokens.dict").write_text(dictionary(), encoding="utf-8")
    return len(_files(home / "seeds"))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _fuzz(options: argparse.Namespace) -> NoReturn:
    import atheris

    with atheris.instrument_imports(include=list(INSTRUMENTED)):
        from bench.fuzzing.mutator import Mutator
        from bench.fuzzing.target import MAX_BYTES, check, is_followed

    home = options.home
    mutator = Mutator(
        lambda data, most: bytes(atheris.Mutate(data, most)),  # replaced when the fuzz begins
        [file.read_bytes() for file in _files(home / "seeds")],
    )
    arguments = [
        sys.argv[0],
        str(home / "corpus"),
        str(home / "seeds"),
        f"-artifact_prefix={home / 'findings'}/",
        f"-dict={home / 'tokens.dict'}",
        f"-max_len={MAX_BYTES}",
        f"-max_total_time={round(options.minutes * 60)}",
        f"-timeout={TIMEOUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MB}",
        f"-seed={options.seed}",
        "-len_control=0",
        "-print_final_stats=1",
    ]
    atheris.Setup(
        arguments,
        lambda data: check(data, is_followed(data)) and None,
        custom_mutator=mutator,
    )
    atheris.Fuzz()
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
