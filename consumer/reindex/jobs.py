"""The three jobs of `skutwin reindex`, shard by shard."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import structlog

from consumer.app import App
from consumer.contracts.inner import InnerVoid
from consumer.errors import IndexMismatch, Misconfigured
from consumer.index.identity import to_text
from consumer.kafka.admin import ClusterAdmin
from consumer.kafka.sink import KafkaSink
from consumer.kafka.source import KafkaSource
from consumer.kafka.state_reader import KafkaStateReader
from consumer.match.pair_state import PairState
from consumer.ports.log import StateReader
from consumer.ports.records import TopicPartition
from consumer.reindex import compare
from consumer.reindex.compare import Verified
from consumer.reindex.expected import Expected
from consumer.reindex.forgotten import forgotten_sides
from consumer.reindex.mend import delete_surplus, write_lacking
from consumer.reindex.put_back import decided_up_to
from consumer.reindex.reading import Report, ShardLog
from consumer.reindex.rebuild import rebuild
from consumer.settings import Settings

if TYPE_CHECKING:  # slow to import
    from consumer.index.milvus import MilvusIndex

_AT_ONCE = 1_000
_WAIT_S = 0.2
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


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What was mended of one shard.

    Attributes:
        before: what differed.
        deleted, written: rows.
        left: rows that the log holds no more, since a later record behind `offset` has overtaken them.
    """

    before: Verified
    deleted: int
    written: int
    left: int


def reindex(settings: Settings, shard: int | None, report: Report) -> Iterator[Reindexed]:
    """Build the index of one shard, or of all, anew.

    1. Nobody may be a member of the match group: who decides while its index is away would take it for empty.
    2. Where the broker has forgotten what the group had committed, commit what index and events tell of it.
       What was decided behind it had nothing to say, and is decided again.
    3. Drop the collection, whatever it was made for; an interrupted rebuild's is gone on with instead.
    4. Read the inner log from its beginning to the group's committed offset, and write what it says: rows and
       markers as match wrote them, since both are a pure function of the log.
    5. Note the committed offset as the index's watermark.

    If it dies before the end, the watermark is behind the committed offset: match refuses to start and names
    this command. A committed offset stays as it is. To go back and decide all again would end in the same
    pairs, but would on the way say old matches anew and take them back; so it is where index and committed
    offset are both lost.

    Args:
        settings: of the installation.
        shard: None for all.
        report: told of the progress.

    Raises:
        Misconfigured: no such shard, or a member is in the group.
        BrokerFault: Kafka does not answer.
        IndexFault: Milvus does not answer.
    """
    app, logs = _prepared(settings, shard, commits=True)
    for shard_log in logs:
        yield _rebuilt(app, shard_log, report)


def verify(settings: Settings, shard: int | None, report: Report) -> Iterator[Verified]:
    """Compare the index of one shard, or of all, with the inner log up to the committed offset.

    It writes nothing into the index. Nobody may be a member of the match group: the index moves under it.

    Raises:
        Misconfigured: no such shard, or a member is in the group, or the index is another's.
        BrokerFault: Kafka does not answer.
        IndexFault: Milvus does not answer.
    """
    app, logs = _prepared(settings, shard)
    for shard_log in logs:
        with closing(app.index(shard_log.where.partition)) as index:
            index.open()
            with _scratch(app, shard_log.where.partition) as expected:
                verified = _verified(app, index, expected, shard_log, report)
        yield verified


def reconcile(settings: Settings, shard: int | None, report: Report) -> Iterator[Reconciled]:
    """Compare, delete what the log does not have, and write what the index lacks; the rest is not touched.

    Into the log it notes the deletions that compaction has taken out of it before match had decided them.

    It would do no harm beside a matcher that begins while it runs: all that it writes is what the log says at
    an old offset, and what it deletes is overtaken for good. For the rest see `verify`.

    Raises:
        Misconfigured: as of `verify`; likewise BrokerFault and IndexFault.
    """
    app, logs = _prepared(settings, shard)
    for shard_log in logs:
        number = shard_log.where.partition
        with closing(app.index(number)) as index:
            index.open()
            with _scratch(app, number) as expected:
                before = _verified(app, index, expected, shard_log, report)
                deleted = delete_surplus(index, expected)
                progress = report(f"shard {number}: mending", shard_log.end)
                written = write_lacking(index, expected, shard_log, progress)
                left = sum(expected.counts().values())
                _note(app, number, _forgotten(app, expected, shard_log))
        log.info("index_mended", shard=number, deleted=deleted, written=written, left=left)
        yield Reconciled(before, deleted, written, left)


def _forgotten(app: App, expected: Expected, shard_log: ShardLog) -> list[InnerVoid]:
    """See `forgotten_sides`."""
    return list(forgotten_sides(_pairs(app, shard_log.where.partition), expected, shard_log.end))


def _pairs(app: App, shard: int) -> PairState:
    topics = app.names.topics
    pairs = PairState(shard, matches=topics.matches, reviews=topics.reviews)
    with closing(KafkaStateReader(app.client, [topics.matches, topics.reviews])) as reader:
        ends = reader.ends()
        while not reader.reached(ends):
            for record in reader.poll(_AT_ONCE, _WAIT_S):
                pairs.apply(record)
    return pairs


