"""The fetcher sorts what servers do into fetched, gone and later, and bounds what an outage costs."""

from __future__ import annotations

import asyncio
import gzip
import time
import zlib
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from consumer.pictures.fetcher import HttpPictureFetcher
from consumer.pictures.limits import PictureLimits
from consumer.pictures.policy import Refused
from consumer.ports.pictures import Fetched, FetchResult, Gone, Later

if TYPE_CHECKING:
    from collections.abc import Iterator

LIMITS = PictureLimits(max_bytes=1_000, budget_s=2.0, request_timeout_s=1.0, first_wait_s=0.001)
Answer = Callable[[httpx.Request], httpx.Response | Awaitable[httpx.Response]]


class Server(httpx.AsyncBaseTransport):
    """Answers by path; counts requests and how many ran at once."""

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[httpx.Request] = []
        self.calls: Counter[str] = Counter()
        self.running: Counter[str] = Counter()
        self.most: Counter[str] = Counter()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        self.calls[request.url.path] += 1
        for name in (request.url.host, "all"):
            self.running[name] += 1
            self.most[name] = max(self.most[name], self.running[name])
        try:
            await asyncio.sleep(0)
            response = self.answers[request.url.path](request)
            return response if isinstance(response, httpx.Response) else await response
        finally:
            for name in (request.url.host, "all"):
                self.running[name] -= 1


class World:
    def __init__(self) -> None:
        self.server = Server()
        self.fetchers: list[HttpPictureFetcher] = []

    def fetcher(self, limits: PictureLimits = LIMITS) -> HttpPictureFetcher:
        self.fetchers.append(HttpPictureFetcher(limits, transport=self.server))
        return self.fetchers[-1]

    def ask(self, answer: Answer, limits: PictureLimits = LIMITS) -> FetchResult:
        self.server.answers["/p"] = answer
        return self.fetcher(limits).fetch(["http://shop/p"])["http://shop/p"]


@pytest.fixture
def world() -> Iterator[World]:
    made = World()
    yield made
    for fetcher in made.fetchers:
        fetcher.close()


def says(status: int, content: bytes = b"", headers: dict[str, str] | None = None) -> Answer:
    return lambda _: httpx.Response(status, headers=headers or {}, stream=httpx.ByteStream(content))


def fails(error: Exception) -> Answer:
    def answer(_: httpx.Request) -> httpx.Response:
        raise error

    return answer


async def _hang() -> httpx.Response:
    await asyncio.Event().wait()
    raise AssertionError


def hangs(_: httpx.Request) -> Awaitable[httpx.Response]:
    return _hang()


def test_a_picture_is_fetched_once_for_all_who_ask(world: World) -> None:
    """One URL given twice is one request, and the answer's content type does not matter."""
    world.server.answers["/p"] = says(200, b"jpeg", {"content-type": "text/html"})
    assert world.fetcher().fetch(["http://shop/p", "http://shop/p"]) == {"http://shop/p": Fetched(b"jpeg")}
    assert world.server.calls == {"/p": 1}
    assert world.fetcher().fetch([]) == {}


@pytest.mark.parametrize(
    ("status", "result"),
    [
        (404, Gone("not_found")),
        (410, Gone("not_found")),
        (401, Gone("forbidden")),
        (403, Gone("forbidden")),
        (451, Gone("forbidden")),
        (400, Gone("http_4xx")),
        (418, Gone("http_4xx")),
        (204, Gone("http_2xx")),
        (206, Gone("http_2xx")),
        (304, Gone("http_3xx")),
        (202, Later("http_202")),
        (408, Later("http_408")),
        (425, Later("http_425")),
        (429, Later("http_429")),
        (500, Later("http_5xx")),
        (503, Later("http_5xx")),
        (599, Later("http_5xx")),
    ],
)
def test_each_status_has_its_meaning(world: World, status: int, result: FetchResult) -> None:
    """What will never be right is gone after one request; what may be right later was asked again first."""
    assert world.ask(says(status)) == result
    assert world.server.calls["/p"] == (1 if isinstance(result, Gone) else LIMITS.attempts)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (httpx.ConnectError("no such host"), "connect"),
        (httpx.ConnectTimeout("slow"), "timeout"),
        (httpx.ReadTimeout("slow"), "timeout"),
        (httpx.RemoteProtocolError("cut off"), "connection"),
        (httpx.ReadError("reset"), "connection"),
        (ConnectionResetError("reset"), "connection"),
    ],
)
def test_a_way_that_fails_is_tried_again_and_then_left_for_later(
    world: World, error: Exception, reason: str
) -> None:
    """No error of the network is for good, a name that does not resolve among them."""
    assert world.ask(fails(error)) == Later(reason)
    assert world.server.calls["/p"] == LIMITS.attempts


