"""The shared suite of the log's ports on a real Kafka."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.integration.kafka.real_log import RealLog
from tests.log_suite import LogSuite


@pytest.fixture
def log(kafka_bootstrap: str) -> Iterator[RealLog]:
    log = RealLog(kafka_bootstrap)
    yield log
    log.close()


class TestKafkaLog(LogSuite):
    """The shared suite."""
