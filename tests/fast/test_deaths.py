"""Deaths are counted where the next owner finds them, and what leaves alive is not counted."""

from __future__ import annotations

import threading

import pytest

from consumer.deaths import Company, DeathWatch, Manner
from consumer.kafka.memory import MemoryDeathLedger
from consumer.ports.deaths import Claims
from consumer.ports.records import TopicPartition

HERE, THERE = TopicPartition("listings", 0), TopicPartition("listings", 1)


@pytest.fixture
def ledger() -> MemoryDeathLedger:
    return MemoryDeathLedger()


def life(ledger: MemoryDeathLedger, company: Company | None = None, role: str = "embed") -> DeathWatch:
    return DeathWatch(ledger, company or Company(), role, limit=2, reach=10)


def die_together(ledger: MemoryDeathLedger, offset: int, times: int = 2) -> None:
    for _ in range(times):
        assert life(ledger).meet(HERE, offset) is Manner.TOGETHER


def die_alone(ledger: MemoryDeathLedger, offset: int, times: int = 1) -> None:
    for _ in range(times):
        careful = life(ledger)
        assert careful.meet(HERE, offset) is Manner.ALONE
        assert careful.take_alone(HERE, offset)


def test_records_are_taken_alone_after_so_many_deaths_at_one_place(ledger: MemoryDeathLedger) -> None:
    """Two lives that ended at one offset make the third one careful, as far as they may have reached."""
    die_together(ledger, 7)
    third = life(ledger)
    assert [third.meet(HERE, offset) for offset in (7, 16, 17)] == [
        Manner.ALONE,
        Manner.ALONE,
        Manner.TOGETHER,
    ]


def test_a_record_that_lives_died_of_alone_is_never_taken(ledger: MemoryDeathLedger) -> None:
    """Deaths among others prove nothing; as many with one record alone do, and the fault tells how many."""
    die_together(ledger, 7)
    die_alone(ledger, 7, times=2)
    last = life(ledger)
    assert last.meet(HERE, 7) is Manner.NEVER
    assert (last.fault(HERE).reason, last.fault(HERE).detail) == (
        "kills_process",
        "the process died 2 times with this record alone in work",
    )
    assert last.meet(HERE, 8) is Manner.ALONE, "there may be another that kills"


def test_the_search_goes_on_where_the_last_life_got_to(ledger: MemoryDeathLedger) -> None:
    """A life that takes records alone and dies on its way leaves the next one careful, up to the same end."""
    die_together(ledger, 7)
    careful = life(ledger)
    for offset in (7, 8):
        assert careful.meet(HERE, offset) is Manner.ALONE
        assert careful.take_alone(HERE, offset)
        careful.passed({HERE: offset + 1})
    die_alone(ledger, 9, times=2)
    last = life(ledger)
    assert last.meet(HERE, 9) is Manner.NEVER
    assert last.meet(HERE, 17) is Manner.TOGETHER


def test_who_gets_past_a_record_owes_nothing(ledger: MemoryDeathLedger) -> None:
    """Lives that end at other offsets each time are not counted together."""
    for offset in range(10):
        die_together(ledger, offset, times=1)
    assert life(ledger).meet(HERE, 9) is Manner.TOGETHER


def test_who_leaves_alive_is_not_counted(ledger: MemoryDeathLedger) -> None:
    """However often a partition is handed over at one offset, nobody died; alone or among others."""
    for _ in range(5):
        leaver = life(ledger)
        assert leaver.meet(HERE, 7) is Manner.TOGETHER
        leaver.give_back([HERE])
    assert ledger.claims[HERE] == Claims(7)
    die_together(ledger, 7)
    for _ in range(5):
        leaver = life(ledger)
        assert leaver.meet(HERE, 7) is Manner.ALONE
        assert leaver.take_alone(HERE, 7)
        leaver.give_back([HERE])
    assert ledger.claims[HERE].alone == ()


