"""The pricing example on a real Kafka, killed between and inside batches."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import closing
from decimal import Decimal
from pathlib import Path

from consumer.contracts.events import Kind, MatchEvent
from examples.pricing.table import PriceTable
from tests.fast.pairs.world import event
from tests.integration.pairs.matches import MatchesTopic
from tests.integration.stream.waiting import eventually

ROOT = Path(__file__).resolve().parents[3]
LISTINGS = [f"l{number}" for number in range(12)]
KILLS = 3


def drawn(rng: random.Random, number: int) -> MatchEvent:
    """Some pair, matched at some price or taken back."""
    one, other = rng.sample(LISTINGS, 2)
    kind = Kind.RETRACTED if rng.random() < 0.3 else Kind.MATCHED
    return event(one, other, kind=kind, number=number, price=f"{rng.randint(1, 99)}.50")


def expected(said: list[MatchEvent]) -> dict[str, tuple[Decimal, int]]:
    """By listing the lowest price of its rivals and their number, of the last event of each pair."""
    last = {each.pair_id: each for each in said}
    prices: dict[str, list[Decimal]] = {}
    for each in last.values():
        if each.kind is Kind.MATCHED:
            for own, rival in ((each.a, each.b), (each.b, each.a)):
                assert rival.price is not None
                prices.setdefault(own.listing_id, []).append(rival.price)
    return {listing: (min(asked), len(asked)) for listing, asked in prices.items()}


def test_the_table_is_right_however_often_the_example_is_killed(kafka_bootstrap: str, tmp_path: Path) -> None:
    """Each event counts exactly once: nothing is lost, nothing aborted is seen, nothing taken back stays."""
    topic, rng, said = MatchesTopic(kafka_bootstrap), random.Random(5), list[MatchEvent]()
    file, log = tmp_path / "prices.sqlite3", tmp_path / "example.log"
    command = [sys.executable, "-m", "examples.pricing.lowest_price", "--bootstrap", kafka_bootstrap]
    command += ["--topic", topic.name, "--file", str(file)]

    def write() -> None:
        batch = [drawn(rng, len(said) + number + 1) for number in range(60)]
        topic.say(batch)
        said.extend(batch)
        topic.say([drawn(rng, 10_000) for _ in range(5)], abort=True)

    write()
    for _ in range(KILLS):
        before = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=out)
        try:
            eventually(lambda: log.stat().st_size > before or process.poll() is not None, "it has read some")  # noqa: B023 (called at once)
            assert process.poll() is None, log.read_text()
            write()
        finally:
            process.kill()
            process.wait()
    subprocess.run([*command, "--once"], cwd=ROOT, check=True, timeout=60, capture_output=True)
    with closing(PriceTable(file)) as table:
        found = {listing: table.lowest(listing) for listing in table.listings()}
    assert {name: (one.price, one.rivals) for name, one in found.items() if one is not None} == expected(said)


def test_a_topic_that_is_not_there_is_named_in_one_line(kafka_bootstrap: str, tmp_path: Path) -> None:
    """With the broker that was asked; nothing is made and no traceback is shown."""
    command = [sys.executable, "-m", "examples.pricing.lowest_price", "--bootstrap", kafka_bootstrap]
    command += ["--topic", "no-such-topic", "--file", str(tmp_path / "prices.sqlite3")]
    done = subprocess.run(command, cwd=ROOT, check=False, timeout=60, capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith(f"topic no-such-topic on Kafka at {kafka_bootstrap}: ")
    assert done.stderr.count("\n") == 1
    assert list(tmp_path.iterdir()) == []
