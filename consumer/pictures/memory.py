"""The pictures' ports in memory: a scripted fetcher and a bounded cache, for tests."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from consumer.pictures.entries import URL_COST, checked_feature, feature_cost
from consumer.ports.pictures import Fetched, FetchResult, Gone, KnownUrl


class MemoryPictureFetcher:
    """Gives what a script says, by URL.

    Attributes:
        script: what each URL gives; tests change it as the world changes.
        calls: how often each URL was asked for.
        closed: whether `close` was called.
    """

    def __init__(
        self, script: Mapping[str, bytes | FetchResult] | None = None, *, unknown: FetchResult | None = None
    ) -> None:
        """Script what URLs give; bytes stand for `Fetched`, and what is not in the script gives `unknown`."""
        self.script: dict[str, bytes | FetchResult] = dict(script or {})
        self.calls: Counter[str] = Counter()
        self.closed = False
        self._unknown = Gone("not_found") if unknown is None else unknown

    def fetch(self, urls: Sequence[str]) -> Mapping[str, FetchResult]:
        """See `PictureFetcher`; counts one call for each distinct URL."""
        results: dict[str, FetchResult] = {}
        for url in dict.fromkeys(urls):
            self.calls[url] += 1
            given = self.script.get(url, self._unknown)
            results[url] = Fetched(given) if isinstance(given, bytes) else given
        return results

    def close(self) -> None:
        """See `PictureFetcher`."""
        self.closed = True


class MemoryContentCache:
    """A `ContentCache` that lives as long as the process; the least recently used entries go first."""

    def __init__(self, max_bytes: int = 64 * 1024 * 1024) -> None:
        """Hold at most `max_bytes` of URLs and features together, by the costs above."""
        self._max_bytes = max_bytes
        self._lock = threading.Lock()
        self._size = 0
        self._entries: OrderedDict[tuple[str, str], tuple[int, KnownUrl | NDArray[np.float32]]] = (
            OrderedDict()
        )

    def urls(self, urls: Sequence[str]) -> dict[str, KnownUrl]:
        """See `ContentCache`."""
        return {key: value for key, value in self._read("url", urls) if isinstance(value, KnownUrl)}

    def remember_urls(self, known: Mapping[str, KnownUrl]) -> None:
        """See `ContentCache`."""
        with self._lock:
            for url, value in known.items():
                self._put(("url", url), URL_COST, value)
            self._evict()

    def features(self, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """See `ContentCache`."""
        return {key: value for key, value in self._read("feature", keys) if isinstance(value, np.ndarray)}

    def remember_features(self, features: Mapping[str, NDArray[np.float32]]) -> None:
        """See `ContentCache`.

        Raises:
            ValueError: a feature is not a flat, finite array; nothing was noted.
        """
        checked = {key: checked_feature(key, feature) for key, feature in features.items()}
        with self._lock:
            for key, feature in checked.items():
                self._put(("feature", key), feature_cost(feature), feature)
            self._evict()

    def close(self) -> None:
        """See `ContentCache`; nothing to let go of."""

    def _read(self, kind: str, keys: Iterable[str]) -> list[tuple[str, KnownUrl | NDArray[np.float32]]]:
        with self._lock:
            found = [key for key in dict.fromkeys(keys) if (kind, key) in self._entries]
            for key in found:
                self._entries.move_to_end((kind, key))
            return [(key, self._entries[kind, key][1]) for key in found]

    def _put(self, entry: tuple[str, str], cost: int, value: KnownUrl | NDArray[np.float32]) -> None:
        self._size += cost - self._entries.pop(entry, (0, value))[0]
        self._entries[entry] = (cost, value)

    def _evict(self) -> None:
        while self._size > self._max_bytes:
            _, (cost, _) = self._entries.popitem(last=False)
            self._size -= cost
