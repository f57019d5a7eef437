"""What `skutwin train` can be told: each option once, and the options of one subject as one value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from consumer.errors import Misconfigured

if TYPE_CHECKING:
    from model.training.plan import Plan
    from model.training.recipe import Recipe

MODALITIES = ("image", "text", "numbers")
_MINED = 8  # variant groups that the layer confuses, in one batch
_LAYER, _DATA, _DECIDER = "Layer", "Data", "Decider"


def _option(help_text: str, panel: str | None = None, **more: Any) -> Any:
    return typer.Option(help=help_text, rich_help_panel=panel, **more)


def _switch(name: str, help_text: str, panel: str | None = None) -> Any:
    return typer.Option(name, help=help_text, rich_help_panel=panel)


DataPaths = Annotated[
    list[Path] | None,
    typer.Argument(help="Folders or files of labelled listings or pairs.", show_default=False),
]
Out = Annotated[Path | None, typer.Option("--out", help="The artifact's folder.", show_default=False)]
Measure = Annotated[
    bool,
    _switch("--measure", "Measure the layer and write nothing; for layers that the stream does not compute."),
]
Seed = Annotated[int, _option("The same seed, the same artifact, on one machine.")]
Threads = Annotated[int | None, _option("Processor threads; all by default.", min=1)]

Synthetic = Annotated[bool, _switch("--synthetic", "On a catalogue of drawn goods.", _DATA)]
Products = Annotated[int, _option("Products of the drawn catalogue.", _DATA, min=10)]
Pictures = Annotated[str | None, _option("Vision encoder: a transformers name or folder.", _DATA)]
Texts = Annotated[str | None, _option("Text encoder: a transformers name or folder.", _DATA)]
Holdout = Annotated[float, _option("Share of products kept back for the report.", _DATA)]
Validation = Annotated[float, _option("Share that the number of epochs is chosen by.", _DATA)]
Calibration = Annotated[float, _option("Share that the decider is fitted on.", _DATA)]
Copies = Annotated[int, _option("Perturbed copies of each listing to learn from.", _DATA)]
Cache = Annotated[Path | None, _option("Where features are kept between runs.", _DATA)]
Strict = Annotated[bool, _switch("--strict", "Stop at the first broken line.", _DATA)]

Modalities = Annotated[str, _option("Any of image, text, numbers, with commas.", _LAYER)]
Pooling = Annotated[str, _option("Of pictures: mean or max.", _LAYER)]
Layer = Annotated[str, _option("linear or mlp.", _LAYER)]
Start = Annotated[str | None, _option("Of the weights: random, or pca of the frozen features.", _LAYER)]
Dimension = Annotated[int | None, _option("Of the vectors.", _LAYER)]
Temperature = Annotated[float | None, _option("Of the loss.", _LAYER)]
Rate = Annotated[float | None, _option("The optimiser's step at the beginning.", _LAYER)]
Batch = Annotated[int | None, _option("Listings at a time, about.", _LAYER)]
Epochs = Annotated[int | None, _option("Passes over all listings.", _LAYER)]
DropModality = Annotated[float | None, _option("How often a listing loses one.", _LAYER)]
HardNegatives = Annotated[str, _option("Any of variants, mined, with commas; or none.", _LAYER)]
Device = Annotated[str, _option("torch's name of it.", _LAYER)]

PrecisionTarget = Annotated[float | None, _option("Wanted precision of matches; 0.98 by default.", _DECIDER)]
ReviewTasks = Annotated[float | None, _option("Pairs that people can judge for 1,000 listings.", _DECIDER)]


@dataclass(frozen=True)
class LayerOptions:
    """How the layer is trained; None leaves a number to the recipe."""

    modalities: str
    pooling: str
    layer: str
    start: str | None
    dimension: int | None
    temperature: float | None
    rate: float | None
    batch: int | None
    epochs: int | None
    drop_modality: float | None
    hard_negatives: str

    def recipe(self) -> Recipe:
        """What they ask for.

        Raises:
            Misconfigured: a value that makes no sense, and what would.
        """
        from model.training.recipe import Recipe

        kinds = _among(self.modalities, MODALITIES, "--modalities")
        named = "" if self.hard_negatives == "none" else self.hard_negatives
        hard = _among(named, ("variants", "mined"), "--hard-negatives")
        numbers = ("start", "dimension", "temperature", "rate", "batch", "epochs", "drop_modality")
        given: dict[str, Any] = {name: getattr(self, name) for name in numbers}
        given = {name: value for name, value in given.items() if value is not None}
        given |= {name: name in kinds for name in MODALITIES}
        given |= {"pooling": self.pooling, "layer": self.layer}
        given |= {"variants_together": "variants" in hard, "mined": _MINED if "mined" in hard else 0}
        try:
            return Recipe(**given)
        except ValueError as err:
            raise Misconfigured(str(err)) from err


@dataclass(frozen=True)
class PlanOptions:
    """How listings are dealt to parts, and what the decider is to reach."""

    seed: int
    holdout: float
    validation: float
    calibration: float
    copies: int
    precision_target: float | None
    review_tasks: float | None

    def plan(self, recipe: Recipe) -> Plan:
        """What they ask for.

        Args:
            recipe: of the layer.

        Raises:
            Misconfigured: shares that leave nothing to learn from, or a target out of bounds.
        """
        from model.training.plan import Plan

        target = Plan.precision_target if self.precision_target is None else self.precision_target
        try:
            return Plan(
                seed=self.seed,
                holdout=self.holdout,
                validation=self.validation,
                calibration=self.calibration,
                copies=self.copies,
                precision_target=Plan.precision_target if target is None else target,
                review_tasks=self.review_tasks,
                recipe=recipe,
            )
        except ValueError as err:
            raise Misconfigured(str(err)) from err


@dataclass(frozen=True)
class Source:
    """What is trained on, and what it is read with.

    Attributes:
        data: folders and files; none draws a catalogue.
        products: of the drawn catalogue.
        pictures: the vision encoder's name, None the usual one.
        texts: the text encoder's, likewise.
        cache: the folder of features; None the usual one.
        strict: whether the first broken line ends it.
        device: torch's name of the one that trains the layer.
        threads: of the processor; None all.
    """

    data: tuple[Path, ...]
    products: int
    pictures: str | None
    texts: str | None
    cache: Path | None
    strict: bool
    device: str
    threads: int | None


def _among(given: str, known: Sequence[str], option: str) -> list[str]:
    names = [name.strip() for name in given.split(",") if name.strip()]
    if odd := sorted(set(names) - set(known)):
        raise Misconfigured(f"{option}: {', '.join(odd)} is none of {', '.join(known)}")
    return names
