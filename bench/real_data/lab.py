"""What the experiments share: data sets, their features, and what was trained on them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from model.data import read_data
from model.data.labelled import DataSet, LabelledListing
from model.evaluation.bootstrap import Draws
from model.evaluation.population import Population
from model.evaluation.view import View
from model.features import FeatureStore, FrozenFeatures, frozen_features
from model.money import Rates
from model.training.material import Material, real_material
from model.training.pipeline import Made, make
from model.training.plan import Plan
from model.training.recipe import Recipe

if TYPE_CHECKING:
    from model.embedder import FrozenEncoders
    from model.training.contrastive import TrainedProjection

PICTURE_SETS = (
    "luma",
    "mozzify",
    "teslo",
    "smartstore",
    "solidus",
    "amazon_in_electronics",
    "myntra_small",
    "myntra_large",
    "clothing_cc0",
)
"""The sets with pictures; the last three have hardly a true pair, and are what else is on sale."""

STORES = {
    "luma": ("luma",),
    "mozzify": ("mozzify",),
    "teslo": ("teslo",),
    "smartstore + solidus": ("smartstore", "solidus"),
    "amazon_in_electronics": ("amazon_in_electronics",),
}
"""Stores with true pairs, by what a table calls them; two that are too small by themselves go together."""

RESAMPLES = 400
NEIGHBOURS = 50  # that each way by cosine is offered, as `skutwin evaluate` has it


@dataclass
class Lab:
    """A folder of data sets, and all that was made of it so far.

    Attributes:
        data: the folder.
        store: where features are kept between runs.
        plan: how artifacts are made.
        rates: by which prices are compared.
    """

    data: Path
    store: FeatureStore
    plan: Plan = field(default_factory=Plan)
    rates: Rates = field(default_factory=Rates.snapshot)
    _sets: dict[str, DataSet] = field(default_factory=dict)
    _made: dict[str, Made] = field(default_factory=dict)
    _layers: dict[Recipe, TrainedProjection] = field(default_factory=dict)

    @cached_property
    def face(self) -> FrozenEncoders:
        """The default encoders."""
        from model.embedder import FrozenEncoders  # noqa: PLC0415 (torch takes seconds to import)
        from model.encoders.loading import (  # noqa: PLC0415 (likewise)
            default_specs,
            load_pictures,
            load_texts,
        )

        pictures, texts = default_specs()
        return FrozenEncoders(load_pictures(pictures), load_texts(texts))

    def encode(self, _stage: str, rows: Sequence[LabelledListing]) -> FrozenFeatures:
        """Features of listings, those without picture and text left out."""
        return frozen_features(rows, self.face, self.rates, self.store).features

    def read(self, name: str) -> DataSet:
        """The set in this folder, or file, under `data`."""
        if name not in self._sets:
            self._sets[name] = read_data(self.data / name)
        return self._sets[name]

    @cached_property
    def material(self) -> Material:
        """All sets with pictures, dealt to parts."""
        return real_material([self.read(name) for name in PICTURE_SETS], self.plan, self.encode)

    def without(self, stores: Collection[str]) -> Material:
        """All other sets with pictures, as if there were no such stores; dealt to the same parts as ever."""
        return real_material(
            [self.read(name) for name in PICTURE_SETS if name not in stores], self.plan, self.encode
        )

    def made(self, name: str, material: Callable[[], Material], plan: Plan | None = None) -> Made:
        """An artifact's parts, made once under this name."""
        if name not in self._made:
            say(f"training: {name}")
            self._made[name] = make(material(), plan or self.plan, rates=self.rates)
        return self._made[name]

    def layer(self, recipe: Recipe) -> TrainedProjection:
        """Trained by this recipe to its last epoch, which layers of all shapes can be; made once."""
        from model.training.contrastive import train  # noqa: PLC0415 (torch takes seconds to import)

        if recipe not in self._layers:
            say(f"training a layer: {recipe.layer}, {recipe.pooling}, {_looks_at(recipe)}")
            self._layers[recipe] = train(self.material.fit, recipe, seed=self.plan.seed)
        return self._layers[recipe]

    @property
    def known(self) -> Made:
        """Trained on all sets with pictures."""
        return self.made("all stores", lambda: self.material)

    def view(self, features: FrozenFeatures, made: Made) -> View:
        """These listings as one marketplace, scored in all ways."""
        return View.of(
            Population.of(features, None),
            made.projection,
            made.decider,
            resamples=RESAMPLES,
            seed=self.plan.seed,
            neighbours=NEIGHBOURS,
        )

    def draws(self, population: Population) -> Draws:
        """Of its products, for every interval."""
        return Draws.of(population.product_count, RESAMPLES, self.plan.seed)


def _looks_at(recipe: Recipe) -> str:
    return ", ".join(name for name in ("image", "text", "numbers", "palette") if getattr(recipe, name))


def of_stores(
    features: FrozenFeatures, stores: Collection[str]
) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """bool[n]: whose listings these are."""
    return np.array([row.store in stores for row in features.rows], np.bool_)


def only(features: FrozenFeatures, stores: Collection[str]) -> FrozenFeatures:
    """The listings of these stores."""
    return features.take(np.flatnonzero(of_stores(features, stores)))


def there(part: FrozenFeatures | None) -> FrozenFeatures:
    """A part that experiments cannot do without.

    Raises:
        ValueError: it is empty.
    """
    if part is None:
        raise ValueError("a part of the data is empty: too few products")
    return part


def say(what: str) -> None:
    """To whoever waits."""
    print(what, file=sys.stderr, flush=True)
