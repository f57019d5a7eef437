"""Another seller's version of a listing: what is kept, what changes, and that it is drawn the same again."""

from __future__ import annotations

import io
import pickle
import random
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from PIL import Image

from model.data.labelled import LabelledListing, PictureFile
from model.data.perturb import MARKETPLACE, Perturbation, perturb, perturbed, shares_words
from model.data.retitle import TitleHabits
from model.data.retouch import PhotoEdit, PhotoHabits, Retouched, draw_edit
from model.data.title_words import TitleWords, folded_words
from model.lexicon import COLOURS
from model.listing import Listing
from model.money import Rates
from tests.fast.data.sets import jpeg

SEEDS = range(30)


def listing(
    name: str = "1", *, pictures: int = 1, product: str = "p", group: str = "g", **fields: Any
) -> LabelledListing:
    said: dict[str, Any] = {
        "listing_id": name,
        "seller_id": "s",
        "revision": 3,
        "title": "Chaz Kangaroo Hoodie",
        "brand": "Luma",
        "category": "Men/Tops/Hoodies",
        "colour": "Black",
        "price": Decimal("52.00"),
        "currency": "USD",
        "image_urls": [f"http://127.0.0.1:1/{name}{place}.jpg" for place in range(pictures)],
    } | fields
    files = tuple(PictureFile(f"{place}.jpg", jpeg) for place in range(pictures))
    return LabelledListing(Listing.model_validate(said), product, group, "store", files)


def versions(
    row: LabelledListing, profile: Perturbation = MARKETPLACE, **known: Any
) -> list[LabelledListing]:
    return [perturb(row, random.Random(seed), profile=profile, **known) for seed in SEEDS]


def test_a_version_is_the_same_product_of_another_seller() -> None:
    """Its truth stays; its ids say that it is a version, and its pictures' URLs lead nowhere anew."""
    row = listing(pictures=2)

    for version in versions(row):
        assert (version.product_id, version.variant_group, version.store) == ("p", "g", "store")
        assert (version.listing.listing_id, version.listing.seller_id) == ("1~p", "s~p")
        assert len(version.listing.image_urls) == len(version.pictures)
        assert not set(version.listing.image_urls) & set(row.listing.image_urls)


def test_the_longest_id_still_fits() -> None:
    """It becomes a hash, which another id does not share."""
    first, second = (perturb(listing("é" * 62 + "0123"[: 2 + more]), random.Random(1)) for more in (0, 1))

    assert first.listing.listing_id.endswith("~p")
    assert second.listing.listing_id.endswith("~p")
    assert first.listing.listing_id != second.listing.listing_id


def test_the_same_draw_gives_the_same_version() -> None:
    """Pictures included; another seed gives another version."""
    first, again, other = (perturbed([listing(pictures=3)], seed=seed)[0] for seed in (1, 1, 2))

    assert first.listing == again.listing
    assert [picture.read() for picture in first.pictures] == [picture.read() for picture in again.pictures]
    assert first.listing != other.listing


def test_a_row_is_changed_the_same_whatever_stands_beside_it() -> None:
    """With the same words known, a part of a catalogue is perturbed as the whole is."""
    rows = [listing(str(number)) for number in range(5)]
    words = TitleWords.of(rows)

    assert (
        perturbed(rows[3:4], seed=1, words=words)[0].listing
        == perturbed(rows, seed=1, words=words)[3].listing
    )


def test_the_colour_is_told_by_picture_text_or_field() -> None:
    """Where the pictures go, the field or the title says it."""
    gone = Perturbation(no_pictures=1.0, no_colour=0.9, title=TitleHabits(colour_out=1.0))
    rows = [listing(), listing(title="Black Kangaroo Hoodie"), listing(title="Black Hoodie", colour=None)]

    for row in rows:
        for version in versions(row, gone, words=TitleWords.of([row])):
            said = folded_words(version.listing.title or "") | folded_words(version.listing.colour or "")
            assert version.pictures == ()
            assert "black" in {COLOURS.get(word) for word in said}, version.listing


def test_pictures_stay_where_the_words_do_not_tell_the_product() -> None:
    """Two products of one title and colour; or nothing known of the catalogue."""
    first, second = listing("1"), listing("2", product="q")
    gone = Perturbation(no_pictures=1.0)

    assert all(version.pictures for version in versions(first, gone, words=TitleWords.of([first, second])))
    assert all(version.pictures for version in versions(first, gone))
    assert not any(version.pictures for version in versions(first, gone, words=TitleWords.of([first])))


def test_words_that_tell_a_variant_from_the_next_stay() -> None:
    """Found by comparing the titles of a variant group."""
    first = listing("1", title="Phone Case Ocean Edition Soft")
    second = listing("2", title="Phone Case Forest Edition Soft", product="q")
    words = TitleWords.of([first, second])
    calm = Perturbation(no_title=0.0, title=TitleHabits(drop=0.9))

    said = [folded_words(version.listing.title or "") for version in versions(first, calm, words=words)]

    assert words.tells(first) == {"ocean", "forest"}
    assert all("ocean" in each for each in said)
    assert not all("soft" in each for each in said)


def test_a_listing_never_loses_title_and_pictures_both() -> None:
    """Without a picture the title stays, without a title the picture."""
    bare = Perturbation(no_pictures=0.5, no_title=1.0)
    row = listing()

    for version in versions(row, bare, words=TitleWords.of([row])):
        assert (version.listing.title is None) == bool(version.pictures)