def _note(app: App, shard: int, voids: Sequence[InnerVoid]) -> None:
    """Into the log, under the shard's own transactional id, which no matcher holds now."""
    notes = [void.to_record(app.names.topics.embedded, shard) for void in voids]
    sink = KafkaSink(app.client, app.names.match_id(shard), commit_budget_s=app.settings.commit_budget_s)
    with closing(sink), closing(KafkaSource(app.client, app.names.match_group)) as member:
        if notes:
            sink.open()
        for start in range(0, len(notes), _AT_ONCE):
            sink.commit(notes[start : start + _AT_ONCE], {}, member)


def _prepared(settings: Settings, shard: int | None, *, commits: bool = False) -> tuple[App, list[ShardLog]]:
    """The app, and the log of each shard asked for; no matcher is at work.

    What the broker has forgotten of the group's offsets is found again; with `commits` it is put back.
    """
    shards = range(settings.shards) if shard is None else [shard]
    if shard is not None and not 0 <= shard < settings.shards:
        raise Misconfigured(f"there is no shard {shard}: SKUTWIN_SHARDS is {settings.shards}, counted from 0")
    app = App(settings, "match")
    members = ClusterAdmin(app.client).members(app.names.match_group)
    if members:
        raise Misconfigured(
            f"the group {app.names.match_group} has {members} member{'' if members == 1 else 's'}:"
            " stop every matcher first (one that was killed counts for some ten seconds more)"
        )
    topic = app.names.topics.embedded
    with closing(KafkaSource(app.client, app.names.match_group)) as member:
        committed = member.committed([TopicPartition(topic, number) for number in shards])
    open_reader = partial(KafkaStateReader, app.client, [topic])
    ends = {
        where: _decided(app, open_reader, where) if offset is None else offset
        for where, offset in committed.items()
    }
    forgotten = {where: end for where, end in ends.items() if committed[where] is None and end}
    if commits and forgotten:
        ClusterAdmin(app.client).commit(app.names.match_group, forgotten)
        log.warning("offsets_put_back", offsets={where.partition: end for where, end in forgotten.items()})
    return app, [ShardLog(open_reader, where, end) for where, end in ends.items()]


def _decided(app: App, open_reader: Callable[[], StateReader], where: TopicPartition) -> int:
    """How far the group had come, by index and events; 0 if the index is new, gone or another's."""
    with closing(app.index(where.partition)) as index:
        try:
            index.open()
        except IndexMismatch as err:
            log.warning("offsets_unknown", shard=where.partition, why=str(err))
            return 0
        noted, written = index.decided(), index.watermark() or 0
    if not noted:
        return 0
    return decided_up_to(noted, ShardLog(open_reader, where, written), _pairs(app, where.partition))


def _rebuilt(app: App, shard_log: ShardLog, report: Report) -> Reindexed:
    number, end = shard_log.where.partition, shard_log.end
    mark = _scratch_path(app, number).with_suffix(".rebuilding")
    index = app.index(number)
    with closing(index):
        start = _where_it_was(index, mark)
        if start is None:
            index.drop()
            log.info("index_dropped", shard=number)
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.write_text(str(end))
    index.open()
    with closing(index):
        progress = report(f"shard {number}: rebuilding", end)
        count = rebuild(index, shard_log, start=start or 0, progress=progress)
        done = Reindexed(number, count, index.live_rows(), end)
    mark.unlink()
    log.info("index_rebuilt", shard=done.shard, records=done.records, live=done.live, offset=end)
    return done


def _where_it_was(index: MilvusIndex, mark: Path) -> int | None:
    """How far an interrupted rebuild has come; None if there is none, or it was all but done.

    Until a rebuild is whole its watermark is behind the committed offset, and no matcher has touched it.
    """
    if not mark.exists():
        return None
    index.open()
    reached = index.watermark() or 0
    return reached if reached < int(mark.read_text()) else None


def _verified(
    app: App, index: MilvusIndex, expected: Expected, shard_log: ShardLog, report: Report
) -> Verified:
    expired_ms = app.clock.now_ms() - round(app.settings.match_marker_ttl_s * 1000)
    verified = compare.verify(index, expected, shard_log, report, expired_ms=expired_ms)
    verified = replace(verified, forgotten=len(_forgotten(app, expected, shard_log)))
    counts = {**verified.counts, "forgotten": verified.forgotten}
    log.info("index_verified", shard=verified.shard, same=verified.same, counts=counts, offset=shard_log.end)
    return verified


@contextmanager
def _scratch(app: App, shard: int) -> Iterator[Expected]:
    """The scratch file; it goes when the job is done, and stays when it is interrupted."""
    expected = Expected(_scratch_path(app, shard).with_suffix(".sqlite3"))
    done = False
    try:
        yield expected
        done = True
    finally:
        expected.close(done=done)


def _scratch_path(app: App, shard: int) -> Path:
    """One for each index and what it is for: the log of a topic made anew is another one."""
    name = hashlib.blake2b(to_text(app.identity(shard)).encode(), digest_size=8).hexdigest()
    return app.settings.cache_dir / "reindex" / f"shard-{shard}-{name}"
