"""The ops endpoint, asked over real loop-back HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from ipaddress import ip_address

import httpx
import pytest
from prometheus_client import CollectorRegistry

from consumer.errors import Misconfigured
from consumer.metrics import Metrics
from consumer.ops.health import Health
from consumer.ops.server import OpsServer
from consumer.settings import Settings
from tests.fast.clocks import HandClock


@pytest.fixture
def health() -> Health:
    return Health(HandClock(), stall_s=30)


@pytest.fixture
def server(health: Health) -> Iterator[OpsServer]:
    metrics = Metrics(CollectorRegistry(), HandClock())
    metrics.deferred.inc(3)
    with OpsServer(health, metrics.registry, "127.0.0.1", 0) as running:
        yield running


@cache
def _client() -> httpx.Client:
    """One for all tests: making one reads every root certificate. It keeps no connection."""
    return httpx.Client(timeout=5, trust_env=False, limits=httpx.Limits(max_keepalive_connections=0))


def _get(server: OpsServer, path: str, **headers: str) -> httpx.Response:
    return _client().get(server.url + path, headers=headers)


def test_health_is_told_by_status_and_in_words(server: OpsServer, health: Health) -> None:
    """503 with the reason until the part is ready, then 200, on a port that was free."""
    part = health.component("embed", "loading the encoder")
    answer = _get(server, "/readyz")
    assert answer.status_code == 503
    assert answer.json()["parts"]["embed"]["reason"] == "loading the encoder"
    assert _get(server, "/startupz").status_code == 503
    assert _get(server, "/livez").status_code == 200
    part.ready()
    assert _get(server, "/readyz").status_code == 200
    assert _get(server, "/startupz").json()["ok"] is True


def test_metrics_come_in_the_form_that_was_asked_for(server: OpsServer) -> None:
    """Prometheus' text by default, OpenMetrics when it is accepted."""
    plain = _get(server, "/metrics")
    assert "skutwin_deferred_total 3.0" in plain.text
    assert plain.headers["content-type"].startswith("text/plain")
    opened = _get(server, "/metrics", accept="application/openmetrics-text; version=1.0.0")
    assert opened.headers["content-type"].startswith("application/openmetrics-text")


def test_a_port_in_use_is_refused_with_the_setting_to_change(server: OpsServer, health: Health) -> None:
    """A second process on the port learns at its start what to set."""
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(Misconfigured, match="SKUTWIN_OPS_PORT"):
        OpsServer(health, CollectorRegistry(), "127.0.0.1", port)


def test_it_listens_on_loop_back_unless_told_otherwise() -> None:
    """Nobody outside of the machine asks a process that was not opened to them."""
    assert ip_address(Settings().ops_host).is_loopback


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/config",
        "/env",
        "/debug",
        "/metrics/../../etc/passwd",
        "/%2e%2e/config.toml",
        "/livez/x",
        "/docs",
    ],
)
def test_there_is_nothing_but_metrics_and_health(server: OpsServer, path: str) -> None:
    """Every other path is not found, and tells nothing of the program behind it."""
    answer = _get(server, path)
    assert answer.status_code == 404
    assert "server" not in answer.headers
    assert answer.text == "Not Found"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "TRACE"])
def test_it_can_only_be_asked(server: OpsServer, method: str) -> None:
    """No answer changes anything, and nothing that was sent is sent back."""
    answer = _client().request(method, server.url + "/livez", headers={"x-secret": "xyzzy"})
    assert answer.status_code == 405
    assert "xyzzy" not in answer.text


def test_once_closed_nobody_listens(health: Health) -> None:
    """Closing ends the thread and frees the port."""
    server = OpsServer(health, CollectorRegistry(), "127.0.0.1", 0)
    server.close()
    with pytest.raises(httpx.ConnectError):
        _get(server, "/livez")
