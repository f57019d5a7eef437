"""The synthetic marketplace: products, their variants, and what sellers make of them.

Everything follows from the seed. No picture is drawn before it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import blake2b
from random import Random
from typing import Literal

from model.gtin import check_digit
from model.listing import Listing
from model.synthetic.photo import take_photo
from model.synthetic.product import Product
from model.synthetic.sellers import RATES, Seller, make_seller
from model.synthetic.style import STOCK, PhotoStyle
from model.synthetic.titles import colour_word, write_title
from model.synthetic.variants import make_group, must_name_model
from model.synthetic.words import CATEGORY_WORDS

Split = Literal["train", "demo"]

NOWHERE = "http://127.0.0.1:1"
"""Where pictures are said to be if no base URL is given; nothing listens there."""

START = datetime(2026, 3, 2, 8, tzinfo=UTC)
"""When the first listing comes to the market."""
_OFFERS_A_PRODUCT = ((1, 34), (2, 30), (3, 18), (4, 12), (5, 6))
_LOOKALIKES = 0.15
"""The share of groups that look like an earlier one and are another model, often of another maker."""
_GROUP_SIZES = ((1, 25), (2, 32), (3, 26), (4, 17))


@dataclass(frozen=True, slots=True)
class Shot:
    """What a picture shows, ready to be drawn: one style, one view, one seed for its accidents."""

    style: PhotoStyle
    view: int
    seed: str


@dataclass(frozen=True, slots=True)
class SyntheticOffer:
    """A listing with what is known of it: the product behind it and its pictures.

    Attributes:
        listing: says nothing of the product beyond what the seller wrote.
        product: the truth. Two offers are the same product if their `product_id` is the same.
        shots: one for each of `listing.image_urls`, in order.
    """

    listing: Listing
    product: Product
    seller: Seller
    shots: tuple[Shot, ...]

    @property
    def product_id(self) -> str:
        """The product that is offered."""
        return self.product.product_id

    @property
    def variant_group(self) -> str:
        """The near-identical products that it is one of."""
        return self.product.variant_group

    @property
    def seller_id(self) -> str:
        """Who offers it."""
        return self.seller.seller_id

    def render(self, place: int) -> bytes:
        """The picture behind `listing.image_urls[place]`, a JPEG; drawn anew and alike at every call."""
        shot = self.shots[place]
        return take_photo(self.product.design, self.product.pack, shot.style, shot.view, Random(shot.seed))

    @property
    def pictures(self) -> tuple[bytes, ...]:
        """All pictures as JPEGs, drawn anew at every call."""
        return tuple(self.render(place) for place in range(len(self.shots)))


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Products and sellers, and one offer for each that was drawn.

    Attributes:
        offers: in the order in which they come to the market, sellers and products mixed.
    """

    split: Split
    products: tuple[Product, ...]
    sellers: tuple[Seller, ...]
    offers: tuple[SyntheticOffer, ...]

    def truth_pairs(self) -> frozenset[tuple[str, str]]:
        """The sorted listing ids of every two offers of one product."""
        return truth_pairs((offer.listing.listing_id, offer.product_id) for offer in self.offers)


