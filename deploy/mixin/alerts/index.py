"""The index: whether it finds, has room, and holds what it should."""

from __future__ import annotations

from deploy.mixin.objectives import BY
from deploy.mixin.rule import Alert


def index_alerts() -> list[Alert]:
    """About Milvus and what is in it."""
    return [
        Alert(
            name="SkutwinRecallLow",
            expr="job:skutwin_index_recall:ratio_rate1h < 0.95\n"
            f"and sum by ({BY}) (increase(skutwin_recall_probe_expected_total[1h])) > 200",
            wait="30m",
            severity="ticket",
            summary="The index does not find neighbours that it holds",
            description="Searches find {{ $value | humanizePercentage }} of what a thorough search finds.",
        ),
        Alert(
            name="SkutwinIndexNearlyFull",
            expr=_full(0.8),
            wait="15m",
            severity="ticket",
            summary="The index comes near its limit",
            description="Shard {{ $labels.shard }} is {{ $value | humanizePercentage }} full: rows, or disk.",
        ),
        Alert(
            name="SkutwinIndexFull",
            expr=_full(0.95),
            wait="5m",
            severity="page",
            summary="The index is full",
            description="Shard {{ $labels.shard }} is {{ $value | humanizePercentage }} full: rows, or disk.",
        ),
        Alert(
            name="SkutwinPartnersMissing",
            expr=f"sum by ({BY}) (increase(skutwin_partners_missing_total[1h])) > 0",
            wait="0m",
            severity="ticket",
            summary="The index has lost listings that have matches",
            description="{{ $value | humanize }} partners of a pair have neither row nor marker.",
        ),
        Alert(
            name="SkutwinNeighboursCut",
            expr=f"sum by ({BY}) (rate(skutwin_k_cap_hits_total[30m]))\n"
            f"/ sum by ({BY}) (rate(skutwin_top_similarity_count[30m])) > 0.05",
            wait="30m",
            severity="ticket",
            summary="Searches end at their cap with neighbours left",
            description="{{ $value | humanizePercentage }} of the listings have more neighbours than that.",
        ),
    ]


def _full(share: float) -> str:
    return (
        f"max by ({BY}, shard) (skutwin_index_live_rows / skutwin_index_rows_limit) > {share}\n"
        f"or max by ({BY}, shard) (skutwin_index_bytes / skutwin_index_bytes_limit) > {share}"
    )
