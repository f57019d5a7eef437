"""The fetcher against a real server over real sockets."""

from __future__ import annotations

import socket
import threading
import time
from collections import Counter
from concurrent.futures import CancelledError
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from consumer.pictures.addresses import AddressPolicy
from consumer.pictures.fetcher import HttpPictureFetcher
from consumer.pictures.limits import PictureLimits
from consumer.pictures.policy import WebUrlPolicy
from consumer.ports.pictures import Fetched, FetchResult, Gone, Later
from tests.integration.pictures.server import JPEG, PictureServer, picture_server, refusing_port

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMITS = PictureLimits(max_bytes=1 << 20, budget_s=3.0, request_timeout_s=1.0, attempts=2, first_wait_s=0.01)


@pytest.fixture
def server() -> Iterator[PictureServer]:
    with picture_server() as started:
        yield started


def local_fetcher(limits: PictureLimits = LIMITS) -> HttpPictureFetcher:
    """One that may ask the servers of these tests."""
    policy, addresses = WebUrlPolicy(range(1, 65_536)), AddressPolicy(["127.0.0.0/8"])
    return HttpPictureFetcher(limits, policy=policy, addresses=addresses)


@pytest.fixture
def fetcher() -> Iterator[HttpPictureFetcher]:
    made = local_fetcher()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("path", "result"),
    [
        ("ok", Fetched(JPEG)),
        ("moved", Fetched(JPEG)),
        ("missing", Gone("not_found")),
        ("circle", Gone("too_many_redirects")),
        ("bomb", Gone("too_large")),
        ("down", Later("http_5xx")),
        ("cut", Later("connection")),
        ("reset", Later("connection")),
        ("hang", Later("timeout")),
        ("drip", Later("timeout")),
    ],
)
def test_each_fault_has_its_result(
    server: PictureServer, fetcher: HttpPictureFetcher, path: str, result: FetchResult
) -> None:
    """What is for good is gone after one try; what is for now is tried again and left for later."""
    url = f"{server.url}/{path}"
    assert fetcher.fetch([url]) == {url: result}
    if isinstance(result, Later):
        assert server.calls[path] == LIMITS.attempts


def test_a_redirect_to_a_file_reads_no_file(server: PictureServer, fetcher: HttpPictureFetcher) -> None:
    """Whatever the library makes of it, nothing is fetched."""
    url = f"{server.url}/escape"
    assert not isinstance(fetcher.fetch([url])[url], Fetched)


def test_many_pictures_come_over_few_connections(server: PictureServer) -> None:
    """Two hundred pictures of one host, all there, over as many connections as one host may have."""
    urls = [f"{server.url}/ok?{number}" for number in range(200)]
    fetcher = local_fetcher(replace(LIMITS, budget_s=60.0, request_timeout_s=30.0))
    try:
        assert set(fetcher.fetch(urls).values()) == {Fetched(JPEG)}
        assert server.connections <= LIMITS.per_host
    finally:
        fetcher.close()


def test_hanging_pictures_do_not_hold_up_the_others_of_other_hosts(
    server: PictureServer, fetcher: HttpPictureFetcher
) -> None:
    """A batch with a hundred pictures of a hanging server ends within the budget, and the rest has come."""
    with picture_server() as hanging:
        urls = [f"{hanging.url}/hang?{number}" for number in range(100)]
        good = [f"{server.url}/ok?{number}" for number in range(50)]
        began = time.monotonic()
        results = fetcher.fetch(urls + good)
        assert time.monotonic() - began < LIMITS.budget_s + 0.5
        assert any(results[url] == Fetched(JPEG) for url in good)
        assert Counter(type(results[url]) for url in urls) == {Later: 100}
        assert hanging.calls["hang"] <= LIMITS.host_failures + 2 * LIMITS.per_host


def test_a_port_where_nobody_listens_is_for_later(fetcher: HttpPictureFetcher) -> None:
    """A server that is being restarted takes no picture away."""
    with refusing_port() as port:
        url = f"http://127.0.0.1:{port}/p"
        assert fetcher.fetch([url]) == {url: Later("connect")}


def test_a_host_that_has_come_back_is_asked_again() -> None:
    """After its rest one request tries it, and then all do."""
    limits = replace(LIMITS, host_failures=2, host_rest_s=0.5, attempts=1)
    fetcher = local_fetcher(limits)
    try:
        with refusing_port() as port:
            urls = [f"http://127.0.0.1:{port}/ok?{number}" for number in range(10)]
            assert {type(result) for result in fetcher.fetch(urls).values()} == {Later}
        with picture_server(port):
            assert fetcher.fetch(urls[:1]) == {urls[0]: Later("host_rests")}
            deadline = time.monotonic() + 10
            while fetcher.fetch(urls[:1]) != {urls[0]: Fetched(JPEG)}:
                assert time.monotonic() < deadline
            assert set(fetcher.fetch(urls).values()) == {Fetched(JPEG)}
    finally:
        fetcher.close()


def test_something_that_is_no_web_server_is_for_later(fetcher: HttpPictureFetcher) -> None:
    """Bytes that are no HTTP are the server's trouble, not a crash of ours."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def greet() -> None:
            for _ in range(LIMITS.attempts):
                connection, _address = listening.accept()
                with connection:
                    connection.recv(1_000)
                    connection.sendall(b"220 mail.example ESMTP\r\n")

        thread = threading.Thread(target=greet)
        thread.start()
        url = f"http://127.0.0.1:{listening.getsockname()[1]}/p"
        assert fetcher.fetch([url]) == {url: Later("connection")}
        thread.join(10)


def test_a_fetcher_closed_in_mid_fetch_lets_its_caller_go(server: PictureServer) -> None:
    """Whoever waits in `fetch` is not left there."""
    fetcher = local_fetcher(replace(LIMITS, budget_s=60.0, request_timeout_s=60.0))
    ended = threading.Event()

    def wait() -> None:
        with pytest.raises(CancelledError):
            fetcher.fetch([f"{server.url}/hang"])
        ended.set()

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    deadline = time.monotonic() + 10
    while not server.calls["hang"]:
        assert time.monotonic() < deadline
        threading.Event().wait(0.01)
    fetcher.close()
    assert ended.wait(10)
