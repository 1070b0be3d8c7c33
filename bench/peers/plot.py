"""Quality over bytes and over CPU, as two pictures."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from bench.peers.curves import NUMBERS, PICTURES, RENDITIONS
from bench.peers.figures import Point
from bench.peers.running import OURS, PILLOW, SHARP, VIPS

# Paul Tol's bright scheme, which people with any colour vision tell apart:
# https://sronpersonalpages.nl/~pault/
COLOURS = {
    OURS.name: "#4477aa",
    PILLOW.name: "#ccbb44",
    VIPS.name: "#228833",
    SHARP.name: "#ee6677",
}
MARKS = {OURS.name: "o", PILLOW.name: "s", VIPS.name: "^", SHARP.name: "D"}
# Own background, so that it can be read on a dark page too.
PAPER, INK = "#fcfcfa", "#222222"
KILOBYTE = 1000
TITLE = (
    f"Mean SSIMULACRA2 of {' and '.join(RENDITIONS)}, at most {PICTURES} pictures. "
    "Numbers: a recipe's quality for darkroom, the encoder's own for the others."
)


def draw_bytes(points: Sequence[Point], target: Path) -> None:
    """Up and to the left is better."""
    _draw(points, target, lambda point: point.bytes / KILOBYTE, "kB a picture", False)


def draw_cpu(points: Sequence[Point], target: Path) -> None:
    """The same; decoding and resampling are in it."""
    _draw(points, target, lambda point: point.cpu_seconds, "CPU seconds a picture, one run", True)


def _draw(
    points: Sequence[Point], target: Path, across: Callable[[Point], float], label: str, alike: bool
) -> None:
    figure = Figure(figsize=(12, 4.2), dpi=120, facecolor=PAPER, layout="constrained")
    panels = figure.subplots(1, len(NUMBERS), sharex=alike, sharey=True)
    for axes, format in zip(panels, NUMBERS, strict=True):
        _panel(axes, [point for point in points if point.format == format], across)
        axes.set_title(format.upper(), fontsize=10, color=INK)
        axes.set_xlabel(label)
    panels[0].set_ylabel("SSIMULACRA2")
    panels[0].legend(loc="lower right", fontsize=8, frameon=False)
    figure.suptitle(TITLE, fontsize=9, color=INK, x=0.01, ha="left")
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    with Image.open(drawn) as picture:
        picture.convert("RGB").save(target, "WEBP", lossless=True, quality=100, method=6)


def _panel(axes: Axes, points: Sequence[Point], across: Callable[[Point], float]) -> None:
    axes.set_facecolor(PAPER)
    axes.set_xscale("log")
    for contender, colour in COLOURS.items():
        own = [point for point in points if point.contender == contender]
        if not own:
            continue
        axes.plot(
            [across(point) for point in own],
            [point.mean for point in own],
            color=colour,
            marker=MARKS[contender],
            markersize=4,
            linewidth=1.2,
            label=contender,
        )
        for point in (own[0], own[-1]):
            axes.annotate(
                str(point.number),
                (across(point), point.mean),
                xytext=(4, -9),
                textcoords="offset points",
                fontsize=7,
                color=colour,
            )
    axes.spines[["top", "right"]].set_visible(False)
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.xaxis.set_minor_formatter(lambda value, _: f"{value:g}" if _labelled(value) else "")
    axes.tick_params(axis="x", which="both", labelsize=8)
    axes.grid(alpha=0.3, linewidth=0.5, which="both")


def _labelled(value: float) -> bool:
    return f"{value:e}"[0] in "25"
