"""What `skutwin run` says where it cannot run: within seconds, what is wrong and what to do."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from tests.integration.stream.conftest import Install
from tests.integration.stream.installation import Installation

LIMIT_S = 40.0  # what the process says, it says in 15 s: the rest is Python's start on a machine under load


@pytest.fixture
def nobody() -> Iterator[str]:
    """An address at which nobody answers, and nobody else comes to listen."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{taken.getsockname()[1]}"


def refused(world: Installation, **more: str) -> tuple[int, str]:
    """The exit code of `skutwin run` and what it said."""
    process = world.start(**more)
    began = time.monotonic()
    code = process.wait()
    assert time.monotonic() - began < LIMIT_S
    said = process.tail()
    assert "Traceback" not in said
    return code, said.partition("skutwin: ")[2]


def test_a_broker_that_is_not_there(install: Install, nobody: str) -> None:
    """The address and the setting are named."""
    code, said = refused(install(), kafka_bootstrap=nobody)
    assert code == 3
    assert nobody in said
    assert "SKUTWIN_KAFKA_BOOTSTRAP" in said


def test_a_broker_without_topics(install: Install) -> None:
    """Each missing topic is named, with the command that makes it."""
    world = install(topics=False)
    code, said = refused(world)
    assert code == 2
    for topic in (world.topics.listings, world.topics.embedded, world.topics.matches, world.topics.dlq):
        assert f"{topic}: missing" in said
    assert "skutwin topics create" in said


def test_a_milvus_that_is_not_there(install: Install, nobody: str) -> None:
    """The address is named, and what else can be set."""
    code, said = refused(install(milvus_uri=f"http://{nobody}"))
    assert code == 3
    assert nobody in said
    assert "SKUTWIN_MILVUS_URI" in said


def test_an_index_that_lost_its_rows(install: Install) -> None:
    """An empty index behind a committed offset is refused, with the command that rebuilds it."""
    world = install()
    process = world.start()
    world.publish("a", "red shirt")
    world.wait_until_quiet()
    assert process.term() == 0, process.tail()
    with world.index() as index:
        index.drop()
    code, said = refused(world)
    assert code == 2
    assert "skutwin reindex --shard 0" in said
