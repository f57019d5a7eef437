"""The model card: what an artifact is good for, in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from model.decision.decider import Decider
from model.training.evaluation import Decided, Retrieval

if TYPE_CHECKING:
    from model.encoders.specs import PictureSpec, TextSpec


def write_card(
    *,
    pictures: PictureSpec,
    texts: TextSpec,
    offers: Mapping[str, int],
    zero_shot: Retrieval,
    trained: Retrieval,
    outcome: Decided,
    decider: Decider,
) -> str:
    """Markdown; the figures are those measured on the last of the three catalogues.

    Args:
        pictures: the vision tower.
        texts: the text tower.
        offers: how many offers each catalogue had: `train`, `calibrate`, `test`.
        zero_shot: retrieval by the frozen features alone.
        trained: retrieval by the trained vectors.
        outcome: what the decider makes of them.
        decider: with its thresholds.
    """
    match = decider.match
    low, high = match.interval
    reached = "nothing" if match.precision is None else f"{match.precision:.1%}"
    return f"""# Model card

Says whether two listings of a marketplace are the same product, from pictures, title, brand and a few
numbers.

## What it is made of
- Pictures: `{pictures.source}`, {pictures.dimension} features.
- Texts: `{texts.source}`, {texts.dimension} features. Both are frozen and were trained by others.
- One linear layer over both and three numbers, trained with a supervised contrastive loss.
- An additive decider over similarities, brand, title, colour, sizes and price, then a calibration.

## What it learnt from
Drawn garments of a synthetic marketplace, and nothing else: {offers["train"]} offers for the layer,
{offers["calibrate"]} others for the decider and its thresholds. No real listing, no real picture.

## What was measured
On {offers["test"]} synthetic offers of products, sellers, brands and garment templates that no training saw:

| | frozen features alone | trained |
| --- | --- | --- |
| area under precision-recall, all pairs | {zero_shot.aucpr:.3f} | {trained.aucpr:.3f} |
| nearest neighbour is a twin | {zero_shot.recall_at_1:.3f} | {trained.recall_at_1:.3f} |
| true pairs among 20 neighbours | {zero_shot.offered_at_20:.3f} | {trained.offered_at_20:.3f} |
| F1 at the best threshold on cosine | {zero_shot.best_f1:.3f} | {trained.best_f1:.3f} |

The decider over 20 neighbours: precision {outcome.precision:.3f}, recall {outcome.recall:.3f},
F1 {outcome.f1:.3f}; {outcome.in_review} of {outcome.pairs} pairs were left to a person.

A pair matches at a probability of {match.value:.4f}, chosen for a precision of {match.target:.0%}; on the
calibration pairs it gave {reached} (95 % interval {low:.1%} to {high:.1%}).

## What it is not good for
- A real catalogue: its drawings are simpler than photographs and its titles more regular than what people
  write. Expect matches of lower precision and probabilities that are too sure; measure on listings of your
  own (`skutwin replay`, `skutwin score`) before anything acts on a match.
- Goods other than clothes, shoes and bags: nothing else was ever shown to it.
- Texts in languages that the text encoder hardly knows; the default one was trained on English.
- Anything about people. A person in a picture is background to it; do not use its vectors to find one.
"""
