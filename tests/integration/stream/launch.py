"""`skutwin` as a child process of a test: cheap encoders, and death at a named moment.

`SKUTWIN_TEST_FAULT` names a file; while it holds the name of a moment, the matcher kills itself there:

    before_transaction   the rows are in the index, and no transaction is begun
    in_transaction       all is produced and the offsets are sent, and it is not committed
    after_commit         committed, and what was superseded is still in the index
"""

from __future__ import annotations

import os
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from confluent_kafka import Producer

from consumer import app
from consumer.cli.main import main
from consumer.kafka.sink import KafkaSink
from consumer.ports.log import Source
from consumer.ports.records import OutRecord, TopicPartition
from model.artifact import Artifact
from model.embedder import Embedder
from tests.integration.stream.artifact import COLOURS, cheap_embedder

MOMENTS = ("before_transaction", "in_transaction", "after_commit")
FAULT_FILE = "SKUTWIN_TEST_FAULT"
_real_embedder = Artifact.embedder


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


if __name__ == "__main__":
    with patch.object(Artifact, "embedder", _embedder), patch.object(app, "KafkaSink", FragileSink):
        main()
