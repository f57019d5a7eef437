"""A new reference: what it is made of, what it moves, and when a file of one is refused."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.console import Console

from consumer.contracts.inner import InnerListing, InnerVoid
from consumer.drift import rebase
from consumer.drift.reference import HeldReference, hash_of, held_reference, read_rebased
from consumer.drift.sample import Sample, listings_from, newest_listings
from consumer.errors import BrokerFault, Misconfigured
from consumer.kafka.memory import MemoryBroker, MemoryStateReader
from consumer.ports.log import StateReader
from consumer.ports.records import Record, TopicPartition
from model.artifact import Artifact, load_artifact
from tests.fast.clocks import HandClock
from tests.fast.drift_consumer.drawn import drawn_reference, drawn_rows, measured_quickly
from tests.tiny_artifact import tiny_rows, write_tiny_artifact

TOPIC = "listings.embedded.v1"
WHERE = TopicPartition(TOPIC, 0)


@pytest.fixture(scope="module")
def artifact(tmp_path_factory: pytest.TempPathFactory) -> Artifact:
    return write_tiny_artifact(tmp_path_factory.mktemp("drift") / "tiny")


class Log:
    """An inner log in memory, and how it is opened."""

    def __init__(self) -> None:
        self.clock = HandClock()
        self.broker = MemoryBroker(self.clock)
        self.broker.create_topic(TOPIC)
        self.opened: list[int] = []
        self.passed = 0

    def write(self, *items: InnerListing | InnerVoid) -> None:
        for item in items:
            out = item.to_record(TOPIC, 0)
            self.broker.produce(out.topic, out.key, out.value, out.headers, partition=0)
            self.clock.advance(1)

    def open_at(self, starts: Mapping[TopicPartition, int]) -> StateReader:
        self.opened.append(starts[WHERE])
        reader = MemoryStateReader(self.broker, [TOPIC])
        reader._cursor.positions[WHERE] = starts[WHERE]
        return reader

    def progress(self, count: int) -> None:
        self.passed += count

    @property
    def ends(self) -> dict[TopicPartition, int]:
        return MemoryStateReader(self.broker, [TOPIC]).ends()

    def newest(self, last: int) -> list[str]:
        found = newest_listings(self.open_at, self.ends, self.clock, last=last, progress=self.progress)
        assert list(found.times_ms) == sorted(found.times_ms)
        return [listing.listing_id for listing in found.listings]


def put(*names: str, as_of: int | None = None) -> list[InnerListing]:
    return [
        InnerListing(name, tiny_rows(1)[0].model_copy(update={"listing_id": name}), 0, as_of)
        for name in names
    ]


def test_a_sample_is_the_newest_listings_as_their_own_records_say() -> None:
    """An update counts once, a deletion and a void record take away, a retry adds nothing."""
    log = Log()
    log.write(*put("a", "b", "c", "d"), *put("a"), InnerListing("b", None, 0), InnerVoid("c", 2))
    log.write(*put("e", as_of=0))
    assert log.newest(10) == ["d", "a"]
    assert log.newest(1) == ["a"]


def test_a_long_log_is_read_from_its_end() -> None:
    """Farther back only where what lies there are no listings."""
    log = Log()
    log.write(*put(*(f"old {number}" for number in range(100))), *put("new", "newest"))
    assert log.newest(2) == ["new", "newest"]
    assert (log.opened, log.passed) == ([98], 4)
    log.write(*(InnerListing("old 1", None, 0) for _ in range(10)))
    log.opened.clear()
    assert log.newest(2) == ["new", "newest"]
    assert log.opened == [108, 96]


def test_a_log_that_stands_still_is_a_fault() -> None:
    """A transaction that hangs is told of after half a minute."""
    log = Log()

    class Silent(MemoryStateReader):
        def poll(self, _max_records: int, timeout_s: float) -> list[Record]:
            log.clock.advance(timeout_s)
            return []

    with pytest.raises(BrokerFault, match="30 s"):
        listings_from(
            lambda _: Silent(log.broker, [TOPIC]),
            {WHERE: 0},
            {WHERE: 5},
            log.clock,
            last=1,
            progress=log.progress,
        )


def _sample(count: int) -> Sample:
    return Sample(
        tuple(drawn_rows(count, seed=2)), tuple(range(1_700_000_000_000, 1_700_000_000_000 + count))
    )


def test_a_rebased_reference_is_written_whole_and_outweighs_the_artifacts(
    artifact: Artifact, tmp_path: Path
) -> None:
    """A folder gets a file named by its content; the setting then holds it, and its hash is another."""
    before = held_reference(artifact, None)
    made = rebase.rebased(_sample(600), artifact, before, measured_quickly)
    path = rebase.write(made, tmp_path)
    assert path.name == f"drift-reference-{made.content_hash}.json"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    held = held_reference(artifact, path)
    assert held.content_hash == made.content_hash == hash_of(held.reference) != before.content_hash
    assert held.rebased is not None
    assert (held.rebased.listings, held.rebased.artifact_version) == (600, artifact.version)
    assert rebase.write(made, tmp_path / "named.json").name == "named.json"


def test_what_a_rebase_moves_is_shown_by_feature(artifact: Artifact) -> None:
    """The most moved first, with shares before and after."""
    before = HeldReference(drawn_reference(), "0" * 12)
    listings = [row.model_copy(update={"currency": "SEK"}) for row in drawn_rows(500, seed=2)]
    sample = Sample(tuple(listings), tuple(range(500)))
    made = rebase.rebased(sample, artifact, before, measured_quickly)
    console = Console(width=160)
    with console.capture() as captured:
        console.print(made.table())
    rows = [line.split("│") for line in captured.get().splitlines() if line.startswith("│")]
    assert [cell.strip() for cell in rows[0][1:4]] == ["currency", "EUR: 99.3 %", "other: 100.0 %"]
    assert len(rows) > 20


def test_too_few_listings_are_no_reference(artifact: Artifact) -> None:
    """The message says how to get more."""
    with pytest.raises(Misconfigured, match=r"499 listings are too few.*--since"):
        rebase.rebased(_sample(499), artifact, held_reference(artifact, None), measured_quickly)


def test_a_reference_of_other_vectors_is_refused(artifact: Artifact, tmp_path: Path) -> None:
    """It would alarm over everything; the message says what to do."""
    made = rebase.rebased(_sample(500), artifact, held_reference(artifact, None), measured_quickly)
    path = rebase.write(made, tmp_path / "reference.json")
    told = json.loads(path.read_bytes())
    path.write_text(json.dumps(told | {"embedding_version": "another"}))
    with pytest.raises(Misconfigured, match=r"embedding version another.*skutwin drift rebase"):
        held_reference(artifact, path)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "cannot be read"),
        (b"no json", "is no drift reference"),
        (b'{"format": 2}', "is no drift reference"),
        (b"x" * ((1 << 24) + 1), "too large"),
    ],
)
def test_a_file_that_is_none_is_refused_by_name(
    tmp_path: Path, content: bytes | None, complaint: str
) -> None:
    """Whatever is wrong with it, the message names the file and the way out."""
    path = tmp_path / "reference.json"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(Misconfigured, match=rf"reference\.json .*{complaint}.*drift rebase"):
        read_rebased(path)


@pytest.mark.parametrize("content", ["!", "AAAA"])
def test_a_damaged_reference_is_refused(artifact: Artifact, tmp_path: Path, content: str) -> None:
    """The envelope may be whole while what is in it is not."""
    made = rebase.rebased(_sample(500), artifact, held_reference(artifact, None), measured_quickly)
    path = rebase.write(made, tmp_path / "reference.json")
    path.write_text(json.dumps(json.loads(path.read_bytes()) | {"content": content}))
    with pytest.raises(Misconfigured, match="is no drift reference"):
        held_reference(artifact, path)


def test_a_place_that_cannot_be_written_is_named(artifact: Artifact, tmp_path: Path) -> None:
    """And nothing is left behind."""
    made = rebase.rebased(_sample(500), artifact, held_reference(artifact, None), measured_quickly)
    with pytest.raises(Misconfigured, match=r"--out .*nowhere"):
        rebase.write(made, tmp_path / "nowhere" / "reference.json")


def test_the_artifact_is_left_as_it_was(artifact: Artifact, tmp_path: Path) -> None:
    """A rebase stands beside it; its version does not change."""
    made = rebase.rebased(_sample(500), artifact, held_reference(artifact, None), measured_quickly)
    rebase.write(made, tmp_path)
    assert load_artifact(artifact.folder).version == artifact.version
