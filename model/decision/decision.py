"""The Decision type: what the artifact says of one pair of listings."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What follows from a probability, or from a GTIN."""

    MATCH = "match"
    REVIEW = "review"
    DIFFERENT = "different"


class Source(StrEnum):
    """Who says so."""

    MODEL = "model"
    GTIN = "gtin"
    REVIEW = "review"
    DELETION = "deletion"


@dataclass(frozen=True, slots=True)
class Similarity:
    """Cosines of the stored vectors in [-1, 1]; None where a side lacks the modality."""

    fused: float
    image: float | None
    text: float | None


@dataclass(frozen=True, slots=True)
class Decision:
    """A symmetric, pure function of two embedded listings and the artifact.

    Attributes:
        probability: calibrated probability that both are the same product, in [0, 1].
        outcome: match, review or different, by the artifact's thresholds or by GTIN.
        source: MODEL or GTIN here; people's verdicts are the stream's business.
        similarity: cosine by modality.
        contributions: what each feature added to the uncalibrated log-odds, `bias` included; they add up.
    """

    probability: float
    outcome: Outcome
    source: Source
    similarity: Similarity
    contributions: tuple[tuple[str, float], ...]
