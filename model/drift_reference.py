"""The drift reference under its former name."""

from __future__ import annotations

from model.drift.reference import DriftReference

__all__ = ["DriftReference"]
