"""The pictures' ports: fetching, and the cache of what was fetched and embedded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Fetched:
    """A picture's bytes, within all limits, not yet decoded."""

    content: bytes


@dataclass(frozen=True, slots=True)
class Gone:
    """A picture that failed for good; `reason` is a short bounded label (`not_found`, `too_large`, …)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Later:
    """A picture that failed for now, after the retries that the budget allowed."""

    reason: str


FetchResult = Fetched | Gone | Later


class PictureFetcher(Protocol):
    """Gets pictures by URL: http(s), file under a root, data. Safe against what the URL names."""

    def fetch(self, urls: Sequence[str]) -> Mapping[str, FetchResult]:
        """All of these, concurrently, within one time budget; never raises for what a server does."""

    def close(self) -> None:
        """Let go of connections."""


class KnownUrl(NamedTuple):
    """What a URL gave when it was fetched last: SHA-256 in hex, and when, in wall-clock milliseconds."""

    sha256: str
    fetched_ms: int


class ContentCache(Protocol):
    """Bounded, on disk, shared by restarts and processes; thread-safe. A miss is always allowed."""

    def urls(self, urls: Sequence[str]) -> dict[str, KnownUrl]:
        """What is known of these URLs."""

    def remember_urls(self, known: Mapping[str, KnownUrl]) -> None:
        """Note what URLs gave."""

    def features(self, keys: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """Encoder outputs `float32[d]` by key; a key names content and encoder version."""

    def remember_features(self, features: Mapping[str, NDArray[np.float32]]) -> None:
        """Note encoder outputs."""

    def close(self) -> None:
        """Let go of the file."""
