"""The workload: a market of a steady size whose sellers change, withdraw and bring back what they sell."""

from __future__ import annotations

import random
from dataclasses import replace
from decimal import Decimal
from typing import NamedTuple

from model.strict_json import canonical
from model.synthetic.catalogue import SyntheticOffer, make_catalogue

_OFFERS_A_PRODUCT = 2.37
NEW_PRICE, NEW_PICTURES, WITHDRAWN = 0.55, 0.40, 0.05
"""Shares of all changes; what was withdrawn and is drawn again comes back."""

_JPEG_START = 2  # bytes of the marker that every JPEG begins with


class Change(NamedTuple):
    """One record for the `listings` topic; a value of None deletes the listing."""

    key: bytes
    value: bytes | None


class Market:
    """Listings of the synthetic catalogue. Their number stays: so must the memory of who watches them.

    A new picture shows what the old one showed, with other bytes: it is fetched and encoded as any new one,
    and costs this process next to nothing to make.
    """

    def __init__(self, *, seed: int, listings: int, base_url: str) -> None:
        products = max(2, round(listings / _OFFERS_A_PRODUCT))
        catalogue = make_catalogue(seed=seed, products=products, split="demo", base_url=base_url)
        self._base_url = base_url
        self._draw = random.Random(f"load {seed}")
        self._offers = {offer.listing.listing_id: offer for offer in catalogue.offers}
        self._ids = list(self._offers)
        self._withdrawn: set[str] = set()
        self._takes = dict.fromkeys(self._ids, 0)
        self._numbers = {listing_id: number for number, listing_id in enumerate(self._ids)}
        self._drawn: dict[tuple[int, int], bytes] = {}

    def __len__(self) -> int:
        """How many listings there are, on sale or withdrawn for now."""
        return len(self._ids)

    def paint(self) -> None:
        """Draw every picture once, so that serving them costs nothing while others are measured."""
        for number, listing_id in enumerate(self._ids):
            for place, content in enumerate(self._offers[listing_id].pictures):
                self._drawn[number, place] = content

    def opening(self) -> list[Change]:
        """Every listing for the first time."""
        return [self._say(listing_id) for listing_id in self._ids]

    def change(self) -> Change:
        """The next thing that a seller does."""
        listing_id = self._draw.choice(self._ids)
        what = self._draw.random()
        if listing_id in self._withdrawn:
            self._withdrawn.remove(listing_id)
        elif what < WITHDRAWN:
            self._withdrawn.add(listing_id)
            return Change(listing_id.encode(), None)
        elif what < WITHDRAWN + NEW_PICTURES:
            self._takes[listing_id] += 1
        else:
            price = Decimal(self._draw.randrange(500, 20_000)) / 100
            self._update(listing_id, price=price, currency="EUR")
        self._update(listing_id, revision=self._offers[listing_id].listing.revision + 1)
        return self._say(listing_id)

    def picture(self, path: str) -> bytes | None:
        """The JPEG at `/number/place/take.jpg`; a `PictureSource` once `paint` was called."""
        number, place, take = path.removesuffix(".jpg").strip("/").split("/")
        content = self._drawn.get((int(number), int(place)))
        return None if content is None else commented(content, f"take {take} of {number}")

    def _update(self, listing_id: str, **more: object) -> None:
        offer: SyntheticOffer = self._offers[listing_id]
        self._offers[listing_id] = replace(offer, listing=offer.listing.model_copy(update=more))

    def _say(self, listing_id: str) -> Change:
        listing, number = self._offers[listing_id].listing, self._numbers[listing_id]
        urls = tuple(
            f"{self._base_url}/{number}/{place}/{self._takes[listing_id]}.jpg"
            for place in range(len(listing.image_urls))
        )
        said = listing.model_copy(update={"image_urls": urls})
        return Change(listing_id.encode(), canonical(said.model_dump(mode="json", exclude_none=True)))


def commented(jpeg: bytes, text: str) -> bytes:
    """The same picture with a comment (JPEG's COM segment, ITU-T T.81 B.2.4.5) and so with other bytes."""
    body = text.encode()
    segment = b"\xff\xfe" + (len(body) + 2).to_bytes(2, "big") + body
    return jpeg[:_JPEG_START] + segment + jpeg[_JPEG_START:]
