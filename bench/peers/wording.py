"""Encoders' settings in Pillow's words, said in libvips' words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.peers.asked import Options

# heifsave.c hands `9 - effort` to the encoder as its speed.
SLOWEST = 9
# By Pillow's name: libvips' name, and its value for each of Pillow's, where it is another.
SAME: Mapping[str, tuple[str, Mapping[Any, Any]]] = {
    "quality": ("Q", {}),
    "method": ("effort", {}),
    "speed": ("effort", {speed: SLOWEST - speed for speed in range(SLOWEST + 1)}),
    # 4:0:0 is for pictures that libvips has as one band, and so writes as one.
    "subsampling": ("subsample_mode", {"4:2:0": "on", "4:4:4": "off", "4:0:0": "on"}),
    "progressive": ("interlace", {}),
    "optimize": ("optimize_coding", {}),
    "compress_level": ("compression", {}),
    "use_sharp_yuv": ("smart_subsample", {}),
}
# libvips starts as many threads as there are processors; what counts is the CPU of all.
IGNORED = {"max_threads"}


# libaom's own tools, which libvips lets nobody choose but for the metric that they are tuned to.
TOOLS = "advanced"
# The one tool that comes with a metric: tune=iq, the default, turns delta quantizers on; without
# them, tune=ssim is nearest.
METRICS = {("deltaq-mode", "0"): "ssim"}


def translated(options: Options) -> Options:
    """What Pillow's encoders were asked for, in libvips' words. Raises ValueError."""
    unknown = {name for name, value in options.items() if value} - SAME.keys() - IGNORED - {TOOLS}
    if unknown:
        raise ValueError(f"expected options that libvips has too, got {', '.join(sorted(unknown))}")
    metrics = [METRICS[tool] for tool in options.get(TOOLS, {}).items() if tool in METRICS]
    found: Options = {"tune": metrics[0]} if metrics else {}
    for name, value in options.items():
        if name in SAME:
            its_name, values = SAME[name]
            found[its_name] = values.get(value, value)
    return found


def untold(options: Options) -> set[str]:
    """Which of libaom's tools libvips has no word for; it works without such a choice."""
    return {name for name, value in options.get(TOOLS, {}).items() if (name, value) not in METRICS}
