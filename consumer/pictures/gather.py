"""From picture URLs to features, fetching, decoding and encoding as little as can be.

Two stages share the work, so that one batch is fetched while another is encoded. `PictureGatherer.gather`
looks up, fetches and decodes; its result names the arrays that still want an encoder. The next stage encodes
them, calls `ContentCache.remember_features`, and joins both with `Gathered.features_by_listing`.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from consumer.ports.clock import Clock
from consumer.ports.pictures import ContentCache, Fetched, FetchResult, Gone, KnownUrl, Later, PictureFetcher


@dataclass(frozen=True, slots=True)
class PictureRef:
    """One picture that is in a listing's embedding.

    Attributes:
        sha256: of its content, in hex.
        key: of its feature in the cache.
        feature: float32[d] where the cache had it; None: `Gathered.to_encode` has the array under `key`.
    """

    sha256: str
    key: str
    feature: NDArray[np.float32] | None


@dataclass(frozen=True, slots=True)
class ListingPictures:
    """What became of one listing's URLs: each is one of the three.

    Attributes:
        pictures: those it has, in the order of their URLs; one content under several URLs is one picture.
        gone: why each that failed for good did.
        pending: why each that failed for now did.
    """

    pictures: tuple[PictureRef, ...] = ()
    gone: tuple[str, ...] = ()
    pending: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """A batch's pictures, decoded.

    Attributes:
        listings: one for each sequence of URLs asked for, in their order.
        to_encode: uint8[h, w, 3] by feature key; each content once.
        outcomes: of each distinct URL, for metrics: `cached`, `fetched`, `stale` (known content, since
            the server fails), `gone:<reason>`, `later:<reason>`.
    """

    listings: tuple[ListingPictures, ...]
    to_encode: dict[str, NDArray[np.uint8]]
    outcomes: Counter[str] = field(default_factory=Counter)

    def features_by_listing(
        self, encoded: Mapping[str, NDArray[np.float32]]
    ) -> list[list[NDArray[np.float32]]]:
        """Each listing's features float32[d], in the order of its pictures.

        Args:
            encoded: what the encoder made of `to_encode`, by the same keys.

        Raises:
            KeyError: one of `to_encode` was not encoded.
        """
        return [
            [encoded[ref.key] if ref.feature is None else ref.feature for ref in listing.pictures]
            for listing in self.listings
        ]


class PictureGatherer:
    """Gathers the pictures of one batch after another; one stage thread calls it."""

    def __init__(
        self,
        *,
        cache: ContentCache,
        fetcher: PictureFetcher,
        clock: Clock,
        url_ttl_s: float,
        preprocess: Callable[[bytes], NDArray[np.uint8]],
        feature_key: Callable[[str], str],
        bad_picture: type[Exception],
        threads: int = 2,
    ) -> None:
        """Put together.

        Args:
            cache: of URLs and features.
            fetcher: gets what must be fetched.
            clock: its wall time dates fetches.
            url_ttl_s: for how long a URL is taken to give what it gave.
            preprocess: bytes to uint8[h, w, 3]; raises `bad_picture`, whose `reason` is a short label.
            feature_key: SHA-256 in hex to the cache key of its feature.
            bad_picture: what `preprocess` raises of a picture that can never be decoded.
            threads: that decode (Pillow lets go of the interpreter lock while it does).
        """
        self._cache = cache
        self._fetcher = fetcher
        self._clock = clock
        self._url_ttl_ms = round(url_ttl_s * 1000)
        self._preprocess = preprocess
        self._feature_key = feature_key
        self._bad_picture = bad_picture
        self._decoders = ThreadPoolExecutor(threads, thread_name_prefix="decode")

    def gather(self, urls_by_listing: Sequence[Sequence[str]]) -> Gathered:
        """All pictures of a batch.

        1. Known URLs whose feature is in the cache need no fetch within `url_ttl`.
        2. The rest is fetched, in one go.
        3. Where that fails for now, known content of any age will do, if its feature is still there.
        4. What is new is decoded, each content once; what cannot be decoded is gone.
        5. Only what was fetched and could be used is remembered.
        """
        urls = list(dict.fromkeys(url for listing in urls_by_listing for url in listing))
        now_ms = self._clock.now_ms()
        known = self._cache.urls([url for url in urls if _cacheable(url)])
        features = self._features_of(entry.sha256 for entry in known.values())
        usable = {url: entry for url, entry in known.items() if self._feature_key(entry.sha256) in features}
        fresh = {url: entry for url, entry in usable.items() if self._is_fresh(entry, now_ms)}
        wanted = [url for url in urls if url not in fresh]
        results = self._fetcher.fetch(wanted) if wanted else {}

        contents: dict[str, bytes] = {}
        hashes: dict[str, str] = {url: entry.sha256 for url, entry in fresh.items()}
        for url in wanted:
            result = results[url]
            if isinstance(result, Fetched):
                hashes[url] = hashlib.sha256(result.content).hexdigest()
                contents[hashes[url]] = result.content
        features |= self._features_of(contents)
        arrays, broken = self._decode(
            {sha: content for sha, content in contents.items() if self._feature_key(sha) not in features}
        )
        self._cache.remember_urls(
            {
                url: KnownUrl(hashes[url], now_ms)
                for url in wanted
                if url in hashes and hashes[url] not in broken and _cacheable(url)
            }
        )

        verdicts: dict[str, PictureRef | Gone | Later] = {}
        outcomes: Counter[str] = Counter()
        for url in urls:
            verdict, outcome = self._judge(url, results.get(url), hashes.get(url), usable.get(url), broken)
            outcomes[outcome] += 1
            if isinstance(verdict, str):
                key = self._feature_key(verdict)
                verdicts[url] = PictureRef(verdict, key, features.get(key))
            else:
                verdicts[url] = verdict
        return Gathered(
            tuple(_listing(verdicts[url] for url in listing) for listing in urls_by_listing), arrays, outcomes
        )

    def close(self) -> None:
        """Let go of the decoding threads; the cache and the fetcher belong to others."""
        self._decoders.shutdown()

    def _is_fresh(self, entry: KnownUrl, now_ms: int) -> bool:
        """A fetch dated in the future (the clock was set back) is not to be trusted for ever."""
        return 0 <= now_ms - entry.fetched_ms < self._url_ttl_ms

    def _features_of(self, hashes: Iterable[str]) -> dict[str, NDArray[np.float32]]:
        keys = list(dict.fromkeys(self._feature_key(sha) for sha in hashes))
        return self._cache.features(keys) if keys else {}

    def _judge(
        self,
        url: str,
        result: FetchResult | None,
        sha256: str | None,
        known: KnownUrl | None,
        broken: Mapping[str, Gone],
    ) -> tuple[str | Gone | Later, str]:
        """The hash of the content that the URL stands for, or why there is none; and the outcome's name."""
        if sha256 is not None:
            if sha256 in broken:
                return broken[sha256], f"gone:{broken[sha256].reason}"
            return sha256, "cached" if result is None else "fetched"
        if isinstance(result, Later):
            return (known.sha256, "stale") if known else (result, f"later:{result.reason}")
        if isinstance(result, Gone):
            return result, f"gone:{result.reason}"
        raise AssertionError(f"the fetcher gave nothing for {url[:80]!r}")

    def _decode(self, contents: Mapping[str, bytes]) -> tuple[dict[str, NDArray[np.uint8]], dict[str, Gone]]:
        """By feature key what could be decoded, by hash what could not."""
        arrays: dict[str, NDArray[np.uint8]] = {}
        broken: dict[str, Gone] = {}
        for sha, decoded in zip(
            contents, self._decoders.map(self._try_decode, contents.values()), strict=True
        ):
            if isinstance(decoded, Gone):
                broken[sha] = decoded
            else:
                arrays[self._feature_key(sha)] = decoded
        return arrays, broken

    def _try_decode(self, content: bytes) -> NDArray[np.uint8] | Gone:
        try:
            return self._preprocess(content)
        except self._bad_picture as err:
            return Gone(str(getattr(err, "reason", "undecodable")))


def _cacheable(url: str) -> bool:
    """A data: URL is its own content: there is no fetch to be saved."""
    return not url[:5].lower().startswith("data:")


def _listing(verdicts: Iterable[PictureRef | Gone | Later]) -> ListingPictures:
    each = list(verdicts)
    return ListingPictures(
        tuple({verdict.sha256: verdict for verdict in each if isinstance(verdict, PictureRef)}.values()),
        tuple(verdict.reason for verdict in each if isinstance(verdict, Gone)),
        tuple(verdict.reason for verdict in each if isinstance(verdict, Later)),
    )
