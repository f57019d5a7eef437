"""The two promises to users: a listing is decided soon, and none waits for long."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from deploy.mixin.objectives import BY, PAGES, TICKETS, Burn, Objectives
from deploy.mixin.rule import Alert, Severity

_FEW: Final = 10  # slow listings in a window: at night one of five is a fifth, and wakes nobody


def promise_alerts(wanted: Objectives) -> list[Alert]:
    """Multi-window, multi-burn-rate alerts on both."""
    slow = "{{ $value | humanizePercentage }} of the listings were decided later than"
    slow += f" {wanted.latency_s:g} s"
    late = "in {{ $value | humanizePercentage }} of the time a listing had waited for over"
    late += f" {wanted.freshness_s:g} s"
    budget = 1 - wanted.latency_share
    hours = 1 - wanted.freshness_share
    return [
        *_pair(
            "SkutwinLatencyBudget", _slow, budget, f"Listings are decided too late ({_burn(budget)})", slow
        ),
        *_pair("SkutwinFreshnessBudget", _late, hours, f"Listings wait too long ({_burn(hours)})", late),
    ]


def _pair(
    name: str, expr: Callable[[Burn, float], str], budget: float, summary: str, seen: str
) -> list[Alert]:
    kinds: list[tuple[str, Sequence[Burn], str, Severity, str]] = [
        ("BurnsFast", PAGES, "2m", "page", "within days"),
        ("BurnsSlowly", TICKETS, "15m", "ticket", "within the month"),
    ]
    return [
        Alert(
            name=f"{name}{speed}",
            expr="\nor\n".join(expr(burn, budget) for burn in burns),
            wait=wait,
            severity=severity,
            summary=summary,
            description=f"{seen}: at this rate the month's budget is used up {when}.",
        )
        for speed, burns, wait, severity, when in kinds
    ]


def _slow(burn: Burn, budget: float) -> str:
    name, bound = "job:skutwin_slow_listings:ratio_rate", f"{burn.factor * budget:.4g}"
    every = f'sum by ({BY}) (increase(skutwin_record_to_commit_seconds_count{{role="match"}}[{burn.long}]))'
    return (
        f"(\n  {name}{burn.long} > {bound} and {name}{burn.short} > {bound}\n"
        f"  and {name}{burn.long} * {every} >= {_FEW}\n)"
    )


def _late(burn: Burn, budget: float) -> str:
    name, bound = "job:skutwin_late:avg_over_time", f"{burn.factor * budget:.4g}"
    return f"({name}{burn.long} > {bound} and {name}{burn.short} > {bound})"


def _burn(budget: float) -> str:
    return f"a budget of {budget:.2%}".replace(".00%", "%")