def test_a_frozen_life_takes_its_claim_back_when_it_wakes(ledger: MemoryDeathLedger) -> None:
    """Timed out, and its successor at work: the sleeper takes back its own claim and leaves the other's."""
    sleeper, successor = life(ledger), life(ledger)
    sleeper.meet(HERE, 7)
    successor.meet(HERE, 7)
    claimed = ledger.claims[HERE]
    assert len(claimed.together) == 2
    sleeper.give_back([HERE])
    assert ledger.claims[HERE].together == claimed.together[1:]


def test_a_sleeper_leaves_what_its_successors_wrote_further_on(ledger: MemoryDeathLedger) -> None:
    """A claim at another offset is not its business any more."""
    sleeper, successor = life(ledger), life(ledger)
    sleeper.meet(HERE, 7)
    successor.meet(HERE, 9)
    before = ledger.claims[HERE]
    sleeper.give_back([HERE])
    assert ledger.claims[HERE] is before


def test_a_life_that_ends_by_its_record_keeps_its_claims(ledger: MemoryDeathLedger) -> None:
    """An exception that is our fault is a death like any other, though the process still leaves in order."""
    crashed = life(ledger)
    crashed.meet(HERE, 7)
    crashed.dies()
    crashed.give_back([HERE])
    assert len(ledger.claims[HERE].together) == 1


def test_a_ledger_that_is_away_keeps_nobody_from_leaving(ledger: MemoryDeathLedger) -> None:
    """The claim stays, which alone does nothing."""
    leaver = life(ledger)
    leaver.meet(HERE, 7)
    ledger.away = True
    leaver.give_back([HERE])
    assert len(ledger.claims[HERE].together) == 1


def test_partitions_are_counted_apart(ledger: MemoryDeathLedger) -> None:
    """Deaths in one partition make nobody careful in another."""
    die_together(ledger, 7)
    assert life(ledger).meet(THERE, 7) is Manner.TOGETHER


def test_a_record_is_alone_in_the_whole_process(ledger: MemoryDeathLedger) -> None:
    """While the other role is at work no record is taken alone, and while one is the other does not begin."""
    company = Company()
    die_together(ledger, 7)
    embed, match = life(ledger, company), life(MemoryDeathLedger(), company, "match")
    assert embed.meet(HERE, 7) is Manner.ALONE
    assert match.join()
    assert not embed.take_alone(HERE, 7)
    assert not embed.alone
    assert not match.join(), "it finishes what it has, and begins nothing new"
    match.rest()
    assert embed.take_alone(HERE, 7)
    assert not match.join()
    embed.rest()
    assert match.join()


def test_two_roles_that_both_want_the_process_get_it_in_turn(ledger: MemoryDeathLedger) -> None:
    """Neither keeps the other from it for ever."""
    company = Company()
    assert company.join_alone("embed", 0)
    assert not company.join_alone("match", 0)
    company.rest("embed")
    assert not company.join("embed", 0)
    assert company.join_alone("match", 0)
    company.rest("match")
    assert company.join("embed", 0)


def test_a_wish_to_be_alone_outlives_a_rest_and_not_two(ledger: MemoryDeathLedger) -> None:
    """A role that works almost always begins no more once another was refused, until that one gives it up."""
    company = Company()
    die_together(ledger, 4)
    busy, careful = life(ledger, company, "match"), life(ledger, company, "embed")
    assert busy.join()
    assert careful.meet(HERE, 4) is Manner.ALONE
    assert not careful.take_alone(HERE, 4)
    careful.rest()
    busy.rest()
    assert not busy.join()
    assert careful.take_alone(HERE, 4)
    careful.rest()
    assert busy.join()
    assert not careful.take_alone(HERE, 4)
    careful.rest()
    careful.rest()
    assert busy.join()


def test_a_role_that_waits_is_woken() -> None:
    """The end of one role's work lets the other begin at once."""
    company = Company()
    assert company.join("match", 0)
    got: list[bool] = []
    waiting = threading.Thread(target=lambda: got.append(company.join_alone("embed", 60)))
    waiting.start()
    company.rest("match")
    waiting.join(30)
    assert got == [True]
