"""What a contender's process is told, as JSON on its standard input, and what it answers."""

from __future__ import annotations

from typing import Any

import msgspec

# Rows for red, green and blue.
Matrix = tuple[tuple[float, float, float], ...]

# An encoder's options by Pillow's names: what our Optimize asked it for.
Options = dict[str, Any]


class File(msgspec.Struct, frozen=True):
    """`number`: a quality on the encoder's own scale, where not its default is wanted."""

    format: str
    number: int | None = None
    ours: Options = {}


class Output(msgspec.Struct, frozen=True):
    """One picture, upright, of exactly width x height px, and the files to make of it.

    `cover`: cut to these proportions around the centre. `spec`: of a filtered version, our
    filter's; "grayscale" is as the contender understands it, "sepia" is `matrix` for all of them.
    """

    name: str
    width: int
    height: int
    files: tuple[File, ...]
    cover: bool = False
    spec: dict[str, Any] | None = None
    matrix: Matrix | None = None

    @property
    def filter(self) -> str | None:
        return self.spec["filter"] if self.spec else None


class Asked(msgspec.Struct, frozen=True):
    """`outputs`: for peers. For us, `quality` and `formats` other than the recipe's, and the
    renditions to make alone. `folder`: where the files go, as `<name>.<format>`, after the
    measuring."""

    picture: str
    outputs: tuple[Output, ...] = ()
    quality: int | None = None
    formats: tuple[str, ...] | None = None
    renditions: tuple[str, ...] | None = None
    folder: str | None = None


class Answer(msgspec.Struct, frozen=True):
    """`cpu_seconds`: of all threads, from the file's bytes to the files' bytes, no imports.
    `stages`: parts of it. `peak_bytes`: of the whole process. `bytes`: by `<name>.<format>`.

    `made_with`: the contender's version. `refused`: why there is nothing else. `plan` and
    `validate_seconds`: ours alone.
    """

    cpu_seconds: float = 0.0
    peak_bytes: int = 0
    stages: dict[str, float] = {}
    bytes: dict[str, int] = {}
    made_with: str = ""
    refused: str | None = None
    plan: tuple[Output, ...] = ()
    validate_seconds: float = 0.0


def file_name(output: str, format: str) -> str:
    return f"{output}.{format}"
