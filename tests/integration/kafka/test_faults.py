"""What breaks around the real source and sink: the broker, the group, the process itself."""

from __future__ import annotations

import time
from collections.abc import Iterator
from threading import Event, Thread
from typing import Any

import pytest
from confluent_kafka import Consumer

from consumer.errors import BrokerFault, Fenced, Misconfigured, OutcomeUnknown, TransactionAborted
from consumer.kafka.sink import KafkaSink
from consumer.kafka.source import KafkaSource
from consumer.ports.records import OutRecord, Record, TopicPartition
from tests.fast.clocks import HandClock
from tests.integration.kafka.real_log import RealLog
from tests.integration.kafka_broker import KafkaBroker
from tests.integration.stream.waiting import eventually
from tests.log_suite import Assigned, join, out, take, until, values


@pytest.fixture
def log(kafka_bootstrap: str) -> Iterator[RealLog]:
    log = RealLog(kafka_bootstrap)
    yield log
    log.close()


@pytest.fixture
def own(kafka_broker: KafkaBroker) -> Iterator[RealLog]:
    """A log on the broker that the test may stop."""
    log = RealLog(kafka_broker.bootstrap)
    yield log
    kafka_broker.thaw()
    log.close()


def committed_values(log: RealLog, topic: str) -> list[bytes | None]:
    reader, got = log.state_reader([topic]), list[Record]()
    ends = reader.ends()
    until(lambda: reader.reached(ends), lambda: got.extend(reader.poll(100, 0.1)), "the end of the topic")
    reader.close()
    return values(got)


def test_metadata_of_an_older_generation_are_refused(log: RealLog, monkeypatch: pytest.MonkeyPatch) -> None:
    """A commit that vouches with what was true before a rebalance is aborted (KIP-447)."""
    into, topic = log.topic(2), log.topic()
    first, second, sink = log.source("old"), log.source("old"), log.sink("old")
    held, taken = Assigned(), Assigned()
    join(first, [into], held, 2)
    old = first.group_metadata()
    second.subscribe([into], taken)
    until(lambda: bool(taken.owned), lambda: [first.poll(1, 0.1), second.poll(1, 0.1)], "a rebalance")
    sink.open()
    with monkeypatch.context() as patched:
        patched.setattr(first, "group_metadata", lambda: old)
        with pytest.raises(TransactionAborted):
            sink.commit(out(topic, "stale"), {TopicPartition(into, 0): 1}, first)
    sink.commit(out(topic, "fresh"), {TopicPartition(into, 0): 1}, first)
    sink.close()
    assert committed_values(log, topic) == [b"fresh"]


def test_a_source_that_never_joined_commits_nothing(log: RealLog) -> None:
    """The broker would not fence metadata without a member; so they are not sent."""
    into, topic = log.topic(), log.topic()
    source, sink = log.source("stranger"), log.sink("stranger")
    sink.open()
    with pytest.raises(TransactionAborted, match="no member"):
        sink.commit(out(topic, "x"), {TopicPartition(into, 0): 1}, source)
    sink.close()
    assert committed_values(log, topic) == []


def test_a_transaction_that_outlives_its_time_is_aborted(log: RealLog) -> None:
    """A process that froze inside a transaction is fenced by the coordinator, and nothing of it is seen."""
    into, topic = log.topic(), log.topic()
    source = log.source("slow")
    join(source, [into], Assigned(), 1)
    fast = {"transaction.timeout.ms": 1_000, "message.timeout.ms": 1_000, "socket.timeout.ms": 1_000}
    sink = KafkaSink(log.config, f"slow-{log.unique}", overrides=fast)
    sink.open()
    original, reader = source.group_metadata, log.state_reader([topic])

    def freeze() -> bytes | None:
        ends = {TopicPartition(topic, 0): 2}  # the hidden record and the coordinator's abort
        until(lambda: reader.reached(ends), lambda: reader.poll(1, 0.1), "the abort")
        return original()

    source.group_metadata = freeze  # type: ignore[method-assign]
    with pytest.raises((Fenced, TransactionAborted)):
        sink.commit(out(topic, "late"), {TopicPartition(into, 0): 1}, source)
    sink.close()
    reader.close()
    assert source.committed([TopicPartition(into, 0)]) == {TopicPartition(into, 0): None}
    assert committed_values(log, topic) == []


def test_a_record_too_large_is_our_own_fault_and_hides_the_rest(log: RealLog) -> None:
    """Validation bounds records, so this crashes; nothing of it is seen, and the sink can go on."""
    into, topic = log.topic(), log.topic()
    source, sink = log.source("large"), log.sink("large")
    join(source, [into], Assigned(), 1)
    sink.open()
    huge = OutRecord(topic, b"k", bytes(2_000_000))
    with pytest.raises(ValueError, match="validation should have bounded it"):
        sink.commit([*out(topic, "x"), huge], {}, source)
    sink.commit(out(topic, "y"), {}, source)
    sink.close()
    assert committed_values(log, topic) == [b"y"]


