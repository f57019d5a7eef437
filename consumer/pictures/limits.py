"""What fetching pictures may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PictureLimits:
    """Bounds on one fetcher. All are per fetcher, not per process.

    Attributes:
        max_bytes: of one picture, after decompression.
        batch_bytes: of all pictures of one call of `fetch` together; what does not fit in is `Later`.
        budget_s: for all pictures of one call of `fetch`; what is late is `Later`.
        request_timeout_s: for one request, from connecting to its last byte.
        redirects: that are followed, each checked by the policy.
        concurrency: requests at once.
        per_host: requests at once to one host.
        attempts: that one picture gets within the budget.
        first_wait_s: before the second attempt; doubled each time, with jitter.
        host_failures: after so many in a row a host is left alone.
        host_rest_s: for how long; then one request tries it.
        names_kept_s: for so long what a name resolved to is not asked again.
    """

    max_bytes: int = 8 * 2**20
    batch_bytes: int = 256 * 2**20
    budget_s: float = 3.0
    request_timeout_s: float = 2.0
    redirects: int = 3
    concurrency: int = 64
    per_host: int = 8
    attempts: int = 3
    first_wait_s: float = 0.1
    host_failures: int = 6
    host_rest_s: float = 5.0
    names_kept_s: float = 10.0

    @property
    def longest_request_s(self) -> float:
        """Well within the budget, so that a host that hangs is seen to fail rather than only cut off."""
        return min(self.request_timeout_s, 0.8 * self.budget_s)

    def __post_init__(self) -> None:
        """Refuse what means nothing."""
        for name in self.__slots__:
            least = 0 if name in {"redirects", "first_wait_s", "host_rest_s", "names_kept_s"} else 1e-9
            if not getattr(self, name) >= least:
                raise ValueError(
                    f"{name} is {getattr(self, name)}; it must be {'0 or ' if not least else ''}more"
                )