def test_a_second_attempt_may_succeed(world: World) -> None:
    """One bad moment costs a retry and no picture."""
    answers = iter([says(503), says(200, b"jpeg")])

    def one_after_the_other(request: httpx.Request) -> httpx.Response | Awaitable[httpx.Response]:
        return next(answers)(request)

    assert world.ask(one_after_the_other) == Fetched(b"jpeg")


@pytest.mark.parametrize("after", ["120", "Fri, 31 Dec 1999 23:59:59 GMT"])
def test_a_server_that_asks_to_wait_is_not_asked_again_in_this_batch(world: World, after: str) -> None:
    """Retry-After past a moment is honoured by giving up for now."""
    assert world.ask(says(429, headers={"retry-after": after})) == Later("http_429")
    assert world.server.calls["/p"] == 1


def test_a_crash_of_ours_comes_through(world: World) -> None:
    """Only what the world does is turned into a result."""
    with pytest.raises(ZeroDivisionError):
        world.ask(fails(ZeroDivisionError()))


def test_too_large_is_known_from_the_declared_length(world: World) -> None:
    """Nothing of the body is read."""

    class Untouchable(httpx.AsyncByteStream):
        def __aiter__(self) -> object:  # type: ignore[override]
            raise AssertionError("was read")

    answer = httpx.Response(200, headers={"content-length": "1001"}, stream=Untouchable())
    assert world.ask(lambda _: answer) == Gone("too_large")


def test_too_large_is_known_while_it_streams(world: World) -> None:
    """An endless body is left after the first byte too many."""
    given = 0

    class Endless(httpx.AsyncByteStream):
        async def __aiter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204 (an async generator)
            nonlocal given
            while True:
                given += 1
                yield b"x" * 100

    assert world.ask(lambda _: httpx.Response(200, stream=Endless())) == Gone("too_large")
    assert given == 11


def test_what_follows_a_compressed_stream_is_counted_too(world: World) -> None:
    """A small picture in gzip with an endless tail is left at the limit; the tail inflates to nothing."""
    given = 0

    class Tail(httpx.AsyncByteStream):
        async def __aiter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204 (an async generator)
            nonlocal given
            yield gzip.compress(b"jpeg")
            while True:
                given += 1
                yield b"x" * 100

    response = httpx.Response(200, headers={"content-encoding": "gzip"}, stream=Tail())
    assert world.ask(lambda _: response) == Gone("too_large")
    assert given <= 10


def test_a_batch_takes_no_more_bytes_than_it_may(world: World) -> None:
    """What does not fit in is for later, without another attempt, and the next batch has all its room."""
    world.server.answers["/p"] = says(200, b"x" * 900)
    urls = [f"http://shop/p?{number}" for number in range(5)]
    fetcher = world.fetcher(replace(LIMITS, batch_bytes=2_000))
    for batch in (1, 2):
        results = Counter(fetcher.fetch(urls).values())
        assert results == {Fetched(b"x" * 900): 2, Later("batch_bytes"): 3}
        assert world.server.calls["/p"] == 5 * batch


def test_the_room_of_a_picture_that_failed_is_given_back(world: World) -> None:
    """Two that break off leave room for one that comes."""
    broken = httpx.ByteStream(b"x" * 900)

    class BreaksOff(httpx.AsyncByteStream):
        async def __aiter__(self):  # type: ignore[no-untyped-def]  # noqa: ANN204 (an async generator)
            async for part in broken:
                yield part
            raise httpx.ReadError("reset")

    answers = iter([httpx.Response(200, stream=BreaksOff()) for _ in range(2)])
    limits = replace(LIMITS, batch_bytes=1_000)
    world.server.answers["/ok"] = says(200, b"x" * 900)
    world.server.answers["/p"] = lambda request: next(answers, None) or world.server.answers["/ok"](request)
    assert world.fetcher(limits).fetch(["http://shop/p"]) == {"http://shop/p": Fetched(b"x" * 900)}
    assert world.server.calls["/p"] == 3


def test_exactly_the_limit_is_allowed(world: World) -> None:
    """A thousand bytes of a thousand allowed."""
    assert world.ask(says(200, b"x" * 1000)) == Fetched(b"x" * 1000)


