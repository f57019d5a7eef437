"""Fetching a batch's pictures concurrently, inside limits and one time budget."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections import defaultdict
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from http.cookiejar import DefaultCookiePolicy
from pathlib import Path
from typing import Any, TypeVar

import httpx
import stamina

from consumer.pictures.addresses import AddressPolicy
from consumer.pictures.hosts import HostBreaker
from consumer.pictures.limits import PictureLimits
from consumer.pictures.local import fetch_data, fetch_file
from consumer.pictures.policy import UrlPolicy, WebUrlPolicy
from consumer.pictures.resolver import Resolve, Resolver, ask_system
from consumer.pictures.transport import CheckedNetwork, CheckedTransport
from consumer.pictures.web import NoRoom, NotNow, Room, attempt
from consumer.ports.pictures import FetchResult, Gone, Later, PictureFetcher

_Result = TypeVar("_Result")

_RESOLVER_THREADS = 16  # look-ups block a thread each; a dead resolver must not hold up every other host's
_LONGEST_WAIT_S = 1.0
_KEEPALIVE_S = 30.0


class HttpPictureFetcher(PictureFetcher):
    """A `PictureFetcher` over one httpx pool, in a thread and an event loop of its own.

    What the environment says of proxies, passwords and certificates is not used; cookies are not kept.
    """

    def __init__(
        self,
        limits: PictureLimits,
        *,
        file_root: Path | None = None,
        user_agent: str = "skutwin",
        policy: UrlPolicy | None = None,
        addresses: AddressPolicy | None = None,
        resolve: Resolve = ask_system,
        tls: ssl.SSLContext | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        """Start the thread; nothing is asked yet.

        Args:
            limits: bounds.
            file_root: the folder under which `file:` URLs are read; None: none is.
            user_agent: how servers see us.
            policy: which URLs may be asked; by default http and https on their own ports (`WebUrlPolicy`).
            addresses: where connections may go; by default to public addresses alone.
            resolve: from names to addresses.
            tls: verifies servers; by default by the certificates that httpx brings.
            transport: in place of the network; then the three above mean nothing.
        """
        self._limits = limits
        self._file_root = file_root
        self._policy = WebUrlPolicy() if policy is None else policy
        self._loop = asyncio.new_event_loop()
        self._loop.set_default_executor(ThreadPoolExecutor(_RESOLVER_THREADS, thread_name_prefix="resolve"))
        self._hosts = HostBreaker(limits.host_failures, limits.host_rest_s, self._loop.time)
        self._thread = threading.Thread(target=self._loop.run_forever, name="pictures", daemon=True)
        self._thread.start()
        self._client, self._slots = self._run(
            self._start(user_agent, transport or self._network(addresses or AddressPolicy(), resolve, tls))
        )

    def fetch(self, urls: Sequence[str]) -> Mapping[str, FetchResult]:
        """See `PictureFetcher`. Returns within the budget, give or take a moment."""
        return self._run(self._fetch_all(list(dict.fromkeys(urls))))

    def close(self) -> None:
        """Close all connections and end the thread; closing twice is no error."""
        if self._loop.is_closed():
            return
        self._run(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, _Result]) -> _Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    def _network(
        self, addresses: AddressPolicy, resolve: Resolve, tls: ssl.SSLContext | None
    ) -> CheckedTransport:
        resolver = Resolver(resolve, self._limits.names_kept_s, self._loop.time)
        return CheckedTransport(
            CheckedNetwork(resolver, addresses),
            connections=self._limits.concurrency,
            keepalive_s=_KEEPALIVE_S,
            tls=tls or httpx.create_ssl_context(trust_env=False),
        )

    async def _start(
        self, user_agent: str, transport: httpx.AsyncBaseTransport
    ) -> tuple[httpx.AsyncClient, asyncio.Semaphore]:
        client = httpx.AsyncClient(
            transport=transport,
            headers={"User-Agent": user_agent, "Accept": "image/*, */*;q=0.1", "Accept-Encoding": "identity"},
            trust_env=False,
            timeout=self._limits.longest_request_s,
        )
        client.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=()))
        return client, asyncio.Semaphore(self._limits.concurrency)

    async def _stop(self) -> None:
        running = asyncio.all_tasks() - {asyncio.current_task()}
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)  # their callers get the cancellation
        await self._client.aclose()

    async def _fetch_all(self, urls: Sequence[str]) -> dict[str, FetchResult]:
        if not urls:
            return {}
        per_host: defaultdict[str, asyncio.Semaphore] = defaultdict(
            lambda: asyncio.Semaphore(self._limits.per_host)
        )
        room = Room(self._limits.batch_bytes)
        tasks = {url: asyncio.ensure_future(self._fetch(url, per_host, room)) for url in urls}
        _, late = await asyncio.wait(tasks.values(), timeout=self._limits.budget_s)
        for task in late:
            task.cancel()
        await asyncio.gather(*late, return_exceptions=True)  # cancelled by us; ours are raised below
        return {url: Later("budget") if task.cancelled() else task.result() for url, task in tasks.items()}

    async def _fetch(self, url: str, per_host: Mapping[str, asyncio.Semaphore], room: Room) -> FetchResult:
        scheme = url.partition(":")[0].lower()
        if scheme == "data":
            return fetch_data(url, self._limits.max_bytes)
        if scheme == "file":
            return await asyncio.to_thread(fetch_file, url, self._file_root, self._limits.max_bytes)
        try:
            parsed = httpx.URL(url)
            host = f"{parsed.host}:{parsed.port or parsed.scheme}"
        except (httpx.InvalidURL, ValueError):
            return Gone("bad_url")
        return await self._ask(parsed, host, per_host[host], room)

    async def _ask(self, url: httpx.URL, host: str, slots: asyncio.Semaphore, room: Room) -> FetchResult:
        """Up to `attempts` times with growing, jittered waits; cancelled when the budget is spent."""
        try:
            async for retrying in stamina.retry_context(
                on=lambda err: isinstance(err, NotNow) and err.again,
                attempts=self._limits.attempts,
                timeout=self._limits.budget_s,
                wait_initial=self._limits.first_wait_s,
                wait_jitter=self._limits.first_wait_s,
                wait_max=_LONGEST_WAIT_S,
            ):
                with retrying:
                    async with slots, self._slots:
                        return await self._attempt(url, host, room)
        except NotNow as err:
            return Later(err.reason)
        raise AssertionError("a retry either returns or raises")

    async def _attempt(self, url: httpx.URL, host: str, room: Room) -> FetchResult:
        if not self._hosts.may_ask(host):
            return Later("host_rests")
        try:
            result = await attempt(self._client, url, self._limits, self._policy, room)
        except NoRoom:
            raise
        except NotNow:
            self._hosts.failed(host)
            raise
        self._hosts.answered(host)
        return result
