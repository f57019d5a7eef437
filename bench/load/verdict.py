"""What the samples say of each promise: it holds, it does not, or the run was too short to tell."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.load.plan import CALM, OVERLOAD, RECOVER, SOAK
from bench.load.sample import Sample, latency, of_phase, timed
from bench.load.trend import BLOCKS, Slope, slope

FLAT = 0.05
"""Memory is flat where it surely grows by less than this share of itself in an hour."""

MORE = 0.1
"""A backlog may cost no more than this share of what is held without one."""

_LONGER = 1.5  # times the latency before the overload is still the same latency, on a machine with other work
_ENOUGH = 1000  # latencies, below which a 99th percentile rests on less than ten of them
_STEADY_S = 5.0
_THREADS, _FILES = 2, 8  # more at the end of the soak than at its beginning: connections come and go


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line.

    Attributes:
        holds: None where the run cannot tell.
    """

    subject: str
    holds: bool | None
    figures: str

    def __str__(self) -> str:
        word = {True: "holds", False: "DOES NOT HOLD", None: "not shown"}[self.holds]
        return f"{self.subject}: {word}; {self.figures}"


def verdicts(samples: Sequence[Sample], sustainable: float) -> list[Verdict]:
    """All of them, of the samples from the calm phase on."""
    after = [each for each in samples if each.phase in {CALM, OVERLOAD, RECOVER, SOAK}]
    names = sorted(after[0].processes)
    return [
        _lag(after, sustainable),
        *(_overload_memory(after, name) for name in names),
        *(_soak_memory(after, name) for name in names),
        *(_handles(after, name) for name in names),
        _polls(after),
        _latency(after, sustainable),
    ]


def drained(samples: Sequence[Sample], level: float) -> float | None:
    """Seconds from the first sample until the lag is at or below this level, and stays so for five seconds.

    None if it never does. What a machine with other work adds later is in the latency that follows.
    """
    since: float | None = None
    for each in samples:
        if each.lag > level:
            since = None
            continue
        since = each.at_s if since is None else since
        if each.at_s - since >= _STEADY_S:
            return since - samples[0].at_s
    return None


def level(samples: Sequence[Sample], sustainable: float) -> float:
    """The lag that half load has anyway: the most of the calm phase, or what one second brings."""
    return max([sustainable, *(each.lag for each in of_phase(samples, CALM))])


def _lag(samples: Sequence[Sample], sustainable: float) -> Verdict:
    most = max(each.lag for each in samples)
    recover = of_phase(samples, RECOVER)
    took = drained(recover, level(samples, sustainable))
    grew = of_phase(samples, OVERLOAD)[-1].lag
    if took is None:
        figures = f"grew to {most}; {recover[-1].lag} still waited {_seconds(recover):.0f} s after the drop"
        return Verdict("lag grows and drains", None if recover[-1].lag < grew else False, figures)
    figures = f"grew to {most} listings, was back {took:.0f} s after the drop to half the rate"
    return Verdict("lag grows and drains", True, figures)


def _overload_memory(samples: Sequence[Sample], name: str) -> Verdict:
    """The backlog waits in Kafka: however long it gets, who reads it holds no more of it."""
    behind = [each.processes[name].rss_mb for each in samples if each.phase in {OVERLOAD, RECOVER}]
    keeps_up = [each.processes[name].rss_mb for each in samples if each.phase in {CALM, SOAK}]
    figures = f"at most {max(behind):.0f} MB resident, and {max(keeps_up):.0f} without a backlog"
    bounded = max(behind) <= (1 + MORE) * max(keeps_up)
    return Verdict(f"memory of {name} is bounded under overload", bounded, figures)


def _soak_memory(samples: Sequence[Sample], name: str) -> Verdict:
    """A rise that stays below what was held before may be a buffer that fills: only a longer soak tells."""
    subject, soak = f"memory of {name} is flat in the soak", of_phase(samples, SOAK)
    if len(soak) < 2 * BLOCKS:
        return Verdict(subject, None, f"{len(soak)} samples")
    held = [each.processes[name].rss_mb for each in soak]
    rises = slope([each.at_s for each in soak], held)
    figures = f"{_told(rises)}, {held[0]:.0f} to {held[-1]:.0f} MB in {_seconds(soak):.0f} s"
    if rises.high <= FLAT * held[0]:
        return Verdict(subject, True, figures)
    earlier = max(each.processes[name].rss_mb for each in samples if each.at_s < soak[0].at_s)
    leaks = rises.low > FLAT * held[0] and max(held) > (1 + FLAT) * earlier
    return Verdict(subject, False if leaks else None, f"{figures}, {earlier:.0f} MB were held before")


def _handles(samples: Sequence[Sample], name: str) -> Verdict:
    soak = [each.processes[name] for each in of_phase(samples, SOAK)]
    quarter = max(1, len(soak) // 4)
    first, last = soak[:quarter], soak[-quarter:]
    threads = [max(each.threads for each in part) for part in (first, last)]
    files = [max(each.files for each in part) for part in (first, last)]
    figures = f"threads {threads[0]} to {threads[1]}, files {files[0]} to {files[1]}"
    steady = threads[1] - threads[0] <= _THREADS and files[1] - files[0] <= _FILES
    return Verdict(f"threads and file handles of {name} stay in the soak", steady, figures)


def _polls(samples: Sequence[Sample]) -> Verdict:
    first, last = samples[0], samples[-1]
    rebalances = last.rebalances - first.rebalances
    missed, aborted = last.missed_polls - first.missed_polls, last.aborted - first.aborted
    figures = f"{rebalances} rebalances, {missed} missed polls, {aborted} batches thrown away"
    return Verdict("no rebalance from missed polls", not rebalances and not missed, figures)


def _latency(samples: Sequence[Sample], sustainable: float) -> Verdict:
    subject, calm, recover = "latency recovers", of_phase(samples, CALM), of_phase(samples, RECOVER)
    took = drained(recover, level(samples, sustainable))
    if took is None:
        return Verdict(subject, None, "the lag had not drained")
    after = [each for each in recover if each.at_s >= recover[0].at_s + took]
    before_s, after_s = ([latency(part, share) for share in (0.5, 0.99)] for part in (calm, after))
    counts = timed(calm), timed(after)
    figures = (
        f"p50 {before_s[0]:.2f} s before and {after_s[0]:.2f} s after,"
        f" p99 {before_s[1]:.2f} s before and {after_s[1]:.2f} s after"
        f" (of {counts[0]} and {counts[1]} listings)"
    )
    if any(math.isnan(value) for value in (*before_s, *after_s)):
        return Verdict(subject, None, figures)
    median, tail = (late <= _LONGER * early for early, late in zip(before_s, after_s, strict=True))
    if median and not tail and min(counts) < _ENOUGH:
        return Verdict(subject, None, figures)
    return Verdict(subject, median and tail, figures)


def _told(rises: Slope) -> str:
    return f"{rises.per_hour:+.0f} MB/h [{rises.low:+.0f}, {rises.high:+.0f}]"


def _seconds(samples: Sequence[Sample]) -> float:
    return samples[-1].at_s - samples[0].at_s
