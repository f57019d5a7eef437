"""The reference that a stream is held against: the artifact's own, or one that `skutwin drift rebase` made.

A rebased one is a file of JSON that says what it is of, with the reference itself inside. It serves vectors
of one embedding version: with another artifact it is refused, rather than alarmed over.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AwareDatetime, Field, ValidationError

from consumer.contracts.wire import Wire
from consumer.errors import Misconfigured
from model.artifact import Artifact
from model.drift import DriftReference

_MOST_BYTES = 1 << 24
_MEND = "make one with `skutwin drift rebase`, or take the setting `drift_reference` away"


class RebasedReference(Wire):
    """What the file holds.

    Attributes:
        embedding_version: of the vectors that it was measured on.
        artifact_version: that embedded and decided them.
        began, ended: the log timestamps of the first and the last of its listings.
        content: the reference itself, safetensors in base64.
    """

    format: Literal[1] = 1
    embedding_version: str
    artifact_version: str
    listings: Annotated[int, Field(ge=1)]
    began: AwareDatetime
    ended: AwareDatetime
    content: str

    @property
    def content_hash(self) -> str:
        """12 hex digits over the reference; see `HeldReference`.

        Raises:
            ValueError: it is damaged.
        """
        return _hash(self._data())

    def reference(self, dimension: int) -> DriftReference:
        """The reference, checked.

        Raises:
            ValueError: it is damaged, or of vectors of another length.
        """
        return DriftReference.from_bytes(self._data(), dimension)

    def _data(self) -> bytes:
        try:
            return base64.b64decode(self.content, validate=True)
        except binascii.Error as err:
            raise ValueError(f"content: {err}") from err


@dataclass(frozen=True)
class HeldReference:
    """A reference in use.

    Attributes:
        content_hash: 12 hex digits over its content; each event names it.
        rebased: what the file says of itself; None of the artifact's own.
    """

    reference: DriftReference
    content_hash: str
    rebased: RebasedReference | None = None


def hash_of(reference: DriftReference) -> str:
    """12 hex digits of SHA-256 over a reference's content; equal ones have equal digits."""
    return _hash(reference.to_bytes())


def held_reference(artifact: Artifact, path: Path | None) -> HeldReference:
    """The reference in use: a rebased one outweighs the artifact's.

    Args:
        artifact: that the installation decides by.
        path: the setting `drift_reference`.

    Raises:
        Misconfigured: the file cannot be used; says why, and what to do.
    """
    if path is None:
        return HeldReference(artifact.drift_reference, hash_of(artifact.drift_reference))
    rebased = read_rebased(path)
    if rebased.embedding_version != artifact.embedding_version:
        raise Misconfigured(
            f"{path} was measured on vectors of embedding version {rebased.embedding_version}, the artifact's"
            f" are of {artifact.embedding_version}: the two never meet; {_MEND}"
        )
    try:
        reference = rebased.reference(artifact.dimension)
    except ValueError as err:
        raise Misconfigured(f"{path} is no drift reference: {err}; {_MEND}") from err
    return HeldReference(reference, hash_of(reference), rebased)


def read_rebased(path: Path) -> RebasedReference:
    """The file of a rebased reference.

    Raises:
        Misconfigured: it cannot be read, or is none.
    """
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise Misconfigured(f"{path} is too large for a drift reference; {_MEND}")
        return RebasedReference.from_bytes(path.read_bytes())
    except OSError as err:
        raise Misconfigured(f"{path} cannot be read: {err.strerror or err}; {_MEND}") from err
    except ValidationError as err:
        raise Misconfigured(f"{path} is no drift reference: {_complaint(err)}; {_MEND}") from err
    except ValueError as err:
        raise Misconfigured(f"{path} is no drift reference: {err}; {_MEND}") from err


def content_hash(path: Path) -> str:
    """The hash by which events name the reference in a file, without any artifact.

    Raises:
        Misconfigured: it is none.
    """
    try:
        return read_rebased(path).content_hash
    except ValueError as err:
        raise Misconfigured(f"{path} is no drift reference: {err}; {_MEND}") from err


def _hash(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:12]


def _complaint(err: ValidationError) -> str:
    first = err.errors(include_url=False, include_context=False, include_input=False)[0]
    return f"{'.'.join(map(str, first['loc'])) or 'it'}: {first['msg']}"
