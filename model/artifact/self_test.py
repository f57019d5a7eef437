"""Trying an artifact out: are its files whole, does it decide soundly, do its encoders run here?"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from model.artifact.artifact import Artifact
from model.artifact.errors import ArtifactError
from model.artifact.loading import load_artifact
from model.decision.decision import Decision
from model.embedded import EmbeddedListing, Embedding
from model.embedder import Embedder
from model.listing import Listing

_EDGE = 96  # pixels; enough to be told apart
_TITLES = ("Red linen shirt", "Blue denim trousers")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was tried, and what came of it."""

    name: str
    passed: bool
    detail: str


def verify(
    folder: Path | None, *, full: bool, load: Callable[[Artifact], Embedder] = Artifact.embedder
) -> Iterator[Check]:
    """Try an artifact out, one check after another; ends with the first that makes the next ones vain.

    Args:
        folder: None for the embedded default.
        full: whether to load the encoders as well, which takes seconds, and to embed two drawn pictures.
        load: gives the embedder.
    """
    try:
        artifact = load_artifact(folder)
    except ArtifactError as err:
        yield Check("files", passed=False, detail=str(err))
        return
    yield Check("files", passed=True, detail=f"whole; version {artifact.version}")
    yield _decides(artifact)
    if not full:
        return
    try:
        embedder = load(artifact)
    except ArtifactError as err:
        yield Check("encoders", passed=False, detail=str(err))
        return
    told = ", ".join(f"{name} in {precision}" for name, precision in embedder.precision.items())
    yield Check("encoders", passed=True, detail=told)
    yield from _embeds(artifact, embedder)


def _decides(artifact: Artifact) -> Check:
    """Listings of made-up vectors, decided both ways round."""
    drawn = np.random.default_rng(0).normal(size=(2, artifact.dimension)).astype(np.float32)
    one, other = (
        _row(place, Embedding(vector=vector / np.linalg.norm(vector), numbers=0 * vector))
        for place, vector in enumerate(drawn)
    )
    there, back = artifact.decider.decide([(one, other), (other, one)])
    if fault := _fault(there, back):
        return Check("decision", passed=False, detail=fault)
    return Check("decision", passed=True, detail="the same both ways round")


def _embeds(artifact: Artifact, embedder: Embedder) -> Iterator[Check]:
    """Two drawn pictures with titles, twice; a copy must be likelier a twin than the other garment."""
    shirt, trousers = _embed(embedder)
    again = _embed(embedder)
    vectors = [row.embedding.vector for row in (shirt, trousers)]
    if any(vector.shape != (artifact.dimension,) for vector in vectors):
        yield Check("embedding", passed=False, detail=f"{vectors[0].shape} for {artifact.dimension} numbers")
        return
    if (shirt.embedding, trousers.embedding) != (again[0].embedding, again[1].embedding):
        yield Check("embedding", passed=False, detail="the same pictures gave two different vectors")
        return
    yield Check("embedding", passed=True, detail=f"{artifact.dimension} numbers, the same ones twice")
    copy = shirt.model_copy(update={"listing_id": "copy", "seller_id": "another"})
    twin, stranger, back = artifact.decider.decide([(shirt, copy), (shirt, trousers), (trousers, shirt)])
    told = f"a copy {twin.probability:.4f}, another garment {stranger.probability:.4f}"
    fault = _fault(stranger, back)
    if twin.probability <= stranger.probability:
        fault = "a copy is no likelier a twin than another garment"
    yield Check("pair", passed=fault is None, detail=f"{fault}: {told}" if fault else told)


def _fault(there: Decision, back: Decision) -> str | None:
    if (there.probability, there.outcome) != (back.probability, back.outcome):
        return f"not the same both ways round: {there.probability}, {back.probability}"
    numbers = [there.probability, *(value for _, value in there.contributions)]
    return None if np.isfinite(numbers).all() else "a number that is not finite"


def _embed(embedder: Embedder) -> tuple[EmbeddedListing, EmbeddedListing]:
    pixels = [embedder.preprocess(picture) for picture in _pictures()]
    features = embedder.encode_pictures(pixels)
    texts = embedder.encode_texts(_TITLES)
    listings = [_listing(place) for place in range(2)]
    shirt, trousers = embedder.embed(listings, [[one] for one in features], list(texts))
    return _row(0, shirt), _row(1, trousers)


def _listing(place: int) -> Listing:
    return Listing(
        listing_id=f"self-test-{place}", seller_id=f"seller-{place}", revision=1, title=_TITLES[place]
    )


def _row(place: int, embedding: Embedding) -> EmbeddedListing:
    return EmbeddedListing(**_listing(place).model_dump(exclude={"description"}), embedding=embedding)


def _pictures() -> tuple[bytes, bytes]:
    """A red shirt and blue trousers, as a child draws them; two PNG."""
    from PIL import Image, ImageDraw  # noqa: PLC0415 (only a full test draws)

    shapes = (
        ("firebrick", [(20, 18), (76, 18), (90, 40), (74, 46), (74, 84), (22, 84), (22, 46), (6, 40)]),
        ("royalblue", [(30, 10), (66, 10), (70, 88), (54, 88), (48, 34), (42, 88), (26, 88)]),
    )
    files = []
    for colour, outline in shapes:
        picture = Image.new("RGB", (_EDGE, _EDGE), "white")
        ImageDraw.Draw(picture).polygon(outline, fill=colour)
        file = io.BytesIO()
        picture.save(file, "PNG")
        files.append(file.getvalue())
    return files[0], files[1]
