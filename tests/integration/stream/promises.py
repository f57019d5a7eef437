"""What must hold of every installation once its input has stopped, whatever happened to its processes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import partial
from itertools import combinations

from consumer.contracts.events import Kind, MatchEvent
from consumer.contracts.pairs import Pair
from model.decision.decision import Outcome
from tests.integration.stream.installation import Installation
from tests.integration.stream.process import SkutwinProcess
from tests.integration.stream.waiting import eventually


def check_events(installation: Installation) -> None:
    """No event id twice, numbers without gaps, and the last event of each pair is the truth."""
    records = [record for record in installation.read(installation.topics.matches) if record.value]
    events = [MatchEvent.from_bytes(record.value or b"") for record in records]
    told = [(record.header("ce_id") or b"").decode() for record in records]
    assert told == [event.event_id() for event in events]
    assert {event_id: count for event_id, count in Counter(told).items() if count > 1} == {}
    by_pair: dict[Pair, list[MatchEvent]] = {}
    for event in events:
        by_pair.setdefault(event.pair, []).append(event)
    for pair, of_pair in by_pair.items():
        assert [event.number for event in of_pair] == list(range(1, len(of_pair) + 1)), pair
    said = {
        pair: of_pair[-1].origins for pair, of_pair in by_pair.items() if of_pair[-1].kind is Kind.MATCHED
    }
    assert said == brute_force(installation)


def brute_force(installation: Installation) -> dict[Pair, tuple[int, int]]:
    """Every pair of the final rows decided anew: those that match, with the offsets of their rows."""
    rows = installation.final_rows()
    pairs = [Pair.of(one, other) for one, other in combinations(sorted(rows), 2)]
    decisions = installation.artifact.decider.decide([(rows[pair.a][1], rows[pair.b][1]) for pair in pairs])
    return {
        pair: (rows[pair.a][0], rows[pair.b][0])
        for pair, decision in zip(pairs, decisions, strict=True)
        if decision.outcome is Outcome.MATCH
    }


def check_index(installation: Installation) -> None:
    """Live rows are the listings accepted and not deleted, no row more."""
    rows = installation.final_rows()
    with installation.index() as index:
        assert index.live_rows() == len(rows)
        held = index.rows_of(list(rows), strong=True)
    assert {listing_id: [row.offset for row in of_one] for listing_id, of_one in held.items()} == {
        listing_id: [offset] for listing_id, (offset, _) in rows.items()
    }


def check_accounts(process: SkutwinProcess) -> None:
    """Of each role: records in = passed on + superseded + stale + closed + dead letters + deferred.

    They are counted one after the other behind a commit, and asked for one after the other.
    """
    for role, more in (
        ("embed", ("skutwin_deferred_total",)),
        ("match", ("skutwin_stale_retries_total", "skutwin_closed_retries_total")),
    ):
        eventually(partial(_balanced, process, role, more), f"{role} accounts for all records", deadline_s=20)


def _balanced(process: SkutwinProcess, role: str, more: Sequence[str]) -> bool:
    out = {
        name: process.metric(f"skutwin_{name}_total", role=role)
        for name in ("passed_on", "superseded", "dead_letters")
    }
    out |= {name: process.metric(name) for name in more}
    return process.metric("skutwin_records_in_total", role=role) == sum(out.values())
