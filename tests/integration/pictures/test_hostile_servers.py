"""The fetcher against servers that mean harm, over real sockets: it ends in time, with the right result."""

from __future__ import annotations

import gzip
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import pytest
import trustme

from consumer.pictures.addresses import AddressPolicy
from consumer.pictures.fetcher import HttpPictureFetcher
from consumer.pictures.limits import PictureLimits
from consumer.pictures.policy import WebUrlPolicy
from consumer.ports.pictures import Fetched, FetchResult, Gone, Later

LIMITS = PictureLimits(
    max_bytes=1 << 20, budget_s=3.0, request_timeout_s=1.0, attempts=2, first_wait_s=0.01, names_kept_s=0.0
)
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\njpeg"
Answer = Callable[[socket.socket], None]


@dataclass
class RawServer:
    """Says bytes, whatever was asked; notes what was."""

    port: int
    requests: list[bytes] = field(default_factory=list)
    connections: int = 0


@contextmanager
def serving(
    answer: Answer, *, host: str = "127.0.0.1", port: int = 0, tls: ssl.SSLContext | None = None
) -> Iterator[RawServer]:
    """One connection after the other, each with one answer."""
    with socket.create_server((host, port)) as listening:
        listening.settimeout(0.05)
        server, ended = RawServer(listening.getsockname()[1]), threading.Event()

        def serve() -> None:
            while not ended.is_set():
                with suppress(TimeoutError):
                    connection, _ = listening.accept()
                    server.connections += 1
                    connection.settimeout(0.5)
                    with connection, suppress(OSError):
                        secured = tls.wrap_socket(connection, server_side=True) if tls else connection
                        with secured:
                            server.requests.append(secured.recv(4_096))
                            answer(secured)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield server
        finally:
            ended.set()
            thread.join()


def says(*parts: bytes) -> Answer:
    return lambda connection: connection.sendall(b"".join(parts))


def forever(head: bytes, part: bytes, pause_s: float = 0.0) -> Answer:
    """Until the other side has enough, or for five seconds."""

    def answer(connection: socket.socket) -> None:
        connection.sendall(head)
        enough = threading.Event()
        began = time.monotonic()
        while time.monotonic() - began < 5:
            connection.sendall(part)
            enough.wait(pause_s)

    return answer


def fetcher(**more: object) -> HttpPictureFetcher:
    policy = WebUrlPolicy(range(1, 65_536))
    addresses = AddressPolicy(["127.0.0.1/32"])
    return HttpPictureFetcher(LIMITS, policy=policy, **{"addresses": addresses, **more})  # type: ignore[arg-type]


def fetch(url: str, **more: object) -> FetchResult:
    asked = fetcher(**more)
    began = time.monotonic()
    try:
        return asked.fetch([url])[url]
    finally:
        assert time.monotonic() - began < LIMITS.budget_s + 0.5
        asked.close()


HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(bytes(30_000_000), compresslevel=9)


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (forever(HEAD + b"\r\n", b"x" * 60_000), Gone("too_large")),
        (forever(CHUNKED, b"ea60\r\n" + b"x" * 60_000 + b"\r\n"), Gone("too_large")),
        (forever(CHUNKED, b"1\r\nx\r\n", 0.01), Later("timeout")),
        (forever(HEAD, b"a: b\r\n", 0.01), Later("timeout")),
        (forever(HEAD, b"a: " + b"b" * 1_000 + b"\r\n"), Later("connection")),
        (forever(HEAD + b"a: ", b"b" * 10_000), Later("connection")),
        (forever(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n"), Later("timeout")),
        (
            says(HEAD, b"".join(b"h%d: %s\r\n" % (n, b"v" * 20) for n in range(10_000)), b"\r\n"),
            Later("connection"),
        ),
        (
            says(HEAD, b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB), BOMB),
            Gone("too_large"),
        ),
        (
            forever(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip.compress(b"x"), b"x" * 60_000),
            Gone("too_large"),
        ),
        (says(HEAD, b"Content-Length: 9\r\n\r\njpeg"), Later("connection")),
        (says(HEAD, b"Content-Length: 2\r\n\r\njpeg"), Fetched(b"jp")),
        (says(HEAD, b"Content-Length: -1\r\n\r\njpeg"), Later("connection")),
        (says(HEAD, b"Content-Length: 4\r\nContent-Length: 5\r\n\r\njpeg"), Later("connection")),
        (says(HEAD, b"Content-Length: 999999999999999999\r\n\r\n"), Gone("too_large")),
        (says(HEAD, b"Content-Length: 9999999999999999999999\r\n\r\n"), Later("connection")),
        (
            says(
                b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nLocation: http://10.0.0.1/\r\n\r\n"
            ),
            None,
        ),
        (says(b"HTTP/1.1 200 \xff\xfe\r\n\r\n"), None),
        (says(b"\0" * 10_000), Later("connection")),
        (says(), Later("connection")),
        (says(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n"), None),
    ],
)
def test_no_answer_holds_the_fetcher_up_or_gets_past_its_bounds(
    answer: Answer, result: FetchResult | None
) -> None:
    """Endless, dripping, contradictory: a result within the budget; None is any that gives no content."""
    with serving(answer) as server:
        got = fetch(f"http://127.0.0.1:{server.port}/p")
    assert got == result or (result is None and not (isinstance(got, Fetched) and got.content))


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.2:{port}/secret",
        "//127.0.0.2:{port}/secret",
        "http://[::1]:{port}/secret",
        "http://[::ffff:127.0.0.2]:{port}/secret",
        "http://169.254.169.254/latest/meta-data/",
        "http://0/secret",
        "http://2130706434:{port}/secret",
    ],
)
def test_a_redirect_to_a_private_address_is_gone_and_not_connected_to(location: str) -> None:
    """The address is checked at every hop, and what lies there sees no connection."""
    with serving(says(OK), host="127.0.0.2") as secret:
        target = location.format(port=secret.port).encode()
        with serving(says(b"HTTP/1.1 302 Found\r\nLocation: ", target, b"\r\n\r\n")) as server:
            assert fetch(f"http://127.0.0.1:{server.port}/p") == Gone("private_address")
    assert secret.connections == 0


def test_a_name_that_changes_its_mind_gains_nothing() -> None:
    """DNS rebinding: between the check and the connection the name is not asked again."""
    answers = itertools.chain([["127.0.0.1"]], itertools.repeat(["127.0.0.2"]))

    async def resolve(_: str) -> list[str]:
        return next(answers)

    with serving(says(OK)) as good, serving(says(OK), host="127.0.0.2", port=good.port) as secret:
        asked = fetcher(resolve=resolve)
        url = f"http://rebinding.example:{good.port}/p"
        try:
            assert asked.fetch([url]) == {url: Fetched(b"jpeg")}
            assert asked.fetch([url]) in ({url: Gone("private_address")}, {url: Fetched(b"jpeg")})
        finally:
            asked.close()
        assert b"Host: rebinding.example:" in good.requests[0]
    assert secret.connections == 0


@pytest.mark.parametrize(
    ("named", "result"), [("shop.example", Fetched(b"jpeg")), ("other.example", Later("connect"))]
)
def test_the_certificate_must_be_the_names_although_the_address_is_pinned(
    named: str, result: FetchResult
) -> None:
    """Server name and verification keep the URL's name; another's certificate is a failure for now."""
    authority = trustme.CA()
    ours, theirs = ssl.create_default_context(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.configure_trust(ours)
    authority.issue_cert(named).configure_cert(theirs)
    heard: list[str | None] = []
    theirs.sni_callback = lambda _socket, name, _context: heard.append(name)

    async def resolve(_: str) -> list[str]:
        return ["127.0.0.1"]

    with serving(says(OK), tls=theirs) as server:
        assert fetch(f"https://shop.example:{server.port}/p", resolve=resolve, tls=ours) == result
    assert set(heard) == {"shop.example"}
