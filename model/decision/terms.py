"""The terms of the additive model: piecewise-linear curves over numbers, and one weight a level.

The log-odds are `bias + sum over features of term(feature)`, so that every feature's share can be told.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from model.decision.features import LEVELS, NUMERIC, PairFeatures

FloatArray = NDArray[np.float64]

_ROWS_AT_ONCE = 2048  # their features stay in a core's second cache


@dataclass(frozen=True, slots=True)
class Curve:
    """A piecewise-linear function of one number, flat beyond its end knots.

    Attributes:
        knots: rising; at least two.
        rises: what it gains between each two knots; one fewer than knots.
        missing: its value where there is no number.
    """

    knots: tuple[float, ...]
    rises: tuple[float, ...]
    missing: float

    def __post_init__(self) -> None:
        if len(self.knots) < 2 or any(low >= high for low, high in pairwise(self.knots)):
            raise ValueError("a curve has two knots or more, rising")
        if len(self.rises) != len(self.knots) - 1:
            raise ValueError(f"a curve with {len(self.knots)} knots has {len(self.knots) - 1} rises")

    def __call__(self, values: FloatArray) -> FloatArray:
        """float64[n] of float64[n]."""
        heights = np.concatenate([[0.0], np.cumsum(self.rises)])
        return np.where(np.isnan(values), self.missing, np.interp(values, self.knots, heights))


@dataclass(frozen=True, slots=True)
class Terms:
    """The whole additive model.

    Attributes:
        curves: one for every name in `NUMERIC`.
        weights: for every name in `LEVELS` one weight a level; the first level's is 0.
    """

    bias: float
    curves: Mapping[str, Curve]
    weights: Mapping[str, tuple[float, ...]]

    def __post_init__(self) -> None:
        if set(self.curves) != set(NUMERIC) or set(self.weights) != set(LEVELS):
            odd = set(self.curves) ^ set(NUMERIC) | set(self.weights) ^ set(LEVELS)
            raise ValueError(f"the terms do not fit this code's features: {', '.join(sorted(odd))}")
        for name, levels in LEVELS.items():
            if len(self.weights[name]) != len(levels):
                raise ValueError(f"{name}: {len(levels)} weights are wanted, not {len(self.weights[name])}")

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of `contributions`."""
        return ("bias", *NUMERIC, *LEVELS)

    def contributions(self, features: PairFeatures) -> FloatArray:
        """float64[n, 1 + features], rounded to six decimals; a row's sum is the pair's log-odds."""
        return np.column_stack(list(self._columns(features)))

    def log_odds(self, features: PairFeatures) -> FloatArray:
        """float64[n], the sums of `contributions`, rounded to six decimals."""
        out = np.empty(len(features))
        for start in range(0, len(out), _ROWS_AT_ONCE):
            cut = slice(start, start + _ROWS_AT_ONCE)
            total = np.zeros(len(out[cut]))
            for column in self._columns(features.take(cut)):
                total += column
            out[cut] = np.round(total, 6)
        return out

    def _columns(self, features: PairFeatures) -> Iterator[FloatArray]:
        yield np.full(len(features), round(self.bias, 6))
        numbers = np.ascontiguousarray(features.numbers.T)
        for values, name in zip(numbers, NUMERIC, strict=True):
            yield np.round(self.curves[name](values), 6)
        levels = np.ascontiguousarray(features.levels.T)
        for places, name in zip(levels, LEVELS, strict=True):
            yield np.round(np.asarray(self.weights[name]), 6)[places]


@dataclass(frozen=True, slots=True)
class Layout:
    """How terms become columns of a design matrix, for fitting.

    Attributes:
        knots: by name in `NUMERIC`.
        signs: int[m], +1 or -1 where a weight may only have that sign, else 0.
        prior: float64[m], where a weight is drawn to when the data say nothing.
    """

    knots: Mapping[str, tuple[float, ...]]
    signs: NDArray[np.int8]
    prior: FloatArray

    def design(self, features: PairFeatures) -> FloatArray:
        """float64[n, m]: the bias, each curve's segments and its missing flag, each level but the first."""
        columns = [np.ones((len(features), 1))]
        for place, name in enumerate(NUMERIC):
            values = features.numbers[:, place]
            knots = np.asarray(self.knots[name])
            segments = np.clip((values[:, None] - knots[:-1]) / np.diff(knots), 0.0, 1.0)
            missing = np.isnan(values)
            segments[missing] = 0.0
            columns += [segments, missing[:, None].astype(np.float64)]
        for place, levels in enumerate(LEVELS.values()):
            columns.append((features.levels[:, [place]] == np.arange(1, len(levels))).astype(np.float64))
        return np.hstack(columns)

    def terms(self, weights: FloatArray) -> Terms:
        """The model of fitted `float64[m]`, rounded to six decimals."""
        rest = iter(round(float(weight), 6) + 0.0 for weight in weights)
        bias = next(rest)
        curves = {}
        for name in NUMERIC:
            rises = tuple(next(rest) for _ in self.knots[name][1:])
            curves[name] = Curve(self.knots[name], rises, next(rest))
        levels = {name: (0.0, *(next(rest) for _ in levels[1:])) for name, levels in LEVELS.items()}
        return Terms(bias, curves, levels)


