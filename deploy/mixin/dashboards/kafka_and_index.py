"""Kafka and index: partitions, transactions, retries, rows and room."""

from __future__ import annotations

from deploy.mixin.panels import ONLY, Board, Panel, Query, or_none, rate

_KAFKA = [
    Panel(
        "Lag by partition",
        "One that grows alone: a hot key, or a partition that nobody reads.",
        [Query(f"skutwin_lag_records{{{ONLY}}}", "{{topic}}[{{partition}}]")],
    ),
    Panel(
        "Records written by topic",
        "Committed by us: matches, reviews, dead letters, requests to try again.",
        [Query(f"sum by (topic) ({rate('skutwin_records_out_total')})", "{{topic}}")],
        unit="ops",
    ),
    Panel(
        "Transactions aborted",
        "Batches thrown away and polled again: rebalances, time-outs or a broker in trouble.",
        [
            Query(
                or_none(f"sum by (role) ({rate('skutwin_transactions_aborted_total')})", "role"),
                "{{role}}",
            )
        ],
        unit="ops",
    ),
    Panel(
        "Calls tried again",
        "By the library whose error caused it: which neighbour is ill.",
        [
            Query(
                or_none(f"sum by (target) ({rate('skutwin_retries_total')})", "target"),
                "{{target}}",
            )
        ],
        unit="ops",
    ),
    Panel(
        "Mean time of a commit",
        "A transaction's way through the brokers.",
        [
            Query(
                f"sum by (role) ({rate('skutwin_stage_seconds_sum', stage='commit')})"
                f" / sum by (role) ({rate('skutwin_stage_seconds_count', stage='commit')})",
                "{{role}}",
            )
        ],
        unit="s",
    ),
    Panel(
        "Who decides each shard",
        "Processes that do: exactly one.",
        [Query(f"sum by (shard) (skutwin_shard_active{{{ONLY}}})", "shard {{shard}}")],
        bad=2,
    ),
]

_INDEX = [
    Panel(
        "Rows of the index",
        "Live listings, and for how many it is planned where that is known.",
        [
            Query(f"max by (shard) (skutwin_index_live_rows{{{ONLY}}})", "shard {{shard}}"),
            Query(f"max by (shard) (skutwin_index_rows_limit{{{ONLY}}})", "shard {{shard}}: limit"),
        ],
    ),
    Panel(
        "Filled",
        "Rows against their limit, and with Milvus Lite bytes against its disk.",
        [
            Query(
                f"max by (shard) (skutwin_index_live_rows{{{ONLY}}} / skutwin_index_rows_limit{{{ONLY}}})",
                "shard {{shard}}: rows",
            ),
            Query(
                f"max by (shard) (skutwin_index_bytes{{{ONLY}}} / skutwin_index_bytes_limit{{{ONLY}}})",
                "shard {{shard}}: disk",
            ),
        ],
        unit="percentunit",
        bad=0.8,
    ),
    Panel(
        "Bytes of Milvus Lite",
        "Its folder; a server says this of itself.",
        [Query(f"max by (shard) (skutwin_index_bytes{{{ONLY}}})", "shard {{shard}}")],
        unit="bytes",
    ),
    Panel(
        "Rows written and deleted",
        "Far fewer deleted than written means growth.",
        [
            Query(f"sum({rate('skutwin_index_rows_written_total')})", "written"),
            Query(f"sum({rate('skutwin_index_rows_deleted_total')})", "deleted"),
        ],
        unit="ops",
    ),
    Panel(
        "Mean time of planning a batch",
        "Writing, searching and reading the index, and deciding: grows with the index.",
        [
            Query(
                f"sum({rate('skutwin_stage_seconds_sum', role='match', stage='plan')})"
                f" / sum({rate('skutwin_stage_seconds_count', role='match', stage='plan')})",
                "plan",
            )
        ],
        unit="s",
    ),
    Panel(
        "Recall of the index",
        "Of the neighbours that a thorough search finds, those that the ordinary one found.",
        [Query(f"min(job:skutwin_index_recall:ratio_rate1h{{{ONLY}}})", "last hour")],
        unit="percentunit",
    ),
]

KAFKA_AND_INDEX = Board(
    "skutwin-kafka-index",
    "skutwin / Kafka and index",
    "Partitions, transactions, retries, rows and room.",
    {"Kafka": _KAFKA, "Index": _INDEX},
)
