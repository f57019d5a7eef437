"""`skutwin train`: from labelled listings, or drawn ones, to an artifact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from consumer.cli import train_options as given
from consumer.cli.progress import stages
from consumer.cli.writing import kept_features, refuse_unwritable
from consumer.errors import Misconfigured

if TYPE_CHECKING:
    from rich.console import Console, RenderableType

    from model.artifact import Encoders
    from model.data import DataSet, LabelledListing
    from model.embedder import FrozenEncoders
    from model.features import FeatureStore, FrozenFeatures
    from model.money import Rates
    from model.training.material import Encode, Material
    from model.training.pipeline import Started
    from model.training.plan import Plan

_PRODUCTS = 4000


def train(
    data: given.DataPaths = None,
    *,
    out: given.Out = None,
    measure: given.Measure = False,
    synthetic: given.Synthetic = False,
    products: given.Products = _PRODUCTS,
    pictures: given.Pictures = None,
    texts: given.Texts = None,
    holdout: given.Holdout = 0.2,
    validation: given.Validation = 0.1,
    calibration: given.Calibration = 0.3,
    copies: given.Copies = 1,
    cache: given.Cache = None,
    strict: given.Strict = False,
    modalities: given.Modalities = "image,text,numbers",
    pooling: given.Pooling = "mean",
    layer: given.Layer = "linear",
    start: given.Start = None,
    dimension: given.Dimension = None,
    temperature: given.Temperature = None,
    rate: given.Rate = None,
    batch: given.Batch = None,
    epochs: given.Epochs = None,
    drop_modality: given.DropModality = None,
    hard_negatives: given.HardNegatives = "variants",
    device: given.Device = "cpu",
    precision_target: given.PrecisionTarget = None,
    review_tasks: given.ReviewTasks = None,
    seed: given.Seed = 7,
    threads: given.Threads = None,
) -> None:
    """Train a projection and its decider, measure them on what was kept back, and write an artifact."""
    if bool(data) == synthetic:
        raise Misconfigured("say what to train on: folders or files of labelled listings, or --synthetic")
    recipe = given.LayerOptions(
        modalities=modalities, pooling=pooling, layer=layer, start=start, dimension=dimension,
        temperature=temperature, rate=rate, batch=batch, epochs=epochs, drop_modality=drop_modality,
        hard_negatives=hard_negatives,
    ).recipe()  # fmt: skip
    plan = given.PlanOptions(
        seed=seed, holdout=holdout, validation=validation, calibration=calibration, copies=copies,
        precision_target=precision_target, review_tasks=review_tasks,
    ).plan(recipe)  # fmt: skip
    source = given.Source(
        data=tuple(data or ()), products=products, pictures=pictures, texts=texts, cache=cache,
        strict=strict, device=device, threads=threads,
    )  # fmt: skip
    _run(source, plan, _target(out, plan, measure=measure))


def _target(out: Path | None, plan: Plan, *, measure: bool) -> Path | None:
    """Where the artifact goes; None where the layer is measured only.

    Raises:
        Misconfigured: neither or both are wanted, or an artifact cannot hold such a layer or lie there.
    """
    from model.artifact import ArtifactError, refuse_other_files

    if (out is None) != measure:
        raise Misconfigured("say what to make: an artifact with --out FOLDER, or figures with --measure")
    if measure and not plan.holdout:
        raise Misconfigured("--measure needs listings to measure on: give a --holdout over 0")
    if out is None:
        return None
    if not plan.recipe.served:
        raise Misconfigured(
            "the stream computes a linear layer over mean-pooled pictures and nothing else, so no artifact "
            "holds --layer mlp or --pooling max; give --measure in place of --out to see their figures"
        )
    try:
        refuse_other_files(out)
    except ArtifactError as err:
        raise Misconfigured(f"--out: {err}") from err
    refuse_unwritable(out.resolve().parent, "--out")
    return out


def _run(source: given.Source, plan: Plan, out: Path | None) -> None:
    from rich.console import Console

    from model.data import DataError
    from model.decision.thresholds import TooFewPairs
    from model.encoders.specs import EncoderError
    from model.training.contrastive import TrainingError

    _check_device(source.device)
    try:
        _train(source, plan, out, Console(stderr=True))
    except (DataError, EncoderError, TrainingError, TooFewPairs) as err:
        raise Misconfigured(str(err)) from err


def _train(source: given.Source, plan: Plan, out: Path | None, console: Console) -> None:
    from rich.console import Console

    from model.money import Rates

    sets = _sets(source.data, console, strict=source.strict)
    rates = Rates.snapshot()
    with stages(console) as started, kept_features(source.cache) as store:
        encoders, face = _encoders(source, started)
        encode = _encoding(face, rates, store, started, console)
        material = _material(sets, source, plan, encode)
        if out is None:
            shown = _measured(material, plan, source.device, started)
        else:
            shown = _written(
                out, material, plan, encoders=encoders, rates=rates, device=source.device, started=started
            )
    for part in shown:
        Console().print(part, highlight=False)


def _measured(material: Material, plan: Plan, device: str, started: Started) -> Sequence[RenderableType]:
    from consumer.cli.evaluation_tables import ablations
    from model.training.measuring import measure_layer

    figures = measure_layer(material, plan, device=device, started=started)
    title = f"{plan.recipe.layer} layer over pictures' {plan.recipe.pooling}"
    return [ablations({name: asdict(one) for name, one in figures.items()}, title, tuple(figures))]


def _written(
    out: Path,
    material: Material,
    plan: Plan,
    *,
    encoders: Encoders,
    rates: Rates,
    device: str,
    started: Started,
) -> Sequence[RenderableType]:
    from consumer.cli.evaluation_tables import tables_of
    from model.training.pipeline import train_artifact

    artifact, report = train_artifact(
        out, material, plan, encoders=encoders, rates=rates, device=device, started=started
    )
    return [f"artifact {artifact.version} in {artifact.folder}", *(tables_of(report) if report else ())]


def _material(sets: Sequence[DataSet], source: given.Source, plan: Plan, encode: Encode) -> Material:
    from model.training.material import drawn_material, real_material

    return real_material(sets, plan, encode) if sets else drawn_material(plan.seed, source.products, encode)


def _sets(paths: Sequence[Path], console: Console, *, strict: bool) -> list[DataSet]:
    from consumer.cli.evaluate import print_problems
    from model.data import read_data

    sets = [read_data(path, strict=strict) for path in paths]
    print_problems(sets, console)
    return sets


def _check_device(name: str) -> None:
    import torch

    try:
        torch.zeros(1, device=name)
    except (RuntimeError, AssertionError) as err:  # the latter of a torch that was built without it
        raise Misconfigured(f"--device {name}: {str(err).splitlines()[0]}") from err


def _encoders(source: given.Source, started: Started) -> tuple[Encoders, FrozenEncoders]:
    import torch

    from model.artifact import Encoders
    from model.embedder import FrozenEncoders
    from model.encoders.loading import default_specs, load_pictures, load_texts, picture_spec, text_spec

    if source.threads is not None:
        torch.set_num_threads(source.threads)
    advance = started("load the encoders", 1)
    pictures, texts = default_specs()
    pictures = pictures if source.pictures is None else picture_spec(source.pictures)
    texts = texts if source.texts is None else text_spec(source.texts)
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
