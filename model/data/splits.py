"""Parts of a data set that share nothing, hold-outs of sellers and stores, and a check of what leaks.

A product, its variants and whatever shows the same picture land in one part; otherwise the test would ask for
what training has seen.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from model.data.labelled import LabelledListing
from model.data.perturb import VERSION_MARK
from model.text import fold

_PLACEHOLDER = (
    20  # a picture that so many variant groups show is a "no photo" sign, and ties nothing together
)

Hashes = Sequence[Sequence[str]]
Group = tuple[str, str]


def split(
    rows: Sequence[LabelledListing],
    hashes: Hashes,
    *,
    shares: Mapping[str, float],
    seed: int = 0,
) -> NDArray[np.int8]:
    """Deal listings to parts so that no product, variant group or picture is in two.

    Groups that share a picture (by hash, or by identical perceptual hash) are one component. A component's
    part is drawn by a hash of its groups' names, so it is the same in every run, and in a subset of the data
    as long as the component does not fall apart there.

    Args:
        rows: n listings.
        hashes: of each listing its pictures' hashes, as `FrozenFeatures.hashes` has them.
        shares: of each part, relative to their sum; the parts' order counts.
        seed: another seed deals anew.

    Returns:
        int8[n]: the place in `shares` of each listing's part. Parts are near their shares where components
        are many and small.

    Raises:
        ValueError: `hashes` is not one a listing; a share is negative, or all are 0.
    """
    limits = np.cumsum(list(shares.values()), dtype=np.float64)
    if len(hashes) != len(rows):
        raise ValueError(f"{len(rows)} listings, and hashes of {len(hashes)}")
    if not shares or min(shares.values()) < 0 or limits[-1] <= 0:
        raise ValueError(f"shares {dict(shares)}: none negative, and not all 0")
    roots = _components(rows, hashes)
    # The least of k uniform draws is no uniform draw; its name's hash is one again.
    names = {
        root: min((_uniform(seed, *group), group) for group in groups)[1]
        for root, groups in _members(roots).items()
    }
    placed = {root: _uniform(seed, "component", *name) for root, name in names.items()}
    draws = np.array([placed[roots[_group(row)]] for row in rows], dtype=np.float64)
    return np.searchsorted(limits / limits[-1], draws, side="right").clip(0, len(shares) - 1).astype(np.int8)


def by_seller(rows: Sequence[LabelledListing], *, share: float, seed: int = 0) -> NDArray[np.bool_]:
    """Hold out whole sellers: bool[n], True for a listing of a seller that training must not see.

    Of each store with several sellers, sellers are held out as they are drawn while they have no more than
    `share` of its listings; the smallest where none is that small; never all. Of a store with one seller none
    is. A perturbed copy goes with the seller that it was made from.
    """
    stores: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        stores[row.store][_seller(row)] += 1
    unseen: set[Group] = set()
    for store, sizes in stores.items():
        order = sorted(sizes, key=lambda seller: (_uniform(seed, store, seller), seller))
        chosen: list[str] = []
        for seller in order:
            within = sum(sizes[each] for each in (*chosen, seller)) <= share * sizes.total()
            if within and len(chosen) + 1 < len(sizes):
                chosen.append(seller)
        if not chosen and len(sizes) > 1:
            chosen = [min(order, key=sizes.__getitem__)]
        unseen.update((store, seller) for seller in chosen)
    return np.array([(row.store, _seller(row)) in unseen for row in rows], dtype=np.bool_)


def by_store(rows: Sequence[LabelledListing], stores: Collection[str]) -> NDArray[np.bool_]:
    """Hold out whole stores: bool[n].

    Raises:
        ValueError: no listing is of one of `stores`.
    """
    if absent := set(stores) - {row.store for row in rows}:
        raise ValueError(f"no listing is of the stores {sorted(absent)}")
    return np.array([row.store in stores for row in rows], dtype=np.bool_)


@dataclass(frozen=True, slots=True)
class Leak:
    """Something that stands in several parts of a split.

    Attributes:
        kind: a picture's bytes, its perceptual hash, or brand and title.
        what: the hash, or the folded words.
        counts: listings with it, by part.
        products: how many products they are of; over 1 the same words or picture name different products.
    """

    kind: Literal["picture", "perceptual_hash", "text"]
    what: str
    counts: Mapping[int, int]
    products: int


def leaks(
    rows: Sequence[LabelledListing], hashes: Hashes, parts: NDArray[np.integer] | NDArray[np.bool_]
) -> tuple[Leak, ...]:
    """What is in more than one part, the most frequent first.

    Args:
        rows: n listings.
        hashes: as for `split`.
        parts: int[n] or bool[n], as `split`, `by_seller` and `by_store` give them.
    """
    found: dict[tuple[Literal["picture", "perceptual_hash", "text"], str], list[int]] = defaultdict(list)
    for place, (row, shown) in enumerate(zip(rows, hashes, strict=True)):
        for kind, what in _traits(row, shown):
            found[kind, what].append(place)
    spread = []
    for (kind, what), places in found.items():
        counts = Counter(int(parts[place]) for place in places)
        if len(counts) > 1:
            products = {(rows[place].store, rows[place].product_id) for place in places}
            spread.append(Leak(kind, what, dict(sorted(counts.items())), len(products)))
    return tuple(sorted(spread, key=lambda leak: (-sum(leak.counts.values()), leak.kind, leak.what)))


def _traits(
    row: LabelledListing, shown: Sequence[str]
) -> Iterator[tuple[Literal["picture", "perceptual_hash", "text"], str]]:
    for name in set(shown):
        yield "picture", name
    for bits in set(row.perceptual_hashes):
        yield "perceptual_hash", f"{bits:016x}"
    if row.listing.title is not None:
        yield "text", f"{fold(row.listing.brand or '')} {fold(row.listing.title)}".strip()


def _group(row: LabelledListing) -> Group:
    return row.store, row.variant_group


def _seller(row: LabelledListing) -> str:
    return row.listing.seller_id.removesuffix(VERSION_MARK)


def _components(rows: Sequence[LabelledListing], hashes: Hashes) -> dict[Group, Group]:
    """Of each variant group the one that stands for its component (union-find with path halving)."""
    tied: dict[Hashable, set[Group]] = defaultdict(set)
    for row, shown in zip(rows, hashes, strict=True):
        group = _group(row)
        tied["product", row.store, row.product_id].add(group)
        for name in shown:
            tied["picture", name].add(group)
        for bits in row.perceptual_hashes:
            tied["perceptual", bits].add(group)
    parent = {group: group for groups in tied.values() for group in groups}

    def root(group: Group) -> Group:
        while parent[group] != group:
            parent[group] = parent[parent[group]]
            group = parent[group]
        return group

    for groups in tied.values():
        if len(groups) <= _PLACEHOLDER:
            first, *others = map(root, groups)
            for other in others:
                parent[root(other)] = root(first)
    return {group: root(group) for group in parent}


def _members(roots: Mapping[Group, Group]) -> dict[Group, list[Group]]:
    members: dict[Group, list[Group]] = defaultdict(list)
    for group, root in roots.items():
        members[root].append(group)
    return members


def _uniform(seed: int, *names: str) -> float:
    """A number in [0, 1), the same for the same seed and names."""
    digest = hashlib.blake2b("\0".join((str(seed), *names)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
