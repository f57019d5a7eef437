"""An artifact tried out: what passes, and what each fault is called."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from model.artifact import Artifact, ArtifactError
from model.artifact.self_test import Check, verify
from model.decision.terms import Curve
from model.embedder import Embedder
from model.encoders.precision import Precision
from tests.tiny_artifact import WIDTH, tiny_decider, write_tiny_artifact

Features = NDArray[np.float32]


class Tower:
    """Tells inputs apart by what they hold."""

    precision = Precision.FP32

    def __init__(self, spec: object, noise: float = 0.0) -> None:
        self.spec = spec
        self._noise = noise

    def encode(self, given: object) -> Features:
        values = [float(np.asarray(one).mean()) if not isinstance(one, str) else len(one) for one in given]
        features = np.stack([np.sin(np.arange(1, WIDTH + 1) * value) for value in values])
        self._noise *= 2
        return (features + self._noise).astype(np.float32)


def embedder_of(artifact: Artifact, noise: float = 0.0) -> Embedder:
    towers = Tower(artifact.encoders.pictures, noise), Tower(artifact.encoders.text)
    return Embedder(artifact.embedding_version, artifact.projection, artifact.rates, *towers)  # type: ignore[arg-type]  # towers by their methods


def tried(folder: Path, **options: object) -> list[Check]:
    return list(verify(folder, full=True, load=options.get("load", embedder_of)))  # type: ignore[arg-type]  # a callable


def test_a_sound_artifact_passes_every_check(original: Artifact) -> None:
    """Files, decision, encoders, embedding and a pair, in this order."""
    checks = tried(original.folder)
    assert [check.name for check in checks] == ["files", "decision", "encoders", "embedding", "pair"]
    assert all(check.passed for check in checks), checks


def test_encoders_are_left_alone_unless_asked_for(original: Artifact) -> None:
    """They take seconds to load."""
    assert [check.name for check in verify(original.folder, full=False)] == ["files", "decision"]


def test_an_encoder_that_is_not_installed_is_a_failed_check(original: Artifact) -> None:
    """With what the embedder says of it."""

    def missing(artifact: Artifact) -> Embedder:
        raise ArtifactError(f"no encoder {artifact.encoders.text.source}")

    last = tried(original.folder, load=missing)[-1]
    assert (last.name, last.passed, last.detail) == (
        "encoders",
        False,
        "no encoder package:letters-of-a-test",
    )


def test_an_encoder_that_gives_other_numbers_each_time_is_caught(original: Artifact) -> None:
    """A replay would not repeat its bytes."""
    last = tried(original.folder, load=lambda artifact: embedder_of(artifact, noise=0.01))[-1]
    assert (last.name, last.passed) == ("embedding", False)
    assert "two different vectors" in last.detail


def test_a_decider_that_prefers_strangers_is_caught(tmp_path: Path) -> None:
    """A copy must be likelier a twin than another garment."""
    decider = tiny_decider()
    upside_down = Curve((0.6, 0.95), (-9.0,), 0.0)
    terms = replace(decider.terms, curves=dict(decider.terms.curves) | {"similarity_fused": upside_down})
    last = tried(write_tiny_artifact(tmp_path / "a", decider=replace(decider, terms=terms)).folder)[-1]
    assert (last.name, last.passed) == ("pair", False)
    assert "no likelier a twin" in last.detail


@pytest.mark.parametrize("name", ["config.json", "drift_reference.safetensors"])
def test_nothing_more_is_tried_of_a_broken_folder(folder: Path, name: str) -> None:
    """One failed check with the file's name."""
    (folder / name).write_bytes(b"{}")
    (only,) = tried(folder)
    assert (only.name, only.passed) == ("files", False)
    assert name in only.detail
