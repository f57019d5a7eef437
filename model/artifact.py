"""An artifact: one folder, one version, and everything that an embedding or a decision depends on.

    artifact.json            format, encoders, preprocessing, rates, provenance, every other file's hash
    projection.safetensors   the trained layer
    decider.json             features' weights, calibration, thresholds, lists
    card.md                  what it is good for, in plain words

No file of it can run code, and every byte is checked against its hash before it is read.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from model.decision.decider import Decider
from model.embedder import PREPROCESSING, Embedder
from model.encoders.palette import PALETTE
from model.encoders.precision import Precision
from model.encoders.specs import EncoderError, PictureSpec, TextSpec
from model.money import Rates
from model.projection import NUMBERS, Projection
from model.strict_json import canonical, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

FORMAT: Literal[1] = 1
DEFAULT = Path(__file__).parent / "artifacts" / "default"
MANIFEST = "artifact.json"
_PROJECTION, _DECIDER, _CARD = "projection.safetensors", "decider.json", "card.md"
_LIMITS = {MANIFEST: 1 << 18, _PROJECTION: 1 << 26, _DECIDER: 1 << 23, _CARD: 1 << 18}
_REFETCH = (
    "copy the artifact's folder again as a whole, or train another: skutwin train --synthetic --out DIR"
)
_OTHER_RELEASE = "install the skutwin that made it, or train another: skutwin train --synthetic --out DIR"


class ArtifactError(ValueError):
    """A folder that is no artifact, or none that this version of skutwin can use."""


class FileNote(BaseModel):
    """What the manifest says of another file: SHA-256 in hex, and its length."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    length: Annotated[int, Field(ge=0)]

    @classmethod
    def of(cls, content: bytes) -> Self:
        """The note of these contents."""
        return cls(sha256=hashlib.sha256(content).hexdigest(), length=len(content))


class Files(BaseModel):
    """The notes of all files; no other name can be given, so none can lead out of the folder."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    projection: Annotated[FileNote, Field(alias=_PROJECTION)]
    decider: Annotated[FileNote, Field(alias=_DECIDER)]
    card: Annotated[FileNote, Field(alias=_CARD)]


class Encoders(BaseModel):
    """The frozen encoders."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    pictures: PictureSpec
    text: TextSpec


class RateTable(BaseModel):
    """`Rates`, written down."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    reference: str
    table: dict[str, float]

    def rates(self) -> Rates:
        """The rates themselves.

        Raises:
            ValueError: a rate that is none.
        """
        return Rates(self.table, self.reference)


class Manifest(BaseModel):
    """`artifact.json`.

    Attributes:
        preprocessing: how each modality's input is made; must be this code's way.
        rates: by which the price in an embedding is converted.
        trained: how it was made and what was measured; for people.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1]
    dimension: Annotated[int, Field(gt=0, le=1024)]
    encoders: Encoders
    preprocessing: dict[str, str]
    rates: RateTable
    files: Files
    trained: dict[str, JsonValue] = {}

    def to_bytes(self) -> bytes:
        """Canonical JSON."""
        return canonical(self.model_dump(mode="json", by_alias=True))

    def embedding_version(self) -> str:
        """10 hex digits over what a vector depends on."""
        seen = self.model_dump(mode="json", include={"dimension", "encoders", "preprocessing", "rates"})
        seen["projection"] = self.files.projection.sha256
        return hashlib.sha256(canonical(seen)).hexdigest()[:10]


@dataclass(frozen=True)
class Artifact:
    """A loaded artifact; light, since its encoders are loaded by `embedder`.

    Attributes:
        folder: where it came from.
        version: 12 hex digits over everything in it; named in each event.
        embedding_version: 10 hex digits over encoders, preprocessing, rates and projection: vectors of
            two such versions never meet.
        decider: says of pairs whether they are the same product.
        card: what it is good for, in Markdown.
    """

    folder: Path
    version: str
    embedding_version: str
    decider: Decider
    card: str
    manifest: Manifest
    projection: Projection

    @property
    def dimension(self) -> int:
        """Length of its vectors."""
        return self.manifest.dimension

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
        encoders = self.manifest.encoders
        try:
            pictures = load_pictures(encoders.pictures, precision)
            texts = load_texts(encoders.text, precision)
        except (EncoderError, ImportError) as err:
            raise ArtifactError(f"{self.folder}: {err}") from err
        rates = self.manifest.rates.rates()
        return Embedder(self.embedding_version, self.projection, rates, pictures, texts)

    def describe(self) -> dict[str, Any]:
        """Plain data for people and for logs."""
        return {
            "version": self.version,
            "embedding_version": self.embedding_version,
            "dimension": self.dimension,
            "encoders": self.manifest.encoders.model_dump(mode="json"),
            "trained": self.manifest.trained,
        }


