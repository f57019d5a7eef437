"""A whole torture: faults drawn from a seed while the budget lasts, then rest, then the checker."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence

from tests.torture.arena import WINDOW, Arena, K
from tests.torture.checker.check import check
from tests.torture.checker.facts import Facts
from tests.torture.checker.index_rows import check_index
from tests.torture.checker.truth import Search
from tests.torture.faults.fault import Fault
from tests.torture.history import Rule, Violation
from tests.torture.outcome import Outcome

FULL_BUDGET_S = 3600.0
_USABLE = 0.75
"""Of the budget for the first time of each fault; machines are shared, and a fault may take longer."""

_WRITES_A_SECOND = 4.0
"""Fewer than these through the injecting prove too little."""


def enabled(possible: Sequence[Fault], seed: int, budget_s: float) -> list[Fault]:
    """The faults that the budget pays for once each; one of every kind first."""
    drawn = list(possible)
    random.Random(f"faults {seed}").shuffle(drawn)
    kinds: dict[object, int] = {}
    order = []
    for fault in drawn:
        kinds[fault.kind] = kinds.get(fault.kind, 0) + 1
        order.append((kinds[fault.kind], fault))
    left, chosen = budget_s * _USABLE, []
    for _, fault in sorted(order, key=lambda item: item[0]):
        if fault.cost_s <= left:
            left -= fault.cost_s
            chosen.append(fault)
    random.Random(f"order {seed}").shuffle(chosen)
    return chosen


def torture(
    arena: Arena,
    faults: Sequence[Fault],
    *,
    seed: int,
    budget_s: float,
    extras: Sequence[Fault] = (),
    told: Callable[[str], None] = print,
) -> Outcome:
    """Run it all in this arena.

    Args:
        arena: not open yet.
        faults: in the order of their first time.
        seed: draws among the extras.
        budget_s: for the injecting; coming to rest and checking take their own time.
        extras: while there is time, the least exercised of these and of the faults; without them it ends
            when each fault has run.
        told: is given a line for each fault.
    """
    outcome = Outcome(arena.journal.folder, faults)
    with arena.open():
        began = arena.journal.elapsed_s
        try:
            shuffled = list(extras)
            random.Random(f"extras {seed}").shuffle(shuffled)
            _inject(arena, faults, shuffled, budget_s, told)
            outcome.injected_s = arena.journal.elapsed_s - began
            told("coming to rest")
            arena.come_to_rest()
        except AssertionError as err:
            outcome.violations.append(Violation(Rule.REST, str(err)))
        finally:
            arena.fleet.close()
            outcome.violations += arena.fleet.violations
            outcome.endings, outcome.acts = dict(arena.fleet.endings), dict(arena.market.acts)
            outcome.writes = len(arena.writes)
        if not any(each.rule is Rule.REST for each in outcome.violations):
            _check(arena, outcome, told)
    _keep(arena, outcome)
    outcome.faults = [*faults, *(each for each in extras if each.exercised and each not in faults)]
    if not faults:
        outcome.unproven.append(f"no fault fits into {budget_s:.0f} s")
    outcome.unproven += [f"{fault.name} never ran" for fault in faults if not fault.exercised]
    if outcome.writes < _WRITES_A_SECOND * outcome.injected_s:
        outcome.unproven.append(f"{outcome.writes} records are too few")
    return outcome


def _inject(
    arena: Arena,
    faults: Sequence[Fault],
    extras: Sequence[Fault],
    budget_s: float,
    told: Callable[[str], None],
) -> None:
    """Each once; then, while there is time, what did not hit, and extras."""
    began = arena.journal.elapsed_s
    due = list(faults)
    while due and not arena.fleet.violations and arena.fleet.failed is None:
        fault = due.pop(0)
        used = arena.journal.elapsed_s - began
        if used + fault.cost_s > budget_s:
            if fault.exercised:
                break
            continue
        fault.run(arena)
        told(f"{used:6.0f} s  {fault.name}{'' if fault.exercised else ' (did not hit)'}")
        if not due:
            missed = [each for each in faults if not each.exercised]
            due = missed or sorted(extras, key=lambda each: each.exercised)[:1]


def _check(arena: Arena, outcome: Outcome, told: Callable[[str], None]) -> None:
    """All rules; then the index again, once `skutwin reindex` has cleaned and verified it."""
    told("reading and checking")
    if failed := [*arena.publisher.failed, *arena.verdicts.failed]:
        outcome.unproven.append(f"{len(failed)} writes were never acknowledged")
    writes = arena.writes
    search = Search(k=K, window=WINDOW)
    decide = arena.place.artifact.decider.decide
    outcome.checked = check(writes, arena.reading(cleaned=False), decide, search)
    outcome.violations += outcome.checked.violations
    for how in ("--reconcile", "--verify"):
        job = arena.reindex(how)
        if code := job.wait():
            why = f"skutwin reindex {how} ended with {code}"
            outcome.violations.append(Violation(Rule.SUPERSEDED, why, history=tuple(job.tail().splitlines())))
    facts = Facts.of(writes, arena.reading(cleaned=True))
    outcome.violations += check_index(facts)


def _keep(arena: Arena, outcome: Outcome) -> None:
    """The history of the run, for whoever has to understand it."""
    topics, journal = arena.place.topics, arena.journal
    journal.keep_writes(arena.writes)
    for name in ("embedded", "matches", "reviews", "dlq"):
        journal.keep_records(name, arena.observer.records(getattr(topics, name)))
    said = [str(violation) for violation in outcome.violations]
    (journal.folder / "violations.txt").write_text("\n\n".join(said) + "\n")
