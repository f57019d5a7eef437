"""The index on a Milvus server, by the shared suite, and through a network that fails."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Iterator

import pytest
from pymilvus import MilvusClient

from consumer.errors import IndexFault, Misconfigured
from consumer.index.milvus import MilvusIndex
from consumer.ports.index import Index, IndexIdentity
from tests.index_suite import IDENTITY, IndexSuite, OpenIndex, live, unit
from tests.torture.proxy import Proxy


class TestMilvusServer(IndexSuite):
    @pytest.fixture
    def open_index(self, milvus_uri: str) -> Iterator[OpenIndex]:
        collection = f"rows_{uuid.uuid4().hex}"
        opened: list[MilvusIndex] = []

        def start(*, identity: IndexIdentity = IDENTITY) -> Index:
            index = MilvusIndex(milvus_uri, identity, collection=collection)
            opened.append(index)
            index.open()
            return index

        yield start
        _drop(milvus_uri, collection)


@pytest.fixture
def forwarder(milvus_uri: str) -> Iterator[Proxy]:
    with Proxy(lambda: milvus_uri) as forwarder:
        yield forwarder


@pytest.fixture
def collection(milvus_uri: str) -> Iterator[str]:
    name = f"rows_{uuid.uuid4().hex}"
    yield name
    _drop(milvus_uri, name)


def test_a_call_outlives_a_connection_that_breaks(forwarder: Proxy, collection: str) -> None:
    """While the network is gone a write waits, and it goes through when the network is back."""
    index = MilvusIndex(forwarder.uri, IDENTITY, collection=collection, budget_s=30.0, call_timeout_s=3.0)
    index.open()
    index.write([live("a", 1)], 2)
    forwarder.cut()
    threading.Timer(1.0, forwarder.restore).start()
    index.write([live("b", 2)], 3)
    assert index.live_rows() == 2
    assert index.watermark() == 3
    index.close()


def test_what_stays_unreachable_is_a_fault_within_the_budget(forwarder: Proxy, collection: str) -> None:
    """The message names the address, what was tried and what to do; a later call works again."""
    index = MilvusIndex(forwarder.uri, IDENTITY, collection=collection, budget_s=3.0, call_timeout_s=1.0)
    index.open()
    forwarder.cut()
    started = time.monotonic()
    with pytest.raises(IndexFault, match="searching the neighbours") as fault:
        index.search(unit(1.0)[None], 5, strong=False)
    assert time.monotonic() - started < 15
    assert forwarder.uri in str(fault.value)
    assert "Is Milvus running" in str(fault.value)
    forwarder.restore()
    assert index.live_rows() == 0
    index.close()


def test_a_stranger_collection_is_refused(milvus_uri: str, collection: str) -> None:
    """A collection that bears no identity of ours is left alone."""
    client = MilvusClient(milvus_uri, dedicated=True)
    client.create_collection(collection, dimension=8)
    client.close()
    with pytest.raises(Misconfigured, match=r"bears no skutwin\.identity"):
        MilvusIndex(milvus_uri, IDENTITY, collection=collection).open()


def _drop(uri: str, collection: str) -> None:
    client = MilvusClient(uri, dedicated=True)
    client.drop_collection(collection)
    client.close()
