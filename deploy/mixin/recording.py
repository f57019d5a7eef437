"""The series that alerts and dashboards share."""

from __future__ import annotations

from deploy.mixin.objectives import BY, WINDOWS, Objectives
from deploy.mixin.rule import Recorded


def recorded(wanted: Objectives) -> dict[str, list[Recorded]]:
    """Recording rules by group."""
    return {"skutwin-latency": _latency(wanted), "skutwin-freshness": _freshness(wanted), "skutwin": _other()}


def _latency(wanted: Objectives) -> list[Recorded]:
    name = "skutwin_record_to_commit_seconds"
    fast = f'{name}_bucket{{role="match", le="{wanted.latency_bucket}"}}'
    every = f'{name}_count{{role="match"}}'
    return [
        Recorded(
            f"job:skutwin_slow_listings:ratio_rate{window}",
            f"1 - sum by ({BY}) (rate({fast}[{window}])) / sum by ({BY}) (rate({every}[{window}]))",
        )
        for window in WINDOWS
    ]


def _freshness(wanted: Objectives) -> list[Recorded]:
    oldest = f"max by ({BY}) (time() - skutwin_caught_up_to_timestamp_seconds)"
    late = "job:skutwin_late:bool"
    return [
        Recorded("job:skutwin_oldest_waiting_seconds:max", oldest),
        Recorded(late, f"job:skutwin_oldest_waiting_seconds:max > bool {wanted.freshness_s:g}"),
        *(
            Recorded(f"job:skutwin_late:avg_over_time{window}", f"avg_over_time({late}[{window}])")
            for window in WINDOWS
        ),
    ]


def _other() -> list[Recorded]:
    return [
        Recorded(
            "job:skutwin_listings:rate5m",
            f'sum by ({BY}) (rate(skutwin_passed_on_total{{role="match"}}[5m]))',
        ),
        Recorded(  # retries wait on purpose
            "job:skutwin_lag_records:sum",
            f'sum by ({BY}, role) (skutwin_lag_records{{topic!~".*listings[.]retry[.].*"}})',
        ),
        Recorded(
            "job:skutwin_dead_letters:ratio_rate15m",
            f"sum by ({BY}) (rate(skutwin_dead_letters_total[15m])) / {_read('15m')}",
        ),
        Recorded(
            "job:skutwin_index_recall:ratio_rate1h",
            f"sum by ({BY}) (rate(skutwin_recall_probe_found_total[1h]))\n"
            f"/ sum by ({BY}) (rate(skutwin_recall_probe_expected_total[1h]))",
        ),
    ]


def _read(window: str) -> str:
    return f'sum by ({BY}) (rate(skutwin_records_in_total{{role="embed"}}[{window}]))'
