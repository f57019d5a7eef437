"""Behind `skutwin drift rebase`: a new reference of listings that the stream brought, and what it changes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table
from rich.text import Text

from consumer.drift.reference import HeldReference, RebasedReference, hash_of
from consumer.drift.sample import Sample
from consumer.drift.shapes import Shape, shapes
from consumer.drift.status import moment
from consumer.errors import Misconfigured
from model.artifact import Artifact
from model.drift import DriftReference
from model.embedded import EmbeddedListing

Measure = Callable[[Sequence[EmbeddedListing], Artifact], DriftReference]
"""Makes a reference of listings."""

FEWEST = 500


@dataclass(frozen=True)
class Rebase:
    """A reference that is not in use yet.

    Attributes:
        file: as it is to be written.
        content_hash: of the reference in it.
        before: the reference in use.
        moved: how the new listings lie in the cells of the one in use.
    """

    file: RebasedReference
    content_hash: str
    reference: DriftReference
    before: HeldReference
    moved: tuple[Shape, ...]

    def table(self) -> Table:
        """Each feature: how far the new listings lie from the old reference, and both thresholds."""
        window = f"{self.file.listings} listings, {moment(self.file.began)} to {moment(self.file.ended)}"
        table = Table(
            "feature",
            "was",
            "is",
            "distance",
            "threshold was",
            "becomes",
            title=f"{self.before.content_hash} to {self.content_hash}: {window}",
        )
        old, new = self.before.reference.thresholds, self.reference.thresholds
        told = {shape.feature: shape for shape in self.moved}
        for name in sorted({*old, *new, *told}, key=lambda name: -_distance(told.get(name))):
            shape = told.get(name)
            table.add_row(
                name,
                Text(_most(shape, now=False)),
                Text(_most(shape, now=True)),
                "-" if shape is None else f"{shape.distance:.4f}",
                _limit(old.get(name)),
                _limit(new.get(name)),
            )
        return table


def rebased(
    sample: Sample, artifact: Artifact, before: HeldReference, measure: Measure | None = None
) -> Rebase:
    """Measure a new reference; takes from seconds to minutes.

    Args:
        sample: what undrifted is from now on, in the order it came in.
        artifact: that embedded it, and decides.
        before: the reference in use.
        measure: how; as training does by default.

    Raises:
        Misconfigured: too few listings to be held against.
    """
    count = len(sample.listings)
    if count < FEWEST:
        raise Misconfigured(
            f"{count} listings are too few for a drift reference, {FEWEST} are needed: take more with --last,"
            " or begin earlier with --since"
        )
    reference = (measure or _as_in_training)(sample.listings, artifact)
    file = RebasedReference(
        embedding_version=artifact.embedding_version,
        artifact_version=artifact.version,
        listings=count,
        began=sample.began,
        ended=sample.ended,
        content=base64.b64encode(reference.to_bytes()).decode("ascii"),
    )
    moved = shapes(before.reference, sample.listings, artifact.rates)
    return Rebase(file, hash_of(reference), reference, before, tuple(moved))


def write(rebase: Rebase, out: Path) -> Path:
    """Write the file, whole or not at all; into a folder, under a name that says its content.

    Raises:
        Misconfigured: it cannot be written there.
    """
    path = out / f"drift-reference-{rebase.content_hash}.json" if out.is_dir() else out
    draft = path.with_name(f".{path.name}.part")
    try:
        draft.write_bytes(rebase.file.to_bytes())
        draft.replace(path)
    except OSError as err:
        raise Misconfigured(f"--out {path} cannot be written: {err.strerror or err}") from err
    return path


def _as_in_training(listings: Sequence[EmbeddedListing], artifact: Artifact) -> DriftReference:
    from model.training.pipeline import reference_of  # noqa: PLC0415 (it loads torch, which takes seconds)

    return reference_of(listings, artifact.decider, rates=artifact.rates)


def _distance(shape: Shape | None) -> float:
    return -1.0 if shape is None else shape.distance


def _limit(threshold: float | None) -> str:
    return "not judged" if threshold is None else f"{threshold:.2f}"


def _most(shape: Shape | None, *, now: bool) -> str:
    """The share that says most: of a flag that it is set, else the cell that most listings fall in."""
    if shape is None or not shape.labels or not shape.listings:
        return "-"
    shares = shape.now if now else shape.before
    place = 1 if shape.labels == ("no", "yes") else int(shares.argmax())
    named = "" if shape.labels == ("no", "yes") else f"{shape.labels[place]}: "
    return f"{named}{100 * shares[place]:.1f} %"
