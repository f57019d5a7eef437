"""What is read of a listing, and a reference's file."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest
from numpy.typing import NDArray
from safetensors.numpy import load, save

from model.drift.making import make_reference
from model.drift.reference import DriftReference
from model.drift.scripts import SCRIPTS, script
from model.drift.words import learn
from model.embedded import Pictures
from tests.fast.drift.market import DIMENSION, RATES, reference, seller_rows

Tensors = dict[str, NDArray[np.generic]]


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Red shirt 42", "ascii"),
        ("", "ascii"),
        ("Größe 38, Hemd", "latin"),
        ("Red shirt, 42 €", "ascii"),
        ("красная рубашка Nike", "cyrillic"),
        ("ナイキ シャツ", "kana"),
        ("耐克 Nike 红色衬衫", "han"),
        ("قميص أحمر", "arabic"),
        ("Air Max Ω", "ascii"),
    ],
)
def test_a_title_is_of_the_script_of_a_third_of_its_letters(title: str, name: str) -> None:
    """A single foreign letter in a Latin title makes no other script."""
    assert SCRIPTS[script(title)] == name


def test_a_word_is_known_when_two_sellers_use_it() -> None:
    """And a title of the reference itself is held against the words of the others alone."""
    vocabulary, strange = learn(["red shirt", "Red Bag", "red bag", None], ["a", "b", "c", "a"])
    assert vocabulary.strange("RED bag") == 0.0
    assert vocabulary.strange("rotes Hemd") == 1.0
    assert np.isnan(vocabulary.strange("42"))
    assert strange[:3] == [0.5, 0.5, 0.5]
    assert np.isnan(strange[3])


def test_a_listing_is_read_as_what_it_shows() -> None:
    """Flags, counts and places between edges; nothing of what it does not say."""
    reader = reference().reader
    row = seller_rows(3, 1, seed=9)[0].model_copy(
        update={"price": Decimal(5), "currency": "XTS", "brand": None, "pictures": Pictures(gone=1)}
    )
    codes = reader.codes([row], np.array([np.nan]), RATES)[0]
    names = [group.feature for group in reader.cells.groups]
    told = {name: int(codes[names.index(name)]) for name in dict.fromkeys(names)}
    assert (told["no_picture"], told["lost_picture"], told["no_brand"], told["no_price"]) == (1, 1, 1, 0)
    assert told["log_price"] == told["pictures"] == told["nearest_similarity"] == -1
    assert told["currency"] == len(reader.currencies) == 2


def test_a_reference_survives_its_file() -> None:
    """Number by number, and byte by byte when written again."""
    data = reference().to_bytes()
    read = DriftReference.from_bytes(data, DIMENSION)
    assert read.to_bytes() == data
    assert read.thresholds == reference().thresholds
    assert {"no_picture", "fused_sliced", "pair_probability"} < read.thresholds.keys()
    assert len(data) < 200_000


def test_no_listings_make_no_reference() -> None:
    """Nor do similarities of other listings."""
    with pytest.raises(ValueError, match="0 listings"):
        make_reference([], [], [], [], match=0.9, review=0.5, rates=RATES)
    with pytest.raises(ValueError, match="2 listings"):
        make_reference(seller_rows(1, 2, 0), [0.5], [], [], match=0.9, review=0.5, rates=RATES)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (lambda t: t.pop("log_price.edges"), r"missing: \['log_price.edges'\]"),
        (lambda t: t.update(more=np.zeros(1)), "not wanted: .'more'"),
        (lambda t: t.update({"fused.mean": t["fused.mean"][:-1]}), "fused.mean is of shape"),
        (lambda t: t.update({"fused.edges": t["fused.edges"][:, ::-1].copy()}), "ascend"),
        (lambda t: t.update({"log_price.edges": np.arange(1e3)}), "at most 64"),
        (lambda t: t.update({"listings.expected": t["listings.expected"] * 2}), "add up to 1"),
        (lambda t: t.update({"pairs.noise": -t["pairs.noise"]}), "below 0"),
        (lambda t: t.update(listings=np.zeros(1, np.int64)), "no listings"),
        (lambda t: t.update(format=np.ones(1, np.int64)), "format"),
        (lambda t: t.update(names=np.frombuffer(b'{"currency":[]}', np.uint8)), "names"),
    ],
    ids=["missing", "more", "shape", "order", "edges", "shares", "noise", "nobody", "format", "names"],
)
def test_a_file_that_is_no_reference_is_refused(change: Callable[[Tensors], object], complaint: str) -> None:
    """Each with what is wrong in it."""
    tensors = load(reference().to_bytes())
    change(tensors)
    with pytest.raises(ValueError, match=complaint):
        DriftReference.from_bytes(save(tensors), DIMENSION)
