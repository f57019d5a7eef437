"""Behind `skutwin drift status`: the last window's scores against their thresholds, and what stands."""

from __future__ import annotations

from datetime import datetime

from rich.table import Table
from rich.text import Text

from consumer.contracts.dead_letter import printable
from consumer.contracts.drift import DriftEvent, DriftLevel, DriftScore, DriftScores
from consumer.drift.told import Told


def status_tables(told: Told) -> list[Table]:
    """For a terminal: what stands, and a table of scores a shard; nothing of a seller is taken for markup."""
    return [_standing(told), *(_scores(scores, told) for scores in told.newest.values())]


def _standing(told: Told) -> Table:
    title = alarms_stand(told)
    other = f"; {told.unreadable} records of the topic are none of ours" if told.unreadable else ""
    table = Table(
        "since", "shard", "feature", "level", "score", "threshold", "driven by", title=title + other
    )
    for event in told.standing:
        style = "bold red" if event.level is DriftLevel.ALARM else "yellow"
        table.add_row(
            moment(event.window.ended),
            str(event.shard),
            event.feature,
            Text(str(event.level), style),
            f"{event.score:.2f}",
            f"{event.threshold:.2f}",
            Text(printable(driven_by(event))),
        )
    return table


def _scores(scores: DriftScores, told: Told) -> Table:
    window = scores.window
    table = Table(
        "feature",
        "score",
        "threshold",
        "of it",
        "distance",
        "listings",
        title=f"shard {scores.shard}: {window.listings} listings up to {moment(window.ended)}, artifact"
        f" {scores.artifact_version}, reference {scores.reference}",
    )
    raised = {event.feature for event in told.standing if event.level is DriftLevel.ALARM}
    for name, one in by_closeness(scores):
        share = one.score / one.threshold if one.threshold else 0.0
        style = "bold red" if name in raised else "yellow" if share > 1 else ""
        table.add_row(
            Text(name, style),
            f"{one.score:.2f}",
            f"{one.threshold:.2f}",
            Text(f"{100 * share:.0f} %", style),
            f"{one.distance:.4f}",
            str(one.listings),
        )
    return table


def alarms_stand(told: Told) -> str:
    """How many, in words."""
    alarms = sum(event.level is DriftLevel.ALARM for event in told.standing)
    return {0: "no alarm stands", 1: "one alarm stands"}.get(alarms, f"{alarms} alarms stand")


def by_closeness(scores: DriftScores) -> list[tuple[str, DriftScore]]:
    """Features, the nearest to its threshold first."""
    return sorted(
        scores.scores.items(), key=lambda item: (-item[1].score / max(item[1].threshold, 1e-9), item[0])
    )


def driven_by(event: DriftEvent) -> str:
    """Who drives an alarm: the one seller, or those with the greatest shares."""
    if event.seller is not None:
        return event.seller
    named = [f"{one.seller} ({100 * one.share:.0f} %{', new' if one.new else ''})" for one in event.sellers]
    return ", ".join(named) or "no one seller"


def moment(when: datetime) -> str:
    """A time of the log as people read it, UTC."""
    return when.strftime("%Y-%m-%d %H:%M")
