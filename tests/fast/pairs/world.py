"""A topic of match events in memory, and a follower of it into a file."""

from __future__ import annotations

from contextlib import closing
from decimal import Decimal
from pathlib import Path

from consumer.contracts.events import Kind, MatchEvent, Side
from consumer.contracts.pairs import Pair
from consumer.kafka.memory import MemoryBroker, MemoryStateReader
from consumer.pairs.api import page_of
from consumer.pairs.follow import Follower
from consumer.pairs.store import PairReader, PairStore
from model.decision.decision import Source
from tests.fast.clocks import HandClock

TOPIC = "matches"
KEEP_S = 7 * 86_400.0


def event(
    one: str, other: str, *, kind: Kind = Kind.MATCHED, number: int = 1, price: str = "9.90"
) -> MatchEvent:
    """Of two listings, each of a seller of its own; `price` is what the first of them asks."""
    pair = Pair.of(one, other)
    prices = {one: Decimal(price), other: Decimal("10.50")}
    sides = [
        Side(
            listing_id=listing_id,
            seller_id=f"seller of {listing_id}",
            revision=number,
            origin=number,
            price=prices[listing_id],
            currency="EUR",
        )
        for listing_id in pair
    ]
    return MatchEvent(
        pair_id=pair.pair_id,
        number=number,
        kind=kind,
        a=sides[0],
        b=sides[1],
        source=Source.MODEL,
        probability=0.97,
        artifact_version="a1",
        shard=0,
    )


class World:
    """The topic and the file; a follower is made anew for each `follow`, as if the process had died."""

    def __init__(self, path: Path, *, partitions: int = 2) -> None:
        self.clock = HandClock()
        self.path = path
        self.remake(partitions)

    def remake(self, partitions: int = 2) -> None:
        """The topic is deleted and made anew; what was in it is gone."""
        self.broker = MemoryBroker(self.clock)
        self.broker.create_topic(TOPIC, partitions)
        self.identity = f"cluster/{id(self.broker)}"

    def say(self, said: MatchEvent) -> None:
        self.broker.produce(TOPIC, said.pair_id.encode(), said.to_bytes(), said.headers(0))

    def forget(self, one: str, other: str) -> None:
        self.broker.produce(TOPIC, Pair.of(one, other).pair_id.encode(), None)

    def follower(self, store: PairStore) -> Follower:
        return Follower(
            store,
            lambda start: MemoryStateReader(self.broker, [TOPIC], start=start),
            lambda: self.identity,
            topic=TOPIC,
            clock=self.clock,
            keep_s=KEEP_S,
        )

    def follow(self, rounds: int = 3) -> int:
        """A process that follows for some rounds; how many records it took in."""
        with closing(PairStore(self.path)) as store, closing(self.follower(store)) as following:
            following.start()
            return sum(following.turn() for _ in range(rounds))

    def partners(self, listing_id: str) -> dict[str, str]:
        """The matches of a listing, each with the listing's own price."""
        with closing(PairReader(self.path)) as reader:
            page = page_of(reader, listing_id, "", 100)
        return {match.other.listing_id: str(match.listing.price) for match in page.matches}
