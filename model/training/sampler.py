"""Batches of whole products and whole variant groups, made on the device with no loop over listings."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Batch:
    """Rows of one batch, twins next to one another.

    Attributes:
        rows: int64[b].
        lengths: int64[p], how many of the rows each product has.
    """

    rows: torch.Tensor
    lengths: torch.Tensor


class GroupSampler:
    """Deals whole groups into batches, in an order that a generator decides anew for each epoch.

    Args:
        products: int64[n]; all listings of a product are in one group.
        groups: int64[n], numbered from 0 without gaps.
        batch: listings at a time, about; a group is never torn.
    """

    def __init__(self, products: torch.Tensor, groups: torch.Tensor, batch: int) -> None:
        self.products = products
        self.groups = groups
        self._sizes = torch.bincount(groups)
        self._batches = max(1, round(len(groups) / batch))

    def __len__(self) -> int:
        """At most this many batches in an epoch; fewer where groups are large."""
        return self._batches

    @property
    def group_count(self) -> int:
        """How many groups there are to deal."""
        return len(self._sizes)

    def epoch(
        self, generator: torch.Generator, neighbourhoods: torch.Tensor | None = None
    ) -> Iterator[Batch]:
        """The batches of one epoch; each listing is in one of them.

        Args:
            generator: on the device of the groups.
            neighbourhoods: int64[groups]; groups of one number follow one another, so that most of them fall
                into one batch. None: all at random.
        """
        groups = self.group_count
        order = torch.randperm(groups, generator=generator, device=self.groups.device)
        if neighbourhoods is not None:
            shuffled = torch.randperm(groups, generator=generator, device=self.groups.device)
            order = order[torch.argsort(shuffled[neighbourhoods[order]], stable=True)]
        ends = torch.cumsum(self._sizes[order], 0)
        dealt = (ends - self._sizes[order]) * self._batches // len(self.groups)
        place = torch.empty_like(order)
        place[order] = torch.arange(groups, device=order.device)
        rows = torch.argsort(self.products, stable=True)
        rows = rows[torch.argsort(place[self.groups[rows]], stable=True)]
        batch = dealt[place[self.groups[rows]]]
        products = self.products[rows]
        first = torch.ones_like(rows, dtype=torch.bool)
        first[1:] = products[1:] != products[:-1]
        starts = torch.nonzero(first).flatten()
        lengths = torch.diff(starts, append=starts.new_tensor([len(rows)]))
        marks = torch.arange(self._batches + 1, device=rows.device)
        row_marks = torch.searchsorted(batch, marks).tolist()
        product_marks = torch.searchsorted(batch[starts], marks).tolist()
        for number in range(self._batches):
            taken = slice(row_marks[number], row_marks[number + 1])
            if taken.stop > taken.start:
                yield Batch(rows[taken], lengths[product_marks[number] : product_marks[number + 1]])


def neighbourhoods_of(
    centres: torch.Tensor, size: int, generator: torch.Generator, *, tile: int = 8192
) -> torch.Tensor:
    """Divides groups into neighbourhoods of about `size` that the layer finds alike.

    Some groups are drawn as pivots; each group goes to the pivot nearest to it. It costs a fraction 1/size of
    a search for all neighbours of all, and other pivots each time show other confusions.

    Args:
        centres: float32[g, d], a vector to each group, of unit length.
        size: of a neighbourhood, at least 2.
        generator: on the device of the centres.
        tile: groups at a time; memory is `tile` x g / size floats.

    Returns:
        int64[g], the number of each group's pivot among the groups.
    """
    count = max(1, len(centres) // size)
    pivots = torch.randperm(len(centres), generator=generator, device=centres.device)[:count]
    nearest = [
        (centres[start : start + tile] @ centres[pivots].T).argmax(1)
        for start in range(0, len(centres), tile)
    ]
    return pivots[torch.cat(nearest)]
