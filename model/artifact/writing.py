"""Writing an artifact's folder: all of it, or nothing."""

from __future__ import annotations

import glob
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from pydantic import ValidationError

from model.artifact import files as names
from model.artifact.artifact import Artifact
from model.artifact.config import FORMAT, Config, Encoders, FileNote, Preprocessing
from model.artifact.errors import ArtifactError
from model.artifact.loading import load_artifact
from model.artifact.provenance import Trained
from model.decision.decider import Decider
from model.drift.reference import DriftReference
from model.embedder import PREPROCESSING
from model.money import Rates
from model.projection import Projection
from model.trained_on import TrainedOn


def write_artifact(
    folder: Path,
    *,
    encoders: Encoders,
    projection: Projection,
    rates: Rates,
    decider: Decider,
    drift_reference: DriftReference,
    trained_on: TrainedOn,
    card: str,
    trained: Trained,
    git_commit: str | None = None,
) -> Artifact:
    """Write an artifact folder, and read it back.

    It is written beside `folder`, checked, and takes its place in one step: whatever interrupts this leaves
    the artifact that was there before, or the new one.

    Args:
        folder: a new one, an empty one, or an artifact's that is to be replaced.
        encoders: that the projection was trained on.
        projection: the trained layer.
        rates: by which the price in an embedding is converted.
        decider: with its calibration and thresholds.
        drift_reference: what the training listings looked like.
        trained_on: whom and what the training saw.
        card: Markdown for people; see `model.card`.
        trained: on what and how it was made, and what was measured.
        git_commit: of the code, as `model.artifact.commit.git_commit` gives it.

    Raises:
        ArtifactError: the folder holds other files, cannot be written, or what is given makes no artifact.
    """
    contents = {
        names.PROJECTION: projection.to_bytes(),
        names.DRIFT_REFERENCE: drift_reference.to_bytes(),
        names.TRAINED_ON: trained_on.to_bytes(),
        names.CARD: card.encode("utf-8"),
        **decider.to_files(),
    }
    try:
        config = Config.model_validate(
            {
                "format": FORMAT,
                "created_by": _release(),
                "git_commit": git_commit,
                "dimension": projection.dimension,
                "encoders": encoders,
                "preprocessing": Preprocessing.of(PREPROCESSING),
                "rates": rates.to_json(),
                "files": {name: FileNote.of(content) for name, content in contents.items()},
                "trained": trained,
            }
        )
    except ValidationError as err:
        raise ArtifactError(f"{folder}: this makes no artifact: {err}") from err
    return _placed(folder, {**contents, names.CONFIG: config.to_bytes()})


def _placed(folder: Path, contents: Mapping[str, bytes]) -> Artifact:
    """Written beside the folder and read whole before it takes its place."""
    target = folder.resolve()
    try:
        with _draft_beside(target) as draft:
            for name, content in contents.items():
                _write(draft / name, content)
            artifact = load_artifact(draft)
            _swap(draft, target)
    except OSError as err:
        raise ArtifactError(f"{folder} cannot be written ({err}); give a folder in a place that can") from err
    return replace(artifact, folder=folder)


def _release() -> str:
    try:
        return f"skutwin {version('skutwin')}"
    except PackageNotFoundError:  # run from a checkout that was never installed
        return "skutwin, not installed"


@contextmanager
def _draft_beside(target: Path) -> Iterator[Path]:
    """A new folder on the same file system; gone in the end, unless it was renamed."""
    target.parent.mkdir(parents=True, exist_ok=True)
    refuse_other_files(target)
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent))
    try:
        draft.chmod(0o755)  # mkdtemp's is for its owner alone; a service may run as another user
        yield draft
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def refuse_other_files(target: Path) -> None:
    """Whether an artifact may be written there, before any work goes into one.

    Raises:
        ArtifactError: it is a file, or a folder that holds more than an artifact.
    """
    if target.exists() and not target.is_dir():
        raise ArtifactError(f"{target} is a file; give a folder")
    held = {entry.name for entry in target.iterdir()} if target.is_dir() else set()
    if strange := sorted(held - names.LIMITS.keys() - names.FORMER):
        raise ArtifactError(f"{target} holds other files ({', '.join(strange[:5])}); give a new folder")


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _swap(draft: Path, target: Path) -> None:
    former = draft.with_suffix(".former")
    try:
        if target.exists():
            target.rename(former)
        draft.rename(target)
    except BaseException:  # Ctrl-C between the two renames as well: the old one goes back to its place
        if former.exists() and not target.exists():
            former.rename(target)
        raise
    # With those that a SIGKILL in between has left behind: what they were kept for is overtaken now.
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.former"):
        shutil.rmtree(left, ignore_errors=True)
