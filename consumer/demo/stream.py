"""The demonstration's stream: records of several sellers, and what must be believed at its end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from random import Random
from typing import NamedTuple
from urllib.parse import urlsplit

from consumer.demo.broken import broken_records
from model.listing import Listing
from model.strict_json import canonical
from model.synthetic.catalogue import (
    START,
    Catalogue,
    SyntheticOffer,
    make_catalogue,
    make_offer,
    opaque,
    truth_pairs,
)
from model.synthetic.product import Product

_OFFERS_A_PRODUCT = 2.32
_NEW, _MISTAKEN, _REWRITTEN, _PRICE, _DELETED, _RELISTED = 0.77, 0.05, 0.04, 0.09, 0.04, 0.005
"""Shares of all records; a few broken ones come on top."""
_PICTURE_MISSING = 0.01
_HOURS = 6


class StreamRecord(NamedTuple):
    """One record for the `listings` topic; a value of None deletes the listing."""

    key: bytes
    value: bytes | None


@dataclass(frozen=True)
class DemoStream:
    """Records in their order, and the truth about the listings that are live once all have been read.

    Attributes:
        records: new and changed listings, deletions and broken records.
        offers: the listings that are live at the end, by id, as they are then, with the product behind.
        expected_dead_letters: how many broken records of each kind there are (kinds as in
            `consumer.demo.broken`).
        counts: how many records of each sort there are: new, mistaken (corrections of a listing that named
            another product at first), rewritten (title and pictures new, the product the same), price
            (nothing else changed), deleted, relisted, broken.
        missing_pictures: how many pictures of live listings do not exist.
    """

    records: tuple[StreamRecord, ...]
    offers: Mapping[str, SyntheticOffer]
    expected_dead_letters: Mapping[str, int]
    counts: Mapping[str, int]
    missing_pictures: int
    _pictures: Mapping[str, tuple[SyntheticOffer, int]] = field(repr=False)

    @cached_property
    def live(self) -> frozenset[str]:
        """The ids of the listings that are live at the end."""
        return frozenset(self.offers)

    @cached_property
    def truth_pairs(self) -> frozenset[tuple[str, str]]:
        """The sorted ids of every two listings that are live at the end and the same product."""
        return truth_pairs((listing_id, offer.product_id) for listing_id, offer in self.offers.items())

    @property
    def listings(self) -> tuple[Listing, ...]:
        """The listings that are live at the end, as they are then."""
        return tuple(offer.listing for offer in self.offers.values())

    def picture(self, path: str) -> bytes | None:
        """The JPEG at this path of the base URL, drawn at the call; None where there is no such picture."""
        found = self._pictures.get(path)
        return found[0].render(found[1]) if found else None


def make_stream(*, seed: int, listings: int = 2_000, base_url: str) -> DemoStream:
    """About `listings` records, the same for the same arguments, from the catalogue's demo split.

    Args:
        seed: decides everything.
        listings: how many records, give or take a twentieth.
        base_url: what pictures' URLs begin with, such as a `PictureServer`'s.

    Raises:
        ValueError: fewer than 50 records, in which not everything can happen.
    """
    if listings < 50:
        raise ValueError(f"a stream needs 50 records or more, not {listings}")
    products = round(listings * _NEW / _OFFERS_A_PRODUCT)
    catalogue = make_catalogue(seed=seed, products=products, split="demo", base_url=base_url)
    script = _Script(Random(f"stream:{seed}"), catalogue, base_url)
    script.open()
    script.misplace_pictures(round(listings * _PICTURE_MISSING))
    script.mistake(round(listings * _MISTAKEN))
    script.rewrite(round(listings * _REWRITTEN))
    script.change_prices(round(listings * _PRICE))
    script.delete(round(listings * _DELETED), relisted=round(listings * _RELISTED))
    script.break_some(min(15, max(3, listings // 100)), seed)
    return script.played()


class _Script:
    """Writes the stream: each scene adds records to the stories of some listings."""

    def __init__(self, rng: Random, catalogue: Catalogue, base_url: str) -> None:
        self._rng = rng
        self._catalogue = catalogue
        self._base_url = base_url
        self._scenes: list[tuple[float, StreamRecord]] = []
        self._now: dict[str, SyntheticOffer] = {}
        self._last: dict[str, float] = {}
        self._pictures: dict[str, tuple[SyntheticOffer, int]] = {}
        self._missing: set[str] = set()
        self._counts: Counter[str] = Counter()
        self._broken: Counter[str] = Counter()
        ids = [offer.listing.listing_id for offer in catalogue.offers]
        self._untouched = rng.sample(ids, len(ids))

    def open(self) -> None:
        """Every offer has its moment; the scenes to come decide what the listing says then."""
        for number, offer in enumerate(self._catalogue.offers):
            listing_id = offer.listing.listing_id
            self._now[listing_id] = offer
            self._last[listing_id] = 0.9 * number / len(self._catalogue.offers)
        self._counts["new"] = len(self._now)

    def misplace_pictures(self, count: int) -> None:
        """The first picture of some listings does not exist; what is left of them still tells the product."""
        able = [i for i in self._untouched if _does_without_a_picture(self._now[i])]
        for listing_id in self._take(able, count):
            self._missing.add(urlsplit(self._now[listing_id].listing.image_urls[0]).path)
            self._say(listing_id, self._now[listing_id], self._last[listing_id])

    def mistake(self, count: int) -> None:
        """A seller offers the wrong product first, a variant if there is one, and corrects it later."""
        groups: dict[str, list[Product]] = {}
        for offer in self._catalogue.offers:
            groups.setdefault(offer.variant_group, []).append(offer.product)
        for listing_id in self._take(self._untouched, count):
            right = self._now[listing_id]
            others = [other for other in groups[right.variant_group] if other != right.product]
            wrong = self._rng.choice(others or list(self._catalogue.products))
            first, then = self._last[listing_id], self._later(listing_id)
            self._say(listing_id, self._remade(right, wrong, first, revision=1), first)
            self._say(listing_id, self._remade(right, right.product, then, revision=2), then)
            self._counts["mistaken"] += 1

    def rewrite(self, count: int) -> None:
        """A seller finds a new title and takes new pictures; it stays the same product."""
        for listing_id in self._take(self._untouched, count):
            offer = self._now[listing_id]
            self._say(listing_id, offer, self._last[listing_id])
            then = self._later(listing_id)
            self._say(listing_id, self._remade(offer, offer.product, then, revision=2), then)
            self._counts["rewritten"] += 1

    def change_prices(self, count: int) -> None:
        """All that is left appears; then prices alone change, by their seller's drift and by chance."""
        for listing_id in self._untouched:
            self._say(listing_id, self._now[listing_id], self._last[listing_id])
        able = [listing_id for listing_id, offer in self._now.items() if offer.listing.price is not None]
        for listing_id in self._rng.choices(able, k=count):
            offer = self._now[listing_id]
            before, now = self._last[listing_id], self._later(listing_id)
            moved = offer.seller.price_level(now) / offer.seller.price_level(before)
            share = Decimal(str(round(moved * self._rng.uniform(0.92, 1.06), 4)))
            price = ((offer.listing.price or Decimal(0)) * share).quantize(Decimal("0.01"))
            repriced = offer.listing.model_copy(
                update={"price": price, "revision": offer.listing.revision + 1}
            )
            self._say(listing_id, replace(offer, listing=repriced), now)
            self._counts["price"] += 1

    def delete(self, count: int, *, relisted: int) -> None:
        """Listings are sold or withdrawn, most of them one of a true pair; some come back."""
        paired = sorted(
            {i for pair in truth_pairs((i, o.product_id) for i, o in self._now.items()) for i in pair}
        )
        alone = sorted(set(self._now).difference(paired))
        gone = self._rng.sample(paired, count * 3 // 4)
        gone += self._rng.sample(alone, min(len(alone), count - len(gone)))
        for place, listing_id in enumerate(gone):
            offer = self._now.pop(listing_id)
            self._add(self._later(listing_id), StreamRecord(listing_id.encode(), None), listing_id)
            self._counts["deleted"] += 1
            if place < relisted:
                again = offer.listing.model_copy(update={"revision": offer.listing.revision + 1})
                self._say(listing_id, replace(offer, listing=again), self._later(listing_id))
                self._counts["relisted"] += 1

    def break_some(self, count: int, seed: int) -> None:
        """Broken records under ids of their own, but for one under that of a live listing, left as it is."""
        documents = []
        for number, offer in enumerate(self._rng.sample(list(self._now.values()), count)):
            broken_id = opaque("broken", seed, number) if number else offer.listing.listing_id
            document = offer.listing.model_dump(mode="json", exclude_none=True)
            documents.append((broken_id, {**document, "listing_id": broken_id, "revision": 99}))
        for broken in broken_records(documents):
            self._scenes.append((self._rng.uniform(0.1, 1.0), StreamRecord(broken.key, broken.value)))
            self._broken[broken.kind] += 1
        self._counts["broken"] = count

    def played(self) -> DemoStream:
        """All scenes in the order of their times, records of one listing in theirs."""
        live_paths = {urlsplit(url).path for offer in self._now.values() for url in offer.listing.image_urls}
        return DemoStream(
            records=tuple(record for _, record in sorted(self._scenes, key=lambda scene: scene[0])),
            offers=dict(self._now),
            expected_dead_letters=dict(self._broken),
            counts=dict(self._counts),
            missing_pictures=len(live_paths & self._missing),
            _pictures={path: shot for path, shot in self._pictures.items() if path not in self._missing},
        )

    def _take(self, able: list[str], count: int) -> list[str]:
        taken = able[:count]
        gone = set(taken)
        self._untouched = [listing_id for listing_id in self._untouched if listing_id not in gone]
        return taken

    def _remade(
        self, offer: SyntheticOffer, product: Product, moment: float, *, revision: int
    ) -> SyntheticOffer:
        """The same seller's listing of this product, written, priced and photographed anew."""
        listing_id = offer.listing.listing_id
        return make_offer(
            product,
            offer.seller,
            listing_id=listing_id,
            revision=revision,
            entropy=f"{listing_id}:{revision}",
            base_url=self._base_url,
            at=offer.listing.updated_at or START,
            moment=moment,
            wrong_gtin=product.gtin,
        )

    def _later(self, listing_id: str) -> float:
        last = self._last[listing_id]
        return last + (1 - last) * self._rng.uniform(0.02, 0.95)

    def _say(self, listing_id: str, offer: SyntheticOffer, time: float) -> None:
        """The listing is now this."""
        at = START + timedelta(hours=_HOURS * time)
        said = replace(offer, listing=offer.listing.model_copy(update={"updated_at": at}))
        self._now[listing_id] = said
        for place, url in enumerate(said.listing.image_urls):
            self._pictures[urlsplit(url).path] = (said, place)
        value = canonical(said.listing.model_dump(mode="json", exclude_none=True))
        self._add(time, StreamRecord(listing_id.encode(), value), listing_id)

    def _add(self, time: float, record: StreamRecord, listing_id: str) -> None:
        self._last[listing_id] = time
        self._scenes.append((time, record))


def _does_without_a_picture(offer: SyntheticOffer) -> bool:
    """Whether a person knows the product of this offer if its first picture is missing."""
    listing = offer.listing
    if not listing.title or not offer.shots:
        return False
    if len(offer.shots) > 1:
        return offer.seller.style.second != "back"
    return listing.colour is not None and offer.product.design.pattern == "plain"
