"""How far a group had come whose offsets the broker has forgotten.

The index notes before each batch what was committed then, and so knows nothing of the last one. A batch is
committed whole, though: where an event or a task names a record, that record's batch was committed. What
came behind the last such record either was not committed, or had nothing to say.
"""

from __future__ import annotations

from consumer.contracts.inner import InnerVerdict
from consumer.match.pair_state import PairState
from consumer.reindex.reading import ShardLog, silent


def decided_up_to(noted: int, tail: ShardLog, pairs: PairState) -> int:
    """The offset up to which all was decided for certain.

    Args:
        noted: by the index.
        tail: the log up to the index's watermark. What is named behind `noted` and is not in there is of
            another log, which was deleted, and counts for nothing.
        pairs: read up to the ends of `matches` and `match-reviews`.
    """
    named = {side for side in pairs.named_sides() if noted <= side[1] < tail.end}
    decided = noted
    if named:
        for batch, _ in tail.batches(noted, silent):
            for record, said in batch:
                if not isinstance(said, InnerVerdict) and (said.listing_id, record.offset) in named:
                    decided = max(decided, record.offset + 1)
    return decided
