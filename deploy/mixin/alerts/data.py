"""What producers upstream broke."""

from __future__ import annotations

from deploy.mixin.objectives import BY
from deploy.mixin.rule import Alert


def data_alerts() -> list[Alert]:
    """About records that are wrong."""
    read = f'sum by ({BY}) (rate(skutwin_records_in_total{{role="embed"}}[15m]))'
    return [
        Alert(
            name="SkutwinDeadLetters",
            expr="job:skutwin_dead_letters:ratio_rate15m > 0.01",
            wait="5m",
            severity="ticket",
            summary="Listings are set aside as dead letters",
            description="{{ $value | humanizePercentage }} of the records can never be right.",
        ),
        Alert(
            name="SkutwinBreakerNearlyOpen",
            expr="skutwin_breaker_share > 0.5 * skutwin_breaker_limit",
            wait="1m",
            severity="page",
            summary="So many records are bad that the embedder is about to stop",
            description="{{ $value | humanizePercentage }} of the last records are bad.",
        ),
        Alert(
            name="SkutwinRecordKills",
            expr=f"sum by ({BY}, role) (\n"
            '  increase(skutwin_dead_letters_total{reason="kills_process"}[1h])\n) > 0',
            wait="0m",
            severity="ticket",
            summary="A record ended the process again and again and was set aside",
            description="The {{ $labels.role }} role has set a record aside that it could not survive.",
        ),
        Alert(
            name="SkutwinRevisionsGoBack",
            expr=f"sum by ({BY}) (increase(skutwin_revisions_back_total[1h])) > 10",
            wait="15m",
            severity="ticket",
            summary="Listings come with a lower revision than before",
            description="{{ $value | humanize }} listings went back to an older revision within an hour.",
        ),
        Alert(
            name="SkutwinOddTimestamps",
            expr=f"sum by ({BY}) (\n"
            '  rate(skutwin_odd_timestamps_total{role="embed", why!="backfilled"}[15m])\n'
            f") / {read} > 0.01",
            wait="15m",
            severity="ticket",
            summary="Records bear timestamps from the future, or none",
            description="{{ $value | humanizePercentage }} of the records are left out of the latency.",
        ),
    ]
