"""The Compose file's wiring without Docker: a real broker, a real index, a real Prometheus, real encoders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.deploy.wiring import Wiring
from tests.integration.mixin.tools import executable
from tests.integration.stream.waiting import eventually


@pytest.fixture
def wiring(compose_reader: Path, kafka_bootstrap: str, milvus_uri: str, tmp_path: Path) -> Iterator[Wiring]:
    """Nothing runs yet but broker and index."""
    executable("prometheus")  # told as missing before anything is started
    addresses = {"kafka:9092": kafka_bootstrap, "http://milvus:19530": milvus_uri}
    one = Wiring(compose_reader, addresses, {"DEMO_LISTINGS": "60", "DEMO_RATE": "30"}, tmp_path)
    yield one
    one.close()


def test_matches_appear_in_prometheus(wiring: Wiring) -> None:
    """Topics are made, both roles start, drawn listings flow, and their matches are counted and ruled on."""
    topics = wiring.start("topics")
    assert topics.wait() == 0, topics.tail()
    embed, match = wiring.start("embed"), wiring.start("match")
    match.wait_ready("decides shards [0]")
    prometheus = wiring.start_prometheus()
    embed.wait_ready()
    listings = wiring.start("listings")
    assert listings.wait() == 0, listings.tail()

    eventually(
        lambda: prometheus.value('skutwin_events_out_total{kind="matched"}') > 0, "matches are counted"
    )
    assert prometheus.value('up{job="skutwin"}') == 2
    eventually(lambda: prometheus.value("skutwin_dead_letters_total") > 0, "bad records are counted")
    rules = eventually(
        lambda: [rule for rule in prometheus.rules() if rule["health"] != "unknown"], "rules are evaluated"
    )
    assert {rule["health"] for rule in rules} == {"ok"}
    assert embed.term() == 0, embed.tail()
    assert match.term() == 0, match.tail()
