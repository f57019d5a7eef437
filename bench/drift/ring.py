"""The monitor's capped window, block by block: who is in it from which minute to which."""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bench.drift.traffic import Uploads
from model.drift.blocks import Blocks

Places = NDArray[np.int64]


@dataclass(frozen=True)
class Stays:
    """How long each upload's block is in the window.

    Attributes:
        left: int64[e], the minute in which it goes; beyond the last one where it stays.
    """

    uploads: Uploads
    left: Places


def stays(uploads: Uploads, blocks: Blocks, *, size: int, of_one: int) -> Stays:
    """Run the uploads through a window of so many rows; the rules are `CappedWindow`'s, with blocks for rows.

    A last block that must go in part goes whole, so the window is at times a few rows smaller.
    """
    sizes = blocks.sizes[uploads.block].tolist()
    minutes, left = uploads.minute.tolist(), np.full(len(uploads.minute), np.iinfo(np.int64).max)
    held: OrderedDict[int, deque[int]] = OrderedDict()
    rows: dict[int, int] = {}

    def drop(seller: int, minute: int) -> int:
        gone = held[seller].popleft()
        left[gone] = minute
        rows[seller] -= sizes[gone]
        return int(sizes[gone])

    total = 0
    for number, seller in enumerate(uploads.seller.tolist()):
        held[seller] = held.pop(seller, deque())
        held[seller].append(number)
        rows[seller] = rows.get(seller, 0) + sizes[number]
        total += sizes[number]
        while rows[seller] > of_one:
            total -= drop(seller, minutes[number])
        while total > size:
            silent = next(iter(held))
            total -= drop(silent, minutes[number])
            if not held[silent]:
                del held[silent]
    return Stays(uploads, left)
