"""Rights, as a broker with an authoriser tells them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    ResourcePatternType,
    ResourceType,
)

from bench.load.broker import KafkaBroker
from consumer.doctor.checks import Installation as Examined
from consumer.doctor.checks import checks
from consumer.doctor.examine import examine
from consumer.doctor.finding import Level
from consumer.settings import Settings
from tests.integration.kafka_broker import MORE, kafka_libs
from tests.integration.stream.conftest import tiny_artifact
from tests.integration.stream.installation import Installation
from tests.integration.stream.waiting import eventually

__all__ = ["tiny_artifact"]

AUTHORISER = """\
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
"""


@pytest.fixture
def strict(tmp_path: Path) -> Iterator[str]:
    """A broker on which a resource that has a rule is closed to whom it does not name."""
    broker = KafkaBroker(kafka_libs(), tmp_path / "strict", MORE + AUTHORISER)
    try:
        broker.start()
        yield broker.bootstrap
    finally:
        broker.stop()


def test_a_right_that_is_missing_is_told_with_its_rule(
    strict: str, tiny_artifact: Path, tmp_path: Path
) -> None:
    """A rule for somebody else closes one topic to us; nothing else is complained of."""
    world = Installation(strict, str(tmp_path / "x.db"), tmp_path, tiny_artifact, cache_max_bytes=2**20)
    world.create_topics()
    admin = AdminClient({"bootstrap.servers": strict})

    def access(settings: Settings) -> list[tuple[Level, str]]:
        wanted = [check for check in checks(Examined(settings)) if check.name == "access"]
        return [(found.level, f"{found.said} {found.mend}") for found in examine(wanted)]

    ((level, said),) = access(world.settings)
    assert level is Level.OK
    assert "8 topics" in said
    for operation in (AclOperation.READ, AclOperation.DESCRIBE, AclOperation.DESCRIBE_CONFIGS):
        rule = AclBinding(
            ResourceType.TOPIC,
            world.topics.matches,
            ResourcePatternType.LITERAL,
            "User:ANONYMOUS",
            "*",
            operation,
            AclPermissionType.ALLOW,
        )
        admin.create_acls([rule])[rule].result(10)
    eventually(lambda: access(world.settings)[0][0] is Level.FAIL, "the rule holds")
    ((level, said),) = access(world.settings)
    assert level is Level.FAIL
    assert "this user may not write" in said
    assert f"--operation Write --topic {world.topics.matches}" in said
    world.close()
