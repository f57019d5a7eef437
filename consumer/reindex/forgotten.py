"""Matched pairs of which the log knows a side no more: its deletion was compacted away undecided.

A tombstone stays for `delete.retention.ms`. A matcher that was away for longer never meets it: nobody takes
the pair back. What the log has forgotten is noted in it as void, at the offset that the pair's event names;
match meets the note like any record, and takes the pair back unless the listing has come again meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator

from consumer.contracts.inner import InnerVoid
from consumer.match.pair_state import PairState
from consumer.reindex.expected import Expected

_AT_ONCE = 1_000


def forgotten_sides(pairs: PairState, expected: Expected, end: int) -> Iterator[InnerVoid]:
    """A note for each side of a matched pair of which the log has no record.

    Args:
        pairs: read up to the end of `matches`.
        expected: the log folded up to `end`.
        end: the group's committed offset; a side that is said to lie behind it is of another log, and left.
    """
    origins = {name: origin for name, origin in pairs.matched_sides() if origin < end}
    names = sorted(origins)
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        known = expected.of(some)
        yield from (InnerVoid(name, origins[name]) for name in some if name not in known)
