"""EmbeddedListing: what decisions and events need of a listing, with its vector and the parts by modality."""

from __future__ import annotations

import base64
import hashlib
from typing import Annotated, Any, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator

from model.listing import MAX_PICTURES, Offer
from model.strict_json import canonical, parse

MAX_DIMENSION = 768  # four vectors of it, in base64, leave room for all other fields in 60,000 bytes

FloatVector = NDArray[np.float32]


def _to_vector(value: Any) -> FloatVector:
    """Base64 of little-endian float32, or an array, as `float32[d]`; anything not finite is refused."""
    if isinstance(value, str):
        array = np.frombuffer(base64.b64decode(value, validate=True), dtype="<f4").astype(np.float32)
    else:
        array = np.array(
            value, dtype=np.float32
        )  # a copy: the caller's array stays writable, ours does not change
    if array.ndim != 1 or not 0 < array.size <= MAX_DIMENSION or not np.isfinite(array).all():
        raise ValueError(f"a vector is a flat, finite float32 array of 1 to {MAX_DIMENSION} numbers")
    array.setflags(write=False)
    return array


def _from_vector(array: FloatVector) -> str:
    return base64.b64encode(np.ascontiguousarray(array, dtype="<f4").tobytes()).decode("ascii")


Vector = Annotated[
    NDArray[np.float32],
    BeforeValidator(_to_vector),
    PlainSerializer(_from_vector, return_type=str),
    Field(json_schema_extra={"type": "string", "contentEncoding": "base64"}),
]


class Embedding(BaseModel):
    """The fused vector and its projected parts; `vector` is L2-normalised `sum of parts + bias`.

    Attributes:
        vector: float32[d], unit length.
        image: float32[d] or None without pictures; likewise `text`; `numbers` is always there.
        palette: float32[p] of unit length, or None without pictures: how much of each colour the pictures
            together show, as `model.encoders.palette` counts it. No part of the sum; the decider reads it.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    vector: Vector
    image: Vector | None = None
    text: Vector | None = None
    numbers: Vector
    palette: Vector | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Embedding) and self._bytes() == other._bytes()

    def __hash__(self) -> int:
        return hash(self._bytes())

    def _bytes(self) -> tuple[bytes | None, ...]:
        parts = (self.vector, self.image, self.text, self.numbers, self.palette)
        return tuple(None if part is None else part.tobytes() for part in parts)

    @model_validator(mode="after")
    def _of_one_dimension(self) -> Self:
        for name, part in (("image", self.image), ("text", self.text), ("numbers", self.numbers)):
            if part is not None and part.shape != self.vector.shape:
                raise ValueError(f"{name}: has {part.size} numbers, vector has {self.vector.size}")
        return self


PictureHash = Annotated[str, Field(pattern=r"^[0-9a-f]{16}$")]


class Pictures(BaseModel):
    """What became of a listing's pictures.

    Attributes:
        hashes: the first 16 hex digits of SHA-256 of each picture that is in the embedding, in order.
        perceptual_hashes: 64 bits in hex of each of them that has such a hash, in order; see
            `model.encoders.perceptual_hash`.
        gone: how many failed for good.
        pending: how many failed for now; over 0 the listing will be embedded again.
        attempt: how many retries stand behind this row.
    """

    model_config = ConfigDict(frozen=True)

    hashes: Annotated[tuple[PictureHash, ...], Field(max_length=MAX_PICTURES)] = ()
    perceptual_hashes: Annotated[tuple[PictureHash, ...], Field(max_length=MAX_PICTURES)] = ()
    gone: Annotated[int, Field(ge=0)] = 0
    pending: Annotated[int, Field(ge=0)] = 0
    attempt: Annotated[int, Field(ge=0)] = 0


class EmbeddedListing(Offer):
    """A listing as the inner log and the index hold it.

    `image_urls` holds data: URLs only while pictures are pending, since only a retry needs them.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    embedding: Embedding
    pictures: Pictures = Pictures()

    @property
    def pending(self) -> bool:
        """Whether pictures are missing only for now."""
        return self.pictures.pending > 0

    def fingerprint(self) -> str:
        """What a person sees of it, price apart, in 32 hex digits: a verdict holds while this stays."""
        seen = (
            self.title,
            self.brand,
            self.category,
            self.colour,
            self.sizes,
            self.gtin,
            self.pictures.hashes,
        )
        return hashlib.blake2b(canonical(seen), digest_size=16).hexdigest()

    def to_bytes(self) -> bytes:
        """Canonical JSON; equal listings give equal bytes."""
        return canonical(self.model_dump(mode="json", exclude_none=True))

    @classmethod
    def from_bytes(cls, value: bytes) -> Self:
        """The inverse of `to_bytes`.

        Raises:
            ValueError: not an embedded listing.
        """
        return cls.model_validate(parse(value))
