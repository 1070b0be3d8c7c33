"""The tables of a comparison."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from bench.waying.side import Side

Row = tuple[str, ...]

# Beyond this share of the cores the figures on the clock are those of a busy machine.
BUSY = 0.03


def figures(cold: Side, ways: Sequence[Side], pools: Sequence[Side], told: Side) -> dict[str, Any]:
    """Everything per picture, in seconds; ratios are of seconds on the clock."""
    way, pool = _mean(ways), _mean(pools)
    return {
        "ratio": way["seconds"] / pool["seconds"],
        "ratio_without_warming_up": _mean([cold])["seconds"] / pool["seconds"],
        "overhead_cpu_seconds": way["cpu_seconds"] - pool["cpu_seconds"],
        "engine": way,
        "engine_without_warming_up": _mean([cold]),
        "pool": pool,
        "accounts": {name: spent / told.pictures for name, spent in told.accounts.items()},
        "rounds": [a.seconds / b.seconds for a, b in zip(ways, pools, strict=True)],
    }


def _mean(sides: Sequence[Side]) -> dict[str, Any]:
    """Of all their pictures."""
    count = sum(side.pictures for side in sides)
    return {
        "seconds": sum(side.seconds for side in sides) / count,
        "cpu_seconds": sum(side.cpu_seconds for side in sides) / count,
        "idle": sum(side.idle.idle for side in sides) / count,
        "taken_by_others": sum(side.taken for side in sides) / count,
        "started": sum(side.started for side in sides),
        "cpu": _sum([side.cpu for side in sides], count),
        "steps": _sum([side.steps for side in sides], count),
    }


def _sum(parts: Iterable[Mapping[str, float]], count: int) -> dict[str, float]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return {name: seconds / count for name, seconds in total.items()}


def sides(found: Mapping[str, Any]) -> list[Row]:
    """Seconds a picture, side beside side."""
    columns = [found["engine"], found["engine_without_warming_up"], found["pool"]]
    rows: list[Row] = [("seconds a picture", "engine", "without warming up", "pool")]
    rows.append(_row("on the clock", (column["seconds"] for column in columns)))
    rows.append(_row("CPU", (column["cpu_seconds"] for column in columns)))
    for name in columns[0]["cpu"]:
        rows.append(_row(f"· {name}", (column["cpu"].get(name, 0.0) for column in columns[:2])))
    rows.append(_row("cores idle", (column["idle"] for column in columns)))
    rows.append(_row("cores taken by others", (column["taken_by_others"] for column in columns)))
    rows.append(("processes started", *(f"{column['started']}" for column in columns[:2]), ""))
    return rows


def steps(found: Mapping[str, Any]) -> list[Row]:
    """CPU seconds a picture of each step in its function's process, and of its domain functions."""
    way, pool = found["engine"]["steps"], found["pool"]["steps"]
    rows: list[Row] = [("CPU seconds a picture", "function", "domain functions", "difference")]
    for name in sorted(way, key=way.__getitem__, reverse=True):
        spent, alone = way[name], pool.get(name, 0.0)
        rows.append(_row(name, (spent, alone, spent - alone)))
    return rows


def accounts(found: Mapping[str, Any]) -> list[Row]:
    rows: list[Row] = [("CPU seconds a picture in the engine's process", "")]
    return rows + [_row(name, (spent,)) for name, spent in found["accounts"].items()]


def busy(found: Mapping[str, Any]) -> bool:
    """Whether others had the machine as well, so that only CPU seconds say something."""
    way = found["engine"]
    share = way["taken_by_others"] / (way["taken_by_others"] + way["cpu_seconds"] + way["idle"])
    return bool(share > BUSY)


def markdown(rows: Sequence[Row]) -> str:
    width = len(rows[0])
    lines = [f"| {' | '.join(row + ('',) * (width - len(row)))} |" for row in rows]
    return "\n".join([lines[0], "|---" + "|--:" * (width - 1) + "|", *lines[1:]])


def _row(name: str, seconds: Iterable[float]) -> Row:
    return (name, *(f"{number:.3f}" for number in seconds))
