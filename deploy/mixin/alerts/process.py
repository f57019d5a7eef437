"""Whether the processes run, stay, agree, and share the shards out."""

from __future__ import annotations

from deploy.mixin.objectives import BY, Objectives
from deploy.mixin.rule import Alert


def process_alerts(wanted: Objectives) -> list[Alert]:
    """About processes."""
    up = f'up{{job=~"{wanted.jobs}"}}'
    started = f'process_start_time_seconds{{job=~"{wanted.jobs}"}}'
    return [
        Alert(
            name="SkutwinAbsent",
            expr=f"absent({up})",
            wait="10m",
            severity="page",
            summary="Prometheus scrapes no skutwin at all",
            description=f"No target's job matches {wanted.jobs}: nothing of skutwin is watched.",
        ),
        Alert(
            name="SkutwinDown",
            expr=f"{up} == 0",
            wait="5m",
            severity="page",
            summary="A skutwin process does not answer",
            description="{{ $labels.instance }} of {{ $labels.job }} has not answered for five minutes.",
        ),
        Alert(
            name="SkutwinRestarts",
            expr=f"changes({started}[30m]) > 3",
            wait="0m",
            severity="page",
            summary="A skutwin process ends again and again",
            description="{{ $labels.instance }} was started {{ $value }} times within half an hour.",
        ),
        Alert(
            name="SkutwinNoMatcher",
            expr=f"sum by ({BY}, shard) (skutwin_shard_active) == 0",
            wait="5m",
            severity="page",
            summary="Nobody decides a shard",
            description="No matcher has held shard {{ $labels.shard }} for five minutes: no match is said.",
        ),
        Alert(
            name="SkutwinTwoMatchers",
            expr=f"sum by ({BY}, shard) (skutwin_shard_active) > 1",
            wait="5m",
            severity="page",
            summary="Two matchers believe that they decide one shard",
            description="{{ $value }} processes hold shard {{ $labels.shard }}: all but one are fenced.",
        ),
        Alert(
            name="SkutwinArtifactMismatch",
            expr="count by (installation) (\n"
            "  count by (installation, version, embedding_version) (skutwin_artifact_info)\n) > 1",
            wait="30m",
            severity="ticket",
            summary="The processes of one installation decide by different artifacts",
            description="{{ $value }} artifacts are at work in the installation {{ $labels.installation }}.",
        ),
    ]
