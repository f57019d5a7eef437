"""The six dashboards, by the name of their file."""

from __future__ import annotations

from typing import Any

from deploy.mixin.dashboards.data_problems import DATA_PROBLEMS
from deploy.mixin.dashboards.drift import DRIFT
from deploy.mixin.dashboards.kafka_and_index import KAFKA_AND_INDEX
from deploy.mixin.dashboards.latency import LATENCY
from deploy.mixin.dashboards.overview import OVERVIEW
from deploy.mixin.dashboards.quality import QUALITY
from deploy.mixin.panels import built

_BOARDS = {
    "overview": OVERVIEW,
    "latency-by-stage": LATENCY,
    "matching-quality": QUALITY,
    "drift": DRIFT,
    "kafka-and-index": KAFKA_AND_INDEX,
    "data-problems": DATA_PROBLEMS,
}


def dashboards() -> dict[str, dict[str, Any]]:
    """Each as Grafana imports it."""
    return {name: built(board) for name, board in _BOARDS.items()}
