"""What a training run does, in numbers that are checked."""

from __future__ import annotations

from dataclasses import dataclass, field

from model.training.recipe import Recipe


@dataclass(frozen=True)
class Plan:
    """How an artifact is made of labelled listings.

    Attributes:
        seed: of every draw: parts, copies, batches, initial weights.
        holdout: share of the products that nothing is learnt from: what the report is about.
        validation: share of the products by which the number of epochs is chosen; 0 trains them all.
        calibration: share of the products that the decider is fitted and calibrated on.
        copies: how many copies of each listing, as other sellers would write it, the layer learns from
            (`model.data.perturb`), so that a product of one listing has twins, too.
        single_copies: share of the products of one listing that get such a copy for the decider.
        plain_titles: share of the shelves (what a store has of one brand and kind) that are called by these
            alone for the decider (`model.data.plain_titles`).
        neighbours: how many candidates each listing is offered.
        precision_target: wanted precision of matches among the pairs that retrieval offers.
        review_tasks: pairs for people to look at for 1,000 listings; None leaves it to a probability.
        recipe: of the projection.

    Raises:
        ValueError: shares that leave nothing to learn from.
    """

    seed: int = 7
    holdout: float = 0.2
    validation: float = 0.1
    calibration: float = 0.3
    copies: int = 1
    single_copies: float = 0.3
    plain_titles: float = 0.3
    neighbours: int = 20
    precision_target: float = 0.98
    review_tasks: float | None = None
    recipe: Recipe = field(default_factory=Recipe)

    def __post_init__(self) -> None:
        for name in ("holdout", "validation", "calibration", "single_copies", "plain_titles"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} is {getattr(self, name)}; a share between 0 and 1 is wanted")
        if self.fitting <= 0 or self.calibration == 0:
            raise ValueError(
                f"holdout {self.holdout}, validation {self.validation} and calibration {self.calibration} "
                "leave nothing to learn from, or nothing to calibrate on"
            )
        if not 0.5 <= self.precision_target < 1:
            raise ValueError(
                f"precision_target is {self.precision_target}; at least 0.5 and under 1 is wanted"
            )
        if self.copies < 0 or self.neighbours < 1:
            raise ValueError("copies: 0 or more, and neighbours: 1 or more are wanted")

    @property
    def fitting(self) -> float:
        """Share of the products that the layer is trained on."""
        return 1 - self.holdout - self.validation - self.calibration

    @property
    def shares(self) -> dict[str, float]:
        """Of each part."""
        return {
            "fit": self.fitting,
            "validate": self.validation,
            "calibrate": self.calibration,
            "test": self.holdout,
        }
