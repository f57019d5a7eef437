"""What can break: each as a change of a listing as the inner log would then hold it."""

from __future__ import annotations

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from model.embedded import EmbeddedListing, Embedding, Pictures

Float32 = NDArray[np.float32]
Change = Callable[[EmbeddedListing], EmbeddedListing]

_SYLLABLES = ("ka", "ri", "mo", "tu", "ne", "sil", "por", "va", "dek", "lu", "zan", "ho")


@dataclass(frozen=True)
class Breaks:
    """Changes that keep the fused vector true: it is the parts' sum and the layer's bias at unit length.

    Attributes:
        bias: float32[d], of the artifact's layer.
        image_spread: how far sellers' mean pictures lie from one another, as a root mean square.
    """

    bias: Float32
    image_spread: float

    def of_pictures(self, row: EmbeddedListing, image: Float32 | None, pictures: Pictures) -> EmbeddedListing:
        """The listing with another image part."""
        own = row.embedding
        parts = [self.bias, own.numbers, *(part for part in (image, own.text) if part is not None)]
        fused = np.sum(parts, axis=0)
        embedding = Embedding(
            vector=(fused / np.linalg.norm(fused)).astype(np.float32),
            image=image,
            text=own.text,
            numbers=own.numbers,
            palette=own.palette if image is not None else None,
        )
        return row.model_copy(update={"embedding": embedding, "pictures": pictures})

    def no_pictures(self, row: EmbeddedListing) -> EmbeddedListing:
        """The picture server answers 404 to everything."""
        count = max(1, len(row.pictures.hashes))
        return self.of_pictures(row, None, Pictures(gone=count))

    def style(self, times: float, seed: int) -> Change:
        """Pictures that all lie off in one direction, so many times as far as sellers lie apart."""
        drawn = np.random.default_rng(seed).normal(size=len(self.bias))
        offset = (times * self.image_spread * drawn / np.linalg.norm(drawn)).astype(np.float32)

        def change(row: EmbeddedListing) -> EmbeddedListing:
            image = row.embedding.image
            return row if image is None else self.of_pictures(row, image + offset, row.pictures)

        return change

    def revision(self, cosine: float, seed: int) -> Change:
        """An encoder of another revision: every picture's part is turned to this cosine with the old one."""
        drawn = np.random.default_rng(seed).normal(size=(len(self.bias), len(self.bias)))
        turn = np.linalg.qr(drawn)[0].astype(np.float32)
        sine = np.float32(np.sqrt(1 - cosine**2))

        def change(row: EmbeddedListing) -> EmbeddedListing:
            image = row.embedding.image
            if image is None:
                return row
            return self.of_pictures(row, np.float32(cosine) * image + sine * (turn @ image), row.pictures)

        return change


def in_yen(row: EmbeddedListing) -> EmbeddedListing:
    """The same figures under another currency's name."""
    return row if row.price is None else row.model_copy(update={"currency": "JPY"})


def in_pounds(row: EmbeddedListing) -> EmbeddedListing:
    """Likewise, under the name of one that is worth nearly as much."""
    return row if row.price is None else row.model_copy(update={"currency": "GBP"})


def in_cents(row: EmbeddedListing) -> EmbeddedListing:
    """Prices in hundredths."""
    return row if row.price is None else row.model_copy(update={"price": row.price * 100})


def other_words(row: EmbeddedListing) -> EmbeddedListing:
    """A language that nobody has used, in the same script; the text's vector stays, so this errs late."""
    if row.title is None:
        return row
    return row.model_copy(update={"title": re.sub(r"[^\W\d_]{2,}", _word, row.title)})


def _word(found: re.Match[str]) -> str:
    number = zlib.crc32(found[0].casefold().encode())
    return "".join(_SYLLABLES[(number >> 4 * place) % len(_SYLLABLES)] for place in range(4))
