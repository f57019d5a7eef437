"""The sweep on a real Kafka: beside the matchers, which are at work and need not know of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial

import structlog

from consumer.app import App, signals
from consumer.errors import Misconfigured
from consumer.kafka.sink import KafkaSink
from consumer.kafka.source import KafkaSource
from consumer.kafka.state_reader import KafkaStateReader
from consumer.ports.records import OutRecord, TopicPartition
from consumer.reindex.reading import Report, ShardLog
from consumer.settings import Settings
from consumer.sweep.asks import asks, in_parts
from consumer.sweep.pace import Pace
from consumer.sweep.standing import Tally, standings

Write = Callable[[Sequence[OutRecord]], None]
log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked for.

    Attributes:
        rate: listings a second over all shards.
        shard: this one alone, or all.
        again: also listings that a sweep for this artifact has asked for.
        count_only: write nothing.
    """

    rate: float
    shard: int | None = None
    again: bool = False
    count_only: bool = False


@dataclass(frozen=True, slots=True)
class Swept:
    """What became of one shard.

    Attributes:
        tally: what was found.
        written: listings asked for now.
        whole: nobody asked to stop before all that is due was written.
    """

    shard: int
    tally: Tally
    written: int
    whole: bool


def sweep(order: Order, settings: Settings, report: Report) -> Iterator[Swept]:
    """Have every listing on sale decided anew by the artifact of the settings, shard after shard.

    1. Read the inner log to its end: which listings are on sale, and for which artifact a sweep has asked for
       each since it changed.
    2. Ask for those that are due, at the log's end, in transactions of half a second's worth.

    There is no state but the log: killed anywhere, asked for again it goes on with what was not asked for. A
    second sweep beside it fences it. SIGTERM or SIGINT ends it after the transaction. Kafka keeps what it has
    written for `delete.retention.ms`, after which a listing counts as never asked for.

    Args:
        order: what.
        settings: of the installation, with the artifact that its matchers run.
        report: told of the progress.

    Raises:
        Misconfigured: there is no such shard, or a topic or the artifact is wrong.
        BrokerFault: Kafka fails; what was committed stays.
    """
    if order.shard is not None and not 0 <= order.shard < settings.shards:
        raise Misconfigured(
            f"there is no shard {order.shard}: SKUTWIN_SHARDS is {settings.shards}, counted from 0"
        )
    app, asked = App(settings, "match"), _Asked()
    sink = KafkaSink(app.client, f"{app.names.match_group}-sweep", commit_budget_s=settings.commit_budget_s)
    pace = Pace(order.rate, app.clock, asked.wait)
    with signals(asked), closing(sink), closing(KafkaSource(app.client, app.names.match_group)) as nobody:
        if not order.count_only:
            sink.open()
        for number in range(settings.shards) if order.shard is None else [order.shard]:
            shard_log = _log(app, number)
            known = standings(shard_log, report(f"shard {number}: reading", shard_log.end))
            tally = Tally.of(known, app.artifact.version, again=order.again)
            log.info("sweep_read", shard=number, due=tally.due, done=tally.done)
            written = 0
            if not order.count_only and tally.due:
                due = asks(known, shard_log.where, app.artifact.version, again=order.again)
                progress = report(f"shard {number}: sweeping", tally.due)
                written = write(due, lambda part: sink.commit(part, {}, nobody), pace, progress)
                log.info("sweep_written", shard=number, written=written, due=tally.due)
            yield Swept(number, tally, written, written == tally.due or not asked.stopped)
            if asked.stopped:
                return


def write(due: Iterator[OutRecord], commit: Write, pace: Pace, progress: Callable[[int], None]) -> int:
    """Commit the records part by part at this pace, until there are none or somebody asks to stop.

    Returns:
        How many are committed.
    """
    began_s, written = pace.clock.steady_s(), 0
    for part in in_parts(due, pace.at_once):
        commit(part)
        written += len(part)
        progress(written)
        if pace.rest(began_s, written):
            break
    return written


def _log(app: App, shard: int) -> ShardLog:
    """The shard's log up to where it ends now; what comes later comes to the matchers of the new artifact."""
    topic = app.names.topics.embedded
    where = TopicPartition(topic, shard)
    open_reader = partial(KafkaStateReader, app.client, [topic])
    with closing(open_reader()) as reader:
        return ShardLog(open_reader, where, reader.ends()[where])


class _Asked:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self._event = threading.Event()

    @property
    def stopped(self) -> bool:
        return self._event.is_set()

    def stop(self) -> None:
        self._event.set()

    def wait(self, seconds: float) -> bool:
        return self._event.wait(seconds)
