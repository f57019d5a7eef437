"""Drawn listings for somebody else's Kafka."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

import pytest

from consumer.demo.feed import drawn_records, feed
from consumer.demo.stream import DemoStream, StreamRecord
from consumer.errors import Misconfigured
from model.listing import Listing
from model.strict_json import parse
from tests.fast.clocks import HandClock


@dataclass
class Outlet:
    """Keeps what it is sent; time passes only while it waits."""

    clock: HandClock = field(default_factory=HandClock)
    moments: list[float] = field(default_factory=list)
    interrupt_at: int = -1

    def send(self, _key: bytes, _value: bytes | None) -> None:
        if len(self.moments) == self.interrupt_at:
            raise KeyboardInterrupt
        self.moments.append(self.clock.steady)

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)

    def flush(self) -> int:
        return len(self.moments)


@pytest.fixture(autouse=True)
def no_drawing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are drawn elsewhere, slowly; here their names stand for them."""
    monkeypatch.setattr(DemoStream, "picture", lambda _self, path: path.encode())


@pytest.fixture
def records() -> list[StreamRecord]:
    return list(drawn_records(50, seed=3))


def _listings(records: list[StreamRecord]) -> list[Listing]:
    listings = []
    for record in records:
        try:
            listings.append(Listing.model_validate(parse(record.value or b"")))
        except ValueError:
            continue
    return listings


def test_pictures_are_inside_of_the_records(records: list[StreamRecord]) -> None:
    """Every listing that is valid carries its pictures, so that nothing need be fetched."""
    urls = [url for listing in _listings(records) for url in listing.image_urls]
    assert len(urls) > 20
    assert all(base64.b64decode(url.partition(",")[2]).endswith(b".jpg") for url in urls)
    assert all(url.startswith("data:image/jpeg;base64,") for url in urls)


def test_what_is_broken_and_what_is_deleted_is_there_too(records: list[StreamRecord]) -> None:
    """A stream without a deletion or a bad record would show half of what there is to see."""
    assert any(record.value is None for record in records)
    assert len(_listings(records)) < sum(record.value is not None for record in records)


def test_records_leave_at_the_rate_asked_for() -> None:
    """Each record has its moment, whatever the one before it cost."""
    outlet = Outlet()
    sent, interrupted = feed(outlet, outlet.clock, listings=50, seed=1, rate=4.0)
    assert not interrupted
    assert sent == len(outlet.moments)
    assert outlet.moments == pytest.approx([number / 4 for number in range(sent)])


def test_ctrl_c_ends_it_with_what_was_sent() -> None:
    """What the broker has been given by then is waited for and counted."""
    outlet = Outlet(interrupt_at=7)
    assert feed(outlet, outlet.clock, listings=50, seed=1) == (7, True)


def test_a_rate_of_nothing_and_too_few_listings_are_refused() -> None:
    """Both are told with the option's name."""
    outlet = Outlet()
    with pytest.raises(Misconfigured, match="--rate 0"):
        feed(outlet, outlet.clock, listings=50, seed=1, rate=0)
    with pytest.raises(Misconfigured, match="--synthetic 3"):
        feed(outlet, outlet.clock, listings=3, seed=1)
