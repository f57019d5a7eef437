"""Whose fault a failure is decides what happens next.

    SkutwinError
    ├── RecordFault            the record's: it can never be right -> a dead letter, the stream goes on
    ├── WorldFault             the world's: retried with back-off, then the process stops, nothing committed
    │   ├── BrokerFault        Kafka is unreachable or refuses
    │   │   ├── TransactionAborted   aborted cleanly: poll the batch again
    │   │   ├── OutcomeUnknown       a commit's fate cannot be learnt: the process ends
    │   │   └── Fenced               another process took over: the process ends
    │   └── IndexFault         Milvus is unreachable or refuses
    ├── Misconfigured          the operator's: says what is wrong and the command that mends it
    │   └── IndexMismatch      the index is another stream's, lost rows, or knows offsets that Kafka forgot
    └── BreakerOpen            too many dead letters lately: stop before the whole topic is thrown away

Anything else is ours: it crashes the process, with a traceback and nothing committed.
"""

from __future__ import annotations


class SkutwinError(Exception):
    """The root of what skutwin raises on purpose."""


class RecordFault(SkutwinError):
    """A record that can never be right.

    Attributes:
        reason: a short, bounded label for metrics and filters, such as `invalid_field`.
        detail: the field's name and why, for people.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class WorldFault(SkutwinError):
    """Something outside failed; trying again later may work."""


class BrokerFault(WorldFault):
    """Kafka is unreachable or refuses."""


class TransactionAborted(BrokerFault):
    """The transaction was aborted cleanly; nothing of it is visible. Poll the batch again."""


class OutcomeUnknown(BrokerFault):
    """Whether a transaction committed cannot be learnt in time. The process must end."""


class Fenced(BrokerFault):
    """Another process holds this transactional id now. The process must end."""


class IndexFault(WorldFault):
    """Milvus is unreachable or refuses."""


class Misconfigured(SkutwinError):
    """Something an operator must change; the message says what and with which command."""


class IndexMismatch(Misconfigured):
    """The index is not the one this shard may use."""


class BreakerOpen(SkutwinError):
    """Too many of the last records were dead letters."""
