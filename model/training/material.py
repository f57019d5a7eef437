"""What an artifact learns from: encoded listings, dealt to parts that share no product and no picture."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import Literal

import numpy as np

from model.data.labelled import DataSet, LabelledListing, LabelledPair
from model.data.perturb import perturb, perturbed
from model.data.plain_titles import plainly_titled
from model.data.problems import DataError
from model.data.splits import split
from model.data.title_words import TitleWords
from model.evaluation.perturbing import perturbed_copies
from model.features.frozen import FrozenFeatures
from model.training.plan import Plan

Encode = Callable[[str, Sequence[LabelledListing]], FrozenFeatures]
"""Encodes listings, in a stage of that name."""


@dataclass(frozen=True)
class Material:
    """Encoded listings by what they are for.

    Attributes:
        fit: the layer is trained on, or begins at the principal axes of, where `taught` is not set.
        validate: its epochs are chosen by; None to take the last.
        calibrate: the decider is fitted, calibrated and given its thresholds on; None to do so on `pairs`.
        test: measured on, and nothing else; None measures nothing.
        test_as_listed: the same listings, none perturbed; None where none is in `test` either.
        pairs: published pairs, for the decider alone: to a layer that has learnt which of them are true, they
            look alike as no others will, and the decider would trust in that. Which of their records are the
            same product beyond these pairs nobody knows, so nothing is retrieved among them.
        pair_features: of their two sides, a's and b's in turn; None without pairs.
        sources: each set's name and the listings of it that training saw, with what they were for.
        synthetic: whether all of it was drawn.
        taught: whether `fit` says who is whose twin; published pairs alone do not say so to the layer.
    """

    fit: FrozenFeatures
    validate: FrozenFeatures | None
    calibrate: FrozenFeatures | None
    test: FrozenFeatures | None
    test_as_listed: FrozenFeatures | None
    pairs: tuple[LabelledPair, ...]
    pair_features: FrozenFeatures | None
    sources: tuple[tuple[str, str, tuple[LabelledListing, ...]], ...]
    synthetic: bool
    taught: bool = True

    @property
    def seen(self) -> tuple[FrozenFeatures, ...]:
        """All that training looks at."""
        parts = (self.fit, self.validate, self.calibrate, self.pair_features)
        return tuple(part for part in parts if part is not None)


def real_material(sets: Sequence[DataSet], plan: Plan, encode: Encode) -> Material:
    """Deal listings of data sets to parts; twins get the words that another seller would write.

    Args:
        sets: catalogues and published pairs.
        plan: shares, copies and the seed.
        encode: makes features; it leaves out listings without picture and text.

    Raises:
        DataError: nothing is left to train or to calibrate on.
    """
    pairs = tuple(pair for one in sets for pair in one.pairs)
    whole = encode("encode", [row for one in sets for row in one.listings])
    dealer = _Dealer(whole, plan, encode)
    own = dealer.part("fit")
    fit = [own, *dealer.copies(own.rows)] if len(own) else []
    if pairs and not fit:
        fit.append(encode("encode: records of pairs", _sides(pairs)))
    calibrate = dealer.as_sold("calibrate", plan.single_copies, plan.plain_titles)
    if not fit or (calibrate is None and not pairs):
        raise DataError(
            f"{len(whole)} listings are too few to train and to calibrate on: by their products "
            f"{len(own)} fall to the layer and {0 if calibrate is None else len(calibrate)} to the decider"
        )
    return Material(
        fit=joined(fit),
        validate=dealer.as_sold("validate"),
        calibrate=calibrate,
        test=dealer.as_sold("test"),
        test_as_listed=dealer.part("test"),
        pairs=pairs,
        pair_features=encode("encode: pairs", [side for pair in pairs for side in (pair.a, pair.b)])
        if pairs
        else None,
        sources=tuple(
            (one.name, use, part)
            for one in sets
            for use, names in (("layer", ("fit", "validate")), ("decider", ("calibrate",)))
            if (part := dealer.of_set(one, names))
        )
        + tuple((one.name, "decider", _sides(one.pairs)) for one in sets if one.pairs),
        synthetic=False,
        taught=bool(len(own)),
    )


def drawn_material(seed: int, products: int, encode: Encode) -> Material:
    """Of drawn catalogues: one for the layer, others for the decider and for the report.

    The test's is of the demonstration's split: it shares no template, brand, model name or seller with the
    others.

    Args:
        seed: decides all of it.
        products: of the layer's catalogue; the decider's has nearly half as many, the others a quarter.
        encode: makes features.
    """
    from model.synthetic.catalogue import make_catalogue  # noqa: PLC0415 (real data needs no drawing)
    from model.synthetic.labelled import labelled  # noqa: PLC0415 (as above)

    def part(name: str, number: int, share: float, split_name: Literal["train", "demo"]) -> FrozenFeatures:
        count = max(60, round(products * share))
        catalogue = make_catalogue(seed=seed + number, products=count, split=split_name)
        rows = [replace(row, store=f"{row.store}-{seed + number}") for row in labelled(catalogue)]
        return encode(f"draw and encode: {name}", rows)

    fit, validate = part("fit", 0, 1.0, "train"), part("validate", 3, 0.1, "train")
    calibrate, test = part("calibrate", 1, 0.45, "train"), part("test", 2, 0.25, "demo")
    return Material(
        fit=fit,
        validate=validate,
        calibrate=calibrate,
        test=test,
        test_as_listed=None,
        pairs=(),
        pair_features=None,
        sources=(("synthetic", "layer", fit.rows + validate.rows), ("synthetic", "decider", calibrate.rows)),
        synthetic=True,
    )


class _Dealer:
    """The parts of one split, as listed or as other sellers would list them."""

    def __init__(self, whole: FrozenFeatures, plan: Plan, encode: Encode) -> None:
        self._whole, self._plan, self._encode = whole, plan, encode
        self._words = TitleWords.of(whole.rows)
        dealt = split(whole.rows, whole.hashes, shares=plan.shares, seed=plan.seed)
        self._places = {name: np.flatnonzero(dealt == number) for number, name in enumerate(plan.shares)}

    def part(self, name: str) -> FrozenFeatures:
        """As listed."""
        return self._whole.take(self._places[name])

    def of_set(self, one: DataSet, names: Sequence[str]) -> tuple[LabelledListing, ...]:
        """What is of this set in these parts."""
        own = {id(row) for row in one.listings}
        return tuple(row for name in names for row in self._rows(name) if id(row) in own)

    def copies(self, rows: Sequence[LabelledListing]) -> list[FrozenFeatures]:
        """Of each listing other sellers' copies, each with a seller of its own."""
        return [
            self._encode(
                f"encode: copies {number + 1}",
                perturbed(rows, seed=self._plan.seed + 1000 * number, words=self._words),
            )
            for number in range(self._plan.copies)
        ]

    def as_sold(
        self, name: str, single_copies: float = 0.0, plain_titles: float = 0.0
    ) -> FrozenFeatures | None:
        """All but one listing of each product replaced by a copy, and copies of some that are alone."""
        rows, seed = self._rows(name), self._plan.seed
        if not rows:
            return None
        words = self._words
        if plain_titles:
            rows = plainly_titled(rows, share=plain_titles, seed=seed)
            words = words.naming(rows)
        copies = perturbed_copies(rows, seed, partial(perturb, words=words))
        singles = perturbed(_singles(rows, single_copies, seed), seed=seed, words=words)
        return self._encode(f"encode: {name}", (*copies, *singles))

    def _rows(self, name: str) -> tuple[LabelledListing, ...]:
        return tuple(self._whole.rows[place] for place in self._places[name])


