"""A host that fails again and again rests, and one request tries it afterwards."""

from __future__ import annotations

from consumer.pictures.hosts import HostBreaker
from tests.fast.clocks import HandClock


def breaker(clock: HandClock) -> HostBreaker:
    made = HostBreaker(failures=3, rest_s=10.0, now_s=clock.steady_s)
    for _ in range(3):
        assert made.may_ask("h")
        made.failed("h")
    return made


def test_it_rests_after_failures_in_a_row() -> None:
    """The third failure in a row closes it, for itself alone."""
    made = breaker(HandClock())
    assert not made.may_ask("h")
    assert made.may_ask("other")


def test_an_answer_between_failures_begins_the_count_anew() -> None:
    """Two failures, an answer and two failures do not make it rest."""
    made = HostBreaker(failures=3, rest_s=10.0, now_s=HandClock().steady_s)
    for outcome in (made.failed, made.failed, made.answered, made.failed, made.failed):
        outcome("h")
    assert made.may_ask("h")


def test_one_request_tries_a_host_that_has_rested() -> None:
    """Until that one has answered, the others wait on."""
    clock = HandClock()
    made = breaker(clock)
    clock.advance(10)
    assert [made.may_ask("h") for _ in range(3)] == [True, False, False]
    made.answered("h")
    assert made.may_ask("h")


def test_a_failed_trial_means_another_rest() -> None:
    """So does one that never came back."""
    clock = HandClock()
    made = breaker(clock)
    clock.advance(10)
    assert made.may_ask("h")
    made.failed("h")
    clock.advance(9)
    assert not made.may_ask("h")
    clock.advance(1)
    assert made.may_ask("h")
    clock.advance(10)
    assert made.may_ask("h")


def test_it_remembers_a_bounded_number_of_hosts() -> None:
    """Whoever names a million hosts fills no memory; the longest silent one is forgotten."""
    made = breaker(HandClock())
    for number in range(5_000):
        made.failed(f"host{number}")
    assert len(made._failing) == 4_096
    assert made.may_ask("h")
