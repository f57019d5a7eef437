"""How each topic must be: partitions, clean-up, retention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from consumer.contracts.topics import TopicNames
from consumer.kafka.config import MAX_MESSAGE_BYTES

_DAY_MS = 86_400_000
_MARGIN = 4_096  # a topic's limit is on a record batch with its overhead


@dataclass(frozen=True, slots=True)
class TopicSpec:
    """One topic as it is made, and what of it is checked at start.

    Attributes:
        partitions: how many it is made with.
        exactly: whether another count is refused; otherwise it is the operator's choice.
        cleanup: `cleanup.policy`, checked: what is compacted away by time would be lost.
        keep_ms: for `compact` the least `delete.retention.ms`; for `delete` its `retention.ms`.
    """

    name: str
    partitions: int
    exactly: bool
    cleanup: Literal["compact", "delete"]
    keep_ms: int

    def configs(self, replication: int) -> dict[str, str]:
        """The settings it is made with; from three replicas on a write needs two of them."""
        keep = "delete.retention.ms" if self.cleanup == "compact" else "retention.ms"
        return {
            "cleanup.policy": self.cleanup,
            keep: str(self.keep_ms),
            "max.message.bytes": str(MAX_MESSAGE_BYTES + _MARGIN),
            "min.insync.replicas": "2" if replication >= 3 else "1",
        }


def topic_specs(
    names: TopicNames, *, shards: int = 1, partitions: int = 8, marker_ttl_s: float = 7 * 86_400.0
) -> list[TopicSpec]:
    """All topics of one installation.

    Args:
        names: what they are called.
        shards: partitions of the inner log, one a shard.
        partitions: of the others; bounds how many processes embed.
        marker_ttl_s: compacted topics keep deletions at least so long.
    """
    keep_ms = int(marker_ttl_s * 1000)
    compacted: Sequence[str] = (names.listings, names.matches, names.reviews, names.verdicts, names.drift)
    return [
        *(
            TopicSpec(name, partitions, exactly=False, cleanup="compact", keep_ms=keep_ms)
            for name in compacted
        ),
        TopicSpec(names.embedded, shards, exactly=True, cleanup="compact", keep_ms=keep_ms),
        TopicSpec(
            names.retry, partitions, exactly=False, cleanup="delete", keep_ms=max(keep_ms, 7 * _DAY_MS)
        ),
        TopicSpec(names.dlq, 1, exactly=False, cleanup="delete", keep_ms=max(keep_ms, 30 * _DAY_MS)),
    ]
