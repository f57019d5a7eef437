"""Drift: a stream's newest listings and decisions, held against what the artifact's reference says of them.

`DriftMonitor` is fed by the one writer of a shard and asked for a `DriftWindow` about once a minute.
"""

from model.drift.features import FEATURES
from model.drift.monitor import DriftMonitor
from model.drift.reference import DriftReference
from model.drift.window import Alarm, DriftWindow, Level, Score, SellerShare

__all__ = [
    "FEATURES",
    "Alarm",
    "DriftMonitor",
    "DriftReference",
    "DriftWindow",
    "Level",
    "Score",
    "SellerShare",
]
