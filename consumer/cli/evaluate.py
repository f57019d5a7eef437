"""`skutwin evaluate`: how good an artifact is on labelled data, with the mistakes to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from consumer.cli.progress import stages
from consumer.cli.writing import kept_features, refuse_unwritable
from consumer.errors import Misconfigured

if TYPE_CHECKING:
    from rich.console import Console

    from model.artifact import Artifact
    from model.data import DataSet
    from model.evaluation.run import Evaluation, Options

_SYNTHETIC_PRODUCTS = 600
_SHOWN_PROBLEMS = 10


def evaluate(
    artifact: Annotated[
        Path, typer.Argument(help="The artifact's folder, or `default` for the embedded one.")
    ],
    data: Annotated[list[Path] | None, typer.Argument(help="Folders or files of labelled listings.")] = None,
    out: Annotated[Path | None, typer.Option("--out", help="Folder for report.json and report.html.")] = None,
    *,
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="On a drawn catalogue, of a split that nothing is trained on.")
    ] = False,
    products: Annotated[
        int, typer.Option(help="Products of the drawn catalogue.", min=10)
    ] = _SYNTHETIC_PRODUCTS,
    perturb: Annotated[
        str,
        typer.Option(
            help="auto, always or never: measure true pairs with one side as others would write it."
        ),
    ] = "auto",
    seed: Annotated[int, typer.Option(help="Of drawn catalogue, perturbed copies and intervals.")] = 7,
    cache: Annotated[Path | None, typer.Option(help="Where features are kept between runs.")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Stop at the first broken line.")] = False,
    bootstrap: Annotated[int, typer.Option(help="Resamples for intervals.", min=10, max=10_000)] = 400,
    limit: Annotated[int | None, typer.Option(help="At most so many listings or pairs a set.", min=2)] = None,
    index: Annotated[bool, typer.Option(help="Measure the approximate index against exact search.")] = True,
    threads: Annotated[int | None, typer.Option(help="Processor threads; all by default.", min=1)] = None,
) -> None:
    """Measure an artifact: ablations, known and unseen sellers, calibration, the worst mistakes."""
    from model.evaluation.perturbing import Perturbing
    from model.evaluation.run import EvaluationError, Options

    if perturb not in set(Perturbing):
        raise Misconfigured(f"--perturb {perturb}: auto, always or never")
    options = Options(perturb=Perturbing(perturb), seed=seed, resamples=bootstrap, limit=limit)
    if out is not None:
        refuse_unwritable(out, "--out")
    sets = _data(data or [], strict=strict)
    if synthetic:
        sets = [*sets, synthetic_data(products, seed)]
    if not sets:
        raise Misconfigured("say what to measure on: folders or files, or --synthetic for a drawn set")
    from rich.console import Console

    console = Console()
    print_problems(sets, console)
    loaded = _loaded(artifact)
    try:
        result = _evaluated(loaded, sets, options, cache, console, threads=threads, index=index)
    except EvaluationError as err:
        raise Misconfigured(str(err)) from err
    _print_figures(result, console)
    if out is not None:
        _write(result, loaded, out)
        console.print(
            f"{out / 'report.json'} and {out / 'report.html'} written", markup=False, soft_wrap=True
        )


def synthetic_data(products: int, seed: int) -> DataSet:
    """A drawn catalogue of the demo's split: templates, brands and sellers that no training saw."""
    from model.data import DataSet
    from model.synthetic.catalogue import make_catalogue
    from model.synthetic.labelled import labelled

    catalogue = make_catalogue(seed=10_000 + seed, products=products, split="demo")
    return DataSet(name="synthetic-demo", listings=labelled(catalogue))


def _data(paths: Sequence[Path], *, strict: bool) -> list[DataSet]:
    from model.data import DataError, read_data

    try:
        return [read_data(path, strict=strict) for path in paths]
    except DataError as err:
        raise Misconfigured(str(err)) from err


def _loaded(folder: Path) -> Artifact:
    from model.artifact import load_artifact

    return load_artifact(None if str(folder) == "default" and not folder.exists() else folder)


def _evaluated(
    artifact: Artifact,
    data: Sequence[DataSet],
    options: Options,
    cache: Path | None,
    console: Console,
    *,
    threads: int | None,
    index: bool,
) -> Evaluation:
    from consumer.scoring.index_recall import index_recall
    from model.evaluation.run import Evaluator

    with stages(console, transient=True) as started, kept_features(cache) as store:
        advance = started("load the encoders", 1)
        encoders = artifact.embedder(threads)
        advance(1)
        result = Evaluator(artifact, encoders, options, store, started).evaluate(data)
        if index and result.headline is not None:
            advance = started("ask the approximate index", 1)
            recall = index_recall(result.headline.listings, options.seed)
            result.report["retrieval_recall"] = None if recall is None else asdict(recall)
            advance(1)
    return result


def _write(result: Evaluation, artifact: Artifact, out: Path) -> None:
    from model.evaluation.page import write_page
    from model.evaluation.report import to_json

    try:
        out.mkdir(parents=True, exist_ok=True)
        (out / "report.json").write_bytes(to_json(result.report))
        (out / "report.html").write_bytes(write_page(result, artifact.decider))
    except OSError as err:
        raise Misconfigured(f"--out {out}: {err.strerror or err}") from err


def print_problems(sets: Sequence[DataSet], console: Console) -> None:
    """Name the broken lines and the missing pictures."""
    problems = [problem for one in sets for problem in one.problems]
    for problem in problems[:_SHOWN_PROBLEMS]:
        console.print(str(problem), markup=False, style="yellow", soft_wrap=True)
    if len(problems) > _SHOWN_PROBLEMS:
        console.print(f"and {len(problems) - _SHOWN_PROBLEMS} more broken lines", style="yellow")
    for one in sets:
        if one.missing_pictures:
            console.print(
                f"{one.name}: {one.missing_pictures} pictures are missing", markup=False, style="yellow"
            )


def _print_figures(result: Evaluation, console: Console) -> None:
    from consumer.cli.evaluation_tables import tables_of

    for table in tables_of(result.report):
        console.print(table)
