"""What every content cache must do; run against the one in memory and the one on disk."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from consumer.ports.pictures import ContentCache, KnownUrl

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

SHA = "ab" * 32
OTHER_SHA = "cd" * 32


def feature(seed: int, size: int = 64) -> NDArray[np.float32]:
    return np.random.default_rng(seed).standard_normal(size).astype(np.float32)


class ContentCacheSuite:
    """Subclasses give a fixture `make_cache(max_bytes)`."""

    def test_what_was_remembered_is_found_and_the_rest_is_missing(
        self, make_cache: Callable[[int], ContentCache]
    ) -> None:
        """URLs and features come back as they were; a key that was never noted is simply absent."""
        cache = make_cache(1 << 20)
        cache.remember_urls({"http://a/1.jpg": KnownUrl(SHA, 1_700_000_000_123)})
        cache.remember_features({"k1": feature(1), "k2": feature(2)})
        assert cache.urls(["http://a/1.jpg", "http://a/2.jpg"]) == {
            "http://a/1.jpg": KnownUrl(SHA, 1_700_000_000_123)
        }
        found = cache.features(["k1", "k3"])
        assert list(found) == ["k1"]
        assert np.array_equal(found["k1"], feature(1))
        assert found["k1"].dtype == np.float32

    def test_the_last_word_on_a_key_counts(self, make_cache: Callable[[int], ContentCache]) -> None:
        """A URL fetched again, and a feature of another length, take the place of what was there."""
        cache = make_cache(1 << 20)
        for sha, when, size in ((SHA, 1, 8), (OTHER_SHA, 2, 16)):
            cache.remember_urls({"u": KnownUrl(sha, when)})
            cache.remember_features({"k": feature(when, size)})
        assert cache.urls(["u"]) == {"u": KnownUrl(OTHER_SHA, 2)}
        assert np.array_equal(cache.features(["k"])["k"], feature(2, 16))

    def test_a_url_and_a_feature_of_one_name_are_two_things(
        self, make_cache: Callable[[int], ContentCache]
    ) -> None:
        """The two kinds do not see one another's keys."""
        cache = make_cache(1 << 20)
        cache.remember_urls({"same": KnownUrl(SHA, 1)})
        assert cache.features(["same"]) == {}
        cache.remember_features({"same": feature(1)})
        assert cache.urls(["same"]) == {"same": KnownUrl(SHA, 1)}

    def test_the_oldest_go_first_when_the_bound_is_passed(
        self, make_cache: Callable[[int], ContentCache]
    ) -> None:
        """Ten features' room keeps some of the last ten and none of the first forty."""
        cache = make_cache(10 * (4 * 64 + 200))
        for number in range(50):
            cache.remember_features({str(number): feature(number)})
        kept = {int(key) for key in cache.features([str(number) for number in range(50)])}
        assert 49 in kept
        assert 5 <= len(kept) <= 12
        assert min(kept) >= 38

    def test_what_was_read_lately_outlives_what_was_not(
        self, make_cache: Callable[[int], ContentCache]
    ) -> None:
        """An entry that is read again and again stays while newer ones come and go."""
        cache = make_cache(10 * (4 * 64 + 200))
        cache.remember_features({"hot": feature(0)})
        for number in range(50):
            assert "hot" in cache.features(["hot"])
            cache.remember_features({str(number): feature(number)})

    def test_replacing_an_entry_does_not_count_it_twice(
        self, make_cache: Callable[[int], ContentCache]
    ) -> None:
        """A key noted a hundred times drives nothing else out."""
        cache = make_cache(10 * (4 * 64 + 200))
        cache.remember_features({"first": feature(0)})
        for number in range(100):
            cache.remember_features({"again": feature(number)})
        assert "first" in cache.features(["first"])

    def test_one_batch_larger_than_the_bound_leaves_no_more_than_the_bound(
        self, make_cache: Callable[[int], ContentCache]
    ) -> None:
        """A thousand features into room for ten keep at most a dozen."""
        cache = make_cache(10 * (4 * 64 + 200))
        cache.remember_features({str(number): feature(number) for number in range(1000)})
        assert 0 < len(cache.features([str(number) for number in range(1000)])) <= 12

    @pytest.mark.parametrize(
        "bad", [np.zeros(0, np.float32), np.array([1.0, np.nan], np.float32), np.zeros((2, 2), np.float32)]
    )
    def test_a_feature_that_would_spoil_later_runs_is_refused(
        self, make_cache: Callable[[int], ContentCache], bad: NDArray[np.float32]
    ) -> None:
        """Empty, not finite, not flat: a `ValueError`, and nothing of the call is noted."""
        cache = make_cache(1 << 20)
        with pytest.raises(ValueError, match="flat, finite"):
            cache.remember_features({"good": feature(1), "bad": bad})
        assert cache.features(["good", "bad"]) == {}

    def test_what_is_given_out_cannot_be_written_to(self, make_cache: Callable[[int], ContentCache]) -> None:
        """A caller that changes its own array, or tries to change ours, changes nothing in the cache."""
        cache = make_cache(1 << 20)
        mine = feature(1)
        cache.remember_features({"k": mine})
        mine[:] = 0
        with pytest.raises(ValueError, match="read-only"):
            cache.features(["k"])["k"][0] = 0
        assert np.array_equal(cache.features(["k"])["k"], feature(1))

    def test_keys_of_any_kind_and_number_are_borne(self, make_cache: Callable[[int], ContentCache]) -> None:
        """Quotes, other scripts, long URLs and two thousand keys in one read."""
        cache = make_cache(1 << 24)
        keys = ["'; DROP TABLE entries; --", "мяч 靴", "http://h/" + "x" * 2000, *map(str, range(2000))]
        cache.remember_urls({key: KnownUrl(SHA, place) for place, key in enumerate(keys)})
        assert {key: known.fetched_ms for key, known in cache.urls(keys).items()} == {
            key: place for place, key in enumerate(keys)
        }
        assert cache.urls([]) == {}

    def test_threads_may_share_it(self, make_cache: Callable[[int], ContentCache]) -> None:
        """Four threads that write and read at once each find what they wrote."""
        cache = make_cache(1 << 24)
        found: dict[int, bool] = {}

        def work(worker: int) -> None:
            keys = [f"{worker}:{number}" for number in range(20)]
            for number, key in enumerate(keys):
                cache.remember_features({key: feature(number)})
            back = cache.features(keys)
            found[worker] = all(np.array_equal(back[key], feature(n)) for n, key in enumerate(keys))

        threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert found == dict.fromkeys(range(4), True)