def load_artifact(path: Path | None = None) -> Artifact:
    """Read and check an artifact folder.

    Args:
        path: None for the embedded default.

    Raises:
        ArtifactError: says what does not fit, and how to mend it.
    """
    folder = DEFAULT if path is None else path
    if not folder.is_dir():
        raise ArtifactError(
            f"{folder} is no folder; give an artifact's folder, or none for the embedded default"
        )
    manifest = _manifest(folder)
    projection = _checked(folder, _PROJECTION, manifest.files.projection)
    _checked(folder, _DECIDER, manifest.files.decider)
    card = _checked(folder, _CARD, manifest.files.card)
    widths = {
        "image": manifest.encoders.pictures.dimension + PALETTE,
        "text": manifest.encoders.text.dimension,
        "numbers": NUMBERS,
    }
    try:
        manifest.rates.rates()
        return Artifact(
            folder=folder,
            version=hashlib.sha256(manifest.to_bytes()).hexdigest()[:12],
            embedding_version=manifest.embedding_version(),
            decider=Decider.load(folder / _DECIDER),
            card=card.decode("utf-8"),
            manifest=manifest,
            projection=Projection.from_bytes(projection, manifest.dimension, widths),
        )
    except ValueError as err:
        raise ArtifactError(f"{folder}: {err}; {_REFETCH}") from err


def write_artifact(
    folder: Path,
    *,
    encoders: Encoders,
    projection: Projection,
    rates: Rates,
    decider: Decider,
    card: str,
    trained: Mapping[str, JsonValue],
) -> Artifact:
    """Write an artifact folder, its manifest last, and read it back.

    Raises:
        ArtifactError: the folder holds other files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    strange = sorted(file.name for file in folder.iterdir() if file.name not in _LIMITS)
    if strange:
        raise ArtifactError(f"{folder} holds other files ({', '.join(strange[:5])}); give a new folder")
    (folder / MANIFEST).unlink(missing_ok=True)
    contents = {_PROJECTION: projection.to_bytes(), _CARD: card.encode("utf-8")}
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    decider.save(folder / _DECIDER)
    contents[_DECIDER] = (folder / _DECIDER).read_bytes()
    manifest = Manifest.model_validate(
        {
            "format": FORMAT,
            "dimension": projection.dimension,
            "encoders": encoders,
            "preprocessing": dict(PREPROCESSING),
            "rates": rates.to_json(),
            "files": {name: FileNote.of(content) for name, content in contents.items()},
            "trained": dict(trained),
        }
    )
    draft = folder / f".{MANIFEST}.part"
    draft.write_bytes(manifest.to_bytes() + b"\n")
    draft.replace(folder / MANIFEST)
    return load_artifact(folder)


def _manifest(folder: Path) -> Manifest:
    raw = _read(folder, MANIFEST)
    try:
        made_by = parse(raw).get("format")
        manifest = Manifest.model_validate_json(raw) if made_by == FORMAT else None
    except ValidationError as err:
        wrong = "; ".join(_complaints(err))
        raise ArtifactError(f"{folder / MANIFEST}: {wrong}; {_REFETCH}") from err
    except ValueError as err:
        raise ArtifactError(f"{folder / MANIFEST}: {err}; {_REFETCH}") from err
    if manifest is None:
        raise ArtifactError(
            f"{folder / MANIFEST}: format {made_by!r}, but this skutwin reads {FORMAT}; {_OTHER_RELEASE}"
        )
    if manifest.preprocessing != dict(PREPROCESSING):
        raise ArtifactError(
            f"{folder / MANIFEST}: inputs are made by {manifest.preprocessing}, but here by "
            f"{dict(PREPROCESSING)}; {_OTHER_RELEASE}"
        )
    return manifest


def _complaints(err: ValidationError) -> Iterator[str]:
    for one in err.errors(include_url=False, include_context=False):
        yield f"{'.'.join(str(step) for step in one['loc'])}: {one['msg']}"


def _checked(folder: Path, name: str, note: FileNote) -> bytes:
    content = _read(folder, name)
    if FileNote.of(content) != note:
        raise ArtifactError(
            f"{folder / name} is not the file that {MANIFEST} names (hash or length); {_REFETCH}"
        )
    return content


def _read(folder: Path, name: str) -> bytes:
    file = folder / name
    try:
        inside = file.resolve(strict=True).is_relative_to(folder.resolve(strict=True))
        size = file.stat().st_size
        if not inside:
            raise ArtifactError(
                f"{file} is a link that leads out of the artifact's folder; put the file itself there"
            )
        if size > _LIMITS[name]:
            raise ArtifactError(f"{file} has {size} bytes; at most {_LIMITS[name]} are allowed; {_REFETCH}")
        return file.read_bytes()
    except OSError as err:
        raise ArtifactError(f"{file} cannot be read ({err.strerror}); {_REFETCH}") from err
