"""One batch on its way through the embed role, and what it writes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from consumer.contracts.inner import InnerListing, InnerVerdict
from consumer.contracts.topics import TopicNames
from consumer.embed.items import Bad, Deletion, Item, Judged, ToEmbed, superseded
from consumer.ownership import Stamp
from consumer.pictures.gather import Gathered
from consumer.ports.records import OutRecord, Record, TopicPartition
from model.embedded import EmbeddedListing, Embedding, Pictures
from model.listing import Offer

DeadLetterMaker = Callable[[Bad], OutRecord]
_HASH_DIGITS = 16


@dataclass(slots=True)
class Batch:
    """A micro-batch; the stages fill it in.

    Attributes:
        number: counts the batches of this process, for the logs.
        items: what each record is, in the order of polling.
        stamp: the epochs that its partitions were polled under.
        overtaken: indices of items that a later one of the batch supersedes.
        gathered: pictures of `to_embed`, after the fetch stage.
        embeddings: of `to_embed`, after the encode stage.
        perceptual_hashes: of each of `to_embed` its pictures', after the encode stage.
    """

    number: int
    items: Sequence[Item]
    stamp: Stamp
    overtaken: set[int] = field(init=False)
    to_embed: list[ToEmbed] = field(init=False)
    gathered: Gathered | None = None
    embeddings: list[Embedding] | None = None
    perceptual_hashes: Sequence[tuple[str, ...]] = ()

    def __post_init__(self) -> None:
        self.overtaken = superseded(self.items)
        self.to_embed = [
            item
            for index, item in enumerate(self.items)
            if isinstance(item, ToEmbed) and index not in self.overtaken
        ]

    @property
    def records(self) -> list[Record]:
        """What was polled."""
        return [item.record for item in self.items]

    @property
    def bad(self) -> list[Bad]:
        """Its dead letters."""
        return [item for item in self.items if isinstance(item, Bad)]

    def offsets(self) -> dict[TopicPartition, int]:
        """The offset to read next, of each partition."""
        return {record.where: record.offset + 1 for record in self.records}

    def output(
        self, topics: TopicNames, shards: int, max_attempts: int, dead_letter: DeadLetterMaker
    ) -> list[OutRecord]:
        """Step 5's records, in the order of the input's."""
        embedded = iter(self._embedded(max_attempts))
        records: list[OutRecord] = []
        for index, item in enumerate(self.items):
            if isinstance(item, Bad):
                records.append(dead_letter(item))
            elif index in self.overtaken:
                continue
            elif isinstance(item, ToEmbed):
                records.append(next(embedded).to_record(topics.embedded, item.shard))
            elif isinstance(item, Deletion):
                gone = InnerListing(item.listing_id, None, item.record.timestamp_ms)
                records += [gone.to_record(topics.embedded, shard) for shard in range(shards)]
            else:
                records += _verdict_records(item, topics, shards)
        return records

    def _embedded(self, max_attempts: int) -> list[InnerListing]:
        if self.embeddings is None:
            raise ValueError("the batch has not been through all stages")
        each = zip(self.to_embed, self.embeddings, self._pictures(max_attempts), strict=True)
        return [
            InnerListing(
                item.offer.listing_id,
                _embedded_listing(item.offer, embedding, pictures),
                item.arrived_ms,
                item.as_of,
            )
            for item, embedding, pictures in each
        ]

    def _pictures(self, max_attempts: int) -> list[Pictures]:
        """What became of the pictures; after the last retry those that still fail count as gone."""
        if self.gathered is None:
            raise ValueError("the batch has not been through all stages")
        noted = []
        for item, of_one, seen in zip(
            self.to_embed, self.gathered.listings, self.perceptual_hashes, strict=True
        ):
            lost = len(of_one.pending) if item.attempt >= max_attempts else 0
            noted.append(
                Pictures(
                    hashes=tuple(ref.sha256[:_HASH_DIGITS] for ref in of_one.pictures),
                    perceptual_hashes=seen,
                    gone=len(of_one.gone) + lost,
                    pending=len(of_one.pending) - lost,
                    attempt=item.attempt,
                )
            )
        return noted


def _embedded_listing(offer: Offer, embedding: Embedding, pictures: Pictures) -> EmbeddedListing:
    """The listing without its description; pictures inside URLs stay only while a retry will need them."""
    fields = {name: getattr(offer, name) for name in Offer.model_fields}
    if not pictures.pending:
        fields["image_urls"] = tuple(u for u in offer.image_urls if u[:5].lower() != "data:")
    return EmbeddedListing(**fields, embedding=embedding, pictures=pictures)


def _verdict_records(item: Judged, topics: TopicNames, shards: int) -> list[OutRecord]:
    inner = InnerVerdict(item.pair_id, item.verdict)
    to = range(shards) if item.verdict is None else [item.verdict.shard]
    return [inner.to_record(topics.embedded, shard) for shard in to]
