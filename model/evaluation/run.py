"""The whole evaluation: data in, figures and mistakes out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Any

import numpy as np

from model.artifact import Artifact
from model.data.labelled import DataSet, LabelledListing
from model.data.perturb import perturb, shares_words
from model.data.title_words import TitleWords
from model.decision.thresholds import Threshold
from model.evaluation.ablations import NEIGHBOURS
from model.evaluation.pair_sets import MeanF1, PairSet, mean_f1, pair_set
from model.evaluation.perturbing import SHARED, Perturbing, perturbed_copies
from model.evaluation.population import Population
from model.evaluation.view import WAYS, View
from model.features.embed import embedded
from model.features.encode import Encoded, Encoders, frozen_features, steps
from model.features.store import FeatureStore

FORMAT = "skutwin-evaluation/1"

Started = Callable[[str, int], Callable[[int], None]]
"""Begins a stage of a given length, and gives what to tell its progress to."""


class EvaluationError(ValueError):
    """Data on which nothing can be measured."""


@dataclass(frozen=True)
class Options:
    """How to measure.

    Attributes:
        perturb: whether true pairs are measured as another seller would have written one side.
        seed: of perturbed copies and of the bootstrap.
        resamples: of products, for each interval.
        neighbours: how many each way by cosine retrieves.
        limit: of listings a set; whole products are taken by a hash. None takes all.
    """

    perturb: Perturbing = Perturbing.AUTO
    seed: int = 7
    resamples: int = 400
    neighbours: int = NEIGHBOURS
    limit: int | None = None

    def __post_init__(self) -> None:
        if self.resamples < 10 or self.neighbours < 1 or (self.limit is not None and self.limit < 2):
            raise EvaluationError("at least 10 resamples, 1 neighbour and 2 listings are needed")


@dataclass(frozen=True)
class Evaluation:
    """What was found.

    Attributes:
        report: all figures as plain data; see docs/evaluation.md.
        as_listed: the scored listings as they stand; None where there was no catalogue.
        perturbed: with one side of each true pair perturbed; None where that was not wanted.
    """

    report: dict[str, Any]
    as_listed: View | None = None
    perturbed: View | None = None

    @property
    def headline(self) -> View | None:
        """The view whose figures stand first: perturbed where that was measured."""
        return self.perturbed or self.as_listed


@dataclass
class Evaluator:
    """One artifact and one way of measuring.

    Attributes:
        artifact: what is measured.
        encoders: its frozen encoders; `artifact.embedder()` gives them.
        options: how.
        store: where features are kept between runs; None keeps them nowhere.
        started: told of each stage.
    """

    artifact: Artifact
    encoders: Encoders
    options: Options = field(default_factory=Options)
    store: FeatureStore | None = None
    started: Started = lambda _stage, _length: lambda _done: None

    def evaluate(self, data: Sequence[DataSet]) -> Evaluation:
        """Measure on all of it: catalogues together, as one marketplace, and other sets one by one.

        Raises:
            EvaluationError: not one listing or pair to measure on.
            OSError: the store cannot be read or written.
        """
        catalogues = [one for one in data if one.listings and not _hashes_alone(one)]
        rows = [row for one in catalogues for row in self._limited(one.listings)]
        if not rows and not any(one.pairs or one.listings for one in data):
            raise EvaluationError("there is not one listing or pair in the data")
        as_listed, perturbed, counts = self._views(rows) if rows else (None, None, {})
        report: dict[str, Any] = {
            "format": FORMAT,
            "artifact": {
                "version": self.artifact.version,
                "embedding_version": self.artifact.embedding_version,
                "match_threshold": self.artifact.decider.match.value,
                "nameless_match_threshold": _value(self.artifact.decider.nameless_match),
                "review_threshold": self.artifact.decider.review,
                "precision_target": self.artifact.decider.match.target,
            },
            "data": [_described(one) for one in data],
            "options": {**asdict(self.options), "perturb": str(self.options.perturb)},
            "headline": "perturbed" if perturbed else "as_listed",
            **counts,
            "as_listed": as_listed.report() if as_listed else None,
            "perturbed": perturbed.report() if perturbed else None,
            "pair_sets": [asdict(found) for one in data if (found := self._pair_set(one))],
            "mean_f1": [asdict(self._mean_f1(one)) for one in data if _hashes_alone(one)],
            "retrieval_recall": None,
        }
        first = report[report["headline"]]
        if first:
            report |= first
        return Evaluation(report, as_listed, perturbed)

    def _views(self, rows: Sequence[LabelledListing]) -> tuple[View | None, View | None, dict[str, Any]]:
        encoded = self._encoded("encode", rows)
        population = Population.of(encoded.features, self.artifact.trained_on)
        shared = shares_words(population.features.rows)
        counts = {
            "leaks": asdict(population.leaks),
            "shared_words": shared,
            "broken_pictures": len(encoded.broken_pictures),
            "unreadable_pictures": len(encoded.missing),
            "left_out_without_content": len(encoded.left_out),
        }
        if not len(population):
            return None, None, counts
        as_listed = self._view("score as listed", population)
        wanted = self.options.perturb
        if wanted is Perturbing.NEVER or (wanted is Perturbing.AUTO and shared <= SHARED):
            return as_listed, None, counts
        other = partial(perturb, words=TitleWords.of(rows), rates=self.artifact.rates)
        copies = perturbed_copies(population.features.rows, self.options.seed, other)
        again = Population.of(self._encoded("encode perturbed", copies).features, self.artifact.trained_on)
        return as_listed, self._view("score perturbed", again), counts

    def _view(self, stage: str, population: Population) -> View:
        return View.of(
            population,
            self.artifact.projection,
            self.artifact.decider,
            resamples=self.options.resamples,
            seed=self.options.seed,
            neighbours=self.options.neighbours,
            advance=self.started(stage, WAYS),
        )

    def _encoded(self, stage: str, rows: Sequence[LabelledListing]) -> Encoded:
        advance = self.started(stage, steps(rows))
        return frozen_features(rows, self.encoders, self.artifact.rates, self.store, advance)

    def _pair_set(self, data: DataSet) -> PairSet | None:
        if not data.pairs:
            return None
        pairs = data.pairs[: self.options.limit]
        rows = tuple({id(side): side for pair in pairs for side in (pair.a, pair.b)}.values())
        features = self._encoded(f"encode {data.name}", rows).features
        place = {id(row): number for number, row in enumerate(features.rows)}
        kept = [pair for pair in pairs if id(pair.a) in place and id(pair.b) in place]
        return pair_set(
            data.name,
            embedded(features, self.artifact.projection),
            np.array([(place[id(pair.a)], place[id(pair.b)]) for pair in kept], np.int64).reshape(-1, 2),
            np.array([pair.same for pair in kept], np.bool_),
            self.artifact.decider,
            resamples=self.options.resamples,
            seed=self.options.seed,
        )

    def _mean_f1(self, data: DataSet) -> MeanF1:
        encoded = self._encoded(f"encode {data.name}", self._limited(data.listings))
        population = Population.of(encoded.features, self.artifact.trained_on)
        return mean_f1(
            data.name,
            population,
            embedded(population.features, self.artifact.projection),
            self.artifact.decider,
            resamples=self.options.resamples,
            seed=self.options.seed,
        )

    def _limited(self, rows: Sequence[LabelledListing]) -> list[LabelledListing]:
        """At most `limit` of them, variant group by variant group in the order of a hash."""
        if self.options.limit is None or len(rows) <= self.options.limit:
            return list(rows)
        ranked = sorted(rows, key=lambda row: _shuffled(f"{row.store}\0{row.variant_group}"))
        return ranked[: self.options.limit]


def _shuffled(name: str) -> tuple[bytes, str]:
    return blake2b(name.encode(), digest_size=8).digest(), name


def _value(threshold: Threshold | None) -> float | None:
    return None if threshold is None else threshold.value


def _hashes_alone(data: DataSet) -> bool:
    """Whether its pictures are known by perceptual hashes only."""
    return (
        bool(data.listings)
        and not any(row.pictures for row in data.listings)
        and any(row.perceptual_hashes for row in data.listings)
    )


def _described(data: DataSet) -> dict[str, Any]:
    return {
        "name": data.name,
        "listings": len(data.listings),
        "pairs": len(data.pairs),
        "problems": len(data.problems),
        "missing_pictures": data.missing_pictures,
    }