def test_writing_to_a_missing_topic_names_the_mending_command(log: RealLog) -> None:
    """The transaction is aborted, and the operator told what to do."""
    into = log.topic()
    source, sink = log.source("missing"), log.sink("missing")
    join(source, [into], Assigned(), 1)
    sink = KafkaSink(
        log.config, f"missing-{log.unique}", overrides={"topic.metadata.propagation.max.ms": 500}
    )
    sink.open()
    with pytest.raises(Misconfigured, match="skutwin topics create"):
        sink.commit(out("nowhere", "x"), {}, source)
    sink.close()


def test_reading_a_missing_topic_names_the_mending_command(log: RealLog) -> None:
    """A subscription to an unknown topic ends the poll."""
    source = log.source("nowhere", {"topic.metadata.propagation.max.ms": 500})
    source.subscribe([f"nowhere-{log.unique}"], Assigned())
    with pytest.raises(Misconfigured, match="skutwin topics create"):
        until(lambda: False, lambda: source.poll(1, 0.5), "an error")


def test_compacted_state_is_read_to_its_end(log: RealLog) -> None:
    """When the tail of a compacted topic has holes, the ends are reached still."""
    topic = log.topic(
        config={
            "cleanup.policy": "compact",
            "segment.ms": "100",
            "min.cleanable.dirty.ratio": "0.01",
            "max.compaction.lag.ms": "200",
        }
    )
    for number in range(50):
        log.produce(topic, b"same", str(number).encode())
    until(
        lambda: len(committed_values(log, topic)) < 25,
        lambda: log.produce(topic, b"same", b"last"),
        "a compaction",
    )
    assert committed_values(log, topic)[-1] == b"last"


def test_a_broker_that_restarts_costs_nothing(own: RealLog, kafka_broker: KafkaBroker) -> None:
    """Source and sink go on after a short outage, in order, without loss."""
    into, topic = own.topic(), own.topic()
    source, sink = own.source("restart"), own.sink("restart")
    join(source, [into], Assigned(), 1)
    sink.open()
    sink.commit(out(topic, "before"), {}, source)
    kafka_broker.restart()
    own.produce(into, b"k", b"in")
    (record,) = take(source, 1)
    done: list[bool] = []

    def again() -> None:
        try:
            sink.commit(out(topic, "after"), {record.where: 1}, source)
        except TransactionAborted:
            source.poll(1, 0.2)  # its membership is being renewed
        else:
            done.append(True)

    until(lambda: bool(done), again, "a commit")
    sink.close()
    assert source.committed([record.where]) == {record.where: 1}
    assert committed_values(own, topic) == [b"before", b"after"]


class Committing:
    """A member of a group that commits without a pause, and begins anew as a supervisor would let it."""

    def __init__(self, log: RealLog, name: str, into: str, topic: str, at_once: Event) -> None:
        self.commits = 0
        self._log, self._name, self._topic, self._at_once = log, name, topic, at_once
        self._source = KafkaSource(log.config, f"restarts-{log.unique}")
        self._source.subscribe([into], Assigned())
        self.is_member = False
        self._where = TopicPartition(into, 0)
        self._over = Event()
        self._thread = Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join(60)
        assert not self._thread.is_alive()
        self._source.close()

    def _run(self) -> None:
        while not self._at_once.is_set():
            self._source.poll(1, 0.1)  # so that whoever joins after it can
            self.is_member = self._source.group_metadata() is not None
        while not self._over.is_set():
            sink = self._log.sink(self._name)
            try:
                sink.open()
                while not self._over.is_set():
                    self._commit(sink)
            except BrokerFault:
                sink.close()

    def _commit(self, sink: KafkaSink) -> None:
        self._source.poll(1, 0)
        try:
            sink.commit(out(self._topic, "x"), {self._where: 0}, self._source)
        except TransactionAborted:
            self._source.poll(1, 0.1)
        else:
            self.commits += 1


def test_a_broker_that_restarts_amid_commits_leaves_nobody_waiting_for_ever(
    own: RealLog, kafka_broker: KafkaBroker
) -> None:
    """librdkafka's call that sends offsets may never come back then, whatever time it was given."""
    into, topic, at_once = own.topic(4), own.topic(), Event()
    members = [Committing(own, f"member {number}", into, topic, at_once) for number in range(4)]
    eventually(lambda: all(each.is_member for each in members), "members", deadline_s=180)
    at_once.set()
    for _ in range(2):
        _all_go_on(members)
        kafka_broker.stop()
        kafka_broker.start()
    _all_go_on(members)
    for each in members:
        each.end()


