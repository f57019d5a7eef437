"""Gathering fetches, decodes and encodes as little as can be, and forgets nothing in an outage."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.pictures.gather import Gathered, PictureGatherer
from consumer.pictures.memory import MemoryContentCache, MemoryPictureFetcher
from consumer.ports.pictures import Gone, KnownUrl, Later
from tests.fast.clocks import HandClock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

TTL_S = 100.0


class Bad(ValueError):
    reason = "undecodable"


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


class World:
    """A gatherer, what it works with, and an encoder that stands for the next stage."""

    def __init__(self, script: dict[str, bytes | Gone | Later] | None = None) -> None:
        self.fetcher = MemoryPictureFetcher(dict(script or {}))
        self.cache = MemoryContentCache()
        self.clock = HandClock()
        self.decoded: Counter[bytes] = Counter()
        self.gatherer = PictureGatherer(
            cache=self.cache,
            fetcher=self.fetcher,
            clock=self.clock,
            url_ttl_s=TTL_S,
            preprocess=self._preprocess,
            feature_key=lambda sha256: f"v1:{sha256}",
            bad_picture=Bad,
        )

    def _preprocess(self, content: bytes) -> NDArray[np.uint8]:
        self.decoded[content] += 1
        if content.startswith(b"broken"):
            raise Bad(content.decode())
        return np.frombuffer(hashlib.sha256(content).digest(), np.uint8).reshape(4, 8, 1)

    def gather(self, *urls_by_listing: Sequence[str]) -> Gathered:
        return self.gatherer.gather(urls_by_listing)

    def encode(self, gathered: Gathered) -> list[list[NDArray[np.float32]]]:
        encoded = {key: array.ravel().astype(np.float32) for key, array in gathered.to_encode.items()}
        self.cache.remember_features(encoded)
        return gathered.features_by_listing(encoded)


@pytest.fixture
def world() -> Iterator[World]:
    made = World({"u1": b"one", "u2": b"two", "u3": b"three"})
    yield made
    made.gatherer.close()


def test_each_listing_gets_its_pictures_in_the_order_of_its_urls(world: World) -> None:
    """Hashes, features and arrays belong to the right listing."""
    gathered = world.gather(["u2", "u1"], [], ["u3"])
    assert [[ref.sha256 for ref in listing.pictures] for listing in gathered.listings] == [
        [sha(b"two"), sha(b"one")],
        [],
        [sha(b"three")],
    ]
    features = world.encode(gathered)
    assert [len(of_listing) for of_listing in features] == [2, 0, 1]
    assert np.array_equal(features[0][1], np.frombuffer(hashlib.sha256(b"one").digest(), np.uint8))


def test_a_url_within_its_time_is_not_fetched_again(world: World) -> None:
    """A price-only change fetches, decodes and encodes nothing."""
    first = world.encode(world.gather(["u1"]))
    world.clock.advance(TTL_S - 1)
    again = world.gather(["u1"])
    assert again.to_encode == {}
    assert again.outcomes == {"cached": 1}
    assert np.array_equal(world.encode(again)[0][0], first[0][0])
    assert world.fetcher.calls == {"u1": 1}
    assert world.decoded == {b"one": 1}


def test_a_url_past_its_time_is_fetched_again(world: World) -> None:
    """What it gives by then counts; content that was seen before is not decoded again."""
    world.encode(world.gather(["u1", "u2"]))
    world.clock.advance(TTL_S)
    world.fetcher.script["u1"] = b"two"
    gathered = world.gather(["u1"])
    assert [ref.sha256 for ref in gathered.listings[0].pictures] == [sha(b"two")]
    assert gathered.to_encode == {}
    assert world.decoded == {b"one": 1, b"two": 1}


def test_known_content_serves_while_the_server_fails(world: World) -> None:
    """An outage takes no picture from a listing that had it, however old the fetch."""
    before = world.encode(world.gather(["u1"]))
    world.clock.advance(50 * TTL_S)
    world.fetcher.script["u1"] = Later("timeout")
    gathered = world.gather(["u1"])
    assert gathered.outcomes == {"stale": 1}
    assert gathered.listings[0].pending == ()
    assert np.array_equal(world.encode(gathered)[0][0], before[0][0])


def test_a_stale_use_does_not_renew_the_fetch(world: World) -> None:
    """Once the server is back, its word is asked for at once."""
    world.encode(world.gather(["u1"]))
    world.clock.advance(TTL_S)
    world.fetcher.script["u1"] = Later("timeout")
    world.gather(["u1"])
    world.fetcher.script["u1"] = b"new"
    assert [ref.sha256 for ref in world.gather(["u1"]).listings[0].pictures] == [sha(b"new")]


def test_a_picture_that_is_gone_is_gone_even_if_known(world: World) -> None:
    """404 past the time to live is the server's word, not an outage."""
    world.encode(world.gather(["u1"]))
    world.clock.advance(TTL_S)
    world.fetcher.script["u1"] = Gone("not_found")
    assert world.gather(["u1"]).listings[0].gone == ("not_found",)


