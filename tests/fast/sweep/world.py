"""A matcher in memory whose decider is exchanged, and the sweep that follows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing

from consumer.kafka.memory import Hook, MemorySink, MemorySource, MemoryStateReader
from consumer.ports.records import OutRecord, Record, TopicPartition
from consumer.reindex.reading import ShardLog, silent
from consumer.sweep.asks import asks
from consumer.sweep.job import write
from consumer.sweep.pace import Pace
from consumer.sweep.standing import Tally, standings
from model.decision.decision import Decision, Outcome, Similarity, Source
from model.embedded import EmbeddedListing
from tests.fast.match.world import TOPICS, World, no_fault

SHARD = TopicPartition(TOPICS.embedded, 0)


class NewDecider:
    """Red and blue are one colour to it, and nothing green equals anything."""

    def decide(self, pairs: Sequence[tuple[EmbeddedListing, EmbeddedListing]]) -> list[Decision]:
        return [self._one(a, b) for a, b in pairs]

    def _one(self, a: EmbeddedListing, b: EmbeddedListing) -> Decision:
        matched = self.same(a.colour, b.colour)
        cosine = float(a.embedding.vector @ b.embedding.vector)
        outcome, probability = (Outcome.MATCH, 0.98) if matched else (Outcome.DIFFERENT, 0.02)
        return Decision(probability, outcome, Source.MODEL, Similarity(cosine, None, None), (("bias", 0.0),))

    @staticmethod
    def same(one: str | None, other: str | None) -> bool:
        """What it says of two colours."""
        return "green" not in {one, other} and (one == other or {one, other} == {"red", "blue"})


def exchange(world: World) -> None:
    """The matchers that run from now on decide by the new one."""
    world.decider = NewDecider()  # type: ignore[assignment]  # another one with the same face
    world.artifact_version = "new"


def log(world: World) -> ShardLog:
    """The inner log up to where it ends now."""
    with closing(MemoryStateReader(world.broker, [TOPICS.embedded])) as reader:
        end = reader.ends()[SHARD]
    return ShardLog(lambda: MemoryStateReader(world.broker, [TOPICS.embedded]), SHARD, end)


def sweep(
    world: World,
    version: str = "new",
    *,
    again: bool = False,
    rate: float = 4,
    hook: Hook = no_fault,
    meanwhile: Callable[[], None] = lambda: None,
) -> Tally:
    """One run of it; `meanwhile` is what others do between its reading and its writing."""
    sink = MemorySink(world.broker, "sweep", hook)
    sink.open()  # ends the transaction of one that was killed, before which no reader comes to the end
    shard_log = log(world)
    known = standings(shard_log)
    meanwhile()
    source = MemorySource(world.broker, "nobody")

    def commit(part: Sequence[OutRecord]) -> None:
        sink.commit(part, {}, source)

    pace = Pace(rate, world.clock, lambda _: False)
    write(asks(known, SHARD, version, again=again), commit, pace, silent)
    return Tally.of(known, version, again=again)


def swept(world: World) -> list[Record]:
    """What was asked for in the log."""
    return [r for r in world.broker.records(TOPICS.embedded) if r.header("kind") == b"again"]
