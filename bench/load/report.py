"""The samples as a table of phases, and as figures for a machine."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from bench.load.plan import SHARES
from bench.load.sample import Sample, latency, of_phase, rate
from bench.load.verdict import Verdict
from consumer.metrics import COMMIT_BUCKETS

_HEADS = ("phase", "seconds", "offered/s", "decided/s", "lag, most", "lag, at its end", "p50 s", "p99 s")


def rows(samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """A row for each phase at a multiple of the sustainable rate; memory is resident, in 10^6 bytes."""
    return [_row(phase, held) for phase in SHARES if len(held := of_phase(samples, phase)) > 1]


def _row(phase: str, held: Sequence[Sample]) -> dict[str, Any]:
    spent = held[-1].at_s - held[0].at_s
    return {
        "phase": phase,
        "seconds": spent,
        "offered_per_s": (held[-1].offered - held[0].offered) / spent,
        "decided_per_s": rate(held),
        "lag_most": max(each.lag for each in held),
        "lag_end": held[-1].lag,
        "latency_p50_s": latency(held, 0.5),
        "latency_p99_s": latency(held, 0.99),
        "processes": {
            name: {
                "rss_mb": _range([each.processes[name].rss_mb for each in held]),
                "threads": _range([each.processes[name].threads for each in held]),
                "files": _range([each.processes[name].files for each in held]),
                "cores": (held[-1].processes[name].cpu_s - held[0].processes[name].cpu_s) / spent,
            }
            for name in sorted(held[0].processes)
        },
    }


def table(samples: Sequence[Sample]) -> str:
    """Markdown: the pace of each phase, and what each process held in it, least to most."""
    found = rows(samples)
    names = sorted(samples[0].processes)
    pace = [_line(_HEADS), _line(["---"] * len(_HEADS))]
    pace += [
        _line(
            [
                row["phase"],
                f"{row['seconds']:.0f}",
                f"{row['offered_per_s']:.1f}",
                f"{row['decided_per_s']:.1f}",
                row["lag_most"],
                row["lag_end"],
                _latency(row["latency_p50_s"]),
                _latency(row["latency_p99_s"]),
            ]
        )
        for row in found
    ]
    columns = ("MB", "threads", "files", "cores used")
    heads = ["phase", *(f"{name}: {what}" for name in names for what in columns)]
    held = [_line(heads), _line(["---"] * len(heads))]
    held += [
        _line(
            [
                row["phase"],
                *(cell for name in names for cell in _held(row["processes"][name])),
            ]
        )
        for row in found
    ]
    return "\n".join([*pace, "", *held])


def _held(process: dict[str, Any]) -> list[str]:
    ranges = [
        f"{low:.0f} to {high:.0f}" for low, high in (process[w] for w in ("rss_mb", "threads", "files"))
    ]
    return [*ranges, f"{process['cores']:.2f}"]


def figures(samples: Sequence[Sample], judged: Sequence[Verdict]) -> dict[str, Any]:
    """Plain data; what is not a number is null."""
    found = {
        "phases": rows(samples),
        "verdicts": [{"subject": v.subject, "holds": v.holds, "figures": v.figures} for v in judged],
    }
    return {key: _plain(value) for key, value in found.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(held) for key, held in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(held) for held in value]
    if isinstance(value, float):
        return None if math.isnan(value) else round(value, 3)
    return value


def _range(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def _line(cells: Sequence[object]) -> str:
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _latency(seconds: float) -> str:
    if math.isnan(seconds):
        return "-"
    last = COMMIT_BUCKETS[-1]  # the histogram's last finite bound
    return f"over {last}" if seconds >= last else f"{seconds:.2f}"
