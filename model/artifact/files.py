"""The files of an artifact's folder: their names, how large each may be, and how one is read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from model.artifact.errors import REFETCH, ArtifactError

CONFIG: Final = "config.json"
PROJECTION: Final = "projection.safetensors"
DECIDER: Final = "decider.json"
CALIBRATION: Final = "calibration.json"
DRIFT_REFERENCE: Final = "drift_reference.safetensors"
TRAINED_ON: Final = "trained_on.safetensors"
CARD: Final = "README.md"

LIMITS: Final = {
    CONFIG: 1 << 18,
    PROJECTION: 1 << 26,
    DECIDER: 1 << 23,
    CALIBRATION: 1 << 20,
    DRIFT_REFERENCE: 1 << 20,
    TRAINED_ON: 1 << 26,
    CARD: 1 << 18,
}
"""Every file, and its largest size in bytes."""

FORMER: Final = frozenset({"artifact.json", "card.md"})
"""Files of format 1: an artifact of it may be replaced, though no longer read."""


def strange_files(folder: Path) -> list[str]:
    """Names in the folder that belong to no artifact; what a file manager or a hub hides there is let be."""
    return sorted(
        entry.name for entry in folder.iterdir() if entry.name not in LIMITS and entry.name[0] != "."
    )


def read_file(folder: Path, name: str) -> bytes:
    """One file, whole.

    Raises:
        ArtifactError: it is not there, too large, or a link that leads out of the folder.
    """
    file = folder / name
    try:
        inside = file.resolve(strict=True).is_relative_to(folder.resolve(strict=True))
        size = file.stat().st_size
        if not inside:
            raise ArtifactError(
                f"{file} is a link that leads out of the artifact's folder; put the file itself there"
            )
        if not file.is_file():
            raise ArtifactError(f"{file} is no file; {REFETCH}")
        if size > LIMITS[name]:
            raise ArtifactError(f"{file} has {size} bytes; at most {LIMITS[name]} are allowed; {REFETCH}")
        return file.read_bytes()
    except OSError as err:
        raise ArtifactError(f"{file} cannot be read ({err.strerror}); {REFETCH}") from err