@pytest.mark.parametrize(
    ("content", "encoding", "result"),
    [
        (gzip.compress(b"jpeg"), "gzip", Fetched(b"jpeg")),
        (zlib.compress(b"jpeg"), "deflate", Fetched(b"jpeg")),
        (gzip.compress(bytes(50_000_000)), "gzip", Gone("too_large")),
        (b"no gzip", "gzip", Gone("bad_encoding")),
        (b"?", "br", Gone("bad_encoding")),
    ],
    ids=["gzip", "deflate", "bomb", "broken", "brotli"],
)
def test_what_is_compressed_is_measured_after_decompression(
    world: World, content: bytes, encoding: str, result: FetchResult
) -> None:
    """A bomb stops at the limit; what cannot be decompressed is gone. We ask for neither."""
    limits = replace(LIMITS, max_bytes=100_000)
    assert world.ask(says(200, content, {"content-encoding": encoding}), limits) == result
    assert world.server.requests[0].headers["accept-encoding"] == "identity"


def test_redirects_are_followed_to_the_picture(world: World) -> None:
    """Relative and absolute, to other hosts too."""
    world.server.answers["/two"] = says(308, headers={"location": "https://cdn/three"})
    world.server.answers["/three"] = says(200, b"jpeg")
    assert world.ask(says(302, headers={"location": "two"})) == Fetched(b"jpeg")
    assert [str(request.url) for request in world.server.requests] == [
        "http://shop/p",
        "http://shop/two",
        "https://cdn/three",
    ]


@pytest.mark.parametrize(
    ("location", "reason", "asked"),
    [
        ("/p", "too_many_redirects", LIMITS.redirects + 1),
        ("file:///etc/passwd", "bad_scheme", 1),
        ("data:image/png;base64,AAAA", "bad_url", 1),
        ("http://user:pass@inner/", "credentials_in_url", 1),
        ("http://inner:25/", "bad_port", 1),
        ("http://[bad/", "bad_url", 1),
        ("", "bad_redirect", 1),
    ],
)
def test_a_redirect_is_checked_as_the_first_url_was(
    world: World, location: str, reason: str, asked: int
) -> None:
    """A server cannot lead us to a file, a mail port, or in circles."""
    assert world.ask(says(302, headers={"location": location} if location else {})) == Gone(reason)
    assert world.server.calls.total() == asked


def test_the_policy_is_asked_before_every_hop(world: World) -> None:
    """The seam: what it refuses is not asked, be it the first URL or a later one."""
    asked: list[str] = []

    class NoInner:
        def check(self, url: httpx.URL) -> None:
            asked.append(url.host)
            if url.host == "inner":
                raise Refused("inner_network")

    world.server.answers["/p"] = says(302, headers={"location": "http://inner/secret"})
    world.fetchers.append(HttpPictureFetcher(LIMITS, policy=NoInner(), transport=world.server))
    result = world.fetchers[-1].fetch(["http://shop/p", "http://inner/p"])
    assert result == {"http://shop/p": Gone("inner_network"), "http://inner/p": Gone("inner_network")}
    assert sorted(asked) == ["inner", "inner", "shop"]
    assert [request.url.host for request in world.server.requests] == ["shop"]


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://user:pass@shop/p", "credentials_in_url"),
        ("ftp://shop/p", "bad_scheme"),
        ("http://shop:22/p", "bad_port"),
        ("http://shop:8080/p", "bad_port"),
        ("http://shop:99999/p", "bad_url"),
        ("http:///p", "bad_url"),
        ("http://a..b/p", "bad_url"),
        ("http://a b/p", "bad_url"),
        ("http://%00/p", "bad_url"),
        ("http://-a/p", "bad_url"),
        ("http://" + "a" * 64 + "/p", "bad_url"),
        ("http://" + "a." * 127 + "/p", "bad_url"),
        ("http://[fe80::1%25eth0]/p", "bad_url"),
        ("http://[::1/p", "bad_url"),
        ("shop/p", "bad_scheme"),
        ("file:///etc/passwd", "file_not_allowed"),
    ],
)
def test_a_url_that_may_not_be_asked_is_gone_without_a_request(world: World, url: str, reason: str) -> None:
    """Its reason says why."""
    assert world.fetcher().fetch([url]) == {url: Gone(reason)}
    assert not world.server.requests


class NothingThere(httpx.AsyncBaseTransport):
    async def handle_async_request(self, _: httpx.Request) -> httpx.Response:
        return httpx.Response(404)


@pytest.fixture(scope="module")
def nothing_there() -> Iterator[HttpPictureFetcher]:
    fetcher = HttpPictureFetcher(LIMITS, transport=NothingThere())
    yield fetcher
    fetcher.close()


