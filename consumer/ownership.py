"""Which partitions are held without a break: a batch commits only for what it was polled under.

KIP-447 fences a member by its generation, not by its partitions: group metadata taken at the commit vouches
for a batch that was polled before a rebalance. So each partition has an epoch here, up on every assignment,
revoke and loss. Everything happens on the thread that polls: no call-back runs between check and commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from consumer.ports.records import TopicPartition

Stamp = Mapping[TopicPartition, int]


class Ownership:
    """Epochs of the partitions of one group member."""

    def __init__(self) -> None:
        self._epochs: dict[TopicPartition, int] = {}
        self._held: set[TopicPartition] = set()

    @property
    def held(self) -> frozenset[TopicPartition]:
        """What is held now."""
        return frozenset(self._held)

    def assigned(self, partitions: Iterable[TopicPartition]) -> None:
        """These are held from now on."""
        for where in partitions:
            self._epochs[where] = self._epochs.get(where, 0) + 1
            self._held.add(where)

    def gone(self, partitions: Iterable[TopicPartition]) -> None:
        """These were revoked or lost."""
        for where in partitions:
            self._epochs[where] = self._epochs.get(where, 0) + 1
            self._held.discard(where)

    def stamp(self, partitions: Iterable[TopicPartition]) -> Stamp:
        """The epochs that a batch is polled under."""
        return {where: self._epochs.get(where, 0) for where in partitions}

    def valid(self, stamp: Stamp) -> bool:
        """Whether each partition has been held without a break since the stamp."""
        return all(where in self._held and self._epochs[where] == epoch for where, epoch in stamp.items())
