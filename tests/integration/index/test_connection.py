"""How Milvus is connected to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from consumer.index import connection
from consumer.index.connection import MilvusConnection


class Client:
    """Takes what pymilvus' client is given."""

    given: dict[str, Any]

    def __init__(self, address: str, **given: Any) -> None:
        Client.given = {"address": address, **given}

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(("uri", "pinged"), [("lite.db", False), ("http://milvus:19530", True)])
def test_a_server_is_pinged_while_all_is_quiet_and_milvus_lite_is_not(
    uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, pinged: bool
) -> None:
    """Lite takes pings for an attack after a minute, breaks the channel, and gRPC writes so into the log."""
    monkeypatch.setattr(connection, "MilvusClient", Client)
    monkeypatch.setattr(connection.engines, "acquire", lambda _: "http://127.0.0.1:1")
    monkeypatch.setattr(connection.engines, "release", lambda _: None)
    opened = MilvusConnection(uri if pinged else str(tmp_path / uri))
    opened.open()
    opened.close()
    day_ms = 86_400_000
    assert (Client.given["grpc_options"].get("grpc.keepalive_time_ms", 10_000) < day_ms) == pinged
