"""What stands on both sides of the split, though no product and no picture should."""

from __future__ import annotations

from collections import Counter

import numpy as np

from bench.real_data.finding import Finding, Table
from bench.real_data.lab import Lab, say, there
from model.data.splits import Leak, leaks

_SEEN, _TEST = 0, 1
_KINDS = {
    "picture": "a picture, byte for byte",
    "look": "a picture's perceptual hash",
    "text": "brand and title, word for word",
}


def leaking(lab: Lab) -> Finding:
    """Traits of test listings that training saw, too."""
    say("measuring: leaks")
    material = lab.material
    test = there(material.test_as_listed)
    seen = [part for part in material.seen if part is not material.pair_features]
    rows = [row for part in (*seen, test) for row in part.rows]
    hashes = [own for part in (*seen, test) for own in part.hashes]
    looks = [own for part in (*seen, test) for own in part.perceptual_hashes]
    parts = np.repeat([_SEEN, _TEST], [sum(map(len, seen)), len(test)])
    found: list[tuple[str, Leak]] = [
        (leak.kind, leak) for leak in leaks(rows, hashes, parts) if leak.kind != "perceptual_hash"
    ]
    found += [("look", leak) for leak in leaks(rows, looks, parts) if leak.kind == "picture"]
    counts = Counter[str](kind for kind, _ in found)
    listings = Counter[str]()
    one_product = Counter[str]()
    for kind, leak in found:
        listings[kind] += leak.counts[_TEST]
        one_product[kind] += leak.products == 1
    table = Table(
        ("in training and in the test part", "traits", "test listings", "of one product in both"),
        tuple(
            (said, str(counts[kind]), str(listings[kind]), str(one_product[kind]))
            for kind, said in _KINDS.items()
        ),
        f"{len(test)} test listings as listed, against {len(rows) - len(test)} that training saw, copies "
        "included.",
    )
    figures = {
        kind: {"traits": counts[kind], "test_listings": listings[kind], "one_product": one_product[kind]}
        for kind in _KINDS
    }
    return Finding((table,), figures)
