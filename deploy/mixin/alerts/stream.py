"""Whether the stream moves, and the neighbours it moves through."""

from __future__ import annotations

from deploy.mixin.objectives import BY
from deploy.mixin.rule import Alert


def stream_alerts() -> list[Alert]:
    """About lag, commits and retries."""
    lag = "job:skutwin_lag_records:sum"
    return [
        Alert(
            name="SkutwinStuck",
            expr=f"{lag} > 0\nand sum by ({BY}, role) (rate(skutwin_records_in_total[10m])) == 0",
            wait="10m",
            severity="page",
            summary="Records wait and none is committed",
            description="{{ $value }} records wait for the {{ $labels.role }} role, which commits none.",
        ),
        Alert(
            name="SkutwinLagGrows",
            expr=f"{lag} > 1000 and deriv({lag}[30m]) > 0.1",
            wait="15m",
            severity="ticket",
            summary="More listings arrive than are worked off",
            description="{{ $value }} records wait for the {{ $labels.role }} role, and they get more.",
        ),
        Alert(
            name="SkutwinTransactionsAbort",
            expr=f"sum by ({BY}, role) (increase(skutwin_transactions_aborted_total[15m])) > 10",
            wait="5m",
            severity="ticket",
            summary="Batches are thrown away and read again",
            description="{{ $value | humanize }} transactions of the {{ $labels.role }} role were aborted.",
        ),
        Alert(
            name="SkutwinNeighbourFails",
            expr=f"sum by ({BY}, target) (rate(skutwin_retries_total[15m])) > 0.2",
            wait="10m",
            severity="ticket",
            summary="Calls to a neighbour fail and are tried again",
            description="{{ $value | humanize }} calls a second of {{ $labels.target }} are tried again.",
        ),
        Alert(
            name="SkutwinPicturesFail",
            expr=f'sum by ({BY}) (rate(skutwin_pictures_total{{result="later"}}[15m]))\n'
            f'/ sum by ({BY}) (rate(skutwin_pictures_total{{result!="cached"}}[15m])) > 0.3',
            wait="15m",
            severity="ticket",
            summary="Pictures cannot be fetched for now",
            description="{{ $value | humanizePercentage }} of the pictures fail and are tried again later.",
        ),
    ]
