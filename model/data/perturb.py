"""A listing as another seller of the same product would make it.

Where one product's photos were dealt to two sellers, their titles, prices and fields are the same word for
word, and a decision learnt there knows only "same title, same price", which no marketplace offers. So the
second listing is retitled, repriced, emptied here and there and photographed anew. What tells a product from
its variants is never lost to text and fields at once unless pictures show it.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from random import Random
from typing import Any

from model.data.labelled import LabelledListing, PictureFile
from model.data.picture_files import nowhere
from model.data.retitle import Known, TitleHabits, renamed_colour, retitle
from model.data.retouch import PhotoHabits, Retouched, draw_edit
from model.data.title_words import TitleWords, folded_words
from model.lexicon import COLOURS, STOP_WORDS
from model.listing import MAX_ID_BYTES, MAX_PRICE, MAX_TITLE_BYTES, Listing
from model.money import Rates
from model.text import fold_brand

_CURRENCIES = ("EUR", "USD", "GBP", "PLN", "CHF", "SEK")
_COARSE = 20.0  # units to the euro: over this nobody asks for cents
_ENDINGS = ("0.99", "0.99", "0.99", "0.95", "0.90", "0.00", "0.00", "0.49", "0.50")
_HASH_BITS = 64
_NAMES_GO = 0.4  # a rare word names the product; few sellers leave it out


@dataclass(frozen=True, slots=True)
class Perturbation:
    """How often, as probabilities, a listing is changed in each way.

    Attributes:
        title, photo: how titles and photos are changed.
        no_title: the title is missing; only where pictures are there. `no_pictures` the other way round, and
            only where the words tell the product from all others of its store.
        fewer_pictures: of several, each after the first drawn is left out.
        no_brand, no_category, no_colour, no_price, no_gtin, no_sizes: the field is missing.
        same_price: the price is left as it is; otherwise it moves by a log-normal factor.
        price_sigma: of the factor's logarithm.
        other_currency: a moved price is asked in another currency.
        hash_bits: bits of a known perceptual hash that flip, on average.
    """

    title: TitleHabits = field(default_factory=TitleHabits)
    photo: PhotoHabits = field(default_factory=PhotoHabits)
    no_title: float = 0.04
    no_pictures: float = 0.05
    fewer_pictures: float = 0.5
    no_brand: float = 0.2
    no_category: float = 0.4
    no_colour: float = 0.3
    no_price: float = 0.05
    no_gtin: float = 0.4
    no_sizes: float = 0.3
    same_price: float = 0.12
    price_sigma: float = 0.15
    other_currency: float = 0.08
    hash_bits: float = 2.0


MARKETPLACE = Perturbation()
VERSION_MARK = "~p"
"""What the ids of a version end in."""


def perturb(
    row: LabelledListing,
    rng: Random,
    *,
    profile: Perturbation = MARKETPLACE,
    words: TitleWords | None = None,
    rates: Rates | None = None,
) -> LabelledListing:
    """Another seller's version of the same product; the same draw for the same state of `rng`.

    Args:
        row: the listing; its product, group and store stay, its listing and seller ids end in "~p".
        rng: what is drawn from.
        profile: how often what is changed.
        words: the catalogue's, without which little is known of what tells a product from its variants: then
            pictures are never dropped, and words only of listings with pictures.
        rates: between currencies; the hard-coded ones by default.
    """
    seen = row.listing
    pictures = _kept_pictures(row, profile, words, rng)
    no_title = bool(pictures) and rng.random() < profile.no_title
    no_colour = rng.random() < profile.no_colour
    colour_may_go = bool(pictures) or (not no_colour and _field_says_all_colours(seen))
    if seen.title is None or no_title:
        title, language = None, "en"
    else:
        known = Known(
            seen.brand, _keep(row, words), _dropping(row, words, has_pictures=bool(pictures)), colour_may_go
        )
        title, language = retitle(seen.title, known, profile.title, rng)
        title = title if len(title.encode()) <= MAX_TITLE_BYTES else seen.title
    brand = _brand(seen, title, profile, rng)
    if not pictures and not _colours(seen.colour) <= _colours(title):
        no_colour = False
    colour = None if no_colour or seen.colour is None else renamed_colour(seen.colour, language, rng)
    listing_id = _suffixed(seen.listing_id)
    fields: dict[str, Any] = {
        **seen.model_dump(),
        "listing_id": listing_id,
        "seller_id": _suffixed(seen.seller_id),
        "title": title,
        "brand": brand,
        "category": _category(seen.category, profile, rng),
        "colour": colour,
        **_price(seen, profile, rates or Rates.snapshot(), rng),
        "gtin": None if rng.random() < profile.no_gtin else seen.gtin,
        "sizes": () if rng.random() < profile.no_sizes else seen.sizes,
        "image_urls": [nowhere(row.store, listing_id, place) for place in range(len(pictures))],
        "url": None,
        "description": None,
    }
    return LabelledListing(
        listing=Listing.model_validate(fields),
        product_id=row.product_id,
        variant_group=row.variant_group,
        store=row.store,
        pictures=pictures,
        perceptual_hashes=tuple(_flipped(bits, profile, rng) for bits in row.perceptual_hashes),
        ambiguous=row.ambiguous,
    )


def perturbed(
    rows: Iterable[LabelledListing],
    *,
    seed: int,
    profile: Perturbation = MARKETPLACE,
    words: TitleWords | None = None,
) -> tuple[LabelledListing, ...]:
    """A perturbed copy of each row, in order; each depends on its own row, `words` and `seed` alone.

    Args:
        rows: the listings.
        seed: another seed gives other copies under the same ids.
        profile: see `perturb`.
        words: of the whole catalogue; by default those of `rows`.
    """
    rows = tuple(rows)
    words = TitleWords.of(rows) if words is None else words
    rates = Rates.snapshot()
    return tuple(
        perturb(
            row,
            Random(f"{seed}\0{row.store}\0{row.listing.listing_id}"),
            profile=profile,
            words=words,
            rates=rates,
        )
        for row in rows
    )


def shares_words(rows: Iterable[LabelledListing]) -> float:
    """The share of true pairs whose title and price are the same word for word; 0 where there are no pairs.

    Near 1 the words give the pairs away, and the set is to be perturbed before a decision is judged on it.
    """
    products: Counter[tuple[object, ...]] = Counter()
    worded: Counter[tuple[object, ...]] = Counter()
    for row in rows:
        product = row.store, row.product_id
        told = row.listing.title, row.listing.price, row.listing.currency
        for counted, key in ((products, product), (worded, (*product, *told))):
            counted[*key, "all"] += 1
            counted[*key, "ambiguous"] += row.ambiguous
    pairs, same = _true_pairs(products), _true_pairs(worded)
    return same / pairs if pairs else 0.0


def _true_pairs(counted: Counter[tuple[object, ...]]) -> int:
    """Pairs within each key, less those of two ambiguous listings."""
    return sum((1 if key[-1] == "all" else -1) * math.comb(count, 2) for key, count in counted.items())


def _kept_pictures(
    row: LabelledListing, profile: Perturbation, words: TitleWords | None, rng: Random
) -> tuple[PictureFile, ...]:
    lost = rng.random() < profile.no_pictures
    if not row.pictures or (lost and words is not None and words.names_one(row)):
        return ()
    kept = list(row.pictures)
    first = kept.pop(rng.randrange(len(kept)) if rng.random() < profile.fewer_pictures else 0)
    kept = [first, *(picture for picture in kept if rng.random() >= profile.fewer_pictures)]
    return tuple(
        PictureFile(f"{picture.name}{VERSION_MARK}", Retouched(picture.read, draw_edit(rng, profile.photo)))
        for picture in kept
    )


def _keep(row: LabelledListing, words: TitleWords | None) -> frozenset[str]:
    return frozenset() if words is None else words.tells(row)


def _dropping(
    row: LabelledListing, words: TitleWords | None, *, has_pictures: bool
) -> Callable[[str], float]:
    """How readily a word goes: with pictures every word, a name less so; otherwise common words alone."""
    if has_pictures:
        return lambda word: _NAMES_GO if words is not None and words.is_rare(word) else 1.0
    if words is None or not words.names_one(row):
        return lambda word: float(word in STOP_WORDS)
    return lambda word: float(not words.is_rare(word))


def _colours(text: str | None) -> set[str]:
    """The colours that a text names, and whatever other words a colour field may hold."""
    return {COLOURS.get(word, word) for word in folded_words(text or "")}


def _field_says_all_colours(listing: Listing) -> bool:
    return _colours(listing.title) & set(COLOURS.values()) <= _colours(listing.colour)


def _brand(seen: Listing, title: str | None, profile: Perturbation, rng: Random) -> str | None:
    """The field, which stays where the title has just lost the brand."""
    draw, style = rng.random(), rng.random()
    if seen.brand is None:
        return None
    brand = fold_brand(seen.brand)
    in_both = brand in fold_brand(seen.title or "") and brand in fold_brand(title or "")
    if draw < (profile.no_brand if in_both else profile.no_brand / 2) and (
        in_both or brand not in fold_brand(seen.title or "")
    ):
        return None
    if style < 0.15:
        return seen.brand.upper()
    return seen.brand.lower() if style < 0.25 else seen.brand


def _category(category: str | None, profile: Perturbation, rng: Random) -> str | None:
    draw, style = rng.random(), rng.random()
    if category is None or draw < profile.no_category:
        return None
    parts = category.split("/")
    if style < 0.4:
        return parts[-1] or None
    return " > ".join(parts) if style < 0.6 else category


def _price(seen: Listing, profile: Perturbation, rates: Rates, rng: Random) -> dict[str, Any]:
    missing, same, abroad = rng.random(), rng.random(), rng.random()
    factor, currency = math.exp(rng.gauss(0, profile.price_sigma)), rng.choice(_CURRENCIES)
    if seen.price is None or seen.currency is None or missing < profile.no_price:
        return {"price": None, "currency": None}
    base = rates.to_reference(seen.price, seen.currency)
    if same < profile.same_price or base is None or base == 0:
        return {"price": seen.price, "currency": seen.currency}
    currency = currency if abroad < profile.other_currency else seen.currency
    units = rates.table[currency]
    amount = min(base * factor * units, float(MAX_PRICE) / 2)
    return {"price": _with_an_ending(amount, rng, coarse=units > _COARSE), "currency": currency}


def _with_an_ending(amount: float, rng: Random, *, coarse: bool) -> Decimal:
    """A price as shops write it: 12.99, 49.00, 1,499."""
    draw = rng.random()
    if amount < 5:
        return (
            max(Decimal("0.01"), Decimal(f"{amount:.2f}")) if not coarse else Decimal(max(1, round(amount)))
        )
    if coarse or amount >= 1000:
        step = 100 if amount >= 2000 else 10 if amount >= 50 else 1
        return Decimal(max(1, round(amount / step) * step - (1 if draw < 0.6 and step > 1 else 0)))
    return Decimal(int(amount)) + Decimal(rng.choice(_ENDINGS))


def _flipped(bits: int, profile: Perturbation, rng: Random) -> int:
    count = min(_HASH_BITS // 4, int(rng.expovariate(1 / profile.hash_bits))) if profile.hash_bits else 0
    for place in rng.sample(range(_HASH_BITS), count):
        bits ^= 1 << place
    return bits


def _suffixed(name: str) -> str:
    """`name~p`; a hash of it where that would be too long."""
    if len(name.encode()) + len(VERSION_MARK) > MAX_ID_BYTES:
        name = hashlib.blake2b(name.encode(), digest_size=24).hexdigest()
    return f"{name}{VERSION_MARK}"
