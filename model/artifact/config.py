"""`config.json`: what an artifact is made of, and the hash of each other file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from model.artifact import files as names
from model.artifact.provenance import Trained
from model.encoders.specs import PictureSpec, TextSpec
from model.money import Rates
from model.strict_json import canonical

FORMAT: Literal[2] = 2


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class FileNote(_Strict):
    """What the config says of another file: SHA-256 in hex, and its length in bytes."""

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    length: Annotated[int, Field(ge=0)]

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The note of these contents."""
        return cls(sha256=hashlib.sha256(content).hexdigest(), length=len(content))


class Files(_Strict):
    """The notes of all files; no other name can be given, so none can lead out of the folder."""

    projection: Annotated[FileNote, Field(alias=names.PROJECTION)]
    decider: Annotated[FileNote, Field(alias=names.DECIDER)]
    calibration: Annotated[FileNote, Field(alias=names.CALIBRATION)]
    drift_reference: Annotated[FileNote, Field(alias=names.DRIFT_REFERENCE)]
    trained_on: Annotated[FileNote, Field(alias=names.TRAINED_ON)]
    card: Annotated[FileNote, Field(alias=names.CARD)]

    def by_name(self) -> dict[str, FileNote]:
        """Each file's note under the file's name."""
        return {
            field.alias: getattr(self, name)
            for name, field in type(self).model_fields.items()
            if field.alias is not None
        }


class Encoders(_Strict):
    """The frozen encoders."""

    pictures: PictureSpec
    text: TextSpec


class RateTable(_Strict):
    """`Rates`, written down."""

    reference: str
    table: dict[str, float]

    def rates(self) -> Rates:
        """The rates themselves.

        Raises:
            ValueError: a rate that is none.
        """
        return Rates(self.table, self.reference)


class Preprocessing(_Strict):
    """How each modality's input is made.

    Attributes:
        steps: a name by modality; it changes whenever the code behind it does.
        hash: 12 hex digits over them.
    """

    steps: dict[str, str]
    hash: Annotated[str, Field(pattern=r"^[0-9a-f]{12}$")]

    @classmethod
    def of(cls, steps: Mapping[str, str]) -> Self:
        """These steps with their hash."""
        return cls(steps=dict(steps), hash=_digest(dict(steps), 12))

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.hash != _digest(self.steps, 12):
            raise ValueError("hash: is not that of the steps")
        return self


class Config(_Strict):
    """`config.json`.

    Attributes:
        created_by: the skutwin that wrote it.
        git_commit: of that skutwin's code, `-dirty` behind it if files of it had changed; None where unknown.
        dimension: length of its vectors.
        preprocessing: must be this code's way.
        rates: by which the price in an embedding is converted.
        trained: on what and how it was made, and what was measured; for people.
    """

    format: Literal[2]
    created_by: Annotated[str, Field(max_length=64)]
    git_commit: Annotated[str | None, Field(pattern=r"^[0-9a-f]{7,64}(-dirty)?$")] = None
    dimension: Annotated[int, Field(gt=0, le=1024)]
    encoders: Encoders
    preprocessing: Preprocessing
    rates: RateTable
    files: Files
    trained: Trained = Trained()

    def to_bytes(self) -> bytes:
        """The file: one line of canonical JSON."""
        return canonical(self.model_dump(mode="json", by_alias=True)) + b"\n"

    def version(self) -> str:
        """12 hex digits over all of it, and so, by their hashes, over all files."""
        return hashlib.sha256(self.to_bytes()).hexdigest()[:12]

    def embedding_version(self) -> str:
        """10 hex digits over what a vector depends on."""
        seen = self.model_dump(mode="json", include={"dimension", "encoders", "rates"})
        seen["preprocessing"] = self.preprocessing.steps
        seen["projection"] = self.files.projection.sha256
        return _digest(seen, 10)


def _digest(value: object, digits: int) -> str:
    return hashlib.sha256(canonical(value)).hexdigest()[:digits]
