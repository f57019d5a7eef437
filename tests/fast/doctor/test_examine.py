"""Checks beside one another: what one does hides nothing of another."""

from __future__ import annotations

import threading
from collections.abc import Iterator

from consumer.doctor.examine import Check, examine
from consumer.doctor.finding import Finder, Finding, Level
from consumer.errors import BrokerFault


def levels(found: list[Finding]) -> list[tuple[str, Level]]:
    return [(finding.check, finding.level) for finding in found]


def fine(find: Finder) -> Iterator[Finding]:
    yield find.ok("well")


def test_a_check_that_hangs_is_given_up_and_keeps_what_it_found() -> None:
    """The one behind it is heard all the same."""
    never = threading.Event()

    def hangs(find: Finder) -> Iterator[Finding]:
        yield find.ok("the first half")
        never.wait()

    found = list(examine([Check("stuck", hangs, 0.2), Check("other", fine)]))
    never.set()
    assert levels(found) == [("stuck", Level.OK), ("stuck", Level.FAIL), ("other", Level.OK)]
    assert "gave no answer" in found[1].said


def test_a_fault_of_the_world_is_a_finding_in_its_own_words() -> None:
    """What the adapter says is what the operator reads."""

    def down(_: Finder) -> Iterator[Finding]:
        raise BrokerFault("Kafka does not answer")
        yield

    (found,) = examine([Check("broker", down)])
    assert (found.level, found.said) == (Level.FAIL, "Kafka does not answer")


def test_a_defect_of_one_check_is_told_as_such() -> None:
    """An unforeseen exception neither ends the examination nor passes for health."""

    def broken(_: Finder) -> Iterator[Finding]:
        yield from [Finding("x", Level.OK, str(1 // 0))]

    found = list(examine([Check("broken", broken), Check("other", fine)]))
    assert levels(found) == [("broken", Level.FAIL), ("other", Level.OK)]
    assert "ZeroDivisionError" in found[0].said