def test_a_known_url_whose_feature_was_evicted_is_fetched_again(world: World) -> None:
    """Knowing a hash is not having its feature; while the server fails it is pending."""
    world.cache.remember_urls({"u1": KnownUrl(sha(b"one"), world.clock.now_ms())})
    gathered = world.gather(["u1"])
    assert gathered.outcomes == {"fetched": 1}
    assert list(gathered.to_encode) == [f"v1:{sha(b'one')}"]
    world.fetcher.script["u1"] = Later("connect")
    assert world.gather(["u1"]).listings[0].pending == ("connect",)


def test_one_content_under_two_urls_is_decoded_and_encoded_once(world: World) -> None:
    """Two listings share one array; within one listing it is one picture."""
    world.fetcher.script["copy"] = b"one"
    gathered = world.gather(["u1"], ["copy"], ["u1", "copy", "u1"])
    assert len(gathered.to_encode) == 1
    assert world.decoded == {b"one": 1}
    assert [len(listing.pictures) for listing in gathered.listings] == [1, 1, 1]
    assert world.fetcher.calls == {"u1": 1, "copy": 1}


def test_what_failed_is_counted_by_its_reason_and_the_rest_goes_on(world: World) -> None:
    """Gone, pending and good pictures of one listing stand side by side; equal reasons are not merged."""
    world.fetcher.script |= {"gone1": Gone("not_found"), "gone2": Gone("not_found"), "late": Later("timeout")}
    gathered = world.gather(["gone1", "u1", "late", "gone2"])
    (listing,) = gathered.listings
    assert [ref.sha256 for ref in listing.pictures] == [sha(b"one")]
    assert (listing.gone, listing.pending) == (("not_found", "not_found"), ("timeout",))
    assert gathered.outcomes == {"gone:not_found": 2, "later:timeout": 1, "fetched": 1}


def test_what_cannot_be_decoded_is_gone_and_not_remembered(world: World) -> None:
    """The decoder's reason is kept, and the URL is asked again next time: it may have been mended."""
    world.fetcher.script["bad"] = b"broken"
    assert world.gather(["bad"]).listings[0].gone == ("undecodable",)
    assert world.cache.urls(["bad"]) == {}
    world.fetcher.script["bad"] = b"mended"
    assert len(world.gather(["bad"]).listings[0].pictures) == 1


def test_a_crash_of_the_decoder_is_ours(world: World) -> None:
    """Anything but the named exception is no picture's fault and comes through."""
    world.fetcher.script["u1"] = b"\xff"
    world.gatherer._preprocess = lambda content: np.frombuffer(content.decode().encode(), np.uint8)
    with pytest.raises(UnicodeDecodeError):
        world.gather(["u1"])


def test_a_fetch_dated_in_the_future_is_not_trusted(world: World) -> None:
    """After the clock was set back a URL does not stay fresh for as long as that."""
    world.encode(world.gather(["u1"]))
    world.clock.advance(-1000 * TTL_S)
    assert world.gather(["u1"]).outcomes == {"fetched": 1}


def test_a_data_url_is_never_remembered_by_its_url(world: World) -> None:
    """It is its own content; its feature is cached all the same."""
    url = "data:image/png;base64,AAAA"
    world.fetcher.script[url] = b"inline"
    world.encode(world.gather([url]))
    gathered = world.gather([url])
    assert gathered.to_encode == {}
    assert world.decoded == {b"inline": 1}
    assert world.cache.urls([url]) == {}


def test_a_batch_without_pictures_asks_nobody(world: World) -> None:
    """No URL, no call."""
    assert [listing.pictures for listing in world.gather([], []).listings] == [(), ()]
    assert not world.fetcher.calls


_URLS = st.sampled_from([f"u{number}" for number in range(6)])
_ANSWERS = st.one_of(
    st.sampled_from([b"a", b"b", b"broken"]), st.builds(Gone, st.just("g")), st.builds(Later, st.just("l"))
)


@pytest.mark.thorough
@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(
            st.dictionaries(_URLS, _ANSWERS), st.lists(st.lists(_URLS, unique=True, max_size=4), max_size=4)
        ),
        max_size=4,
    )
)
def test_every_url_comes_to_exactly_one_end(
    steps: list[tuple[dict[str, bytes | Gone | Later], list[list[str]]]],
) -> None:
    """Whatever the world answers over time: each URL of a listing is a picture, gone or pending; all can be
    encoded; and a URL that ever gave a picture is never pending again.
    """
    world = World()
    seen: set[str] = set()
    try:
        for changes, listings in steps:
            world.fetcher.script |= changes
            gathered = world.gather(*listings)
            world.encode(gathered)
            for urls, listing in zip(listings, gathered.listings, strict=True):
                ended = len(listing.pictures) + len(listing.gone) + len(listing.pending)
                assert ended <= len(urls)
                assert ended == len(urls) or len(listing.pictures) >= 1
                assert len(listing.pending) <= len(set(urls) - seen)
            assert sum(gathered.outcomes.values()) == len({url for urls in listings for url in urls})
            seen |= {url for urls in listings for url in urls if world.cache.urls([url])}
            world.clock.advance(TTL_S / 2)
    finally:
        world.gatherer.close()
