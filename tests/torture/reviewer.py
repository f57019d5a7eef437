"""A person who answers about pairs: what was put before people, what the stream believes, and neither."""

from __future__ import annotations

import itertools
import random
from datetime import UTC, datetime

from consumer.contracts.events import Answer
from consumer.contracts.inner import InnerListing, read
from consumer.contracts.pairs import Pair
from consumer.contracts.reviews import Verdict
from model.embedded import EmbeddedListing
from tests.torture.history import WriteKind
from tests.torture.market import Market, Publisher
from tests.torture.observer import Observer

_QUIET = 12
_WITHDRAWN = 0.1
_RELISTED = 0.25
_LAST_WORDS = 6


class Reviewer:
    """Reads the inner log to see what a person would be shown, answers, and at times lets a side change then.

    Half of the pairs are of listings that change seldom, so that answers are left at the end that must hold.
    """

    def __init__(
        self, observer: Observer, inner: str, publisher: Publisher, market: Market, seed: int
    ) -> None:
        self._observer, self._inner = observer, inner
        self._publisher, self._market = publisher, market
        self._draw = random.Random(f"reviewer {seed}")
        self._numbers = itertools.count(1)
        self._read = 0
        self._shown: dict[str, EmbeddedListing] = {}
        self._answered: list[Pair] = []

    def prepares(self) -> None:
        """The listings that change seldom come on sale."""
        self._market.opens(f"quiet {number:02}" for number in range(_QUIET))

    def answers(self) -> None:
        """One answer, or the withdrawal of one; nothing while there is nothing to see."""
        self._look()
        if self._answered and self._draw.random() < _WITHDRAWN:
            pair = self._draw.choice(self._answered)
            self._publisher.send(WriteKind.VERDICT, pair.pair_id.encode(), None)
            return
        quiet = self._quiet()
        names = quiet if len(quiet) > 1 and self._draw.random() < 0.5 else sorted(self._shown)
        if len(names) < 2:
            return
        pair = Pair.of(*self._draw.sample(names, 2))
        self._answers(pair)
        if self._draw.random() < _RELISTED:
            self._market.relists(self._draw.choice(pair))

    def has_the_last_word(self) -> None:
        """Answers about pairs of which nobody changes a side any more."""
        self._look()
        for a, b in itertools.islice(itertools.pairwise(self._quiet()), _LAST_WORDS):
            self._answers(Pair.of(a, b))

    def _quiet(self) -> list[str]:
        return sorted(name for name in self._shown if name.startswith("quiet"))

    def _answers(self, pair: Pair) -> None:
        verdict = Verdict(
            pair_id=pair.pair_id,
            a=pair.a,
            b=pair.b,
            seen_a=self._shown[pair.a].fingerprint(),
            seen_b=self._shown[pair.b].fingerprint(),
            answer=self._draw.choice(tuple(Answer)),
            reviewer=f"person {next(self._numbers)}",
            decided_at=datetime.now(UTC),
        )
        self._publisher.send(WriteKind.VERDICT, pair.pair_id.encode(), verdict.to_bytes())
        self._answered.append(pair)

    def _look(self) -> None:
        records = self._observer.records(self._inner)
        for record in records[self._read :]:
            item = read(record)
            if isinstance(item, InnerListing) and item.listing is not None:
                self._shown[item.listing_id] = item.listing
            elif isinstance(item, InnerListing) and item.as_of is None:
                self._shown.pop(item.listing_id, None)
        self._read = len(records)
