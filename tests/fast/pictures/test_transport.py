"""A name is resolved once, its addresses are checked, and the connection goes to what was checked."""

from __future__ import annotations

import asyncio
import socket
import ssl

import httpcore
import httpx
import pytest

from consumer.pictures.addresses import AddressPolicy
from consumer.pictures.fetcher import HttpPictureFetcher
from consumer.pictures.limits import PictureLimits
from consumer.pictures.policy import Refused, WebUrlPolicy
from consumer.pictures.resolver import Resolver
from consumer.pictures.transport import CheckedNetwork
from consumer.ports.pictures import Gone, Later

LIMITS = PictureLimits(attempts=1, first_wait_s=0.0)


class Names:
    """A resolver that says what a script says, one answer after the other; the last one stays."""

    def __init__(self, *answers: list[str] | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> list[str]:
        self.asked.append(host)
        await asyncio.sleep(0)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


class Network(httpcore.AsyncMockBackend):
    """Notes what is connected to; what is dead does not answer."""

    def __init__(self, *dead: str) -> None:
        super().__init__([])
        self.dead = dead
        self.opened: list[tuple[str, int, float | None]] = []

    async def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, **_: object
    ) -> httpcore.AsyncNetworkStream:
        self.opened.append((host, port, timeout))
        if host in self.dead:
            raise httpcore.ConnectError(host)
        return await super().connect_tcp(host, port)


def connect(names: Names, network: Network, *private: str) -> None:
    async def work() -> None:
        resolver = Resolver(names, 10.0, asyncio.get_running_loop().time)
        await CheckedNetwork(resolver, AddressPolicy(private), network).connect_tcp("shop", 443, 2.0)

    asyncio.run(work())


def test_the_connection_goes_to_the_address_that_was_checked() -> None:
    """A second answer of the resolver (DNS rebinding) is never asked for."""
    names, network = Names(["1.1.1.1"], ["127.0.0.1"]), Network()
    connect(names, network)
    assert names.asked == ["shop"]
    assert network.opened == [("1.1.1.1", 443, 2.0)]


@pytest.mark.parametrize("answer", [["10.0.0.1"], ["1.1.1.1", "10.0.0.1"], []])
def test_a_name_with_a_bad_address_is_not_connected_to(answer: list[str]) -> None:
    """No socket is opened, not even to its good address."""
    network = Network()
    with pytest.raises(Refused, match="private_address"):
        connect(Names(answer), network)
    assert network.opened == []


def test_the_next_address_is_tried_when_one_does_not_answer() -> None:
    """Each has its share of the time; the fourth is the last."""
    network = Network("1.1.1.1")
    connect(Names(["1.1.1.1", "8.8.8.8"]), network)
    assert network.opened == [("1.1.1.1", 443, 1.0), ("8.8.8.8", 443, 1.0)]
    many = [f"1.1.1.{number}" for number in range(9)]
    network = Network(*many)
    with pytest.raises(httpcore.ConnectError):
        connect(Names(many), network)
    assert [host for host, *_ in network.opened] == many[:4]


def test_no_url_leads_to_a_unix_socket() -> None:
    """The door for them is closed."""
    checked = CheckedNetwork(Resolver(Names([]), 1.0, lambda: 0.0), AddressPolicy(), Network())
    with pytest.raises(RuntimeError, match="docker"):
        asyncio.run(checked.connect_unix_socket("/var/run/docker.sock"))


def test_a_name_is_asked_once_for_all_who_want_it_and_again_later() -> None:
    """One look-up for a batch; after its time another; a failure is not remembered."""
    names = Names(["1.1.1.1"], OSError("no answer"), ["8.8.8.8"])
    now = [0.0]

    async def work() -> None:
        resolver = Resolver(names, 10.0, lambda: now[0])
        assert await asyncio.gather(*(resolver.addresses("shop") for _ in range(5))) == [["1.1.1.1"]] * 5
        assert len(names.asked) == 1
        now[0] = 10.0
        with pytest.raises(OSError, match="no answer"):
            await resolver.addresses("shop")
        await asyncio.sleep(0)
        assert await resolver.addresses("shop") == ["8.8.8.8"]

    asyncio.run(work())


def test_who_leaves_does_not_take_the_look_up_away_from_the_others() -> None:
    """A request that ran out of time leaves alone."""
    names = Names(["1.1.1.1"])

    async def work() -> None:
        resolver = Resolver(names, 10.0, lambda: 0.0)
        first = asyncio.ensure_future(resolver.addresses("shop"))
        await asyncio.sleep(0)
        first.cancel()
        assert await resolver.addresses("shop") == ["1.1.1.1"]

    asyncio.run(work())
    assert names.asked == ["shop"]


@pytest.mark.parametrize(
    ("answer", "result"),
    [
        (["127.0.0.1"], Gone("private_address")),
        (["::ffff:169.254.169.254"], Gone("private_address")),
        (socket.gaierror(socket.EAI_NONAME, "no such name"), Later("dns")),
        (socket.gaierror(socket.EAI_AGAIN, "no resolver"), Later("dns")),
        (UnicodeError("no name"), Gone("bad_url")),
    ],
)
def test_what_a_name_resolves_to_decides_for_good_or_for_later(
    answer: list[str] | Exception, result: Gone | Later
) -> None:
    """A bad address is for good; a resolver that has no answer may have one tomorrow."""
    fetcher = HttpPictureFetcher(LIMITS, resolve=Names(answer), tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    try:
        assert fetcher.fetch(["http://shop/p"]) == {"http://shop/p": result}
    finally:
        fetcher.close()


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "169.254.169.254",
        "localhost",
        "localhost.",
        "LOCALHOST",
        "%6cocalhost",
        "\uff11\uff12\uff17.0.0.1",
        "127\u30020\u30020\u30021",
    ],
)
def test_no_spelling_of_an_address_gets_through(host: str) -> None:
    """The system's own resolver reads them all; none reaches a socket."""
    fetcher = HttpPictureFetcher(LIMITS, tls=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
    try:
        result = fetcher.fetch([f"http://{host}/p"])[f"http://{host}/p"]
    finally:
        fetcher.close()
    assert result in {Gone("private_address"), Gone("bad_url"), Later("dns")}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://shop.example/p", None),
        ("https://cdn.shop.example./p", None),
        ("http://SHOP.example/p", None),
        ("http://shop.example.evil.example/p", "host_not_allowed"),
        ("http://evilshop.example/p", "host_not_allowed"),
        ("http://example/p", "host_not_allowed"),
        ("http://shop.example:8080/p", "bad_port"),
    ],
)
def test_with_a_list_of_hosts_only_they_and_names_under_them_are_asked(url: str, reason: str | None) -> None:
    """A suffix counts from a dot on."""
    policy = WebUrlPolicy(hosts=["shop.example"])
    if reason is None:
        policy.check(httpx.URL(url))
    else:
        with pytest.raises(Refused, match=reason):
            policy.check(httpx.URL(url))


def test_only_the_ports_that_are_named_are_asked() -> None:
    """With 8443 alone, not even 80 is."""
    policy = WebUrlPolicy(ports=[8443])
    policy.check(httpx.URL("https://shop:8443/p"))
    for url in (
        "http://shop/p",
        "https://shop/p",
        "http://shop:80/p",
        "http://shop:8444/p",
        "http://shop:0/p",
    ):
        with pytest.raises(Refused, match="bad_port"):
            policy.check(httpx.URL(url))
