"""Growth as one picture: time and memory, over pixels and over pictures."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from bench.growing.fitting import Fit
from bench.growing.measuring import Grown

# Paul Tol's bright scheme: https://sronpersonalpages.nl/~pault/
COLOURS = {"fixed": "#4477aa", "whole": "#ee6677", "images": "#228833"}
LABELS = {
    "fixed": "default recipe, files up to 1,920 px wide",
    "whole": "one file as large as the source",
    "images": "default recipe, small pictures",
}
# Own background, so that it can be read on a dark page too.
PAPER, INK = "#fcfcfa", "#222222"

# What grew, and the lines through its time and its memory.
Series = dict[str, tuple[Sequence[Grown], Fit, Fit]]


def draw(series: Series, target: Path) -> None:
    """To a WebP: points are measured, lines fitted."""
    figure = Figure(figsize=(10, 6.5), dpi=120, facecolor=PAPER, layout="constrained")
    (pixels_time, images_time), (pixels_memory, images_memory) = figure.subplots(2, 2)
    for name, (grown, time, memory) in series.items():
        on_time, on_memory = (
            (images_time, images_memory) if name == "images" else (pixels_time, pixels_memory)
        )
        _points(on_time, name, grown, [one.cpu_seconds for one in grown], time)
        _points(on_memory, name, grown, [one.peak_mb for one in grown], memory)
    for axes, x, y in (
        (pixels_time, "", "CPU seconds"),
        (pixels_memory, "megapixels of the source", "peak memory, MB"),
        (images_time, "", "CPU seconds"),
        (images_memory, "pictures, one after the other in a process", "peak memory, MB"),
    ):
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        axes.set_facecolor(PAPER)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.grid(alpha=0.3, linewidth=0.5)
        if axes.has_data():
            axes.legend(loc="best", fontsize=8, frameon=False)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    with Image.open(drawn) as picture:
        picture.convert("RGB").save(target, "WEBP", lossless=True, quality=100, method=6)


def _points(
    axes: Axes, name: str, grown: Sequence[Grown], values: Sequence[float], fit: Fit
) -> None:
    places = [one.x for one in grown]
    axes.plot(places, values, "o", color=COLOURS[name], markersize=4, label=LABELS[name])
    ends = [0, places[-1]]
    axes.plot(ends, [fit.at(place) for place in ends], color=COLOURS[name], linewidth=1)
