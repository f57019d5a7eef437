"""Frozen features of labelled listings, made once and kept on disk."""

from model.features.frozen import FrozenFeatures

__all__ = ["FrozenFeatures"]
