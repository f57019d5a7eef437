"""`skutwin` as a child process of a test: cheap encoders, and death at a named moment.

`SKUTWIN_TEST_FAULT` names a file; while it holds the name of a moment, the matcher kills itself there:

    before_transaction   the rows are in the index, and no transaction is begun
    in_transaction       all is produced and the offsets are sent, and it is not committed
    after_commit         committed, and what was superseded is still in the index

With `SKUTWIN_TEST_REBUILD_UNTIL` a rebuild kills itself after so many batches.
A listing whose title is one of `KILLERS` kills the role that it names, whenever that one works on it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from confluent_kafka import Producer

from consumer import app
from consumer.cli.main import main
from consumer.embed.batch import Batch
from consumer.embed.stages import Stages
from consumer.kafka.sink import KafkaSink
from consumer.match import shard
from consumer.match.fold import Folded, Said
from consumer.ports.index import Index, Row
from consumer.ports.log import Source
from consumer.ports.records import OutRecord, TopicPartition
from consumer.reindex import rebuild
from model.artifact import Artifact
from model.embedder import Embedder
from tests.integration.stream.artifact import COLOURS, cheap_embedder

KILLERS = {"embed": "kills the embedder", "match": "kills the matcher"}
MOMENTS = ("before_transaction", "in_transaction", "after_commit")
FAULT_FILE = "SKUTWIN_TEST_FAULT"
_real_rebuild_batch = rebuild._write  # its one step
_real_embedder, _real_encode, _real_fold = Artifact.embedder, Stages.encode, shard.fold


class FragileSink(KafkaSink):
    """A sink whose process dies at the moment that the file names; sweeps, which commit no offset, pass."""

    def commit(
        self, records: Sequence[OutRecord], offsets: Mapping[TopicPartition, int], source: Source
    ) -> None:
        self._strike("before_transaction", offsets)
        self._offsets = offsets
        super().commit(records, offsets, source)
        self._strike("after_commit", offsets)

    def _finish(self, producer: Producer) -> None:
        self._strike("in_transaction", self._offsets)
        super()._finish(producer)

    def _strike(self, moment: str, offsets: Mapping[TopicPartition, int]) -> None:
        armed = Path(os.environ[FAULT_FILE])
        if offsets and "skutwin-match-" in self._id and armed.exists() and armed.read_text() == moment:
            os.kill(os.getpid(), signal.SIGKILL)


def _embedder(artifact: Artifact, *args: Any, **options: Any) -> Embedder:
    if artifact.encoders.pictures.source == COLOURS:
        return cheap_embedder(artifact)
    return _real_embedder(artifact, *args, **options)


def _encode(stages: Stages, batch: Batch) -> None:
    if any(item.offer.title == KILLERS["embed"] for item in batch.to_embed):
        os.kill(os.getpid(), signal.SIGKILL)
    _real_encode(stages, batch)


def _fold(batch: Iterable[Said], held: Mapping[str, Row]) -> Folded:
    folded = _real_fold(batch, held)
    if any(row.listing and row.listing.title == KILLERS["match"] for row in folded.rows.values()):
        os.kill(os.getpid(), signal.SIGKILL)
    return folded


def _rebuild_batch(index: Index, batch: Sequence[Said], position: int) -> None:
    _real_rebuild_batch(index, batch, position)
    left = int(os.environ.get("SKUTWIN_TEST_REBUILD_UNTIL", "0")) - 1
    os.environ["SKUTWIN_TEST_REBUILD_UNTIL"] = str(left)
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    with (
        patch.object(Artifact, "embedder", _embedder),
        patch.object(app, "KafkaSink", FragileSink),
        patch.object(Stages, "encode", _encode),
        patch.object(shard, "fold", _fold),
        patch.object(rebuild, "_write", _rebuild_batch),
    ):
        main()
