"""Data problems: what producers and picture servers upstream broke."""

from __future__ import annotations

from deploy.mixin.panels import ONLY, Board, Form, Panel, Query, or_none, rate

_LETTERS = [
    Panel(
        "Dead letters by reason",
        "A rising reason names what a producer upstream broke; `skutwin dlq list` shows the records.",
        [
            Query(
                or_none(f"sum by (reason) ({rate('skutwin_dead_letters_total')})", "reason"),
                "{{reason}}",
            )
        ],
        unit="ops",
        form=Form.STACKED,
    ),
    Panel(
        "The breaker",
        "Share of dead letters among the last records; at the limit the embedder stops.",
        [
            Query(f"max(skutwin_breaker_share{{{ONLY}}})", "share"),
            Query(f"min(skutwin_breaker_limit{{{ONLY}}} > 0)", "limit"),  # a matcher has none
        ],
        unit="percentunit",
    ),
]

_PICTURES = [
    Panel(
        "Pictures by outcome",
        "`later` rises in an outage of their server, `gone` with dead links.",
        [
            Query(
                f"sum by (result) ({rate('skutwin_pictures_total')})",
                "{{result}}",
            )
        ],
        unit="ops",
        form=Form.STACKED,
    ),
    Panel(
        "Pictures that failed, by reason",
        "What their servers answer.",
        [
            Query(
                or_none(
                    f"sum by (result, reason) ({rate('skutwin_pictures_total', result='~gone|later')})",
                    "result",
                ),
                "{{result}}: {{reason}}",
            )
        ],
        unit="ops",
    ),
    Panel(
        "Listings without all their pictures",
        "Passed on for now, and put back until their retry is due.",
        [
            Query(f"sum({rate('skutwin_incomplete_total')})", "incomplete"),
            Query(f"sum({rate('skutwin_deferred_total')})", "put back"),
        ],
        unit="ops",
    ),
    Panel(
        "Cache hits",
        "A falling share means that the cache is too small, or that content really is new.",
        [
            Query(
                f"sum by (kind) ({rate('skutwin_cache_lookups_total', outcome='hit')})"
                f" / sum by (kind) ({rate('skutwin_cache_lookups_total')})",
                "{{kind}}",
            )
        ],
        unit="percentunit",
    ),
]

_ORDER = [
    Panel(
        "Overtaken records",
        "Sellers that write in bursts, and retries overtaken by a newer record.",
        [
            Query(
                f"sum by (role) ({rate('skutwin_superseded_total')})",
                "superseded in {{role}}",
            ),
            Query(f"sum({rate('skutwin_stale_retries_total')})", "stale retries"),
            Query(f"sum({rate('skutwin_closed_retries_total')})", "closed retries"),
        ],
        unit="ops",
        width=8,
    ),
    Panel(
        "Revisions that went back",
        "A producer writes out of order, or restored a backup.",
        [Query(f"sum(increase(skutwin_revisions_back_total{{{ONLY}}}[1h]))", "within the hour")],
        width=8,
    ),
    Panel(
        "Odd timestamps",
        "Records left out of the latency: backfilled, from the future, or without one.",
        [
            Query(
                or_none(f"sum by (why) ({rate('skutwin_odd_timestamps_total')})", "why"),
                "{{why}}",
            )
        ],
        unit="ops",
        width=8,
    ),
]

DATA_PROBLEMS = Board(
    "skutwin-data",
    "skutwin / Data problems",
    "What producers and picture servers upstream broke.",
    {"Dead letters": _LETTERS, "Pictures": _PICTURES, "Order and time": _ORDER},
)
