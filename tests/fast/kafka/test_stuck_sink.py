"""A call of librdkafka that never comes back holds nobody up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException

from consumer.errors import BrokerFault, OutcomeUnknown, TransactionAborted
from consumer.kafka import sink as sink_module
from consumer.kafka.codes import Local
from consumer.kafka.sink import KafkaSink
from consumer.kafka.source import KafkaSource
from consumer.ports.records import TopicPartition


class NeverBack:
    """A producer with a call that never comes back, as after its group's coordinator was restarted."""

    def __init__(self, stuck_in: str) -> None:
        self.asked: list[str] = []
        self.released = threading.Event()
        self._stuck_in = stuck_in

    def _ask(self, what: str) -> None:
        self.asked.append(what)
        if what == self._stuck_in:
            self.released.wait()

    def init_transactions(self, _: float) -> None:
        self._ask("init")

    def begin_transaction(self) -> None:
        self.asked.append("begin")

    def flush(self, _: float) -> int:
        return 0

    def send_offsets_to_transaction(self, *_: object) -> None:
        self._ask("send")

    def commit_transaction(self, _: float) -> None:
        self._ask("commit")

    def abort_transaction(self, _: float) -> None:
        self._ask("abort")

    def poll(self, _: float) -> None:
        pass

    def purge(self) -> None:
        pass


class Unheard(NeverBack):
    """A producer whose offsets are refused, and whose abort is not answered in time, ever."""

    def send_offsets_to_transaction(self, *_: object) -> None:
        super().send_offsets_to_transaction()
        raise KafkaException(KafkaError(KafkaError.NOT_COORDINATOR, "not here", txn_requires_abort=True))

    def abort_transaction(self, _: float) -> None:
        super().abort_transaction(_)
        raise KafkaException(KafkaError(Local.TIMED_OUT, "retry call to resume", retriable=True))


class Member(KafkaSource):
    """Of some group."""

    def __init__(self) -> None:
        pass

    def group_metadata(self) -> bytes:
        return b"metadata"


class Made:
    """The producers that a sink made, and what the next ones are."""

    def __init__(self) -> None:
        self.all: list[NeverBack] = []
        self.make: Callable[[], NeverBack] = lambda: NeverBack("send")

    def __call__(self, _: dict[str, Any]) -> NeverBack:
        self.all.append(self.make())
        return self.all[-1]


@pytest.fixture
def producers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    """In place of Kafka's client."""
    made = Made()
    monkeypatch.setattr(sink_module, "Producer", made)
    monkeypatch.setattr(sink_module, "_SLICE_S", 0.001)
    yield made
    for each in made.all:
        each.released.set()


def impatient() -> KafkaSink:
    return KafkaSink(
        {"bootstrap.servers": "nowhere"}, "t", open_budget_s=0.01, commit_budget_s=0.01, stuck_after_s=0.01
    )


def commit(sink: KafkaSink) -> None:
    sink.commit([], {TopicPartition("listings", 0): 1}, Member())


def test_a_producer_whose_offsets_are_never_answered_is_replaced(producers: Made) -> None:
    """Nothing else is asked of it, for a call waits for the one before; its successor aborts."""
    sink = impatient()
    sink.open()
    with pytest.raises(TransactionAborted, match="did not come back from sending offsets"):
        commit(sink)
    assert [each.asked for each in producers.all] == [["init", "begin", "send"], ["init"]]
    sink.close()
    assert producers.all[1].asked == ["init"]


def test_a_process_that_left_too_many_producers_behind_ends(
    producers: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each holds its threads and memory."""
    monkeypatch.setattr(sink_module, "_MOST_LEFT_BEHIND", 2)
    sink = impatient()
    sink.open()
    for _ in range(2):
        with pytest.raises(TransactionAborted):
            commit(sink)
    with pytest.raises(BrokerFault, match="the process must end") as raised:
        commit(sink)
    assert not isinstance(raised.value, TransactionAborted)
    sink.close()
    assert len(producers.all) == 3


def test_an_abort_that_is_never_answered_has_another_producer_take_its_place(producers: Made) -> None:
    """Whoever opens the id again aborts what is open of it."""
    producers.make = lambda: Unheard("")
    sink = impatient()
    sink.open()
    with pytest.raises(TransactionAborted, match="not here"):
        commit(sink)
    first, second = producers.all
    assert first.asked[:4] == ["init", "begin", "send", "abort"]
    assert second.asked == ["init"]


def test_an_abort_that_never_comes_back_as_well(producers: Made) -> None:
    """Likewise, and nothing more is asked of it."""
    producers.make = lambda: Unheard("abort")
    sink = impatient()
    sink.open()
    with pytest.raises(TransactionAborted, match="not here"):
        commit(sink)
    assert [each.asked for each in producers.all] == [["init", "begin", "send", "abort"], ["init"]]


def test_a_commit_that_never_comes_back_may_have_been_made(producers: Made) -> None:
    """The process ends, and is not held up by the producer that it leaves."""
    producers.make = lambda: NeverBack("commit")
    sink = impatient()
    sink.open()
    with pytest.raises(OutcomeUnknown, match="did not come back from committing"):
        commit(sink)
    sink.close()
    assert [each.asked for each in producers.all] == [["init", "begin", "send", "commit"]]


def test_a_producer_that_never_opens_names_the_address(producers: Made) -> None:
    """As any broker that does not answer."""
    producers.make = lambda: NeverBack("init")
    with pytest.raises(BrokerFault, match="Kafka at nowhere does not answer"):
        impatient().open()
