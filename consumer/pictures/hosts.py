"""A breaker for each host, so that an outage costs a few requests and not one for every picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

_HOSTS_AT_MOST = 4_096


@dataclass(slots=True)
class _Failing:
    failures: int = 0
    rests_until_s: float = 0.0


class HostBreaker:
    """After some failures in a row a host rests; then one request tries it, and its answer decides.

    It outlives a batch, so that an outage of minutes does not cost every batch of these minutes its budget.
    """

    def __init__(self, failures: int, rest_s: float, now_s: Callable[[], float]) -> None:
        """Let a host rest for `rest_s` after `failures` in a row; `now_s` is a steady clock."""
        self._failures = failures
        self._rest_s = rest_s
        self._now_s = now_s
        self._failing: dict[str, _Failing] = {}

    def may_ask(self, host: str) -> bool:
        """Whether to send a request; a True for a host that has rested is for one request only."""
        failing = self._failing.get(host)
        if failing is None or failing.failures < self._failures:
            return True
        if self._now_s() < failing.rests_until_s:
            return False
        failing.rests_until_s = self._now_s() + self._rest_s
        return True

    def answered(self, host: str) -> None:
        """It answered, with whatever: it is up."""
        self._failing.pop(host, None)

    def failed(self, host: str) -> None:
        """It did not answer, or said that it cannot now."""
        failing = self._failing.pop(host, None) or _Failing()
        failing.failures += 1
        failing.rests_until_s = self._now_s() + self._rest_s
        self._failing[host] = failing
        if len(self._failing) > _HOSTS_AT_MOST:
            del self._failing[next(iter(self._failing))]  # the one that failed longest ago
