"""The promise of the design, hunted: whatever crashes, the last event of each pair is the truth.

The real role through random histories: records, retries and stale ones, processes that die at any moment of a
commit, zombies that write into the index late, compaction, rebuilds of the index, new deciders and sweeps.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.contracts.pairs import Pair
from consumer.errors import Fenced, TransactionAborted
from consumer.kafka.memory import Hook, MemoryStateReader, Moment
from consumer.match.fold import Folded, Held, Said, fold, parsed
from consumer.match.options import MatchOptions
from consumer.match.recent import RecentRows
from consumer.match.role import MatchRole
from consumer.ports.index import Row
from consumer.ports.records import TopicPartition
from consumer.reindex.reading import ShardLog
from consumer.reindex.rebuild import rebuild
from model.decision.decision import Outcome
from model.embedded import Pictures
from tests.fast.match.world import TOPICS, ColourDecider, World, embedded, no_fault, pending
from tests.fast.sweep.world import NewDecider, sweep

IDS = ("a", "b", "c", "d")
COLOURS = ("red", "blue")


def _held(rows: dict[str, Row]) -> dict[str, Held]:
    return {listing_id: Held.of(row) for listing_id, row in rows.items()}


class Death(BaseException):
    """A process dies here."""


@dataclass(frozen=True)
class Truth:
    """What a listing is for a reader of all that was produced."""

    as_of: int
    offset: int
    colour: str
    incomplete: bool = False


class Chaos:
    """A random history of one shard."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        options = MatchOptions(
            batch_size=self.rng.randint(1, 4),
            max_events=self.rng.choice([1, 3, 100]),
            floor=-1,
            rows_in_memory=(0, 2, 100)[seed % 3],
        )
        self.world = World(visible_after_s=self.rng.choice([0, 5]), options=options)
        self.world.deaths_limit = 10_000  # so many die here that a record would be taken for the killer
        self.alive: MatchRole | None = None
        self.own: dict[str, list[int]] = {listing_id: [] for listing_id in IDS}
        self.now: dict[str, Truth | None] = {}
        self.revision = 0
        self.deciders = 1
        self.exchanges = self.rng.random() < 0.5  # a sweep mends much: half of the histories go without
        self.unswept = False

    def hook(self, moment: Moment) -> None:
        luck = self.rng.random()
        if luck < 0.06:
            raise Death(moment)
        if luck < 0.1 and moment is not Moment.AFTER_COMMIT:
            raise TransactionAborted("bad luck")

    def produce(self) -> None:
        """One record by a producer, or by an embedder that tries again; `now` is the truth of it."""
        listing_id, luck = self.rng.choice(IDS), self.rng.random()
        colour, held = self.rng.choice(COLOURS), self.now.get(listing_id)
        if luck < 0.15:
            self.world.delete(listing_id)
            self.now[listing_id] = None
        elif luck < 0.4 and self.own[listing_id]:
            as_of = self.rng.choice(self.own[listing_id][-3:])
            offset = self.world.put(embedded(listing_id, colour), as_of=as_of)
            if held is not None and held.as_of == as_of:
                self.now[listing_id] = Truth(as_of, offset, colour)
        else:
            self.revision += 1
            pictures = pending() if luck < 0.55 else Pictures()
            offset = self.world.put(embedded(listing_id, colour, revision=self.revision, pictures=pictures))
            self.own[listing_id].append(offset)
            self.now[listing_id] = Truth(offset, offset, colour, incomplete=bool(pictures.pending))

    def late_write(self) -> None:
        """A zombie writes what the log says at some old offsets, and no more than that."""
        records = self.world.broker.records(TOPICS.embedded)
        where = TopicPartition(TOPICS.embedded, 0)
        end = self.world.broker.group("match").committed.get(where, 0)
        old = [record for record in records if record.offset < end]
        if not old:
            return
        begin = self.rng.randrange(len(old))
        chosen = old[begin : begin + 3]
        rows: dict[str, Row] = {}
        for record in records:
            if record.offset < chosen[0].offset:
                rows.update(fold(parsed([record]), _held(rows)).rows)
        index = self.world.index()
        index.open()
        index.write(list(fold(parsed(chosen), _held(rows)).rows.values()), chosen[-1].offset + 1)

    def step(self) -> None:
        luck = self.rng.random()
        if self.exchanges and self.rng.random() < 0.1:
            self.rng.choice([self.exchange, self.sweep, self.sweep])()
        elif luck < 0.3:
            self.produce()
        elif luck < 0.33:
            self.world.clock.advance(self.rng.choice([1, 40]))
        elif luck < 0.37:
            self.late_write()
        elif luck < 0.4:
            self.world.broker.compact(TOPICS.embedded, drop_tombstones=False)
        elif luck < 0.42:
            self.rebuild()
        elif luck < 0.45:
            self.kill()
        else:
            self.turn()

    def rebuild(self) -> None:
        """What `skutwin reindex` does, with nobody in the group, whose offset may have been forgotten."""
        self.kill()
        where, said = TopicPartition(TOPICS.embedded, 0), self.world.events()
        index = self.world.index()
        if self.world.store.decided and self.rng.random() < 0.5:
            self.world.broker.group("match").committed[where] = self.world.store.decided
        index.drop()
        index.open()
        end = self.world.broker.group("match").committed.get(where, 0)
        rebuild(index, ShardLog(lambda: MemoryStateReader(self.world.broker, [where.topic]), where, end))
        assert self.world.events() == said

    def exchange(self) -> None:
        """Whoever decides from now on has the other decider."""
        self.kill()
        self.deciders += 1
        decider = ColourDecider() if self.deciders % 2 else NewDecider()
        self.world.decider = decider  # type: ignore[assignment]  # either has the face that is needed
        self.world.artifact_version = f"a{self.deciders}"
        self.unswept = True

    def sweep(self) -> None:
        """What `skutwin sweep` does, while others go on; it may die, or fail, at any moment of a commit."""
        try:
            self.sweep_all(self.hook, self.rng.choice([self.produce, self.turn, lambda: None]))
        except (Death, TransactionAborted):
            self.world.broker.time_out("sweep")

    def sweep_all(self, hook: Hook, meanwhile: Callable[[], None]) -> None:
        if self.alive is None or not self.alive.active_shards:
            self.world.broker.time_out("match-0")  # of who died in a transaction, which nobody reads past
        sweep(self.world, self.world.artifact_version, hook=hook, meanwhile=meanwhile)
        self.unswept = False

    def kill(self) -> None:
        if self.alive is not None:
            self.alive._ports.source.expel()  # type: ignore[attr-defined]
            self.alive = None

    def turn(self) -> None:
        if self.alive is None:
            self.alive = self.world.process(self.hook)
        try:
            self.alive.turn()
        except Death:
            self.kill()
        except Fenced:
            self.kill()

    def settle(self) -> None:
        """Input stops; two more owners read to the end."""
        for _ in range(2):
            self.kill()
            if self.unswept:
                self.sweep_all(no_fault, lambda: None)
            self.world.clock.advance(60)
            self.world.run(self.world.process(), turns=2000).close()