def joined(parts: Sequence[FrozenFeatures]) -> FrozenFeatures:
    """One after the other; at least one."""
    offsets = np.cumsum([0, *(part.starts[-1] for part in parts)])
    return FrozenFeatures(
        rows=tuple(row for part in parts for row in part.rows),
        hashes=tuple(own for part in parts for own in part.hashes),
        pictures=np.concatenate([part.pictures for part in parts]),
        starts=np.concatenate(
            [[0], *(part.starts[1:] + offset for part, offset in zip(parts, offsets, strict=False))]
        ).astype(np.int64),
        text=np.concatenate([part.text for part in parts]),
        numbers=np.concatenate([part.numbers for part in parts]),
        texture=parts[0].texture,
    )


def _singles(rows: Sequence[LabelledListing], share: float, seed: int) -> list[LabelledListing]:
    """So many of the products that have one listing here."""
    count = Counter((row.store, row.product_id) for row in rows)
    return [
        row
        for row in rows
        if count[row.store, row.product_id] == 1
        and not row.ambiguous
        and Random(f"{seed}:single:{row.store}:{row.product_id}").random() < share
    ]


def _sides(pairs: Sequence[LabelledPair]) -> tuple[LabelledListing, ...]:
    every = {(side.store, side.listing.listing_id): side for pair in pairs for side in (pair.a, pair.b)}
    return tuple(every.values())
