"""A whole torture: faults drawn from a seed while the budget lasts, then rest, then the checker."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.torture.arena import WINDOW, Arena, K
from tests.torture.checker.check import Checked, check
from tests.torture.checker.truth import Search
from tests.torture.faults.catalogue import catalogue
from tests.torture.faults.fault import Fault
from tests.torture.history import Rule, Violation

FULL_BUDGET_S = 3600.0
_USABLE = 0.75
"""Of the budget for the first time of each fault; machines are shared, and a fault may take longer."""

_WRITES_A_SECOND = 4.0
"""Fewer than these over the budget prove too little."""


@dataclass(slots=True)
class Outcome:
    """What came of a torture.

    Attributes:
        faults: all that were enabled.
        left_out: names of those that this budget cannot pay, or that this arena has no service for.
        unproven: why nothing follows from it, even without a violation.
        cleaning: what `skutwin reindex --verify` said, or why it was not run.
    """

    folder: Path
    faults: Sequence[Fault]
    left_out: Sequence[str]
    violations: list[Violation] = field(default_factory=list)
    unproven: list[str] = field(default_factory=list)
    checked: Checked | None = None
    writes: int = 0
    acts: dict[str, int] = field(default_factory=dict)
    endings: dict[str, int] = field(default_factory=dict)
    injected_s: float = 0.0
    cleaning: str = ""


def enabled(arena: Arena, seed: int, budget_s: float, only: str = "") -> tuple[list[Fault], list[str]]:
    """The faults that the budget pays for once each, one of every kind first; the names of the rest."""
    possible = [fault for fault in catalogue() if fault.possible(arena) and only in fault.name]
    random.Random(f"faults {seed}").shuffle(possible)
    kinds: dict[type[Fault], int] = {}
    order = []
    for fault in possible:
        kinds[type(fault)] = kinds.get(type(fault), 0) + 1
        order.append((kinds[type(fault)], fault))
    left, chosen = budget_s * _USABLE, []
    for _, fault in sorted(order, key=lambda item: item[0]):
        if fault.cost_s <= left and (budget_s >= FULL_BUDGET_S or not fault.long):
            left -= fault.cost_s
            chosen.append(fault)
    random.Random(f"order {seed}").shuffle(chosen)
    names = {fault.name for fault in chosen}
    return chosen, [fault.name for fault in catalogue() if fault.name not in names]


def torture(
    arena: Arena, *, seed: int, budget_s: float, only: str = "", told: Callable[[str], None] = print
) -> Outcome:
    """Run it all in this arena.

    Args:
        arena: not open yet.
        budget_s: for the injecting; coming to rest and checking take their own time.
        only: enable the faults with this in their name alone.
        told: is given a line for each fault.
    """
    faults, left_out = enabled(arena, seed, budget_s, only)
    outcome = Outcome(arena.journal.folder, faults, left_out)
    with arena.open():
        try:
            _inject(arena, outcome, budget_s, random.Random(f"again {seed}"), told)
            told("coming to rest")
            arena.come_to_rest()
        except AssertionError as err:
            outcome.violations.append(Violation(Rule.REST, str(err)))
        finally:
            arena.fleet.close()
            outcome.violations += arena.fleet.violations
            outcome.endings, outcome.acts = dict(arena.fleet.endings), dict(arena.market.acts)
            outcome.writes = len(arena.publisher.writes)
        if not any(each.rule is Rule.REST for each in outcome.violations):
            _check(arena, outcome, told)
    _keep(arena, outcome)
    outcome.unproven += [f"{fault.name} never ran" for fault in faults if not fault.exercised]
    if outcome.writes < _WRITES_A_SECOND * budget_s:
        outcome.unproven.append(f"{outcome.writes} records are too few")
    return outcome


def _inject(
    arena: Arena, outcome: Outcome, budget_s: float, draw: random.Random, told: Callable[[str], None]
) -> None:
    """Each once; what did not hit, or whatever is drawn, again while there is time."""
    began = arena.journal.elapsed_s
    due = list(outcome.faults)
    while due and not arena.fleet.violations:
        fault = due.pop(0)
        used = arena.journal.elapsed_s - began
        if used + fault.cost_s > budget_s:
            if fault.exercised:
                break
            continue
        fault.run(arena)
        told(f"{used:6.0f} s  {fault.name}{'' if fault.exercised else ' (did not hit)'}")
        if not due:
            missed = [each for each in outcome.faults if not each.exercised]
            due = missed or [draw.choice(list(outcome.faults))]
    outcome.injected_s = arena.journal.elapsed_s - began


def _check(arena: Arena, outcome: Outcome, told: Callable[[str], None]) -> None:
    told("reading and checking")
    if arena.publisher.failed:
        outcome.unproven.append(f"{len(arena.publisher.failed)} writes were never acknowledged")
    writes = sorted(arena.publisher.writes, key=lambda write: write.sent_ms)
    reading = arena.reading(cleaned=False)
    search = Search(k=K, window=WINDOW)
    outcome.checked = check(writes, reading, arena.place.artifact.decider.decide, search)
    outcome.violations += outcome.checked.violations


def _keep(arena: Arena, outcome: Outcome) -> None:
    """The history of the run, for whoever has to understand it."""
    topics, journal = arena.place.topics, arena.journal
    journal.keep_writes(arena.publisher.writes)
    for name in ("embedded", "matches", "reviews", "dlq"):
        journal.keep_records(name, arena.observer.records(getattr(topics, name)))
    said = [str(violation) for violation in outcome.violations]
    (journal.folder / "violations.txt").write_text("\n\n".join(said) + "\n")