def same(world: World, one: str, other: str) -> bool:
    """Whether the decider at work matches two colours."""
    (decision,) = world.decider.decide([(embedded("a", one), embedded("b", other))])
    return decision.outcome is Outcome.MATCH


def violations(chaos: Chaos) -> list[str]:
    """What the outputs and the index say against what was produced."""
    world, found = chaos.world, []
    last, matched = world.last(), world.matched()
    live = {listing_id: truth for listing_id, truth in chaos.now.items() if truth is not None}
    for a, b in combinations(IDS, 2):
        sides = (live.get(a), live.get(b))
        want = sides[0] is not None and sides[1] is not None and same(world, sides[0].colour, sides[1].colour)
        said = (a, b) in matched
        incomplete = any(side is not None and side.incomplete for side in sides)
        gone = sides[0] is None or sides[1] is None
        if (want and not said) or (said and not want and (gone or not incomplete)):
            found.append(f"{a}-{b}: {sides}, but: {last.get(Pair(a, b))}")
        elif want and last[Pair(a, b)].origins != tuple(side.offset for side in sides if side):
            found.append(f"{a}-{b}: said of other rows than {sides}: {last[Pair(a, b)]}")
    ids = [event.event_id() for event in world.events()]
    if len(ids) != len(set(ids)):
        found.append("an event id twice")
    for pair in {event.pair for event in world.events()}:
        numbers = [event.number for event in world.events() if event.pair == pair]
        if numbers != list(range(1, len(numbers) + 1)):
            found.append(f"{pair}: numbers {numbers}")
        said_of = [(event.kind, event.origins) for event in world.events() if event.pair == pair]
        if any(one == next_one for one, next_one in pairwise(said_of)):
            found.append(f"{pair}: said again of the same rows: {said_of}")
    newest = {
        key.listing_id: row for key, row in sorted(world.store.rows.items())
    }  # a zombie's may lie behind
    rows = {listing_id: row.offset for listing_id, row in newest.items() if row.listing is not None}
    if rows != {listing_id: truth.offset for listing_id, truth in live.items()}:
        found.append(f"live rows {rows}, listings {live}")
    return found


def history(seed: int, steps: int) -> list[str]:
    """Run one history to its end."""
    chaos = Chaos(seed)
    for _ in range(steps):
        chaos.step()
    chaos.settle()
    return violations(chaos)


@pytest.mark.thorough
@settings(max_examples=20)
@given(seed=st.integers(0, 2**32), steps=st.integers(10, 120))
def test_the_last_event_of_each_pair_is_the_truth(seed: int, steps: int) -> None:
    """No history of crashes, zombies, stale retries, compactions, rebuilds and lost offsets ends wrongly."""
    assert history(seed, steps) == []


def _deaf(batch: Iterable[Said], held: Mapping[str, Held]) -> Folded:
    """Folds a batch as match does, and does not hear what a sweep asks for."""
    folded = fold(batch, held)
    folded.again.clear()
    return folded


def test_the_hunter_finds_a_matcher_that_does_not_hear_a_sweep(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pairs that nobody touches then stay as the former decider said, and the hunt must notice."""
    monkeypatch.setattr("consumer.match.shard.fold", _deaf)
    assert any(history(seed, 80) for seed in range(10))


def test_the_hunter_finds_a_matcher_that_takes_its_memory_for_all_there_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """After a death the index holds rows that the successor's memory does not, and the hunt must notice."""
    begin = RecentRows.begin
    monkeypatch.setattr(RecentRows, "begin", lambda self, **_: begin(self, index_empty=True))
    assert any(history(seed, 80) for seed in range(15))


def test_the_hunter_finds_a_planted_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without partners from the pair state matches that ceased to be stay said, and the hunt must notice."""
    monkeypatch.setattr("consumer.match.pair_state.PairState.partners", lambda *_: set())
    monkeypatch.setattr("consumer.match.candidates.CandidateSearch._add_neighbours", lambda *_, **__: None)
    assert any(history(seed, 80) for seed in range(5))
