"""Whom and what a training saw, as hashes: so an evaluation leaves it out, and knows which sellers are new.

Nobody is named in it: each entry is 64 bits of a hash. That keeps names out of a file, and is no secrecy: who
guesses a seller's id can check the guess. Of n entries an unknown id passes for a known one with a chance of
n / 2^64.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from hashlib import blake2b
from typing import Self

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from model.data.labelled import LabelledListing
from model.strict_json import canonical
from model.tensors import read_tensors

Hashes = NDArray[np.uint64]


@dataclass(frozen=True, eq=False)
class TrainedOn:
    """What a training saw; each array is sorted and holds no entry twice.

    Attributes:
        sellers: uint64[s], of store and seller.
        products: uint64[p], of store and product.
        pictures: uint64[i], of pictures' hashes.
    """

    sellers: Hashes
    products: Hashes
    pictures: Hashes

    @classmethod
    def of(cls, rows: Sequence[LabelledListing], hashes: Sequence[Sequence[str]]) -> Self:
        """Of all that any part of the training saw, its validation splits included.

        Args:
            rows: the listings.
            hashes: of each its pictures' hashes, as `model.embedded.Pictures.hashes` holds them.

        Raises:
            ValueError: sequences of different lengths.
        """
        if len(rows) != len(hashes):
            raise ValueError(f"{len(rows)} listings, and pictures of {len(hashes)}")
        return cls(
            sellers=_sorted(_hash(row.store, row.listing.seller_id) for row in rows),
            products=_sorted(_hash(row.store, row.product_id) for row in rows),
            pictures=_sorted(_hash(one) for own in hashes for one in own),
        )

    def knows_seller(self, store: str, seller_id: str) -> bool:
        """Whether a listing of this seller was seen."""
        return _holds(self.sellers, _hash(store, seller_id))

    def knows_product(self, store: str, product_id: str) -> bool:
        """Whether a listing of this product was seen."""
        return _holds(self.products, _hash(store, product_id))

    def knows_picture(self, picture_hash: str) -> bool:
        """Whether this very picture was seen; `picture_hash` as `model.embedded.Pictures.hashes` holds it."""
        return _holds(self.pictures, _hash(picture_hash))

    def to_bytes(self) -> bytes:
        """Safetensors; equal contents give equal bytes."""
        return save({field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """The inverse of `to_bytes`.

        Raises:
            ValueError: not such a file, or an array that is not sorted.
        """
        tensors = read_tensors(data, {field.name: np.uint64 for field in fields(cls)})
        hashes = {name: tensor.astype(np.uint64) for name, tensor in tensors.items()}
        for name, entries in hashes.items():
            if entries.ndim != 1 or not (entries[1:] > entries[:-1]).all():
                raise ValueError(f"{name} is not a list of hashes in order, each once")
        return cls(**hashes)


def _hash(*parts: str) -> int:
    return int.from_bytes(blake2b(canonical(parts), digest_size=8).digest(), "big")


def _sorted(hashes: Iterable[int]) -> Hashes:
    return np.unique(np.fromiter(hashes, np.uint64))


def _holds(entries: Hashes, wanted: int) -> bool:
    place = int(np.searchsorted(entries, np.uint64(wanted)))
    return place < len(entries) and int(entries[place]) == wanted
