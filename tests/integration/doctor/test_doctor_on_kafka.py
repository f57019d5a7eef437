"""The examination of an installation on a real Kafka and Milvus Lite."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from pathlib import Path

import pytest
from confluent_kafka.admin import AlterConfigOpType, ConfigEntry, ConfigResource, ResourceType

from consumer.doctor.checks import Installation as Examined
from consumer.doctor.checks import checks
from consumer.doctor.examine import examine
from consumer.doctor.finding import Finding, Level
from consumer.kafka.admin import ClusterAdmin
from consumer.settings import Settings
from tests.integration.stream.conftest import Install, install, tiny_artifact
from tests.integration.stream.installation import Installation
from tests.integration.stream.waiting import eventually

__all__ = ["install", "tiny_artifact"]


def found(settings: Settings) -> list[Finding]:
    return list(examine(checks(Examined(settings))))


def bad(findings: Sequence[Finding]) -> list[Finding]:
    return [finding for finding in findings if finding.level is not Level.OK]


def changed(world: Installation, **more: object) -> Settings:
    return Settings(**{**world.settings.model_dump(exclude={"kafka"}), **more})


@pytest.fixture
def world(install: Install) -> Installation:
    held = install(cache_max_bytes=2**20)
    with held.index():
        pass  # makes the collection
    return held


def test_a_sound_installation_has_nothing_to_mend(world: Installation) -> None:
    """Every subject is looked at, and the collection is known for this stream's."""
    findings = found(world.settings)
    assert bad(findings) == []
    assert {finding.check for finding in findings} >= {
        "artifact", "broker", "topics", "access", "transactions", "milvus", "collection", "clock", "disk"
    }  # fmt: skip
    said = " ".join(finding.said for finding in findings)
    assert "Kafka 4.0 or newer" in said
    assert "made for this cluster, topic and embedding version" in said


def test_each_fault_is_found_beside_the_others(world: Installation) -> None:
    """A topic with another clean-up, an index of another stream, an address where nobody is."""
    admin = ClusterAdmin(world._client)
    entry = ConfigEntry("cleanup.policy", "delete", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, world.topics.matches, incremental_configs=[entry])
    admin._client.incremental_alter_configs([resource])[resource].result(10)
    (wrong,) = bad(found(world.settings))
    assert (wrong.check, wrong.level) == ("topics", Level.FAIL)
    assert "cleanup.policy=compact" in wrong.mend

    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = f"127.0.0.1:{nobody.getsockname()[1]}"
        levels = {finding.check: finding.level for finding in found(changed(world, kafka_bootstrap=away))}
    assert levels["broker"] is Level.FAIL
    assert levels["topics"] is Level.WARN
    assert levels["collection"] is Level.WARN
    assert levels["artifact"] is levels["milvus"] is levels["disk"] is Level.OK


def test_an_index_of_another_log_is_refused_without_being_touched(world: Installation) -> None:
    """The topic was deleted and made anew: the rows are of offsets that mean something else now."""
    topic, admin = world.topics.embedded, ClusterAdmin(world._client)
    admin._client.delete_topics([topic])[topic].result(10)
    eventually(lambda: topic not in admin.partitions(), f"{topic} is gone")
    world.create_topics()
    (wrong,) = bad(found(world.settings))
    assert wrong.check == "collection"
    assert "skutwin reindex" in wrong.mend


def test_to_look_makes_nothing(world: Installation, tmp_path: Path) -> None:
    """A Lite file that is not there is not there afterwards."""
    missing = tmp_path / "none.db"
    assert bad(found(changed(world, milvus_uri=str(missing)))) == []
    assert not missing.exists()


def test_a_milvus_server_is_examined(install: Install, milvus_uri: str) -> None:
    """Its version and its clock are told, and the collection that a first start has made."""
    world = install(milvus_uri=milvus_uri, cache_max_bytes=2**20)
    with world.index():
        pass
    findings = found(world.settings)
    assert bad(findings) == []
    said = " ".join(finding.said for finding in findings)
    assert re.search(rf"Milvus 2\.3\S* answers at {re.escape(milvus_uri)}", said)
    assert "HNSW by IP" in said
    assert f"{milvus_uri} and this machine agree" in said
