"""Retrieval and decisions, measured exactly on offers that nothing was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from model.decision.decider import Decider
from model.decision.decision import Outcome
from model.embedded import EmbeddedListing

Float32 = NDArray[np.float32]
Labels = NDArray[np.bool_]
Pairs = NDArray[np.int64]


def average_precision(scores: NDArray[np.floating], labels: Labels) -> float:
    """Area under the precision-recall curve, as a sum over distinct scores; 0 without a true label."""
    order = np.argsort(-scores, kind="stable")
    ranked = labels[order]
    hits = np.cumsum(ranked)
    if not len(hits) or hits[-1] == 0:
        return 0.0
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(ranked) - 1)  # ties share one threshold
    gained = np.diff(hits[last], prepend=0)
    return float(np.sum(gained / hits[-1] * hits[last] / (last + 1)))


def nearest_pairs(vectors: Float32, k: int) -> Pairs:
    """int64[m, 2] of row numbers, the smaller first, each pair once: what exact retrieval of k offers."""
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -np.inf)
    k = min(k, len(vectors) - 1)
    near = np.argpartition(-scores, k - 1, axis=1)[:, :k]
    rows = np.repeat(np.arange(len(vectors)), k)
    return np.unique(np.sort(np.stack([rows, near.ravel()], axis=1), axis=1), axis=0).astype(np.int64)


@dataclass(frozen=True)
class Retrieval:
    """How well vectors alone find twins.

    Attributes:
        aucpr: area under precision over recall, of all pairs, by cosine.
        recall_at_1: share of listings with a twin whose nearest neighbour is one.
        offered_at_20: share of true pairs among the pairs that 20 neighbours offer.
        best_f1: of all pairs, at the threshold on cosine that suits this very set best.
    """

    aucpr: float
    recall_at_1: float
    offered_at_20: float
    best_f1: float


def retrieval(vectors: Float32, products: NDArray[np.int64]) -> Retrieval:
    """Exact, over all pairs of float32[n, d] of unit length; n some thousands."""
    scores = vectors @ vectors.T
    upper = np.triu_indices(len(vectors), 1)
    labels = products[upper[0]] == products[upper[1]]
    np.fill_diagonal(scores, -np.inf)
    twins = np.bincount(products)[products] > 1
    nearest = scores.argmax(axis=1)
    offered = nearest_pairs(vectors, 20)
    found = products[offered[:, 0]] == products[offered[:, 1]]
    flat = scores[upper]
    ranked = labels[np.argsort(-flat, kind="stable")]
    hits = np.cumsum(ranked)
    f1 = 2 * hits / (np.arange(1, len(ranked) + 1) + hits[-1])
    return Retrieval(
        aucpr=average_precision(flat, labels),
        recall_at_1=float((products[nearest] == products)[twins].mean()),
        offered_at_20=float(found.sum() / labels.sum()),
        best_f1=float(f1.max()),
    )


@dataclass(frozen=True)
class Decided:
    """What the decider makes of the pairs that 20 neighbours offer, against all true pairs."""

    precision: float
    recall: float
    f1: float
    in_review: int
    pairs: int


def decided(
    listings: Sequence[EmbeddedListing], products: NDArray[np.int64], decider: Decider, k: int = 20
) -> Decided:
    """Precision, recall and F1 of matches; review tasks count as no match."""
    vectors = np.stack([listing.embedding.vector for listing in listings])
    offered = nearest_pairs(vectors, k)
    outcomes = [
        decision.outcome for decision in decider.decide([(listings[a], listings[b]) for a, b in offered])
    ]
    same = products[offered[:, 0]] == products[offered[:, 1]]
    matched = np.array([outcome is Outcome.MATCH for outcome in outcomes])
    sizes = np.bincount(products)
    true_pairs = int((sizes * (sizes - 1) // 2).sum())
    right = int((matched & same).sum())
    precision = right / max(1, int(matched.sum()))
    recall = right / max(1, true_pairs)
    return Decided(
        precision=precision,
        recall=recall,
        f1=2 * precision * recall / max(1e-12, precision + recall),
        in_review=sum(outcome is Outcome.REVIEW for outcome in outcomes),
        pairs=len(offered),
    )


def rounded(result: Retrieval | Decided) -> dict[str, float]:
    """Its figures to four digits, for a manifest."""
    return {name: round(value, 4) for name, value in asdict(result).items()}
