"""A consumer group of the broker in memory: members, generations, a deterministic cooperative assignment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from consumer.ports.records import TopicPartition


@dataclass(eq=False, slots=True)
class Member:
    """One life of one member. A member that is expelled and comes back is a new one.

    Attributes:
        generation: the group's, as this member knows it; -1 once it knows that it is out.
        hears_late: it learns a new generation in its next poll only.
        held: what it owns; it goes to somebody else only after the member has given it up.
    """

    name: str
    topics: frozenset[str]
    hears_late: bool = False
    generation: int = -1
    held: set[TopicPartition] = field(default_factory=set)


class Group:
    """Who should own what, who owns what, and how far the group has come.

    As with librdkafka, a member follows the generation in the background, before it hears in a poll of what
    it must give up: so a commit is fenced by membership, not by ownership of a partition (KIP-447). While the
    news are on their way a commit is refused, with `hears_late` until the member's next poll.
    """

    def __init__(self, partitions_of: Callable[[str], Sequence[TopicPartition]]) -> None:
        self.committed: dict[TopicPartition, int] = {}
        self.generation = 0
        self._members: list[Member] = []
        self._target: dict[TopicPartition, Member] = {}
        self._partitions_of = partitions_of

    def join(self, member: Member) -> None:
        """Let a member in; the next polls of the others give up its share."""
        self._members.append(member)
        self._rebalance()

    def leave(self, member: Member) -> None:
        """Let a member go, willing or expelled; its partitions are free at once. It may not know it yet."""
        self._members.remove(member)
        self._rebalance()

    def tell(self, member: Member) -> None:
        """The member learns the generation."""
        member.generation = self.generation

    def has(self, member: Member) -> bool:
        """Whether it is a member still."""
        return member in self._members

    def accepts(self, member: Member) -> bool:
        """Whether a commit with this member's metadata passes (KIP-447): a member, and of this generation."""
        return self.has(member) and member.generation == self.generation

    def to_give_up(self, member: Member) -> list[TopicPartition]:
        """What it holds and should not."""
        return sorted(where for where in member.held if self._target.get(where) is not member)

    def to_take(self, member: Member) -> list[TopicPartition]:
        """What it should hold, does not, and nobody else does."""
        others = {where for other in self._members if other is not member for where in other.held}
        return sorted(
            where
            for where, owner in self._target.items()
            if owner is member and where not in member.held and where not in others
        )

    def _rebalance(self) -> None:
        self.generation += 1
        for member in self._members:
            if not member.hears_late:
                self.tell(member)
        self._target = self._assign()

    def _assign(self) -> dict[TopicPartition, Member]:
        """Sticky and even: who holds a partition keeps it, until somebody has two less."""
        shares: dict[str, set[TopicPartition]] = {member.name: set() for member in self._members}
        topics = sorted({topic for member in self._members for topic in member.topics})
        for where in (where for topic in topics for where in self._partitions_of(topic)):
            able = [member for member in self._members if where.topic in member.topics]
            holder = next((member for member in able if where in member.held), None)
            chosen = holder or min(able, key=lambda member: len(shares[member.name]))
            shares[chosen.name].add(where)
        while self._even_out(shares):
            pass
        by_name = {member.name: member for member in self._members}
        return {where: by_name[name] for name, share in shares.items() for where in share}

    def _even_out(self, shares: dict[str, set[TopicPartition]]) -> bool:
        for rich in sorted(self._members, key=lambda member: -len(shares[member.name])):
            for where in sorted(shares[rich.name], reverse=True):
                able = [member for member in self._members if where.topic in member.topics]
                poor = min(able, key=lambda member: len(shares[member.name]))
                if len(shares[poor.name]) + 1 < len(shares[rich.name]):
                    shares[rich.name].remove(where)
                    shares[poor.name].add(where)
                    return True
        return False
