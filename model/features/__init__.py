"""Frozen features of labelled listings, made once and kept on disk."""

from model.features.embed import embedded, vectors_of, zero_shot
from model.features.encode import Encoded, frozen_features, steps
from model.features.frozen import FrozenFeatures
from model.features.store import FeatureStore, StoreError, default_folder

__all__ = [
    "Encoded",
    "FeatureStore",
    "FrozenFeatures",
    "StoreError",
    "default_folder",
    "embedded",
    "frozen_features",
    "steps",
    "vectors_of",
    "zero_shot",
]
