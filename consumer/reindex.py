"""`skutwin reindex`: a shard's index built anew from the inner log, with no encoder and no event."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass

import structlog

from consumer.app import App
from consumer.errors import Misconfigured
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.source import KafkaSource
from consumer.kafka.state_reader import KafkaStateReader
from consumer.match.rebuild import rebuild
from consumer.ports.records import TopicPartition
from consumer.settings import Settings

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What was done to one shard.

    Attributes:
        records: of the inner log that were read.
        live: listings on sale that the index holds now.
        offset: the index reaches up to it, and match goes on there.
    """

    shard: int
    records: int
    live: int
    offset: int


def reindex(settings: Settings, shard: int | None = None) -> list[Reindexed]:
    """Build the index of one shard, or of all, anew.

    1. Nobody may be a member of the match group: who decides while its index is away would take it for empty.
    2. Drop the collection, whatever it was made for.
    3. Read the inner log from its beginning to the group's committed offset, and write what it says: rows and
       markers as match wrote them, since both are a pure function of the log.
    4. Note the committed offset as the index's watermark.

    If it dies before the end, the watermark is behind the committed offset: match refuses to start and names
    this command. The committed offset stays as it is. To go back and decide all again would end in the same
    pairs, but would on the way say old matches anew and take them back.

    Args:
        settings: of the installation.
        shard: None for all.

    Raises:
        Misconfigured: no such shard, or a member is in the group.
        BrokerFault: Kafka does not answer.
        IndexFault: Milvus does not answer.
    """
    shards = range(settings.shards) if shard is None else [shard]
    if shard is not None and not 0 <= shard < settings.shards:
        raise Misconfigured(f"there is no shard {shard}: SKUTWIN_SHARDS is {settings.shards}, counted from 0")
    app = App(settings, "match")
    members = ClusterAdmin(app.client).members(app.names.match_group)
    if members:
        raise Misconfigured(
            f"the group {app.names.match_group} has {members} members: stop every matcher first (one that was"
            " killed counts for some ten seconds more)"
        )
    topic = app.names.topics.embedded
    with closing(KafkaSource(app.client, app.names.match_group)) as member:
        committed = member.committed([TopicPartition(topic, number) for number in shards])
    return [_reindexed(app, where, offset or 0) for where, offset in committed.items()]


def _reindexed(app: App, where: TopicPartition, end: int) -> Reindexed:
    index = app.index(where.partition)
    with closing(index):
        index.drop()
        log.info("index_dropped", shard=where.partition)
    index.open()
    with closing(index), closing(KafkaStateReader(app.client, [where.topic])) as reader:
        count = rebuild(index, reader, where, end)
        done = Reindexed(where.partition, count, index.live_rows(), end)
    log.info("index_rebuilt", shard=done.shard, records=done.records, live=done.live, offset=end)
    return done
