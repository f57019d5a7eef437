"""The embedding pass: each thing once, nothing lost by what is broken or by an early end."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from model.embedder import numbers_of
from model.encoders.palette import PALETTE
from model.features.encode import frozen_features, steps
from model.features.store import FeatureStore
from model.listing import MAX_PICTURES
from model.money import Rates
from tests.fast.features.encoders import TEXTURE, WIDTH, FakeEncoders, file, labelled

RATES = Rates.snapshot()


def missing() -> bytes:
    raise FileNotFoundError(2, "No such file or directory")


def test_each_distinct_picture_and_text_is_encoded_once() -> None:
    """One content under two names, and one title of many listings, are one."""
    encoders, seen = FakeEncoders(), list[int]()
    rows = [
        labelled(1, file("1"), file("2")),
        labelled(2, file("1"), file("other name", lambda: b"2")),
        labelled(3, file("3"), title="Trousers"),
    ]
    encoded = frozen_features(rows, encoders, RATES, None, seen.append)
    assert (encoders.pictures, encoders.texts) == (3, 2)
    assert sum(seen) == steps(rows) == 6
    assert encoded.features.rows == tuple(rows)
    assert encoded.features.starts.tolist() == [0, 2, 4, 5]
    np.testing.assert_array_equal(encoded.features.pictures[:2], encoded.features.pictures[2:4])


def test_features_are_what_the_encoders_give() -> None:
    """Pictures raw and in order, texts at unit length, numbers as in the stream, hashes of content."""
    encoders, rows = FakeEncoders(), [labelled(1, file("7"), file("8"))]
    features = frozen_features(rows, encoders, RATES).features
    pixels = [encoders.preprocess(name) for name in (b"7", b"8")]
    np.testing.assert_array_equal(features.pictures, encoders.encode_pictures(pixels))
    text = encoders.encode_texts(["Shirt"])[0]
    np.testing.assert_allclose(features.text[0], text / np.linalg.norm(text), rtol=1e-6)
    np.testing.assert_array_equal(features.numbers[0], numbers_of(rows[0].listing, RATES))
    assert features.hashes == (tuple(hashlib.sha256(name).hexdigest()[:16] for name in (b"7", b"8")),)


def test_a_bad_picture_is_named_and_its_listing_goes_on() -> None:
    """Undecodable under each name that it has, unreadable with the system's reason."""
    rows = [
        labelled(1, file("bad"), file("1")),
        labelled(2, file("bad again", lambda: b"bad"), file("gone", missing)),
        labelled(3, file("gone", missing), title=None),
        labelled(4, title=None),
    ]
    encoded = frozen_features(rows, FakeEncoders(), RATES)
    assert encoded.broken_pictures == (
        ("bad", "not_a_picture: no number"),
        ("bad again", "not_a_picture: no number"),
    )
    assert {name for name, _ in encoded.missing} == {"gone"}
    assert encoded.missing[0][1] == "No such file or directory"
    assert encoded.features.rows == tuple(rows[:2])
    assert encoded.features.has_picture.tolist() == [True, False]
    assert encoded.left_out == tuple(rows[2:])


def test_one_content_twice_in_a_listing_is_one_picture() -> None:
    """As in the stream; and a listing has no more pictures than the contract allows."""
    twice = labelled(1, file("1"), file("again", lambda: b"1"))
    many = labelled(2, *(file(str(place)) for place in range(20)))
    features = frozen_features([twice, many], FakeEncoders(), RATES).features
    assert np.diff(features.starts).tolist() == [1, MAX_PICTURES]


def test_a_second_run_encodes_nothing(tmp_path: Path) -> None:
    """And gives the same features; another revision of the encoder starts anew."""
    rows = [labelled(place, file(str(place)), title=f"Shirt {place}") for place in range(50)]
    with FeatureStore(tmp_path) as store:
        first = frozen_features(rows, FakeEncoders(), RATES, store).features
    again, newer = FakeEncoders(), FakeEncoders(revision="2")
    with FeatureStore(tmp_path) as store:
        second = frozen_features(rows, again, RATES, store).features
        frozen_features(rows, newer, RATES, store)
    assert (again.pictures, again.texts, newer.pictures, newer.texts) == (0, 0, 50, 50)
    np.testing.assert_array_equal(first.pictures, second.pictures)
    np.testing.assert_array_equal(first.text, second.text)


def test_an_interrupted_run_goes_on_where_it_stood(tmp_path: Path) -> None:
    """Ctrl-C in the middle: what was encoded before is in the store."""
    rows = [labelled(place, file(str(place))) for place in range(100)]
    first, second = FakeEncoders(), FakeEncoders()
    first.stop_after = 64
    with FeatureStore(tmp_path) as store, pytest.raises(KeyboardInterrupt):
        frozen_features(rows, first, RATES, store)
    with FeatureStore(tmp_path) as store:
        frozen_features(rows, second, RATES, store)
    assert (first.pictures, second.pictures) == (64, 36)


def test_features_reach_the_store_while_the_run_goes_on(tmp_path: Path) -> None:
    """Every few seconds by the clock, so that even a kill loses little."""
    rows = [labelled(place, file(str(place))) for place in range(96)]
    seconds = iter(range(0, 1000, 2))
    sizes: list[int] = []
    with FeatureStore(tmp_path) as store:

        def look(_done: int) -> None:
            sizes.append(sum(path.stat().st_size for path in tmp_path.glob("p*.keys")))

        frozen_features(rows, FakeEncoders(), RATES, store, look, clock=lambda: float(next(seconds)))
    assert sizes[:3] == [0, 64 * 32, 64 * 32]


def test_nothing_gives_features_of_nothing() -> None:
    """No listings: arrays of the right widths and no rows."""
    features = frozen_features([], FakeEncoders(), RATES).features
    assert len(features) == 0
    assert features.image.shape == (0, WIDTH + TEXTURE + PALETTE)