def _all_go_on(members: list[Committing]) -> None:
    before = {each: each.commits for each in members}
    eventually(lambda: all(each.commits > before[each] + 1 for each in members), "all commit", deadline_s=180)


def test_an_outage_longer_than_the_grace_period_ends_the_poll(
    own: RealLog, kafka_broker: KafkaBroker
) -> None:
    """The source says which address does not answer, soon after the grace period."""
    into = own.topic()
    source = KafkaSource(own.config, f"grace-{own.unique}", grace_s=1.0)
    join(source, [into], Assigned(), 1)
    kafka_broker.kill()
    begun = time.monotonic()
    with pytest.raises(BrokerFault, match=kafka_broker.bootstrap):
        until(lambda: False, lambda: source.poll(1, 0.2), "an error")
    assert time.monotonic() - begun < 10
    kafka_broker.start()
    source.close()


def test_a_commit_without_an_answer_is_unknown_and_its_successor_knows(
    own: RealLog, kafka_broker: KafkaBroker
) -> None:
    """The broker freezes in mid-commit: `OutcomeUnknown`, and a successor finds all or nothing."""
    into, topic = own.topic(), own.topic()
    own.produce(into, b"k", b"in")
    source = own.source("unknown")
    source.subscribe([into], Assigned())
    (record,) = take(source, 1)
    sink = KafkaSink(own.config, f"unknown-{own.unique}", commit_budget_s=2.0)
    sink.open()
    finish = sink._finish

    def freeze_and_finish(producer: object) -> None:
        kafka_broker.freeze()
        finish(producer)

    sink._finish = freeze_and_finish  # type: ignore[method-assign]
    with pytest.raises(OutcomeUnknown, match="must end"):
        sink.commit(out(topic, "x"), {record.where: 1}, source)
    kafka_broker.thaw()
    successor = KafkaSink(own.config, f"unknown-{own.unique}")
    successor.open()
    shown = committed_values(own, topic)
    assert (shown, source.committed([record.where])[record.where]) in (([b"x"], 1), ([], None))
    successor.close()
    sink.close()


def test_opening_without_a_broker_says_so_within_its_budget() -> None:
    """`open` is bounded, and names the address."""
    sink = KafkaSink({"bootstrap.servers": "127.0.0.1:1"}, "nobody", open_budget_s=1.0)
    with pytest.raises(BrokerFault, match=r"127\.0\.0\.1:1"):
        sink.open()


def test_a_source_without_a_broker_says_so_after_the_grace_period() -> None:
    """From the first poll on, an unreachable broker is noticed."""
    source = KafkaSource({"bootstrap.servers": "127.0.0.1:1"}, "nobody", grace_s=0.5)
    source.subscribe(["x"], Assigned())
    with pytest.raises(BrokerFault, match=r"127\.0\.0\.1:1"):
        until(lambda: False, lambda: source.poll(1, 0.2), "an error")
    source.close()


def test_ends_that_cannot_be_asked_stop_nobody() -> None:
    """They are for a gauge alone: what is not known is left out."""
    source = KafkaSource({"bootstrap.servers": "127.0.0.1:1"}, "nobody")
    assert source.ends([TopicPartition("x", 0)]) == {}
    source.close()


def test_the_ends_are_known_again_after_the_broker_was_killed(
    own: RealLog, kafka_broker: KafkaBroker
) -> None:
    """Partitions have a later leader epoch then, which a client that asked before would not learn."""
    topic = own.topic()
    reader = own.state_reader([topic])
    where = TopicPartition(topic, 0)
    assert reader.ends() == {where: 0}
    kafka_broker.kill()
    kafka_broker.start()
    own.produce(topic, b"k", b"v")
    assert reader.ends() == {where: 1}
    reader.close()


def test_a_member_whom_the_group_forgot_and_lets_in_no_more_ends(log: RealLog) -> None:
    """A client that has lost its brokers for good says nothing: the process ends, and another may get in."""
    clock, into = HandClock(), log.topic()
    source = KafkaSource(log.config, "forgotten", clock=clock)
    join(source, [into], Assigned(), 1)
    clock.advance(3_600)
    source.poll(1, 0)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(source, "_consumer", _Outside(source._consumer))
        source.poll(1, 0)
        clock.advance(59)
        source.poll(1, 0)
        clock.advance(2)
        with pytest.raises(BrokerFault, match="not let into the consumer group forgotten for 60 s"):
            source.poll(1, 0)
    source.close()


class _Outside:
    """A consumer without a member id."""

    def __init__(self, consumer: Consumer) -> None:
        self._consumer = consumer

    def memberid(self) -> str:
        return ""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._consumer, name)
