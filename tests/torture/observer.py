"""A `read_committed` reader of the outputs that reads from the first record on, all the time.

What compaction takes away later was read by then, and is part of the history.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from consumer.errors import BrokerFault
from consumer.kafka.state_reader import KafkaStateReader
from consumer.ports.records import Record
from tests.integration.stream.waiting import eventually


class Observer:
    """Reads in a thread of its own until it is closed."""

    def __init__(self, client: Mapping[str, Any], topics: Sequence[str]) -> None:
        self._reader = KafkaStateReader(client, topics)
        self._records: defaultdict[str, list[Record]] = defaultdict(list)
        self._lock = threading.Lock()
        self._enough = threading.Event()
        self._thread = threading.Thread(target=self._read, name="observer")
        self._thread.start()

    def records(self, topic: str) -> list[Record]:
        """What was committed so far, by offset of each partition."""
        with self._lock:
            return list(self._records[topic])

    def count(self, topic: str) -> int:
        """How much was committed so far."""
        with self._lock:
            return len(self._records[topic])

    def catch_up(self, deadline_s: float) -> None:
        """Wait until all that is in the topics now has been read.

        Raises:
            AssertionError: it was not in time: a transaction is open, or the broker does not answer.
        """
        ends = eventually(self._ends, "the ends of the outputs", deadline_s=deadline_s)

        def reached() -> bool:
            with self._lock:
                return self._reader.reached(ends)

        eventually(reached, f"the outputs read up to {ends}", deadline_s=deadline_s)

    def close(self) -> None:
        """Read no more."""
        self._enough.set()
        self._thread.join()
        self._reader.close()

    def _ends(self) -> Any:
        try:
            return self._reader.ends()
        except BrokerFault:
            return None  # away for now; the deadline bounds it

    def _read(self) -> None:
        while not self._enough.is_set():
            records = self._reader.poll(2000, 0.05)
            with self._lock:
                for record in records:
                    self._records[record.topic].append(record)
