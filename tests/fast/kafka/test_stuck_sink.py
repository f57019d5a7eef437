"""A call of librdkafka that never comes back ends the process, and not in silence."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from consumer.errors import BrokerFault, OutcomeUnknown, TransactionAborted
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


def test_offsets_that_are_never_answered_end_the_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing else is asked of that producer: each call would wait for the first one."""
    producers: list[NeverBack] = []

    def make(config: dict[str, Any]) -> NeverBack:
        producers.append(NeverBack(config))
        return producers[-1]

    monkeypatch.setattr(sink_module, "Producer", make)
    monkeypatch.setattr(sink_module, "_SLICE_S", 0.01)
    sink = KafkaSink({"bootstrap.servers": "nowhere"}, "t", commit_budget_s=0.01, stuck_after_s=0.01)
    sink.open()
    with pytest.raises(BrokerFault, match="did not come back from sending offsets of t") as raised:
        sink.commit([], {TopicPartition("listings", 0): 1}, Member())
    assert not isinstance(raised.value, OutcomeUnknown | TransactionAborted)
    sink.close()
    assert producers[0].asked == ["init", "begin", "send"]
    producers[0].released.set()
