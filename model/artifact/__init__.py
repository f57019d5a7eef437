"""An artifact: one folder, one version, and everything that an embedding or a decision depends on.

    config.json                 encoders, preprocessing, rates, provenance, every other file's hash
    projection.safetensors      the trained layer
    decider.json                the additive model of a pair's log-odds
    calibration.json            from log-odds to probability, and the thresholds
    drift_reference.safetensors what the training listings looked like
    trained_on.safetensors      whom and what the training saw, as hashes
    README.md                   the model card: what it is good for, in plain words

No file of it can run code, and every byte is checked against its hash before it is read.
"""

from model.artifact.artifact import Artifact
from model.artifact.config import Config, Encoders, FileNote
from model.artifact.errors import ArtifactError
from model.artifact.loading import DEFAULT, load_artifact
from model.artifact.provenance import Trained, TrainingSet
from model.artifact.writing import refuse_other_files, write_artifact

__all__ = [
    "DEFAULT",
    "Artifact",
    "ArtifactError",
    "Config",
    "Encoders",
    "FileNote",
    "Trained",
    "TrainingSet",
    "load_artifact",
    "refuse_other_files",
    "write_artifact",
]
