"""A storm over time, as one picture."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from bench.storming.figures import DIED, MEGABYTE, ended_at, failures
from bench.storming.running import Ended
from darkroom import statuses

# Paul Tol's bright scheme, which people with any colour vision tell apart:
# https://sronpersonalpages.nl/~pault/
COLOURS = {
    statuses.PUBLISHED: "#228833",
    statuses.IN_REVIEW: "#ccbb44",
    statuses.REJECTED: "#aa3377",
    statuses.INVALID: "#bbbbbb",
    statuses.FAILED: "#ee6677",
}
BLUE, RED, CYAN = "#4477aa", "#ee6677", "#66ccee"
# Own background, so that it can be read on a dark page too.
PAPER, INK = "#fcfcfa", "#222222"


def draw(ended: Ended, target: Path) -> None:
    """Progress, failed calls and memory, one over the other, to a WebP."""
    figure = Figure(figsize=(10, 8), dpi=160, facecolor=PAPER, layout="constrained")
    progress, calls, memory = figure.subplots(
        3, 1, sharex=True, gridspec_kw={"height_ratios": [5, 2, 2]}
    )
    _progress(progress, ended)
    _calls(calls, ended)
    _memory(memory, ended)
    memory.set_xlabel("seconds since the first upload")
    for axes in (progress, calls, memory):
        axes.set_facecolor(PAPER)
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_xlim(0, ended.quiet - ended.begun)
        axes.set_ylim(bottom=0)
        axes.yaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3, linewidth=0.5)
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png")
    with Image.open(drawn) as picture:
        picture.convert("RGB").save(target, "WEBP", lossless=True, quality=100, method=6)


def _progress(axes: Axes, ended: Ended) -> None:
    seconds = list(range(int(ended.quiet - ended.begun) + 2))
    layers = {}
    for status, colour in COLOURS.items():
        moments = [
            end - ended.begun
            for record in ended.state.records
            if record.status == status and (end := ended_at(record)) is not None
        ]
        if moments:
            layers[f"{status} {len(moments)}"] = (_cumulative(moments, seconds), colour)
    if layers:
        axes.stackplot(
            seconds,
            [counts for counts, _ in layers.values()],
            colors=[colour for _, colour in layers.values()],
            labels=list(layers),
            linewidth=0,
        )
    puts = [put.answered - ended.begun for put in ended.log.puts]
    axes.plot(seconds, _cumulative(puts, seconds), color=BLUE, linewidth=1.5, label="uploaded")
    kills = [kill.at - ended.begun for kill in ended.log.kills]
    axes.plot(
        kills,
        [0.02] * len(kills),
        "|",
        color=INK,
        markersize=9,
        markeredgewidth=0.5,
        alpha=0.7,
        transform=axes.get_xaxis_transform(),
        label=f"a process killed ({len(kills)})",
    )
    axes.set_ylabel("uploads")
    axes.set_title(
        "What the machine was done with: ended, or handed to reviewers. Colours as it all ended.",
        fontsize=9,
        loc="left",
        color=INK,
    )
    axes.legend(loc="upper left", bbox_to_anchor=(0.02, 0.88), fontsize=8, frameon=False)


def _calls(axes: Axes, ended: Ended) -> None:
    """Failed calls in bars of equal width, at most a hundred."""
    whole = ended.quiet - ended.begun
    width = max(1, round(whole / 100))
    found = failures(ended)
    bottom = [0] * (int(whole) // width + 1)
    kinds = (
        ("refused: four functions ran", CYAN, [one for one in found if one.throttled]),
        ("died with its process", RED, [one for one in found if one.error == DIED]),
    )
    for label, colour, chosen in kinds:
        counts = [0] * len(bottom)
        for failure in chosen:
            place = int((failure.at.timestamp() - ended.begun) // width)
            counts[min(max(place, 0), len(counts) - 1)] += 1
        places = [width * (n + 0.5) for n in range(len(counts))]
        axes.bar(
            places, counts, width * 0.9, bottom, color=colour, label=f"{label} ({sum(counts)})"
        )
        bottom = [a + b for a, b in zip(bottom, counts, strict=True)]
    axes.set_ylabel(f"failed calls\nin {width} s")
    axes.margins(y=0.3)
    axes.legend(loc="upper right", fontsize=8, frameon=False, ncols=2)


def _memory(axes: Axes, ended: Ended) -> None:
    loads = ended.log.loads
    times = [load.at - ended.begun for load in loads]
    engine = [load.engine_bytes / MEGABYTE for load in loads]
    functions = [load.workers_bytes / MEGABYTE for load in loads]
    axes.plot(times, engine, color=BLUE, linewidth=1, label="engine")
    axes.plot(times, functions, color=RED, linewidth=1, label="functions' processes")
    axes.set_ylabel("memory, MB")
    axes.margins(y=0.3)
    axes.legend(loc="upper right", fontsize=8, frameon=False, ncols=2)


def _cumulative(moments: Iterable[float], seconds: Sequence[int]) -> list[int]:
    """How many of `moments` were before each of `seconds`."""
    left, counts, count = sorted(moments, reverse=True), [], 0
    for second in seconds:
        while left and left[-1] <= second:
            left.pop()
            count += 1
        counts.append(count)
    return counts