# A similarity may only speak for a match, a conflict only against it; what else data seem to say is chance.
_SIGN_OF_NUMBER = dict.fromkeys(NUMERIC, 1) | dict.fromkeys(
    (
        "price_gap",
        "rarest_word_apart",
        "words_apart",
        "told_word_apart",
        "told_word_alone",
        "picture_distance",
    ),
    -1,
)
_SIGN_OF_LEVEL = {
    "agree": 1,
    "in_title": 1,
    "shared": 1,
    "part": 0,
    "within": 0,
    "overlap": 0,
    "second_apart": 0,
    "one_sided": 0,
    "same": 0,
    "apart": 0,
    "conflict": -1,
}
# Where training data show few conflicts of a kind, these keep a variant from passing for its sibling.
_PRIOR_OF_CONFLICT = {
    "brand": -1.0,
    "colour": -2.0,
    "pattern": -1.5,
    "motif": -1.5,
    "material": -0.5,
    "audience": -1.0,
    "measures": -2.0,
    "pack": -3.0,
    "year": -1.5,
    "codes": -1.5,
    "numbers": -1.0,
    "kind": -1.0,
    "category": 0.0,
}
_PRIOR_OF_AGREEMENT = {"codes": 1.0, "in_store_number": 2.0}
_FIXED_KNOTS = {
    "title_overlap": (0.0, 0.2, 0.4, 0.7, 1.0),
    "title_within": (0.0, 0.3, 0.6, 0.8, 1.0),
    "words_apart": (0.0, 0.5, 1.0, 2.0, 4.0),
    "picture_distance": (0.0, 4.0, 8.0, 12.0, 18.0, 26.0),
    "rarest_shared_word": (0.0, 0.25, 0.5, 0.75, 1.0),
    "rarest_word_apart": (0.0, 0.25, 0.5, 0.75, 1.0),
    "told_word_apart": (-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0),
    "told_word_alone": (-3.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 3.0),
    "size_overlap": (0.0, 0.5, 1.0),
    "price_gap": (0.0, 0.1, 0.3, 0.7, 1.5),
}


def _knots(values: FloatArray, labels: NDArray[np.bool_]) -> tuple[float, ...]:
    """Quantiles of both classes: where the pairs are, and where they part."""
    known = ~np.isnan(values)
    marks: set[float] = set()
    for side in (values[known & labels], values[known & ~labels]):
        if side.size:
            marks.update(round(float(q), 3) for q in np.quantile(side, (0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98)))
    thinned: list[float] = []
    for mark in sorted(marks):
        if not thinned or mark - thinned[-1] >= 0.01:
            thinned.append(mark)
    return tuple(thinned) if len(thinned) > 1 else (-1.0, 1.0)


def lay_out(features: PairFeatures, labels: NDArray[np.bool_]) -> Layout:
    """Choose knots from the data, and what each weight may be."""
    knots = {
        name: _FIXED_KNOTS.get(name) or _knots(features.numbers[:, place], labels)
        for place, name in enumerate(NUMERIC)
    }
    signs, prior = [0], [0.0]
    for name in NUMERIC:
        segments = len(knots[name]) - 1
        signs += [_SIGN_OF_NUMBER[name]] * segments + [0]
        prior += [0.0] * (segments + 1)
    for name, levels in LEVELS.items():
        for level in levels[1:]:
            signs.append(_SIGN_OF_LEVEL[level])
            wanted = (
                _PRIOR_OF_CONFLICT if level == "conflict" else _PRIOR_OF_AGREEMENT if level == "agree" else {}
            )
            prior.append(wanted.get(name, 0.0))
    return Layout(knots, np.array(signs, np.int8), np.array(prior))
