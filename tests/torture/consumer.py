"""`skutwin` with cheap encoders, which obeys orders to die or freeze at a step, and whose clock may be wrong.

Its sessions and transactions time out sooner than in earnest, so that more faults fit into a minute.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

from confluent_kafka import Producer

from consumer import app
from consumer.cli.main import main
from consumer.embed.items import Decoder
from consumer.embed.stages import Stages
from consumer.index.milvus import MilvusIndex
from consumer.kafka import config
from consumer.kafka.sink import KafkaSink
from consumer.kafka.source import KafkaSource
from consumer.match import shard
from consumer.match.assignment import Assignment
from consumer.match.candidates import CandidateSearch
from consumer.match.newest import NewestRows
from consumer.match.shard import Shard
from consumer.ports.clock import SystemClock
from consumer.ports.log import Source
from consumer.ports.records import OutRecord, Record, TopicPartition
from model.artifact import Artifact
from tests.integration.stream.artifact import cheap_embedder
from tests.torture.steps import (
    EMBED,
    FOLDER,
    MATCH,
    MATCH_TAKES_OVER,
    SESSION_S,
    TRANSACTION_S,
    Obedience,
)


class ObedientSink(KafkaSink):
    """Knows the role by its transactional id; sweeps, which commit no offset, pass."""

    _offsets: Mapping[TopicPartition, int] = {}

    def open(self) -> None:
        super().open()
        if "skutwin-match-" in self._id:
            _at("match 1 fenced")

    def commit(
        self, records: Sequence[OutRecord], offsets: Mapping[TopicPartition, int], source: Source
    ) -> None:
        self._offsets = offsets
        self._strike("before the transaction")
        super().commit(records, offsets, source)
        self._strike("committed")

    def _send_offsets(
        self, producer: Producer, offsets: Mapping[TopicPartition, int], source: KafkaSource
    ) -> None:
        self._strike("produced")
        super()._send_offsets(producer, offsets, source)

    def _finish(self, producer: Producer) -> None:
        self._strike("offsets sent")
        super()._finish(producer)

    def _strike(self, moment: str) -> None:
        if self._offsets:
            _at(f"match 7 {moment}" if "skutwin-match-" in self._id else f"embed 5 {moment}")


class ObedientSource(KafkaSource):
    """An embedder that has polled something."""

    def poll(self, max_records: int, timeout_s: float) -> list[Record]:
        records = super().poll(max_records, timeout_s)
        if any(record.topic.endswith(".listings") for record in records):
            _at("embed 1 polled")
        return records


class WrongClock(SystemClock):
    """The wall clock alone may jump."""

    def now_ms(self) -> int:
        return super().now_ms() + _obedience.clock_ahead_ms()


def _at(step: str) -> None:
    if step not in {*EMBED, *MATCH_TAKES_OVER, *MATCH}:
        raise LookupError(f"{step!r} is no step")
    _obedience.at(step)


def _around(real: Callable[..., Any], *, before: str = "", after: str = "") -> Callable[..., Any]:
    def struck(*args: Any, **kwargs: Any) -> Any:
        if before:
            _at(before)
        result = real(*args, **kwargs)
        if after:
            _at(after)
        return result

    return struck


_POINTS: tuple[tuple[Any, str, dict[str, str]], ...] = (
    (Decoder, "decode", {"after": "embed 2 decoded"}),
    (Stages, "fetch", {"after": "embed 3 fetched"}),
    (Stages, "encode", {"after": "embed 4 encoded"}),
    (Assignment, "_take_position", {"before": "match 1 restored", "after": "match 1 positioned"}),
    (shard, "fold", {"after": "match 2 folded"}),
    (MilvusIndex, "write", {"before": "match 3 before the rows", "after": "match 3 rows written"}),
    (CandidateSearch, "find", {"after": "match 4 candidates found"}),
    (NewestRows, "read", {"after": "match 5 rows read"}),
    (Shard, "_judge_all", {"after": "match 6 decided"}),
    (MilvusIndex, "delete", {"before": "match 8 before the clean-up"}),
    (Shard, "committed", {"after": "match 8 cleaned up"}),
)


if __name__ == "__main__":
    _obedience = Obedience(Path(os.environ[FOLDER]))
    with ExitStack() as patched:
        for owner, name, moments in _POINTS:
            real = getattr(owner, name)
            patched.enter_context(patch.object(owner, name, _around(real, **moments)))
        patched.enter_context(
            patch.object(Artifact, "embedder", lambda artifact, *_, **__: cheap_embedder(artifact))
        )
        patched.enter_context(patch.object(config, "SESSION_TIMEOUT_MS", SESSION_S * 1000))
        patched.enter_context(patch.object(config, "TRANSACTION_TIMEOUT_MS", TRANSACTION_S * 1000))
        patched.enter_context(patch.object(app, "KafkaSink", ObedientSink))
        patched.enter_context(patch.object(app, "KafkaSource", ObedientSource))
        patched.enter_context(patch.object(app, "SystemClock", WrongClock))
        main()
