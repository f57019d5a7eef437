"""Encoders that need no network, and listings for them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

import numpy as np

from model.data.labelled import LabelledListing, PictureFile
from model.encoders.decoding import BadPicture
from model.encoders.palette import PALETTE
from model.encoders.perceptual_hash import HASH_BITS
from model.encoders.picture_features import raw_features
from model.listing import Listing
from tests.fast.encoders.drawing import Pixels, textured

WIDTH, TEXTURE, TEXT_WIDTH = 6, 3, 4


class FakeEncoders:
    """Features by content; counts what it encodes, and stops where it is told to."""

    picture_width = WIDTH + TEXTURE + PALETTE + HASH_BITS
    texture_width = TEXTURE
    text_width = TEXT_WIDTH

    def __init__(self, revision: str = "1") -> None:
        self.revision = revision
        self.pictures = 0
        self.texts = 0
        self.stop_after: int | None = None

    def picture_key(self, sha256: str) -> str:
        return f"p:drawn:{self.revision}:{sha256}"

    def text_key(self, text: str) -> str:
        return f"t:{self.revision}:{hashlib.sha256(text.encode()).hexdigest()}"

    def preprocess(self, content: bytes) -> Pixels:
        if not content.isdigit():
            raise BadPicture("not_a_picture", "no number")
        return textured(int(content), 32)

    def encode_pictures(self, pictures: Sequence[Pixels]) -> np.ndarray:
        if self.stop_after is not None and self.pictures >= self.stop_after:
            raise KeyboardInterrupt
        self.pictures += len(pictures)
        return raw_features(
            lambda seen: np.stack([p[:3, 0].ravel().astype(np.float32) for p in seen]), pictures
        )

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        self.texts += len(texts)
        return np.stack(
            [np.frombuffer(hashlib.sha256(t.encode()).digest()[:4], np.uint8) + 1.0 for t in texts]
        ).astype(np.float32)


def file(name: str, read: Callable[[], bytes] | None = None) -> PictureFile:
    """A picture file whose content is its name, unless `read` says otherwise."""
    return PictureFile(name, read or name.encode)


def labelled(
    number: int, *pictures: PictureFile, title: str | None = "Shirt", **fields: object
) -> LabelledListing:
    """A listing of the product of its number."""
    listing = Listing(
        listing_id=f"l{number}",
        seller_id="s",
        revision=1,
        title=title,
        image_urls=("https://e/a.jpg",),
        price="10",
        currency="EUR",
    )
    return LabelledListing(listing, f"p{number}", f"p{number}", "drawn", tuple(pictures), **fields)
