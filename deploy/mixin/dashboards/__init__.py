"""The six dashboards, by the name of their file."""

from __future__ import annotations

from typing import Any

from deploy.mixin.dashboards.data_problems import DATA_PROBLEMS
from deploy.mixin.dashboards.drift import DRIFT
from deploy.mixin.dashboards.kafka_and_index import KAFKA_AND_INDEX
from deploy.mixin.dashboards.latency import latency
from deploy.mixin.dashboards.overview import overview
from deploy.mixin.dashboards.quality import QUALITY
from deploy.mixin.objectives import Objectives
from deploy.mixin.panels import built


def dashboards(wanted: Objectives) -> dict[str, dict[str, Any]]:
    """Each as Grafana imports it."""
    boards = {
        "overview": overview(wanted),
        "latency-by-stage": latency(wanted),
        "matching-quality": QUALITY,
        "drift": DRIFT,
        "kafka-and-index": KAFKA_AND_INDEX,
        "data-problems": DATA_PROBLEMS,
    }
    return {name: built(board) for name, board in boards.items()}
