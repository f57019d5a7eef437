"""Overview: is it well, does it keep up, what runs."""

from __future__ import annotations

from deploy.mixin.objectives import Objectives
from deploy.mixin.panels import ONLY, Board, Form, Panel, Query, rate

_PROCESSES = [
    Panel(
        "What each process does",
        "One line a role and process: two matchers of one shard are never both running.",
        [Query(f"skutwin_role_state{{{ONLY}}} == 1", "{{instance}} {{role}}: {{skutwin_role_state}}")],
        form=Form.STACKED,
        width=8,
    ),
    Panel(
        "Memory",
        "Resident bytes: Milvus Lite's is a sawtooth, the embedder's a level.",
        [Query(f"process_resident_memory_bytes{{{ONLY}}}", "{{instance}}")],
        unit="bytes",
        width=8,
    ),
    Panel(
        "Processor",
        "Cores in use by process.",
        [Query(f"{rate('process_cpu_seconds_total')}", "{{instance}}")],
        width=8,
    ),
    Panel(
        "Up for",
        "Since its last start: one that stays young ends again and again.",
        [Query(f"time() - process_start_time_seconds{{{ONLY}}}", "{{instance}}")],
        unit="s",
    ),
    Panel(
        "Releases and artifacts",
        "Processes by what runs in them: whether a roll-out is through.",
        [
            Query(f"count by (version) (skutwin_build_info{{{ONLY}}})", "skutwin {{version}}"),
            Query(f"count by (version) (skutwin_artifact_info{{{ONLY}}})", "artifact {{version}}"),
        ],
    ),
]


def _well(wanted: Objectives) -> list[Panel]:
    return [
        Panel(
            "Alerts that fire",
            "Each has its section in docs/runbook.md.",
            [Query('sum(ALERTS{alertname=~"Skutwin.+", alertstate="firing"}) or vector(0)')],
            form=Form.NUMBER,
            bad=1,
            width=4,
        ),
        Panel(
            "Listings a second",
            "What the matcher decides.",
            [Query(f"sum(job:skutwin_listings:rate5m{{{ONLY}}})")],
            form=Form.NUMBER,
            width=4,
        ),
        Panel(
            "Slow, of the last hour",
            "Share of listings decided later after their arrival than was promised.",
            [Query(f"max(job:skutwin_slow_listings:ratio_rate1h{{{ONLY}}})")],
            unit="percentunit",
            form=Form.NUMBER,
            bad=1 - wanted.latency_share,
            width=4,
        ),
        Panel(
            "Oldest that waits",
            "Age of the oldest record that is not decided yet: how far behind the present the stream is.",
            [Query(f"max(job:skutwin_oldest_waiting_seconds:max{{{ONLY}}})")],
            unit="s",
            form=Form.NUMBER,
            bad=wanted.freshness_s,
            width=4,
        ),
        Panel(
            "Shards without a matcher",
            "Nobody decides their listings.",
            [Query(f"count(sum by (shard) (skutwin_shard_active{{{ONLY}}}) == 0) or vector(0)")],
            form=Form.NUMBER,
            bad=1,
            width=4,
        ),
        Panel(
            "Artifacts at work",
            "More than one decides by two models at once, as in the midst of a roll-out.",
            [Query(f"count(count by (version, embedding_version) (skutwin_artifact_info{{{ONLY}}}))")],
            form=Form.NUMBER,
            bad=2,
            width=4,
        ),
    ]


def _flow(wanted: Objectives) -> list[Panel]:
    return [
        Panel(
            "Records in and passed on",
            "What arrives and takes effect; between them: overtaken records, dead letters, retries put back.",
            [
                Query(f"sum by (role) ({rate('skutwin_records_in_total')})", "{{role}} in"),
                Query(
                    f"sum by (role) ({rate('skutwin_passed_on_total')})",
                    "{{role}} passed on",
                ),
            ],
            unit="ops",
        ),
        Panel(
            "Match events",
            "What users are told: a jump of retractions means that listings or the model changed.",
            [Query(f"sum by (kind) ({rate('skutwin_events_out_total')})", "{{kind}}")],
            unit="ops",
        ),
        Panel(
            "Records that wait",
            "Lag by role: whether it keeps up. Retries, which wait on purpose, are left out.",
            [Query(f"sum by (role) (job:skutwin_lag_records:sum{{{ONLY}}})", "{{role}}")],
        ),
        Panel(
            "Age of the oldest that waits",
            "By role: which of the two is behind.",
            [Query(f"max by (role) (time() - skutwin_caught_up_to_timestamp_seconds{{{ONLY}}})", "{{role}}")],
            unit="s",
            bad=wanted.freshness_s,
        ),
    ]


def overview(wanted: Objectives) -> Board:
    """The dashboard, red where the promises end."""
    return Board(
        "skutwin-overview",
        "skutwin / Overview",
        "Is it well, does it keep up, what runs.",
        {"Is it well?": _well(wanted), "Flow": _flow(wanted), "Processes": _PROCESSES},
    )
