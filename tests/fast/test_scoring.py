"""Scoring final matches against known products."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from consumer.contracts.events import Kind, MatchEvent, Side, Similarities
from consumer.contracts.pairs import Pair
from consumer.contracts.reviews import ReviewSide, ReviewTask
from consumer.contracts.topics import TopicNames
from consumer.errors import BrokerFault, Misconfigured
from consumer.kafka.memory import MemoryBroker, MemoryStateReader
from consumer.ports.log import StateReader
from consumer.scoring.final_state import FinalState, read_final_state
from consumer.scoring.score import Score, as_table, compare, score
from consumer.scoring.truth import Identity, KnownProducts, read_truth
from model.decision.decision import Source
from tests.fast.clocks import HandClock

NAMES = TopicNames.of("", "v1")


def event(a: str, b: str, kind: Kind = Kind.MATCHED, number: int = 1, **fields: Any) -> MatchEvent:
    pair = Pair.of(a, b)
    one, other = (Side(listing_id=each, seller_id="s", revision=1, origin=0) for each in pair)
    given: dict[str, Any] = {"source": Source.MODEL, "probability": 0.99} | fields
    return MatchEvent(
        pair_id=pair.pair_id, number=number, kind=kind, a=one, b=other, artifact_version="v", shard=0, **given
    )


def task(a: str, b: str) -> ReviewTask:
    pair = Pair.of(a, b)
    one, other = (
        ReviewSide(listing_id=each, seller_id="s", revision=1, origin=0, seen="0" * 32) for each in pair
    )
    return ReviewTask(
        pair_id=pair.pair_id,
        shard=0,
        a=one,
        b=other,
        probability=0.7,
        similarity=Similarities(fused=0.5),
        artifact_version="v",
    )


@dataclass
class Topics:
    """An in-memory broker with both topics."""

    broker: MemoryBroker

    @classmethod
    def made(cls) -> Topics:
        broker = MemoryBroker(HandClock())
        broker.create_topic(NAMES.matches, 2)
        broker.create_topic(NAMES.reviews, 2)
        return cls(broker)

    def say(self, *said: MatchEvent | ReviewTask) -> None:
        for each in said:
            topic = NAMES.matches if isinstance(each, MatchEvent) else NAMES.reviews
            self.broker.produce(topic, each.pair_id.encode(), each.to_bytes())

    def forget(self, topic: str, a: str, b: str) -> None:
        self.broker.produce(topic, Pair.of(a, b).pair_id.encode(), None)

    def reader(self) -> MemoryStateReader:
        return MemoryStateReader(self.broker, [NAMES.matches, NAMES.reviews])

    def state(self) -> FinalState:
        return read_final_state(
            self.reader(), matches=NAMES.matches, reviews=NAMES.reviews, clock=HandClock()
        )


def known(products: str, ambiguous: str = "") -> KnownProducts:
    """`"a:1 b:1"`: listings and their products."""
    parts = (each.split(":") for each in products.split())
    return KnownProducts.of(
        Identity(listing_id=name, product_id=product, ambiguous=name in ambiguous) for name, product in parts
    )


def test_the_newest_event_of_a_pair_counts() -> None:
    """A retraction ends a match, a new match ends the retraction, a null forgets both."""
    topics = Topics.made()
    topics.say(event("a", "b"), event("c", "d"), event("e", "f"))
    topics.say(
        event("a", "b", Kind.RETRACTED, 2), event("c", "d", Kind.RETRACTED, 2), event("c", "d", number=3)
    )
    topics.forget(NAMES.matches, "e", "f")
    assert topics.state().matched == {("c", "d")}


def test_a_withdrawn_task_is_no_task() -> None:
    """Only open tasks stand."""
    topics = Topics.made()
    topics.say(task("a", "b"), task("c", "d"))
    topics.forget(NAMES.reviews, "a", "b")
    assert set(topics.state().reviews) == {("c", "d")}


def test_every_true_pair_is_accounted_for() -> None:
    """Matched, in review, retracted, or never said; wrong and unknown ones apart."""
    topics = Topics.made()
    topics.say(event("a", "b"), event("a", "x", source=Source.GTIN), event("a", "stranger"))
    topics.say(task("a", "c"), event("b", "c"), event("b", "c", Kind.RETRACTED, 2), event("p", "q"))
    result = compare(topics.state(), known("a:1 b:1 c:1 x:2 y:2 p:3 q:4", ambiguous="pq"))
    assert (result.true_pairs, result.matched_pairs) == (4, 4)
    assert (result.left_out_unknown, result.left_out_ambiguous) == (1, 1)
    assert (result.right_pairs, result.wrong_pairs, result.missed_pairs) == (1, 1, 3)
    assert (result.true_pairs_in_review, result.true_pairs_retracted, result.true_pairs_never_said) == (
        1,
        1,
        1,
    )
    assert (result.precision, result.recall, result.f1) == (0.5, 0.25, 0.333333)
    assert result.matched_by_source == {"gtin": 1, "model": 1}
    assert [(each.a, each.b) for each in result.wrong] == [("a", "x")]


def test_pairs_among_ambiguous_listings_are_neither_true_nor_wrong() -> None:
    """With one sure side a pair is scored."""
    truth = known("a:1 b:1 c:1", ambiguous="ab")
    assert truth.pairs == {("a", "c"), ("b", "c")}


def test_of_nothing_matched_no_precision_is_claimed() -> None:
    """Empty counts are no success, neither as figures nor in the table."""
    result = compare(FinalState(), known("a:1 b:1"))
    assert (result.precision, result.recall, result.f1) == (None, 0.0, 0.0)
    shown = io.StringIO()
    Console(file=shown, width=100).print(as_table(result))
    assert "nothing to judge" in shown.getvalue()


@pytest.mark.thorough
@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from("abcdef")), max_size=8), st.data())
@settings(max_examples=40)
def test_counts_add_up(pairs: list[tuple[str, str]], data: st.DataObject) -> None:
    """Right and missed are the true ones, right and wrong and left out the matched ones."""
    products = [f"{name}:{data.draw(st.integers(0, 2))}" for name in "abcde"]  # f is unknown
    state = FinalState(events={Pair.of(a, b): event(a, b) for a, b in pairs if a != b})
    result = compare(state, known(" ".join(products), ambiguous="ab"))
    assert result.right_pairs + result.missed_pairs == result.true_pairs
    left_out = result.left_out_unknown + result.left_out_ambiguous
    assert result.right_pairs + result.wrong_pairs + left_out == result.matched_pairs


def test_a_score_is_written_as_json_and_as_a_table(tmp_path: Path) -> None:
    """The whole way: truth file, both topics, JSON file, table."""
    (tmp_path / "truth.jsonl").write_text(
        '{"listing_id":"a","product_id":"1","ambiguous":false}\n{"listing_id":"b","product_id":"1"}\n'
    )
    topics = Topics.made()
    topics.say(event("a", "b"))
    result = score(
        tmp_path / "truth.jsonl", topics.reader(), NAMES, json_out=tmp_path / "out.json", clock=HandClock()
    )
    assert json.loads((tmp_path / "out.json").read_text())["f1"] == result.f1 == 1.0
    shown = io.StringIO()
    Console(file=shown, width=100).print(as_table(result))
    assert "never said" in shown.getvalue()
    assert isinstance(result, Score)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("nonsense", "truth.jsonl:1: not JSON"),
        ('{"listing_id":"a"}', "truth.jsonl:1: product_id"),
        (None, "no such file"),
    ],
)
def test_a_truth_that_cannot_be_read_is_named(tmp_path: Path, text: str | None, why: str) -> None:
    """File, line and reason."""
    path = tmp_path / "truth.jsonl"
    if text is not None:
        path.write_text(text)
    with pytest.raises(Misconfigured, match=why):
        read_truth(path)


class _Silent:
    """A topic whose end never comes."""

    def __init__(self, clock: HandClock) -> None:
        self.clock = clock

    def ends(self) -> dict[Any, int]:
        return {}

    def poll(self, _: int, timeout_s: float) -> list[Any]:
        self.clock.advance(timeout_s)
        return []

    def reached(self, _: object) -> bool:
        return False

    def close(self) -> None:
        raise AssertionError


def test_a_topic_that_does_not_end_is_given_up() -> None:
    """A hanging transaction is reported, not waited for."""
    clock = HandClock()
    with pytest.raises(BrokerFault, match="end was not reached within 30 s"):
        read_final_state(cast("StateReader", _Silent(clock)), matches="m", reviews="r", clock=clock)
