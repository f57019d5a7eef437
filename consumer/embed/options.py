"""What an operator may set of the embed role."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbedOptions:
    """The embed role's settings.

    Attributes:
        batch_size, linger_s: a micro-batch closes at whichever comes first.
        queue_depth: batches that may wait before each stage.
        revoke_budget_s: what a revoke may take to finish what is in flight; the rest is dropped.
        url_ttl_s: for how long a URL that was fetched is not fetched again.
        max_record_bytes: a longer value is a dead letter.
        retry_max_s: the longest wait of a retry, whatever a clock that jumped has dated it.
        max_attempts: retries after which missing pictures count as gone.
    """

    batch_size: int = 64
    linger_s: float = 0.05
    queue_depth: int = 2
    revoke_budget_s: float = 5.0
    url_ttl_s: float = 86_400.0
    max_record_bytes: int = 900_000
    retry_max_s: float = 600.0
    max_attempts: int = 400
