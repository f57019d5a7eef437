"""A call of librdkafka that never comes back holds nobody up."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from consumer.errors import BrokerFault, TransactionAborted
from consumer.kafka import sink as sink_module
from consumer.kafka.sink import KafkaSink
from consumer.kafka.source import KafkaSource
from consumer.ports.records import TopicPartition


class NeverBack:
    """A producer whose offsets never arrive, as after its group's coordinator was restarted."""

    def __init__(self, _: dict[str, Any]) -> None:
        self.asked: list[str] = []
        self.released = threading.Event()

    def init_transactions(self, _: float) -> None:
        self.asked.append("init")

    def begin_transaction(self) -> None:
        self.asked.append("begin")

    def flush(self, _: float) -> int:
        return 0

    def send_offsets_to_transaction(self, *_: object) -> None:
        self.asked.append("send")
        self.released.wait()

    def abort_transaction(self, _: float) -> None:
        self.asked.append("abort")


class Member(KafkaSource):
    """Of some group."""

    def __init__(self) -> None:
        pass

    def group_metadata(self) -> bytes:
        return b"metadata"


@pytest.fixture
def producers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[NeverBack]]:
    """Those that a sink made."""
    made: list[NeverBack] = []

    def make(config: dict[str, Any]) -> NeverBack:
        made.append(NeverBack(config))
        return made[-1]

    monkeypatch.setattr(sink_module, "Producer", make)
    monkeypatch.setattr(sink_module, "_SLICE_S", 0.001)
    yield made
    for each in made:
        each.released.set()


def stuck(sink: KafkaSink) -> None:
    sink.commit([], {TopicPartition("listings", 0): 1}, Member())


def test_a_producer_whose_offsets_are_never_answered_is_replaced(producers: list[NeverBack]) -> None:
    """Nothing else is asked of it, for a call waits for the one before; its successor aborts."""
    sink = KafkaSink({"bootstrap.servers": "nowhere"}, "t", commit_budget_s=0.01, stuck_after_s=0.01)
    sink.open()
    with pytest.raises(TransactionAborted, match="did not come back from sending offsets"):
        stuck(sink)
    assert [each.asked for each in producers] == [["init", "begin", "send"], ["init"]]
    sink.close()
    assert producers[1].asked == ["init"]


def test_a_process_that_left_too_many_producers_behind_ends(
    producers: list[NeverBack], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each holds its threads and memory."""
    monkeypatch.setattr(sink_module, "_MOST_LEFT_BEHIND", 2)
    sink = KafkaSink({"bootstrap.servers": "nowhere"}, "t", commit_budget_s=0.01, stuck_after_s=0.01)
    sink.open()
    for _ in range(2):
        with pytest.raises(TransactionAborted):
            stuck(sink)
    with pytest.raises(BrokerFault, match="the process must end") as raised:
        stuck(sink)
    assert not isinstance(raised.value, TransactionAborted)
    sink.close()
    assert len(producers) == 3