@settings(max_examples=50)
@given(url=st.text(max_size=60).map(lambda tail: "http://" + tail) | st.text(max_size=40))
def test_no_url_is_an_error(nothing_there: HttpPictureFetcher, url: str) -> None:
    """Whatever the text, the answer is a result."""
    assert set(nothing_there.fetch([url])) == {url}


def test_no_cookie_is_kept_and_no_secret_sent(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server cannot mark us, and the environment's proxy is not used."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    world.server.answers["/p"] = says(200, b"jpeg", {"set-cookie": "id=1; Path=/"})
    fetcher = HttpPictureFetcher(LIMITS, user_agent="skutwin/9", transport=world.server)
    world.fetchers.append(fetcher)
    fetcher.fetch(["http://shop/p"])
    fetcher.fetch(["http://shop/p"])
    headers = world.server.requests[1].headers
    assert "cookie" not in headers
    assert "authorization" not in headers
    assert headers["user-agent"] == "skutwin/9"


def test_requests_at_once_are_bounded_by_host_and_over_all(world: World) -> None:
    """Ninety pictures of three hosts run at most four to a host and ten in all."""
    urls = [f"http://host{number % 3}/p?{number}" for number in range(90)]
    world.server.answers["/p"] = says(200, b"jpeg")
    results = world.fetcher(replace(LIMITS, per_host=4, concurrency=10)).fetch(urls)
    assert set(results.values()) == {Fetched(b"jpeg")}
    assert max(world.server.most[f"host{number}"] for number in range(3)) == 4
    assert 4 < world.server.most["all"] <= 10


def test_what_is_late_is_left_for_later_when_the_budget_is_spent(world: World) -> None:
    """The call ends in time, and the pictures that came are there."""
    world.server.answers = {"/slow": hangs, "/fast": says(200, b"jpeg")}
    limits = replace(LIMITS, budget_s=0.1, request_timeout_s=5.0, attempts=9)
    began = time.monotonic()
    results = world.fetcher(limits).fetch(["http://a/slow", "http://a/fast"])
    assert time.monotonic() - began < 1.0
    assert isinstance(results["http://a/slow"], Later)
    assert results["http://a/fast"] == Fetched(b"jpeg")


def test_a_host_that_is_down_costs_a_few_requests_and_not_one_a_picture(world: World) -> None:
    """A hundred pictures of a dead host are a few requests, the next batch makes none, others go on."""
    world.server.answers = {"/down": fails(httpx.ConnectError("refused")), "/up": says(200, b"jpeg")}
    limits = replace(LIMITS, per_host=2, host_failures=6, host_rest_s=60.0, budget_s=60.0)
    fetcher = world.fetcher(limits)
    results = fetcher.fetch([f"http://dead/down?{number}" for number in range(100)] + ["http://alive/up"])
    assert Counter(results.values())[Fetched(b"jpeg")] == 1
    assert sum(isinstance(result, Later) for result in results.values()) == 100
    assert world.server.calls["/down"] <= 6 + limits.per_host
    asked = world.server.calls["/down"]
    assert fetcher.fetch(["http://dead/down"]) == {"http://dead/down": Later("host_rests")}
    assert world.server.calls["/down"] == asked


def test_a_host_that_hangs_is_seen_to_fail_although_the_budget_is_short(world: World) -> None:
    """A request's own time ends before the budget does, so that the next batch is spared."""
    world.server.answers = {"/slow": hangs}
    limits = replace(LIMITS, budget_s=0.1, request_timeout_s=5.0, host_failures=2, host_rest_s=60.0)
    fetcher = world.fetcher(limits)
    fetcher.fetch(["http://a/slow?1", "http://a/slow?2"])
    assert fetcher.fetch(["http://a/slow?3"]) == {"http://a/slow?3": Later("host_rests")}


def test_a_closed_fetcher_has_ended_its_thread(world: World) -> None:
    """Closing twice is no error."""
    fetcher = world.fetcher()
    fetcher.close()
    fetcher.close()
    assert not fetcher._thread.is_alive()


@pytest.mark.parametrize("wrong", [{"max_bytes": 0}, {"budget_s": 0.0}, {"redirects": -1}, {"per_host": 0}])
def test_limits_that_mean_nothing_are_refused(wrong: dict[str, float]) -> None:
    """The message names the limit."""
    with pytest.raises(ValueError, match=next(iter(wrong))):
        PictureLimits(**wrong)  # type: ignore[arg-type]
