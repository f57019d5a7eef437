"""All rules over one history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.torture.checker.accounts import Accounts, account, check_accounts
from tests.torture.checker.events import Decide, check_events
from tests.torture.checker.facts import Facts
from tests.torture.checker.index_rows import IndexCount, check_index, count_rows
from tests.torture.checker.truth import Search, Truth, check_truth
from tests.torture.checker.verdicts import check_passed_on
from tests.torture.history import Reading, Violation, Write


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules found, and how much there was to look at.

    Attributes:
        events: records of `matches` that say something.
        spoken_late: those of rows that never counted together, after compaction.
    """

    violations: tuple[Violation, ...]
    accounts: Accounts
    truth: Truth
    index: IndexCount
    events: int
    spoken_late: int


def check(writes: Sequence[Write], reading: Reading, decide: Decide, search: Search) -> Checked:
    """Hold a run to every rule.

    Args:
        writes: all that the broker acknowledged.
        reading: outputs and index once everything is at rest.
        decide: the artifact's decisions.
        search: what the match role may miss.

    Raises:
        ValueError: an output cannot be read at all.
    """
    facts = Facts.of(writes, reading)
    truth = Truth.of(facts, decide)
    found = [
        *check_accounts(facts),
        *check_passed_on(facts),
        *check_events(facts, decide),
        *check_truth(facts, truth, search),
        *check_index(facts),
    ]
    events = sum(told.event is not None for of_pair in facts.told.values() for told in of_pair)
    told = tuple(replace(each, history=facts.story(each.listings)) for each in found)
    return Checked(told, account(facts), truth, count_rows(facts), events, facts.spoken_late)
