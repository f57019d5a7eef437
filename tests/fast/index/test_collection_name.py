"""The collection's name: what may share a Milvus server has different ones."""

from __future__ import annotations

import re
from dataclasses import replace

from consumer.contracts.topics import TopicNames
from consumer.index.schema import collection_name
from tests.index_suite import IDENTITY

PLAIN = replace(IDENTITY, topic=TopicNames.of("", "v1").embedded)


def test_streams_of_several_prefixes_share_a_server() -> None:
    """Prefix, version and shard make the name; a topic made anew meets its old collection, and is refused."""
    others = [
        replace(PLAIN, topic=TopicNames.of("de.", "v1").embedded),
        replace(PLAIN, topic=TopicNames.of("fr.", "v1").embedded),
        replace(PLAIN, topic=TopicNames.of("", "v2").embedded, embedding_version="v2"),
        replace(PLAIN, shard=1),
    ]
    names = {collection_name(identity) for identity in (PLAIN, *others)}
    assert len(names) == 5
    assert all(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,254}", name) for name in names)
    assert collection_name(replace(PLAIN, topic_id="another")) == collection_name(PLAIN)


def test_without_a_prefix_the_name_is_that_of_earlier_releases() -> None:
    """So an index that was made by one of them is found."""
    assert collection_name(PLAIN) == "skutwin_v1_b5777146_shard0"