def truth_pairs(listings: Iterable[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """The sorted pairs of listing ids that share a product, from (listing id, product id)."""
    members: dict[str, list[str]] = {}
    for listing_id, product_id in listings:
        members.setdefault(product_id, []).append(listing_id)
    return frozenset(
        (min(a, b), max(a, b))
        for ids in members.values()
        for place, a in enumerate(ids)
        for b in ids[place + 1 :]
    )


def make_catalogue(
    *,
    seed: int,
    products: int,
    split: Split = "train",
    sellers: int | None = None,
    base_url: str = NOWHERE,
) -> Catalogue:
    """A marketplace of `products` products, the same for the same arguments.

    Args:
        seed: decides everything; the two splits of one seed share nothing either.
        products: how many, variants counted one by one.
        split: which templates, patterns, brands, model names, title orders and sellers are used.
        sellers: how many; by default about one for 25 products, at least 6 and at most 60.
        base_url: what the pictures' URLs begin with.

    Raises:
        ValueError: fewer than one product, or fewer than two sellers.
    """
    count = min(60, max(6, products // 25)) if sellers is None else sellers
    if products < 1 or count < 2:
        raise ValueError(f"a catalogue needs a product and two sellers, not {products} and {count}")
    rng = Random(f"{seed}:{split}:catalogue")
    late = count - 1 if count > 4 else -1
    shops = tuple(make_seller(seed, split, number, late=number == late) for number in range(count))
    goods = _products(rng, split, products, prefix=f"{split}{seed}")
    scenes = [
        (seller.opens + (1 - seller.opens) * rng.random(), product, seller)
        for product in goods
        for seller in _pick_sellers(rng, shops, rng.choices(*zip(*_OFFERS_A_PRODUCT, strict=True))[0])
    ]
    scenes.sort(key=lambda scene: scene[0])
    offers = tuple(
        make_offer(
            product,
            seller,
            listing_id=opaque("listing", seed, split, number),
            revision=1,
            entropy=f"{seed}:{split}:{number}",
            base_url=base_url,
            at=START + timedelta(seconds=7 * number),
            moment=number / len(scenes),
            wrong_gtin=rng.choice(goods).gtin,
        )
        for number, (_, product, seller) in enumerate(scenes)
    )
    return Catalogue(split, goods, shops, offers)


def opaque(*parts: object) -> str:
    """16 hex digits that say nothing of what they were made of."""
    return blake2b(repr(parts).encode(), digest_size=8).hexdigest()


def _products(rng: Random, split: Split, count: int, *, prefix: str) -> tuple[Product, ...]:
    groups: list[list[Product]] = []
    left = count
    while left:
        size = min(rng.choices(*zip(*_GROUP_SIZES, strict=True))[0], left)
        left -= size
        like = None
        if groups and rng.random() < _LOOKALIKES:
            place = rng.randrange(len(groups))
            groups[place] = [must_name_model(product) for product in groups[place]]
            like = rng.choice(groups[place])
        groups.append(
            make_group(rng, split, f"{prefix}-{len(groups)}", [_gtin(rng) for _ in range(size)], like)
        )
    return tuple(product for group in groups for product in group)


def _gtin(rng: Random) -> str:
    # 952 is what GS1 keeps for demonstrations: no real product has it.
    body = f"952{rng.randrange(10**9):09d}"
    return f"0{body}{check_digit(body)}"


def _pick_sellers(rng: Random, sellers: tuple[Seller, ...], count: int) -> list[Seller]:
    picked = rng.sample(sellers, min(count, len(sellers)))
    if rng.random() < 0.03:  # a seller who lists the same product twice
        picked.append(picked[0])
    return picked


def make_offer(
    product: Product,
    seller: Seller,
    *,
    listing_id: str,
    revision: int,
    entropy: str,
    base_url: str,
    at: datetime,
    moment: float,
    wrong_gtin: str,
) -> SyntheticOffer:
    """What this seller makes of this product.

    `entropy` decides on title, pictures, price and what is missing; `wrong_gtin` stands in the field when the
    seller errs; `at` is the listing's `updated_at`; `moment` is 0 at the market's first listing and 1 at its
    last, and moves the price with the seller's drift.
    """
    rng = Random(f"offer:{entropy}")
    shots = _shots(rng, seller, product)
    untitled = bool(shots) and rng.random() < 0.01 and product.pack == 1 and not product.must_say
    title = None if untitled else write_title(rng, seller, product, no_picture=not shots)
    named = product.model.casefold() in (title or "").casefold()
    priced = rng.random() < seller.gives_price
    listing = Listing(
        listing_id=listing_id,
        seller_id=seller.seller_id,
        revision=revision,
        title=title,
        brand=product.brand if rng.random() < seller.gives_brand or not named else None,
        category=_category(rng, seller, product),
        colour=colour_word(rng, seller, product) if rng.random() < seller.gives_colour else None,
        sizes=product.sizes[rng.randrange(2) :] if len(product.sizes) > 2 else product.sizes,
        price=_price(rng, seller, product, moment) if priced else None,
        currency=seller.currency if priced else None,
        gtin=_seen_gtin(rng, seller, product, wrong_gtin),
        image_urls=tuple(
            f"{base_url}/{opaque('picture', listing_id, revision, entropy, place)}.jpg"
            for place in range(len(shots))
        ),
        url=f"https://{seller.seller_id}.example/item/{listing_id}",
        updated_at=at,
    )
    return SyntheticOffer(listing, product, seller, shots)


def _shots(rng: Random, seller: Seller, product: Product) -> tuple[Shot, ...]:
    if rng.random() < 0.02:
        return ()
    more = int(seller.pictures - 1 + rng.random())
    first = (
        Shot(STOCK, 0, f"stock:{product.product_id}")
        if rng.random() < seller.stock_pictures
        else Shot(seller.style, 0, f"photo:{rng.random()}")
    )
    return (first, *(Shot(seller.style, view, f"photo:{rng.random()}") for view in range(1, 1 + more)))


def _category(rng: Random, seller: Seller, product: Product) -> str | None:
    word = CATEGORY_WORDS[product.design.category][seller.language][0]
    return word if rng.random() < seller.gives_category else None


def _price(rng: Random, seller: Seller, product: Product, moment: float) -> Decimal:
    """In the seller's currency at this moment, with the seller's ending."""
    amount = product.price * seller.price_level(moment) * RATES[seller.currency] * rng.uniform(0.93, 1.07)
    whole = Decimal(max(2, round(amount)))
    return whole - (1 - Decimal(str(seller.rounds))) if seller.rounds else whole.quantize(Decimal("0.01"))


def _seen_gtin(rng: Random, seller: Seller, product: Product, wrong: str) -> str | None:
    """Mostly none; of those given one in a hundred is wrong and one in twenty is an in-store number."""
    if rng.random() >= seller.gives_gtin:
        return None
    kind = rng.random()
    if kind < 0.01:
        return wrong
    if kind < 0.06:
        body = f"20{rng.randrange(10**4):010d}"
        return f"0{body}{check_digit(body)}"
    return product.gtin