def test_fields_are_missing_about_as_often_as_asked() -> None:
    """Category, colour and price, each on its own draw."""
    made = versions(listing(), Perturbation(no_category=0.5, no_colour=0.5, no_price=0.5))

    for missing in (
        sum(version.listing.category is None for version in made),
        sum(version.listing.colour is None for version in made),
        sum(version.listing.price is None for version in made),
    ):
        assert 4 <= missing <= 26


def test_the_brand_stays_in_its_field_where_the_title_has_lost_it() -> None:
    """One of the two says it."""
    row = listing(title="Luma Chaz Kangaroo Hoodie")
    always_out = Perturbation(no_brand=1.0, no_title=0.0, title=TitleHabits(brand_out=0.5, typo=0.0))

    for version in versions(row, always_out):
        in_title = "luma" in folded_words(version.listing.title or "")
        assert in_title or version.listing.brand is not None


@pytest.mark.parametrize(
    ("price", "currency"), [("52.00", "USD"), ("0.02", "EUR"), ("32999", "INR"), ("999999999999", "VND")]
)
def test_a_price_moves_but_stays_a_price(price: str, currency: str) -> None:
    """Positive, near the first in value whatever the currency, and mostly not the same."""
    rates = Rates.snapshot()
    row = listing(price=Decimal(price), currency=currency)
    before = rates.to_reference(Decimal(price), currency)

    made = [version.listing for version in versions(row, Perturbation(no_price=0.0, other_currency=0.3))]

    ratios = [
        (rates.to_reference(one.price, one.currency) or 0) / (before or 1)
        for one in made
        if one.price and one.currency
    ]
    assert len(ratios) == len(made)
    assert all(0.3 < ratio < 2.0 for ratio in ratios)
    assert len({one.price for one in made}) > 3


def test_an_unknown_or_free_price_is_left_alone() -> None:
    """A currency that no table has, and nothing asked."""
    odd, free = listing(currency="XTS"), listing(price=Decimal(0))
    calm = Perturbation(no_price=0.0)

    assert {version.listing.price for version in versions(odd, calm)} == {Decimal(52)}
    assert {version.listing.price for version in versions(free, calm)} == {Decimal(0)}


def test_a_known_hash_flips_a_few_bits() -> None:
    """As another copy of the photo would; never most of them."""
    row = replace(listing(), perceptual_hashes=(0x94974F937D4C2433,))

    flipped = [(version.perceptual_hashes[0] ^ 0x94974F937D4C2433).bit_count() for version in versions(row)]

    assert 0 in flipped
    assert 0 < max(flipped) <= 16


def test_of_several_pictures_one_at_least_stays() -> None:
    """Never none, and never one that was not there."""
    made = versions(listing(pictures=3), Perturbation(fewer_pictures=0.7))

    counts = {len(version.pictures) for version in made}
    assert counts <= {1, 2, 3}
    assert len(counts) > 1


def test_an_edited_photo_is_another_picture_of_the_same_thing() -> None:
    """It can be decoded, has other bytes, and its garment is as red as it was."""
    for seed in range(8):
        edit = replace(draw_edit(random.Random(seed), PhotoHabits(mark=0.0)), degrees=0.0)
        content = Retouched(jpeg, edit)()
        with Image.open(io.BytesIO(content)) as photo:
            pixels = np.asarray(photo.convert("RGB"), dtype=np.float64).reshape(-1, 3)
        garment = np.median(pixels[pixels[:, 0] - pixels[:, 1] > 60], axis=0)
        assert content != jpeg()
        assert garment[0] > 2.5 * garment[1:].max()


def test_every_kind_of_edit_changes_the_photo() -> None:
    """Crop, turn, light, warmth, mirror, frame, mark: none is without effect; the reader travels."""
    plain = Retouched(jpeg, PhotoEdit())()
    edits = (
        PhotoEdit(crop=(0.1, 0.1, 0.9, 0.8)),
        PhotoEdit(degrees=3),
        PhotoEdit(light=0.8),
        PhotoEdit(contrast=0.8),
        PhotoEdit(saturation=0.7),
        PhotoEdit(warmth=0.05),
        PhotoEdit(mirror=True),
        PhotoEdit(frame=(0.1, (0, 0, 0))),
        PhotoEdit(mark=("SALE", 0.5, 0.5, 190)),
        PhotoEdit(quality=40),
    )

    assert all(Retouched(jpeg, edit)() != plain for edit in edits)
    assert pickle.loads(pickle.dumps(Retouched(jpeg, edits[0])))() == Retouched(jpeg, edits[0])()  # noqa: S301 (our own bytes)


@pytest.mark.parametrize("content", [b"", b"no picture", jpeg()[:200]])
def test_what_is_no_picture_passes_through(content: bytes) -> None:
    """Whoever decodes it names what is wrong with it."""
    assert Retouched(lambda: content, PhotoEdit(mirror=True))() == content


def test_a_catalogue_whose_pairs_share_their_words_is_told_apart() -> None:
    """All true pairs alike gives 1, perturbed ones little, no pairs 0; ambiguous ones do not count."""
    rows = [listing(str(number), product=str(number // 2)) for number in range(24)]
    firsts, seconds = rows[::2], rows[1::2]

    assert shares_words(rows) == 1.0
    assert shares_words([*firsts, *perturbed(seconds, seed=1)]) < 0.2
    assert shares_words(firsts) == 0.0
    assert shares_words([replace(row, ambiguous=True) for row in rows]) == 0.0
