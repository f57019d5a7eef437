"""The Compose file's wiring without Docker: a real broker, a real index, a real Prometheus, real encoders."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from confluent_kafka.admin import AdminClient, ConfigResource

from tests.integration.deploy.wiring import Wiring
from tests.integration.mixin.tools import executable
from tests.integration.stream.process import free_port
from tests.integration.stream.waiting import eventually


@pytest.fixture
def wiring(compose_reader: Path, milvus_uri: str, tmp_path: Path) -> Iterator[Wiring]:
    """Nothing runs yet but the index."""
    executable("prometheus")  # told as missing before anything is started
    one = Wiring(compose_reader, milvus_uri, {"DEMO_LISTINGS": "60", "DEMO_RATE": "30"}, tmp_path)
    yield one
    one.close()


@pytest.mark.timeout(400, func_only=True)  # a minute where nobody else wants the processors
def test_matches_appear_in_prometheus(wiring: Wiring) -> None:
    """The broker takes its settings, topics are made, both roles start, and matches are counted."""
    wiring.kafka.start()
    told = _settings(wiring.kafka.bootstrap)
    assert {name: told.get(name) for name in wiring.kafka.properties} == wiring.kafka.properties
    topics = wiring.start("topics")
    assert topics.wait() == 0, topics.tail()
    embed, match = wiring.start("embed"), wiring.start("match")
    match.wait_ready("decides shards [0]")
    prometheus = wiring.start_prometheus()
    embed.wait_ready()
    listings = wiring.start("listings")
    port = str(free_port())
    wiring.start("serve", SKUTWIN_SERVE_HOST="127.0.0.1", SKUTWIN_SERVE_PORT=port)
    assert listings.wait() == 0, listings.tail()

    eventually(
        lambda: prometheus.value('skutwin_events_out_total{kind="matched"}') > 0, "matches are counted"
    )
    eventually(lambda: prometheus.value('up{job="skutwin"}') == 2, "both roles are scraped")
    eventually(lambda: prometheus.value("skutwin_dead_letters_total") > 0, "bad records are counted")
    rules = eventually(
        lambda: [rule for rule in prometheus.rules() if rule["health"] != "unknown"], "rules are evaluated"
    )
    assert {rule["health"] for rule in rules} == {"ok"}
    eventually(lambda: _answers(f"http://127.0.0.1:{port}/v1/openapi.json"), "matches are served")
    assert embed.term() == 0, embed.tail()
    assert match.term() == 0, match.tail()


def _settings(bootstrap: str) -> dict[str, str]:
    """What the broker says of its own."""
    admin = AdminClient({"bootstrap.servers": bootstrap, "log_level": 0})
    resource = ConfigResource(ConfigResource.Type.BROKER, "1")
    entries = admin.describe_configs([resource])[resource].result(30)
    return {name: entry.value for name, entry in entries.items()}


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).status_code == httpx.codes.OK
    except httpx.TransportError:  # it does not listen yet
        return False
