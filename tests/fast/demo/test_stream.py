"""The demonstration's stream, replayed by hand and compared with the truth that it states."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from consumer.demo.baselines import best_title_f1
from consumer.demo.broken import broken_records
from consumer.demo.stream import DemoStream, make_stream
from model.listing import Listing
from model.strict_json import parse

BASE = "http://127.0.0.1:1"

Histories = dict[str, list[Listing | None]]


@pytest.fixture(scope="module")
def stream() -> DemoStream:
    return make_stream(seed=4, listings=500, base_url=BASE)


def _accepted(key: bytes, value: bytes) -> Listing | None:
    try:
        listing = Listing.model_validate(parse(value))
    except ValueError:
        return None
    return listing if listing.listing_id.encode() == key else None


@pytest.fixture(scope="module")
def histories(stream: DemoStream) -> Histories:
    """Every listing's accepted states in order; None where it is deleted."""
    histories: Histories = {}
    for key, value in stream.records:
        listing = None if value is None else _accepted(key, value)
        if value is None or listing is not None:
            histories.setdefault(key.decode(), []).append(listing)
    return histories


def test_equal_arguments_give_equal_records(stream: DemoStream) -> None:
    """The stream follows from its seed, and is about as long as asked for."""
    assert make_stream(seed=4, listings=500, base_url=BASE).records == stream.records
    assert len(stream.records) == sum(stream.counts.values())
    assert abs(len(stream.records) - 500) < 50


def test_replaying_the_records_ends_in_the_live_listings(stream: DemoStream, histories: Histories) -> None:
    """What the truth says is live is what the last accepted record of each listing says."""
    last = {listing_id: states[-1] for listing_id, states in histories.items()}
    live = {listing_id: listing for listing_id, listing in last.items() if listing is not None}
    assert set(live) == stream.live
    assert live == {listing.listing_id: listing for listing in stream.listings}


def test_broken_records_and_only_they_are_refused(stream: DemoStream) -> None:
    """As many records are refused as the stream expects dead letters, of as many kinds."""
    refused = [key for key, value in stream.records if value is not None and _accepted(key, value) is None]
    assert len(refused) == sum(stream.expected_dead_letters.values()) == 5
    assert len(stream.expected_dead_letters) == 5
    assert sum(key.decode() in stream.live for key in refused) == 1


def test_every_kind_of_broken_record_is_wrong_in_its_own_way() -> None:
    """A valid document becomes fifteen different refused ones."""
    document = {"listing_id": "a", "seller_id": "s", "revision": 1, "title": "t"}
    assert _accepted(b"a", b'{"listing_id":"a","seller_id":"s","revision":1,"title":"t"}')
    broken = broken_records([("a", document)] * 15)
    assert len({record.value for record in broken}) == 15
    for record in broken:
        assert _accepted(record.key, record.value) is None, record.kind


def test_revisions_of_a_listing_rise(histories: Histories) -> None:
    """No seller's system goes back in this stream."""
    for states in histories.values():
        revisions = [listing.revision for listing in states if listing is not None]
        assert revisions == sorted(set(revisions))


def test_price_only_updates_change_nothing_else(stream: DemoStream, histories: Histories) -> None:
    """As many updates as counted differ in price, revision and time alone."""
    changes: Counter[str] = Counter()
    for states in histories.values():
        for before, after in pairwise(states):
            if before is not None and after is not None:
                one, other = (set(listing) for listing in (before, after))
                changes[",".join(sorted(name for name, _ in one ^ other))] += 1
    price_only = sum(
        count
        for names, count in changes.items()
        if set(names.split(",")) <= {"price", "revision", "updated_at"}
    )
    assert price_only == stream.counts["price"]


def test_corrections_start_and_end_pairs(stream: DemoStream, histories: Histories) -> None:
    """Listings that named the wrong product at first have partners at the end."""
    assert stream.counts["mistaken"] == 25
    paired = {listing_id for pair in stream.truth_pairs for listing_id in pair}
    corrected = [
        listing_id
        for listing_id, states in histories.items()
        if len(states) > 1
        and states[0] is not None
        and states[1] is not None
        and states[0].title != states[1].title
    ]
    assert len([listing_id for listing_id in corrected if listing_id in paired]) > 10


def test_deletions_hit_partners_of_others(stream: DemoStream, histories: Histories) -> None:
    """Deleted listings are not in the truth, and some come back."""
    states = histories.values()
    assert sum(history.count(None) for history in states) == stream.counts["deleted"]
    assert sum(None in history and history[-1] is not None for history in states) == stream.counts["relisted"]
    assert {listing_id for pair in stream.truth_pairs for listing_id in pair} <= stream.live


def test_every_picture_is_there_but_for_the_missing_ones(stream: DemoStream) -> None:
    """Each URL of a live listing is drawn, and as many as stated are not found."""
    offers = list(stream.offers.values())
    paths = [urlsplit(url).path for offer in offers for url in offer.listing.image_urls]
    known = [path in stream._pictures for path in paths]
    assert known.count(False) == stream.missing_pictures > 1
    assert stream.picture(paths[known.index(False)]) is None
    drawn = stream.picture(paths[known.index(True)])
    assert drawn is not None
    assert drawn.startswith(b"\xff\xd8")


def test_equal_titles_do_not_solve_it(stream: DemoStream) -> None:
    """The simplest matcher finds something and stays far under the bound of 0.75."""
    assert 0.02 < best_title_f1(stream.listings, stream.truth_pairs) < 0.75


def test_a_stream_too_short_for_everything_is_refused() -> None:
    """The message names the least."""
    with pytest.raises(ValueError, match="50 records or more"):
        make_stream(seed=1, listings=10, base_url=BASE)
