"""What an artifact learnt from and how it fared, as its config keeps it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue

from model.data.labelled import LabelledListing

ABLATIONS = ("image", "text", "zero_shot", "fused", "fused_decider")
"""Keys of an evaluation's report: by what pairs were ranked."""

RANKING = ("aucpr", "r_at_1", "r_at_3", "recall_at_p98", "recall_at_p99")
"""Figures of each of them."""

DECIDING = ("ece", "f1", "precision_at_threshold")
"""Further figures of the last."""

SPLITS = ("known_sellers", "unseen_sellers")
"""Keys of a report under which the ablations stand again, for a part of the pairs."""

Count = Annotated[int, Field(ge=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class TrainingSet(_Strict):
    """One set of listings that a training used.

    Attributes:
        name: of the data set.
        use: what for, such as `layer` or `decider`.
        synthetic: whether it was drawn by `model.synthetic`, and shows nothing real.
    """

    name: Annotated[str, Field(max_length=256)]
    use: Annotated[str, Field(max_length=64)]
    synthetic: bool
    listings: Count
    products: Count
    sellers: Count
    pictures: Count

    @classmethod
    def of(cls, name: str, use: str, rows: Sequence[LabelledListing], *, synthetic: bool) -> Self:
        """These listings, counted."""
        return cls(
            name=name,
            use=use,
            synthetic=synthetic,
            listings=len(rows),
            products=len({(row.store, row.product_id) for row in rows}),
            sellers=len({(row.store, row.listing.seller_id) for row in rows}),
            pictures=sum(len(row.pictures) for row in rows),
        )


class Trained(_Strict):
    """On what and how an artifact was made, and what was measured.

    Attributes:
        data: the sets it learnt from.
        recipe: settings of the training, the seed among them.
        measured: figures, nested as `headline` gives them of an evaluation's report.
    """

    data: tuple[TrainingSet, ...] = ()
    recipe: dict[str, JsonValue] = {}
    measured: dict[str, JsonValue] = {}


def headline(report: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    """The figures of an evaluation's report that an artifact carries along; what it lacks is left out."""
    figures = _of_ablations(report)
    for split in SPLITS:
        if isinstance(part := report.get(split), Mapping) and (known := _of_ablations(part)):
            figures[split] = known
    return figures


def _of_ablations(report: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    figures: dict[str, JsonValue] = {}
    for ablation in ABLATIONS:
        if isinstance(own := report.get(ablation), Mapping):
            wanted = (*RANKING, *DECIDING) if ablation == ABLATIONS[-1] else RANKING
            figures[ablation] = {name: own[name] for name in wanted if name in own}
    return figures
