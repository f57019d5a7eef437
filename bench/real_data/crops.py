"""Test-time crops: a picture's features as the mean over crops of it, at so many times the encoder's work."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from bench.real_data.finding import Finding
from bench.real_data.lab import NEIGHBOURS, Lab, only, say
from bench.real_data.layers import compared, fused, kept_from_the_layer, parts_of, scored
from model.embedder import FrozenEncoders
from model.encoders.perceptual_hash import HASH_BITS
from model.evaluation.population import Population
from model.evaluation.search import offered, unit_rows
from model.features import FrozenFeatures, frozen_features

_STORES = ("luma", "mozzify", "teslo")
_SHARE = 0.75  # of a side, that a crop keeps

Pixels = NDArray[np.uint8]
Float32 = NDArray[np.float32]
Corner = tuple[float, float]

_CENTRE: tuple[Corner, ...] = ((0.5, 0.5),)
_CORNERS: tuple[Corner, ...] = ((0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0))


class CroppedEncoders(FrozenEncoders):
    """The default encoders, with each picture read whole and in crops, and the mean of all taken."""

    def __init__(self, corners: Sequence[Corner]) -> None:
        """Crops lie at these shares of the room that is left beside them, down and across."""
        from model.encoders.loading import (  # noqa: PLC0415 (torch takes seconds; `_crop` needs none of it)
            default_specs,
            load_pictures,
            load_texts,
        )

        pictures, texts = default_specs()
        super().__init__(load_pictures(pictures), load_texts(texts))
        self._corners = tuple(corners)

    def picture_key(self, sha256: str) -> str:
        """A key of its own for each choice of crops."""
        return f"crops:{_SHARE}:{self._corners}:{super().picture_key(sha256)}"

    def encode_pictures(self, pictures: Sequence[Pixels]) -> Float32:
        """The mean of the raw features over the whole and its crops; the perceptual hash is the whole's."""
        whole = super().encode_pictures(pictures)
        total = whole.copy()
        for corner in self._corners:
            total += super().encode_pictures([_crop(picture, corner) for picture in pictures])
        mean: Float32 = total / np.float32(1 + len(self._corners))
        mean[:, -HASH_BITS:] = whole[:, -HASH_BITS:]
        return mean


def crops(lab: Lab) -> Finding:
    """Image and fused vectors of one layer, its listings' pictures read whole or in crops as well."""
    features = only(kept_from_the_layer(lab), _STORES)
    population, own = Population.of(features, None), lab.plan.recipe
    layer = lab.layer(own)
    ways = {
        "whole": features,
        "whole and centre": _encoded(lab, features, _CENTRE),
        "whole, centre and corners": _encoded(lab, features, _CENTRE + _CORNERS),
    }
    tables, figures = [], {}
    for name in ("image", "fused"):
        measured = {}
        for way, read in ways.items():
            parts = parts_of(layer, read, own)
            seen = np.where(read.has_picture[:, None], parts[0], np.float32(0))
            vectors = unit_rows(seen) if name == "image" else fused(layer, parts)
            measured[way] = scored(lab, population, offered(vectors, NEIGHBOURS))
        table, figures[name] = compared(
            measured, "whole", f"{name.capitalize()}: on {len(features)} listings of {', '.join(_STORES)}."
        )
        tables.append(table)
    return Finding(tuple(tables), figures)


def _encoded(lab: Lab, features: FrozenFeatures, corners: Sequence[Corner]) -> FrozenFeatures:
    say(f"encoding {1 + len(corners)} views of each picture")
    again = frozen_features(features.rows, CroppedEncoders(corners), lab.rates, lab.store).features
    if len(again) != len(features):
        raise ValueError(f"{len(features) - len(again)} listings were lost between two readings")
    return again


def _crop(picture: Pixels, corner: Corner) -> Pixels:
    """uint8[h, w, 3] of the same size: a crop of it, enlarged."""
    height, width = picture.shape[:2]
    rows, columns = round(height * _SHARE), round(width * _SHARE)
    top, left = round((height - rows) * corner[0]), round((width - columns) * corner[1])
    part = Image.fromarray(picture[top : top + rows, left : left + columns])
    return np.asarray(part.resize((width, height), Image.Resampling.BICUBIC))
