"""Latency by stage: how long a listing waits, and where."""

from __future__ import annotations

from deploy.mixin.objectives import Objectives
from deploy.mixin.panels import ONLY, Board, Form, Panel, Query, rate

_COMMIT = "skutwin_record_to_commit_seconds"


def _quantile(share: float, metric: str, by: str = "", **labels: str) -> str:
    return f"histogram_quantile({share}, sum by (le{by}) ({rate(f'{metric}_bucket', **labels)}))"


_STAGES = [
    Panel(
        "99th percentile by stage",
        "Which stage a slow batch was slow in.",
        [
            Query(
                _quantile(0.99, "skutwin_stage_seconds", ", role, stage"),
                "{{role}} {{stage}}",
                exemplars=True,
            )
        ],
        unit="s",
    ),
    Panel(
        "Busy share by stage",
        "Of one thread's time: the stage at 100 % is the bottleneck.",
        [
            Query(
                f"sum by (role, stage) ({rate('skutwin_stage_seconds_sum')})",
                "{{role}} {{stage}}",
            )
        ],
        unit="percentunit",
    ),
    Panel(
        "Batches that wait before a stage",
        "The first full queue stands before the bottleneck.",
        [Query(f"max by (role, stage) (skutwin_queue_depth{{{ONLY}}})", "{{role}} {{stage}}")],
    ),
    Panel(
        "Records in a batch",
        "Full ones mean load, single ones that the linger closes them.",
        [Query(_quantile(0.5, "skutwin_batch_size", ", role"), "{{role}} median")],
    ),
]

_ENCODERS = [
    Panel(
        "Encoded a second",
        "Pictures and texts: the cost that the cache did not save.",
        [
            Query(
                f"sum by (modality) ({rate('skutwin_encoder_items_total')})",
                "{{modality}}",
            )
        ],
        unit="ops",
        form=Form.STACKED,
        width=6,
    ),
    Panel(
        "Time to encode one",
        "Whether this processor or its neighbours slow it down.",
        [
            Query(
                f"sum by (modality) ({rate('skutwin_encoder_seconds_total')})"
                f" / sum by (modality) ({rate('skutwin_encoder_items_total')})",
                "{{modality}}",
            )
        ],
        unit="s",
        width=6,
    ),
    Panel(
        "Encoded at once",
        "How well the encoder's batches are filled: alone each picture costs more.",
        [
            Query(
                f"sum by (modality) ({rate('skutwin_encoder_items_total')})"
                f" / sum by (modality) ({rate('skutwin_encoder_batches_total')})",
                "{{modality}}",
            )
        ],
        width=6,
    ),
    Panel(
        "Time to take a shard over",
        "The last restore of the pair state: the gap at a takeover.",
        [Query(f"max by (shard) (skutwin_restore_seconds{{{ONLY}}})", "shard {{shard}}")],
        unit="s",
        width=6,
    ),
]


def _promise(wanted: Objectives) -> list[Panel]:
    return [
        Panel(
            "From arrival to decision",
            "A listing's whole way. The dots are exemplars: each names a batch, whose log lines bear its id.",
            [
                Query(_quantile(share, _COMMIT, role="match"), f"p{share * 100:g}", exemplars=share == 0.99)
                for share in (0.5, 0.95, 0.99)
            ],
            unit="s",
            bad=wanted.latency_s,
        ),
        Panel(
            "From arrival to the inner log",
            "The embedder's part of it; the rest is the matcher's.",
            [
                Query(_quantile(share, _COMMIT, role="embed"), f"p{share * 100:g}", exemplars=share == 0.99)
                for share in (0.5, 0.95, 0.99)
            ],
            unit="s",
        ),
        Panel(
            "Share of slow listings",
            "Over windows of several lengths; the month's budget is the dashed line.",
            [
                Query(f"max(job:skutwin_slow_listings:ratio_rate{window}{{{ONLY}}})", window)
                for window in ("5m", "1h", "6h", "3d")
            ],
            unit="percentunit",
            bad=1 - wanted.latency_share,
        ),
        Panel(
            "Share of time in which listings wait too long",
            f"Late is where one has waited for over {wanted.freshness_s:g} s.",
            [
                Query(f"max(job:skutwin_late:avg_over_time{window}{{{ONLY}}})", window)
                for window in ("5m", "1h", "6h", "3d")
            ],
            unit="percentunit",
            bad=1 - wanted.freshness_share,
        ),
    ]


def latency(wanted: Objectives) -> Board:
    """The dashboard, with a line where the promises end."""
    return Board(
        "skutwin-latency",
        "skutwin / Latency by stage",
        "How long a listing waits, and where.",
        {"The promise": _promise(wanted), "Stages": _STAGES, "Encoders and takeovers": _ENCODERS},
    )
