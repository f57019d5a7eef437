"""Every alert, by the group it is evaluated in."""

from __future__ import annotations

from deploy.mixin.alerts.data import data_alerts
from deploy.mixin.alerts.index import index_alerts
from deploy.mixin.alerts.process import process_alerts
from deploy.mixin.alerts.promises import promise_alerts
from deploy.mixin.alerts.quality import quality_alerts
from deploy.mixin.alerts.stream import stream_alerts
from deploy.mixin.objectives import Objectives
from deploy.mixin.rule import Alert


def alerts(wanted: Objectives) -> dict[str, list[Alert]]:
    """All of them, by group."""
    return {
        "skutwin-promises": promise_alerts(wanted),
        "skutwin-processes": process_alerts(wanted),
        "skutwin-stream": stream_alerts(),
        "skutwin-data": data_alerts(),
        "skutwin-index": index_alerts(),
        "skutwin-quality": quality_alerts(),
    }
