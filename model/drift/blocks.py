"""A reference's rows as short runs of one seller's, from which undrifted windows are drawn again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from model.drift.cells import Cells, Codes

BLOCK = 8

Float32 = NDArray[np.float32]
Places = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Blocks:
    """Runs of neighbouring rows.

    Attributes:
        counts: float32[m + 1, c], of each; the last one is empty.
        sizes: int64[m + 1], rows of each.
        of: of each of k sellers its blocks int64[j], neighbours in the order that rows came in.
    """

    counts: Float32
    sizes: Places
    of: tuple[Places, ...]

    @classmethod
    def cut(
        cls,
        cells: Cells,
        codes: Codes,
        sellers: Sequence[str],
        kinds: Sequence[object],
        *,
        size: int = BLOCK,
    ) -> Self:
        """Cut each seller's rows twice: as they came, and by kind, as an upload of one category would come.

        Args:
            cells: of the codes.
            codes: int16[n, g].
            sellers: n, whose.
            kinds: n, anything that an upload is of, such as a category.
            size: rows of a block.
        """
        places: dict[str, list[int]] = {}
        for place, seller in enumerate(sellers):
            places.setdefault(seller, []).append(place)
        counts: list[NDArray[np.float64]] = []
        sizes: list[int] = []
        of: list[Places] = []
        for own in places.values():
            by_kind = sorted(own, key=lambda place: str(kinds[place]))
            start = len(sizes)
            for order in (own, by_kind):
                runs = [order[at : at + size] for at in range(0, len(order), size)]
                runs = runs[:-1] if len(runs) > 1 and len(runs[-1]) < size // 2 else runs
                owners = np.repeat(np.arange(len(runs)), [len(run) for run in runs])
                counts.append(cells.counts(owners, codes[np.concatenate(runs)], len(runs)))
                sizes += [len(run) for run in runs]
            of.append(np.arange(start, len(sizes)))
        held = np.concatenate([*counts, np.zeros((1, cells.width))]).astype(np.float32)
        return cls(held, np.array([*sizes, 0], np.int64), tuple(of))

    @property
    def empty(self) -> int:
        """The place of the empty block."""
        return len(self.sizes) - 1
