"""Another embedding is rolled out beside the one at work, on a real Kafka and a real Milvus server."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from model.artifact import load_artifact
from tests.integration.stream.conftest import Install
from tests.integration.stream.waiting import eventually
from tests.tiny_artifact import tiny_projection, write_tiny_artifact


def test_of_matchers_of_two_embeddings_only_the_later_one_speaks(
    install: Install, milvus_uri: str, tmp_path: Path
) -> None:
    """The earlier one is fenced, says why, and ends with a code of its own; pairs are numbered on."""
    world = install(milvus_uri=milvus_uri)
    embedder = world.start("run", "--role", "embed", instance="old-embed")
    old = world.start("run", "--role", "match", instance="old-match")
    old.wait_ready("decides shards [0]")
    embedder.wait_ready()
    for listing_id in ("a", "b"):
        world.publish(listing_id, "red shirt")
    world.wait_until_quiet()
    assert [event.kind for event in world.events("a", "b")] == ["matched"]

    artifact = str(_other_embedding(tmp_path / "other"))
    assert world.start("topics", "create", instance="admin", artifact=artifact).wait() == 0
    world.start("run", "--role", "embed", instance="new-embed", artifact=artifact).wait_ready()
    new = world.start("run", "--role", "match", instance="new-match", artifact=artifact)
    new.wait_ready("decides shards [0]")
    world.publish("c", "red shirt")

    assert old.wait() == 5, old.tail()
    assert "another artifact's embedding (stop one of the two)" in " ".join(old.tail().split())
    eventually(lambda: world.events("a", "c") and world.events("b", "c"), "the new matcher says both pairs")
    version = load_artifact(Path(artifact)).version
    assert {event.artifact_version for event in world.events() if "c" in event.pair} == {version}
    for pair in (("a", "b"), ("a", "c"), ("b", "c")):
        numbers = [event.number for event in world.events(*pair) if set(event.pair) == set(pair)]
        assert numbers == list(range(1, len(numbers) + 1))
    assert new.term() == 0, new.tail()


def _other_embedding(folder: Path) -> Path:
    """An artifact that turns its vectors by a hair: other vectors, so another embedding version."""
    projection = tiny_projection()
    turned = replace(projection, bias=projection.bias + 1e-4)
    return write_tiny_artifact(folder, projection=turned).folder
