"""`skutwin train`: from labelled listings, or drawn ones, to an artifact."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from consumer.cli.progress import stages
from consumer.errors import Misconfigured

if TYPE_CHECKING:
    from rich.console import Console

    from model.artifact import Artifact, Encoders
    from model.data import DataSet, LabelledListing
    from model.embedder import FrozenEncoders
    from model.features import FeatureStore, FrozenFeatures
    from model.money import Rates
    from model.training.material import Encode, Material
    from model.training.pipeline import Started
    from model.training.plan import Plan

_PRODUCTS = 4000
_DRAWN_TARGET = 0.93  # the drawn catalogue harms nobody, and half as many true pairs again are found so
_MINED = 8  # variant groups that the layer confuses, in one batch
_LAYER, _DATA, _DECIDER = "Layer", "Data", "Decider"


def train(
    data: Annotated[
        list[Path] | None,
        typer.Argument(help="Folders or files of labelled listings or pairs.", show_default=False),
    ] = None,
    *,
    out: Annotated[Path, typer.Option("--out", help="The artifact's folder.")],
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="On a catalogue of drawn goods.", rich_help_panel=_DATA)
    ] = False,
    products: Annotated[
        int, typer.Option(help="Products of the drawn catalogue.", min=10, rich_help_panel=_DATA)
    ] = _PRODUCTS,
    pictures: Annotated[
        str | None,
        typer.Option(help="Vision encoder: a transformers name or folder.", rich_help_panel=_DATA),
    ] = None,
    texts: Annotated[
        str | None, typer.Option(help="Text encoder: a transformers name or folder.", rich_help_panel=_DATA)
    ] = None,
    holdout: Annotated[
        float, typer.Option(help="Share of products kept back for the report.", rich_help_panel=_DATA)
    ] = 0.2,
    validation: Annotated[
        float, typer.Option(help="Share that the number of epochs is chosen by.", rich_help_panel=_DATA)
    ] = 0.1,
    calibration: Annotated[
        float, typer.Option(help="Share that the decider is fitted on.", rich_help_panel=_DATA)
    ] = 0.3,
    copies: Annotated[
        int, typer.Option(help="Perturbed copies of each listing to learn from.", rich_help_panel=_DATA)
    ] = 1,
    cache: Annotated[
        Path | None, typer.Option(help="Where features are kept between runs.", rich_help_panel=_DATA)
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Stop at the first broken line.", rich_help_panel=_DATA)
    ] = False,
    modalities: Annotated[
        str, typer.Option(help="Any of image, text, numbers, with commas.", rich_help_panel=_LAYER)
    ] = "image,text,numbers",
    pooling: Annotated[str, typer.Option(help="Of pictures: mean or max.", rich_help_panel=_LAYER)] = "mean",
    layer: Annotated[str, typer.Option(help="linear or mlp.", rich_help_panel=_LAYER)] = "linear",
    dimension: Annotated[int | None, typer.Option(help="Of the vectors.", rich_help_panel=_LAYER)] = None,
    temperature: Annotated[float | None, typer.Option(help="Of the loss.", rich_help_panel=_LAYER)] = None,
    batch: Annotated[
        int | None, typer.Option(help="Listings at a time, about.", rich_help_panel=_LAYER)
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(help="Passes over all listings.", rich_help_panel=_LAYER)
    ] = None,
    drop_modality: Annotated[
        float | None, typer.Option(help="How often a listing loses one.", rich_help_panel=_LAYER)
    ] = None,
    hard_negatives: Annotated[
        str, typer.Option(help="Any of variants, mined, with commas; or none.", rich_help_panel=_LAYER)
    ] = "variants",
    device: Annotated[str, typer.Option(help="torch's name of it.", rich_help_panel=_LAYER)] = "cpu",
    precision_target: Annotated[
        float | None,
        typer.Option(help="Wanted precision of matches; 0.98, drawn 0.93.", rich_help_panel=_DECIDER),
    ] = None,
    review_tasks: Annotated[
        float | None,
        typer.Option(help="Pairs that people can judge for 1,000 listings.", rich_help_panel=_DECIDER),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed, the same artifact, on one machine.")] = 7,
    threads: Annotated[int | None, typer.Option(help="Processor threads; all by default.", min=1)] = None,
) -> None:
    """Train a projection and its decider, measure them on what was kept back, and write an artifact."""
    if bool(data) == synthetic:
        raise Misconfigured("say what to train on: folders or files of labelled listings, or --synthetic")
    from model.data import DataError
    from model.decision.thresholds import TooFewPairs
    from model.training.contrastive import TrainingError
    from model.training.plan import Plan
    from model.training.recipe import Recipe

    try:
        kinds = _among(modalities, ("image", "text", "numbers"), "--modalities")
        hard = _among(
            "" if hard_negatives == "none" else hard_negatives, ("variants", "mined"), "--hard-negatives"
        )
        given: dict[str, Any] = {
            "dimension": dimension,
            "temperature": temperature,
            "batch": batch,
            "epochs": epochs,
            "drop_modality": drop_modality,
        }
        given = {name: value for name, value in given.items() if value is not None}
        given |= {name: name in kinds for name in ("image", "text", "numbers")}
        given |= {"pooling": pooling, "layer": layer}
        given |= {"variants_together": "variants" in hard, "mined": _MINED if "mined" in hard else 0}
        recipe = Recipe(**given)
        plan = Plan(
            seed=seed,
            holdout=holdout,
            validation=validation,
            calibration=calibration,
            copies=copies,
            precision_target=precision_target or (_DRAWN_TARGET if synthetic else Plan.precision_target),
            review_tasks=review_tasks,
            recipe=recipe,
        )
        _run(
            data or [], out, plan, products=products, names=(pictures, texts), cache=cache, strict=strict,
            device=device, threads=threads,
        )  # fmt: skip
    except (DataError, TrainingError, TooFewPairs) as err:
        raise Misconfigured(str(err)) from err


def _among(given: str, known: Sequence[str], option: str) -> list[str]:
    names = [name.strip() for name in given.split(",") if name.strip()]
    if odd := sorted(set(names) - set(known)):
        raise Misconfigured(f"{option}: {', '.join(odd)} is none of {', '.join(known)}")
    return names


def _run(
    data: Sequence[Path],
    out: Path,
    plan: Plan,
    *,
    products: int,
    names: tuple[str | None, str | None],
    cache: Path | None,
    strict: bool,
    device: str,
    threads: int | None,
) -> None:
    from rich.console import Console

    from model.features import FeatureStore, default_folder
    from model.money import Rates
    from model.training.material import drawn_material, real_material
    from model.training.pipeline import train_artifact

    console = Console(stderr=True)
    sets = _sets(data, console, strict=strict)
    rates = Rates.snapshot()
    with stages(console) as started, FeatureStore(cache or default_folder()) as store:
        encoders, face = _encoders(names, threads, started)
        encode = _encoding(face, rates, store, started, console)
        material: Material = (
            real_material(sets, plan, encode) if sets else drawn_material(plan.seed, products, encode)
        )
        artifact, report = train_artifact(
            out, material, plan, encoders=encoders, rates=rates, device=device, started=started
        )
    _show(artifact, report, Console())


def _sets(paths: Sequence[Path], console: Console, *, strict: bool) -> list[DataSet]:
    from consumer.cli.evaluate import print_problems
    from model.data import read_data

    sets = [read_data(path, strict=strict) for path in paths]
    print_problems(sets, console)
    return sets


def _encoders(
    names: tuple[str | None, str | None], threads: int | None, started: Started
) -> tuple[Encoders, FrozenEncoders]:
    import torch

    from model.artifact import Encoders
    from model.embedder import FrozenEncoders
    from model.encoders.loading import default_specs, load_pictures, load_texts, picture_spec, text_spec

    if threads is not None:
        torch.set_num_threads(threads)
    advance = started("load the encoders", 1)
    pictures, texts = default_specs()
    pictures = pictures if names[0] is None else picture_spec(names[0])
    texts = texts if names[1] is None else text_spec(names[1])
    face = FrozenEncoders(load_pictures(pictures), load_texts(texts))
    advance(1)
    return Encoders(pictures=pictures, text=texts), face


def _encoding(
    face: FrozenEncoders, rates: Rates, store: FeatureStore, started: Started, console: Console
) -> Encode:
    """Encodes listings, and says what pictures could not be used."""
    from model.features import frozen_features, steps

    def encode(stage: str, rows: Sequence[LabelledListing]) -> FrozenFeatures:
        done = frozen_features(rows, face, rates, store, started(stage, steps(rows)))
        for kind, found in (("broken", done.broken_pictures), ("missing", done.missing)):
            if found:
                name, reason = found[0]
                console.print(
                    f"{stage}: {len(found)} pictures are {kind}, such as {name}: {reason}", style="yellow"
                )
        if done.left_out:
            console.print(
                f"{stage}: {len(done.left_out)} listings have neither picture nor text", style="yellow"
            )
        return done.features

    return encode


def _show(artifact: Artifact, report: dict[str, object] | None, console: Console) -> None:
    from consumer.cli.evaluation_tables import tables_of

    console.print(f"artifact {artifact.version} in {artifact.folder}", highlight=False)
    for table in tables_of(report) if report else ():
        console.print(table)
