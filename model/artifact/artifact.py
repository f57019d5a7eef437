"""The Artifact type: a loaded one, checked whole."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from model.artifact.config import Config, Encoders
from model.artifact.errors import ArtifactError
from model.decision.decider import Decider
from model.drift.reference import DriftReference
from model.embedder import Embedder
from model.encoders.precision import Precision
from model.encoders.specs import EncoderError
from model.money import Rates
from model.projection import Projection
from model.trained_on import TrainedOn


@dataclass(frozen=True)
class Artifact:
    """A loaded artifact; light, since its encoders are loaded by `embedder`.

    Attributes:
        folder: where it came from.
        version: 12 hex digits over everything in it; named in each event.
        embedding_version: 10 hex digits over encoders, preprocessing, rates and projection: vectors of
            two such versions never meet.
        decider: says of pairs whether they are the same product.
        drift_reference: what the training listings looked like.
        trained_on: whom and what the training saw.
        card: what it is good for, in Markdown.
    """

    folder: Path
    version: str
    embedding_version: str
    config: Config
    projection: Projection
    decider: Decider
    drift_reference: DriftReference
    trained_on: TrainedOn
    card: str

    @property
    def dimension(self) -> int:
        """Length of its vectors."""
        return self.config.dimension

    @property
    def encoders(self) -> Encoders:
        """Which encoders its projection was trained on."""
        return self.config.encoders

    @property
    def rates(self) -> Rates:
        """By which the price in an embedding is converted."""
        return self.config.rates.rates()

    def embedder(self, threads: int | None = None, precision: Precision | None = None) -> Embedder:
        """Load the encoders; takes seconds.

        Args:
            threads: for the whole process' tensor operations; None leaves torch's choice.
            precision: of both encoders; None measures which this processor runs faster.

        Raises:
            ArtifactError: an encoder is not installed, or not the one that the projection was trained on.
        """
        import torch  # noqa: PLC0415 (the match role needs no torch, and it takes seconds)

        from model.encoders.loading import load_pictures, load_texts  # noqa: PLC0415 (as above)

        if threads is not None:
            torch.set_num_threads(threads)
        try:
            pictures = load_pictures(self.encoders.pictures, precision)
            texts = load_texts(self.encoders.text, precision)
        except (EncoderError, ImportError) as err:
            raise ArtifactError(f"{self.folder}: {err}") from err
        return Embedder(self.embedding_version, self.projection, self.rates, pictures, texts)

    def describe(self) -> dict[str, Any]:
        """Plain data for people and for logs."""
        return {
            "version": self.version,
            "embedding_version": self.embedding_version,
            "created_by": self.config.created_by,
            "git_commit": self.config.git_commit,
            "dimension": self.dimension,
            "encoders": self.encoders.model_dump(mode="json"),
            "preprocessing": self.config.preprocessing.model_dump(mode="json"),
            "trained": self.config.trained.model_dump(mode="json"),
        }
