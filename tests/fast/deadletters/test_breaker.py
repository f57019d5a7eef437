"""The breaker opens on a share over a sliding window."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.deadletters.breaker import Breaker
from consumer.errors import BreakerOpen


def opens(breaker: Breaker) -> bool:
    try:
        breaker.check()
    except BreakerOpen:
        return True
    return False


def test_it_stays_shut_until_the_minimum_was_seen() -> None:
    """Nine bad records of nine are too few to judge by; the tenth is enough."""
    breaker = Breaker(window=100, share=0.2, minimum=10)
    for _ in range(9):
        breaker.note(bad=True)
    assert not opens(breaker)
    breaker.note(bad=True)
    assert opens(breaker)


def test_exactly_the_share_is_still_allowed() -> None:
    """Two bad ones of ten are the 20 % allowed; a third is not."""
    breaker = Breaker(window=100, share=0.2, minimum=1)
    for place in range(10):
        breaker.note(bad=place < 2)
    assert not opens(breaker)
    breaker.note(bad=True)
    assert opens(breaker)


def test_good_records_push_the_bad_ones_out() -> None:
    """A window full of good records forgets the bad ones before them."""
    breaker = Breaker(window=10, share=0.2, minimum=5)
    for _ in range(10):
        breaker.note(bad=True)
    for _ in range(8):
        breaker.note(bad=False)
    assert breaker.share == 0.2
    assert not opens(breaker)


def test_the_message_says_how_to_go_on() -> None:
    """It names the figures, the setting and the commands."""
    breaker = Breaker(window=10, share=0.1, minimum=2)
    breaker.note(bad=True)
    breaker.note(bad=True)
    with pytest.raises(
        BreakerOpen, match=r"2 of the last 2 .* 10% .*SKUTWIN_BREAKER_SHARE.*skutwin dlq list"
    ):
        breaker.check()


@given(st.lists(st.booleans(), max_size=60), st.integers(1, 20))
def test_the_share_is_that_of_the_last_records(records: list[bool], window: int) -> None:
    """The running count equals a fresh count over the last `window` records."""
    breaker = Breaker(window=window, share=0.5, minimum=1)
    for bad in records:
        breaker.note(bad=bad)
    last = records[-window:]
    assert breaker.share == (sum(last) / len(last) if last else 0.0)


@pytest.mark.parametrize(
    ("window", "share", "minimum"), [(0, 0.2, 0), (10, 0.0, 1), (10, 1.1, 1), (10, 0.2, 11)]
)
def test_settings_that_mean_nothing_are_refused(window: int, share: float, minimum: int) -> None:
    """A minimum over the window would never open; a share of zero always."""
    with pytest.raises(ValueError, match="minimum"):
        Breaker(window, share, minimum)
