"""The breaker: stop before a whole topic is thrown away."""

from __future__ import annotations

from collections import deque

from consumer.errors import BreakerOpen


class Breaker:
    """The share of dead letters among the last records, and a bound on it.

    The window slides, so that the breaker neither forgets at a round number nor remembers for ever.
    It belongs to one process: a restart begins anew, with the batch that opened it still to be read.
    """

    def __init__(self, window: int, share: float, minimum: int) -> None:
        """Watch the last `window` records.

        Args:
            window: how many records are looked at.
            share: in (0, 1]; open when more than this share were dead letters.
            minimum: never open before so many records were seen.

        Raises:
            ValueError: a number is out of range.
        """
        if not (0 < minimum <= window and 0 < share <= 1):
            raise ValueError(
                f"window {window}, share {share}, minimum {minimum}: 0 < minimum <= window and 0 < share <= 1"
            )
        self._last: deque[bool] = deque(maxlen=window)
        self._share = share
        self._minimum = minimum
        self._bad = 0

    def note(self, bad: bool) -> None:  # noqa: FBT001 (the one thing to say of a record)
        """One more record was read; `bad`: it is a dead letter."""
        if len(self._last) == self._last.maxlen:
            self._bad -= self._last[0]
        self._last.append(bad)
        self._bad += bad

    @property
    def share(self) -> float:
        """The share of dead letters in the window; 0 while it is empty."""
        return self._bad / len(self._last) if self._last else 0.0

    @property
    def counted(self) -> float:
        """The share, once so many were seen that it counts; 0 before."""
        return self.share if len(self._last) >= self._minimum else 0.0

    @property
    def limit(self) -> float:
        """The share past which it opens."""
        return self._share

    def check(self) -> None:
        """Call before the batch is committed.

        Raises:
            BreakerOpen: too many; the message says how to go on.
        """
        if self.counted > self._share:
            raise BreakerOpen(
                f"{self._bad} of the last {len(self._last)} records are dead letters, more than the"
                f" {self._share:.0%} allowed. Stopped; the batch was not committed and is read again at the"
                " next start. If the records are bad, have their producer mended, or start once with a larger"
                " SKUTWIN_BREAKER_SHARE (1 lets all pass) to set them aside, see them with `skutwin dlq list`"
                " and send the mended ones with `skutwin dlq replay`."
            )
