"""The way to the network, with one door: what opens a socket is what checks the address.

The name is resolved once, all of its addresses are checked, and the connection goes to one of those. Between
the check and the connection nobody asks again, so a name that changes its mind (DNS rebinding) gains nothing.
Host header, TLS server name and the certificate's check keep the name; kept-alive connections serve it alone.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator
from contextlib import contextmanager

import httpcore
import httpx
from httpcore import SOCKET_OPTION

from consumer.pictures.addresses import AddressPolicy
from consumer.pictures.resolver import Resolver

_ADDRESSES_TRIED = 4


class CheckedNetwork(httpcore.AsyncNetworkBackend):
    """Opens TCP connections to addresses that the policy lets pass, and none else."""

    def __init__(
        self,
        resolver: Resolver,
        addresses: AddressPolicy,
        network: httpcore.AsyncNetworkBackend | None = None,
    ) -> None:
        """Check by `addresses` what `resolver` says; `network` opens the sockets."""
        self._resolver = resolver
        self._addresses = addresses
        self._network = network or httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """To the first of the host's addresses that answers; each has its share of the time.

        Raises:
            Refused: one of the addresses may not be connected to.
            OSError: the name has none.
            httpcore.ConnectError, httpcore.ConnectTimeout: none answers.
        """
        found = await self._resolver.addresses(host)
        self._addresses.check(found)
        tried = found[:_ADDRESSES_TRIED]
        share = None if timeout is None else timeout / len(tried)
        for number, address in enumerate(tried, start=1):
            try:
                return await self._network.connect_tcp(
                    address, port, share, local_address=local_address, socket_options=socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if number == len(tried):
                    raise
        raise AssertionError("a name without addresses is refused above")

    async def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,  # noqa: ARG002 (the base class's signature)
        socket_options: Iterable[SOCKET_OPTION] | None = None,  # noqa: ARG002 (as above)
    ) -> httpcore.AsyncNetworkStream:
        """Never: no URL leads to one.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError(f"a connection to {path} was asked for")

    async def sleep(self, seconds: float) -> None:
        """See `httpcore.AsyncNetworkBackend`."""
        await self._network.sleep(seconds)


class CheckedTransport(httpx.AsyncBaseTransport):
    """An HTTP/1.1 connection pool over a `CheckedNetwork`; without proxies."""

    def __init__(
        self, network: CheckedNetwork, *, connections: int, keepalive_s: float, tls: ssl.SSLContext
    ) -> None:
        """Pool at most `connections`, idle ones for `keepalive_s`; `tls` verifies servers."""
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=tls,
            max_connections=connections,
            max_keepalive_connections=connections,
            keepalive_expiry=keepalive_s,
            network_backend=network,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """See `httpx.AsyncBaseTransport`."""
        url = request.url
        with _in_httpx_terms():
            answer = await self._pool.handle_async_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers=request.headers.raw,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer), extensions=answer.extensions
        )

    async def aclose(self) -> None:
        """See `httpx.AsyncBaseTransport`."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        if not isinstance(answer.stream, AsyncIterable):
            raise TypeError("the pool answered with a body to be read without an event loop")
        self._answer = answer
        self._parts = answer.stream

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _in_httpx_terms():
            async for part in self._parts:
                yield part

    async def aclose(self) -> None:
        await self._answer.aclose()


@contextmanager
def _in_httpx_terms() -> Iterator[None]:
    """The mapping of httpx itself is private to its transport."""
    try:
        yield
    except httpcore.TimeoutException as err:
        raise httpx.ReadTimeout(str(err)) from err
    except httpcore.ConnectError as err:
        raise httpx.ConnectError(str(err)) from err
    except httpcore.UnsupportedProtocol as err:
        raise httpx.UnsupportedProtocol(str(err)) from err
    except httpcore.ProtocolError as err:
        raise httpx.RemoteProtocolError(str(err)) from err
    except httpcore.NetworkError as err:
        raise httpx.ReadError(str(err)) from err
