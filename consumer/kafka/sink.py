"""A transactional producer on a real Kafka."""

from __future__ import annotations

import contextvars
import threading
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import confluent_kafka
from confluent_kafka import KafkaError, KafkaException, Message, Producer

from consumer.errors import BrokerFault, Fenced, OutcomeUnknown, SkutwinError, TransactionAborted
from consumer.kafka.codes import Local
from consumer.kafka.config import log, transactional_config
from consumer.kafka.faults import fault_of, is_credentials, is_fenced, unreachable
from consumer.kafka.source import KafkaSource
from consumer.ports.clock import Clock, SystemClock
from consumer.ports.log import Source
from consumer.ports.records import OutRecord, TopicPartition

_CALL_S = 5.0  # one call of librdkafka; the budget is spent in several
_ABORT_S = 10.0  # an abort that is not answered by then has another producer take its place
_CLOSE_S = 3.0
_BACK_OFF_S = 0.05
_SLICE_S = 1.0
_MOST_LEFT_BEHIND = 8


class _Stuck(Exception):
    """A call of librdkafka that did not come back; nothing may be asked of that producer any more."""


class KafkaSink:
    """See `Sink`.

    Args:
        config: from `client_config`.
        transactional_id: who opens it again ends us.
        open_budget_s: for `open`, which may have to wait for the predecessor's transaction to end.
        commit_budget_s: for each step of `commit`; past it the outcome counts as unknown.
        stuck_after_s: so much later than it was asked to, a call that has not come back never will. Another
            producer then takes the place of the one that made it; after some such the process ends.
        overrides: librdkafka settings on top, for tests.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        transactional_id: str,
        *,
        open_budget_s: float = 30.0,
        commit_budget_s: float = 30.0,
        stuck_after_s: float = 5.0,
        clock: Clock | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> None:
        self._config = dict(config)
        self._id = transactional_id
        self._open_budget_s = open_budget_s
        self._commit_budget_s = commit_budget_s
        self._stuck_after_s = stuck_after_s
        self._left_behind = 0
        self._clock = clock or SystemClock()
        self._overrides = dict(overrides or {})
        self._producer: Producer | None = None
        self._in_transaction = False
        self._undelivered: list[KafkaError] = []
        self._last_failure: KafkaError | None = None

    def open(self) -> None:
        """See `Sink`. Each call makes a new producer, and so a new epoch of the id."""
        self.close()
        self._producer = Producer(
            {
                **transactional_config(self._config, self._id),
                **self._overrides,
                "error_cb": self._failed,
            }
        )
        what = f"opening the transactional id {self._id}"
        try:
            self._within(self._open_budget_s, what, self._producer.init_transactions)
        except KafkaException as exc:
            raise self._fault(exc.args[0], what) from exc
        except _Stuck as exc:
            self._forget()
            raise unreachable(self._config, str(exc)) from exc

    def commit(
        self, records: Sequence[OutRecord], offsets: Mapping[TopicPartition, int], source: Source
    ) -> None:
        """See `Sink`.

        1. Begin.
        2. Produce all, in order, and wait until the broker has them: what failed aborts.
        3. Take the group metadata, now, and send the offsets with them (KIP-447).
        4. Commit; a call that timed out is made again (librdkafka resumes it) inside the budget.
        """
        if not records and not offsets:
            return
        if not isinstance(source, KafkaSource):
            raise TypeError("a KafkaSink commits the offsets of a KafkaSource")
        producer = self._opened()
        self._undelivered.clear()
        try:
            producer.begin_transaction()
        except KafkaException as exc:
            raise self._fault(exc.args[0], "beginning a transaction") from exc
        self._in_transaction = True
        try:
            self._produce(producer, records)
            if offsets:
                self._send_offsets(producer, offsets, source)
        except KafkaException as exc:
            self._abort(exc.args[0])
            raise self._aborted(exc.args[0]) from exc
        except _Stuck as exc:
            self._forget()
            self._replace()
            raise TransactionAborted(str(exc)) from exc
        except BaseException:
            self._abort(None)
            raise
        self._finish(producer)

    def close(self) -> None:
        """See `Sink`. What cannot be aborted now, the coordinator's time-out or the successor aborts."""
        producer = self._producer
        if producer is None:
            return
        if self._in_transaction:
            try:
                self._within(_CLOSE_S, "aborting", producer.abort_transaction)
            except (KafkaException, _Stuck) as exc:
                log.warning("Kafka: %s left its transaction open: %s", self._id, exc)
                producer.purge()
        self._in_transaction = False
        self._producer = None

    # -- the steps of a commit

    def _produce(self, producer: Producer, records: Sequence[OutRecord]) -> None:
        for record in records:
            self._enqueue(producer, record)
        self._within(self._commit_budget_s, "sending records", partial(self._flush, producer))
        if self._undelivered:
            raise KafkaException(self._undelivered[0])

    def _enqueue(self, producer: Producer, record: OutRecord) -> None:
        where = {} if record.partition is None else {"partition": record.partition}
        deadline = self._clock.steady_s() + self._commit_budget_s
        while True:
            try:
                producer.produce(
                    record.topic,
                    value=record.value,
                    key=record.key,
                    headers=list(record.headers),
                    on_delivery=self._delivered,
                    **where,
                )
            except BufferError:
                if self._clock.steady_s() > deadline:
                    raise
                producer.poll(_BACK_OFF_S)
            except KafkaException as exc:
                if exc.args[0].code() == KafkaError.MSG_SIZE_TOO_LARGE:
                    raise _too_large(record) from exc
                raise
            else:
                producer.poll(0)
                return

    def _flush(self, producer: Producer, left: float) -> None:
        waiting = producer.flush(left)
        if waiting:
            raise KafkaException(
                KafkaError(Local.TIMED_OUT, f"{waiting} records were not delivered", retriable=True)
            )

    def _send_offsets(
        self, producer: Producer, offsets: Mapping[TopicPartition, int], source: KafkaSource
    ) -> None:
        positions = [confluent_kafka.TopicPartition(*where, offset) for where, offset in offsets.items()]

        metadata = source.group_metadata()  # in this thread: inside a callback no other is answered
        if metadata is None:
            raise TransactionAborted("this process is no member of its consumer group at the moment")
        send = partial(producer.send_offsets_to_transaction, positions, metadata)
        self._within(self._commit_budget_s, "sending offsets", send)

    def _finish(self, producer: Producer) -> None:
        try:
            self._within(self._commit_budget_s, "committing", producer.commit_transaction)
            self._in_transaction = False
        except KafkaException as exc:
            error: KafkaError = exc.args[0]
            if error.txn_requires_abort():
                self._abort(error)
                raise self._aborted(error) from exc
            if error.retriable():
                raise self._unknown(error.str()) from exc
            raise self._fault(error, "committing a transaction") from exc
        except _Stuck as exc:
            self._forget()
            raise self._unknown(str(exc)) from exc

    def _unknown(self, why: str) -> OutcomeUnknown:
        return OutcomeUnknown(
            f"whether the transaction of {self._id} was committed could not be learnt within "
            f"{self._commit_budget_s:.0f} s ({why}); the process must end, its successor will know"
        )

    def _abort(self, cause: KafkaError | None) -> None:
        """End the transaction so that nothing of it is ever visible; raises where that cannot be had."""
        if cause is not None and (cause.fatal() or is_fenced(cause)):
            raise self._fault(cause, "inside a transaction") from KafkaException(cause)
        producer = self._opened()
        try:
            self._within(min(_ABORT_S, self._commit_budget_s), "aborting", producer.abort_transaction)
            self._in_transaction = False
        except KafkaException as exc:
            if not exc.args[0].retriable():
                raise self._fault(exc.args[0], "aborting a transaction") from exc
            self._replace()
        except _Stuck:
            self._forget()
            self._replace()

    def _replace(self) -> None:
        """Open another producer of the same id, which aborts what this one began."""
        log.warning("Kafka: %s is stuck; another producer takes its place", self._id)
        self._in_transaction = False
        self.open()

    def _forget(self) -> None:
        """Leave a producer that is inside a call: nothing more may be asked of it, nor can it be closed."""
        self._in_transaction = False
        self._producer = None
        self._left_behind += 1
        if self._left_behind > _MOST_LEFT_BEHIND:
            raise BrokerFault(
                f"Kafka's client did not come back from {self._left_behind} calls: the process must end, to"
                " be rid of the producers that it left behind"
            )

    # -- helpers of the steps

    def _within(self, budget_s: float, what: str, call: Callable[[float], object]) -> None:
        """Call again what librdkafka calls retriable, until the budget is spent; then the error goes up."""
        deadline = self._clock.steady_s() + budget_s
        while True:
            left = deadline - self._clock.steady_s()
            try:
                self._in_time(max(0.1, min(left, _CALL_S)), what, call)
            except KafkaException as exc:
                error: KafkaError = exc.args[0]
                if error.txn_requires_abort() or not error.retriable() or left <= 0:
                    raise
                if self._last_failure is not None and is_credentials(self._last_failure):
                    raise KafkaException(self._last_failure) from exc
                self._opened().poll(_BACK_OFF_S)
            else:
                return

    def _in_time(self, limit_s: float, what: str, call: Callable[[float], object]) -> None:
        """Make a call that may never come back (librdkafka's issues 5456 and 5511) in a thread of its own.

        Time is counted in slices, so that a process that was frozen in between still waits for it.
        """
        failures: list[Exception] = []

        def run() -> None:
            try:
                call(limit_s)
            except Exception as exc:  # noqa: BLE001 (raised again by who waits)
                failures.append(exc)

        thread = threading.Thread(target=contextvars.copy_context().run, args=(run,), daemon=True)
        thread.start()
        waited_s = 0.0
        while thread.is_alive() and waited_s < limit_s + self._stuck_after_s:
            thread.join(_SLICE_S)
            waited_s += _SLICE_S
        if thread.is_alive():
            raise _Stuck(f"Kafka's client did not come back from {what} within {waited_s:.0f} s")
        if failures:
            raise failures[0]

    def _opened(self) -> Producer:
        if self._producer is None:
            raise RuntimeError("the sink is not open")
        return self._producer

    def _delivered(self, error: KafkaError | None, message: Message) -> None:
        if error is not None:
            log.info("Kafka: not delivered to %s: %s", message.topic(), error.str())
            self._undelivered.append(error)

    def _failed(self, error: KafkaError) -> None:
        self._last_failure = error
        log.info("Kafka: producer %s: %s: %s", self._id, error.name(), error.str())

    def _aborted(self, error: KafkaError) -> SkutwinError:
        if error.code() == KafkaError.MSG_SIZE_TOO_LARGE:
            raise ValueError(f"the broker found a record too large: {error.str()}")
        known = fault_of(error, "inside a transaction", self._config)
        if isinstance(known, BrokerFault):
            return TransactionAborted(
                f"the transaction of {self._id} was aborted: {error.name()}: {error.str()}"
            )
        return known

    def _fault(self, error: KafkaError, what: str) -> SkutwinError:
        if is_fenced(error):
            return Fenced(
                f"{what}: Kafka no longer accepts this process as {self._id} ({error.name()}). Another "
                "process uses this instance id (give each its own SKUTWIN_INSTANCE), has taken over while "
                "this one stood still, or decides by another artifact's embedding (stop one of the two)"
            )
        return fault_of(error, what, self._config)


def _too_large(record: OutRecord) -> ValueError:
    size = len(record.key or b"") + len(record.value or b"")
    return ValueError(f"a record of {size} bytes for {record.topic}: validation should have bounded it")
