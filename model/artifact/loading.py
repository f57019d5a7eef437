"""Reading an artifact's folder: whole, or refused with the reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pydantic import ValidationError

from model.artifact import files as names
from model.artifact.artifact import Artifact
from model.artifact.config import FORMAT, Config, FileNote
from model.artifact.errors import OTHER_RELEASE, REFETCH, ArtifactError
from model.decision.decider import Decider
from model.drift.reference import DriftReference
from model.embedder import PREPROCESSING
from model.encoders.palette import PALETTE
from model.projection import NUMBERS, Projection
from model.strict_json import parse
from model.trained_on import TrainedOn

DEFAULT = Path(__file__).parents[1] / "artifacts" / "default"


def load_artifact(path: Path | None = None) -> Artifact:
    """Read and check an artifact folder.

    Args:
        path: None for the embedded default.

    Raises:
        ArtifactError: says what does not fit, and how to mend it.
    """
    folder = DEFAULT if path is None else path
    if not folder.is_dir():
        raise ArtifactError(
            f"{folder} is no folder; give an artifact's folder, or none for the embedded default"
        )
    config = _config(folder)
    if strange := names.strange_files(folder):
        raise ArtifactError(
            f"{folder} holds what is not an artifact's: {strange[:5]}; take it out of the folder"
        )
    contents = {name: _checked(folder, name, note) for name, note in config.files.by_name().items()}
    try:
        return _assembled(folder, config, contents)
    except ValueError as err:
        raise ArtifactError(f"{folder}: {err}; {REFETCH}") from err


def _assembled(folder: Path, config: Config, contents: Mapping[str, bytes]) -> Artifact:
    config.rates.rates()
    widths = {
        "image": config.encoders.pictures.dimension + config.encoders.pictures.texture + PALETTE,
        "text": config.encoders.text.dimension,
        "numbers": NUMBERS,
    }
    with _reading(names.PROJECTION) as name:
        projection = Projection.from_bytes(contents[name], config.dimension, widths)
    with _reading(names.DRIFT_REFERENCE) as name:
        drift_reference = DriftReference.from_bytes(contents[name], config.dimension)
    with _reading(names.TRAINED_ON) as name:
        trained_on = TrainedOn.from_bytes(contents[name])
    with _reading(names.CARD) as name:
        card = contents[name].decode("utf-8")
    return Artifact(
        folder=folder,
        version=config.version(),
        embedding_version=config.embedding_version(),
        config=config,
        projection=projection,
        decider=Decider.from_files(contents),
        drift_reference=drift_reference,
        trained_on=trained_on,
        card=card,
    )


@contextmanager
def _reading(name: str) -> Iterator[str]:
    try:
        yield name
    except ValueError as err:
        raise ValueError(f"{name}: {err}") from err


def _config(folder: Path) -> Config:
    file = folder / names.CONFIG
    if not file.exists() and (folder / "artifact.json").exists():
        raise ArtifactError(
            f"{folder} is an artifact of format 1; this skutwin reads {FORMAT}; {OTHER_RELEASE}"
        )
    raw = names.read_file(folder, names.CONFIG)
    try:
        made_by = parse(raw).get("format")
        config = Config.model_validate_json(raw) if made_by == FORMAT else None
        spelling = config.to_bytes() if config is not None else raw
    except ValidationError as err:
        raise ArtifactError(f"{file}: {'; '.join(_complaints(err))}; {REFETCH}") from err
    except ValueError as err:
        raise ArtifactError(f"{file}: {err}; {REFETCH}") from err
    if config is None:
        raise ArtifactError(f"{file}: format {made_by!r}, but this skutwin reads {FORMAT}; {OTHER_RELEASE}")
    if raw != spelling:
        raise ArtifactError(
            f"{file} is not spelled as this skutwin spells it: it was edited, or {config.created_by!r} "
            f"spells it otherwise; {REFETCH}"
        )
    if config.preprocessing.steps != dict(PREPROCESSING):
        raise ArtifactError(
            f"{file}: inputs are made by {config.preprocessing.steps}, but here by {dict(PREPROCESSING)}; "
            f"{OTHER_RELEASE}"
        )
    return config


def _complaints(err: ValidationError) -> Iterator[str]:
    for one in err.errors(include_url=False, include_context=False)[:8]:
        place = ".".join(str(step) for step in one["loc"])
        yield f"{place!r}: {one['msg']}"  # a key from outside may hold what a terminal obeys


def _checked(folder: Path, name: str, note: FileNote) -> bytes:
    content = names.read_file(folder, name)
    if FileNote.of(content) != note:
        raise ArtifactError(
            f"{folder / name} is not the file that {names.CONFIG} names (hash or length); {REFETCH}"
        )
    return content
