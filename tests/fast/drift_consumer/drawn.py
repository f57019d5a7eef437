"""Listings of many sellers, what a week of windows says of them, and a reference that takes no seconds."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import numpy as np

from consumer.contracts.drift import (
    DriftEvent,
    DriftScore,
    DriftScores,
    DriftState,
    DrivingSeller,
    Window,
)
from consumer.ports.records import OutRecord, Record
from model.artifact import Artifact
from model.drift import DriftReference
from model.drift.making import make_reference
from model.embedded import EmbeddedListing, Pictures
from model.money import Rates
from tests.tiny_artifact import tiny_rows

NOON = datetime(2026, 1, 9, 12, tzinfo=UTC)


def drawn_rows(count: int, seed: int = 0) -> list[EmbeddedListing]:
    """Of forty sellers, two in three with a picture."""
    return [
        row.model_copy(
            update={
                "listing_id": f"{seed}-{place}",
                "seller_id": f"seller {place % 40}",
                "category": ("shoes", "coats", "bags")[place % 3],
                "pictures": Pictures(hashes=("0" * 16,)) if place % 3 else Pictures(gone=1),
            }
        )
        for place, row in enumerate(tiny_rows(count, seed))
    ]


def quick_reference(listings: Sequence[EmbeddedListing]) -> DriftReference:
    """As if of three sellers, too few for thresholds, which take seconds to find."""
    few = [row.model_copy(update={"seller_id": f"{place % 3}"}) for place, row in enumerate(listings)]
    places = np.stack([np.arange(len(listings) - 1), np.arange(1, len(listings))], axis=1)
    return make_reference(
        few,
        np.linspace(0.2, 0.9, len(listings)),
        places,
        np.linspace(0.01, 0.99, len(places)),
        match=0.9,
        review=0.3,
        rates=Rates.snapshot(),
    )


@cache
def drawn_reference() -> DriftReference:
    """Of 120 of them."""
    return quick_reference(drawn_rows(120))


def measured_quickly(_listings: Sequence[EmbeddedListing], _artifact: Artifact) -> DriftReference:
    """In place of the measurement of training, which takes seconds."""
    return drawn_reference()


def week() -> list[Record]:
    """The topic after some days in which pictures went missing, and a price alarm came and went."""
    out: list[OutRecord] = []
    for step in range(200):
        ended = NOON + timedelta(minutes=20 * step)
        window = Window(began=ended - timedelta(minutes=1), ended=ended, listings=900)
        about = {"shard": 0, "window": window, "artifact_version": "a1", "reference": "0" * 12}
        wave = math.sin(step / 9)
        values = {
            "no_picture": 1.2 + 0.2 * wave + max(0, step - 120) * 0.08,
            "log_price": 1.0 - 0.3 * wave + (3 if 40 < step < 60 else 0),
            "fused_mean": 1.1 + 0.1 * wave,
        }
        scores = DriftScores(
            **about,
            scores={
                name: DriftScore(score=value, threshold=3.1, distance=value / 100, listings=880)
                for name, value in values.items()
                if not 90 < step < 110
            },
            sellers=(DrivingSeller(feature="no_picture", seller="<b>seller 7</b>", listings=32, share=0.61),),
        )
        events = [
            DriftEvent(
                **about, state=state, feature=name, score=values[name], threshold=3.1, sellers=scores.sellers
            )
            for moment, name, state in (
                (41, "log_price", DriftState.RAISED),
                (60, "log_price", DriftState.CLEARED),
                (146, "no_picture", DriftState.RAISED),
            )
            if moment == step
        ]
        out += [OutRecord("drift", one.key(), one.to_bytes(), one.headers()) for one in (scores, *events)]
    return [
        Record(one.topic, 0, offset, 0, one.key, one.value, one.headers) for offset, one in enumerate(out)
    ]
