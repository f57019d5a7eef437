"""A broker in memory that keeps Kafka's promises, and the log's ports over it.

It is driven by its callers and has no threads, so a test is repeatable; with `waits=True` polls wait for
records, and several threads may share it. `tests/log_suite.py` holds it to what a real broker does.
"""

from consumer.kafka.memory_broker import MemoryBroker
from consumer.kafka.memory_clients import Hook, MemorySink, MemorySource, MemoryStateReader, Moment
from consumer.kafka.memory_ledger import MemoryDeathLedger

__all__ = [
    "Hook",
    "MemoryBroker",
    "MemoryDeathLedger",
    "MemorySink",
    "MemorySource",
    "MemoryStateReader",
    "Moment",
]
