"""One picture over HTTP: one attempt, with its redirects, bounded in bytes and time."""

from __future__ import annotations

import asyncio
import socket
import zlib

import httpx

from consumer.pictures.limits import PictureLimits
from consumer.pictures.policy import Refused, UrlPolicy
from consumer.ports.pictures import Fetched, Gone

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOR_NOW = frozenset(
    {202, 408, 421, 425, 429}
)  # not made yet, too slow, wrong connection, too early, too many
_LONG_WAIT_S = 1.0
_GZIP_OR_ZLIB = 47  # zlib looks at the header


class NotNow(Exception):
    """The picture cannot be had now.

    Attributes:
        reason: a short bounded label.
        again: whether another attempt makes sense within the budget.
    """

    def __init__(self, reason: str, *, again: bool = True) -> None:
        super().__init__(reason)
        self.reason = reason
        self.again = again


class NoRoom(NotNow):
    """The batch's pictures are too many bytes together; no fault of the server."""

    def __init__(self) -> None:
        super().__init__("batch_bytes", again=False)


class Room:
    """Bytes that the pictures of one batch may still take together."""

    def __init__(self, size: int) -> None:
        """So many to begin with."""
        self._left = size

    def take(self, size: int) -> None:
        """Take a part of it.

        Raises:
            NoRoom: there is not so much left; nothing was taken.
        """
        if size > self._left:
            raise NoRoom
        self._left -= size

    def give_back(self, size: int) -> None:
        """What was taken for a picture that did not come to anything."""
        self._left += size


async def attempt(
    client: httpx.AsyncClient, url: httpx.URL, limits: PictureLimits, policy: UrlPolicy, room: Room
) -> Fetched | Gone:
    """Ask once, following redirects.

    Raises:
        NotNow: the server or the way to it fails, or (`NoRoom`) there is no room for the picture.
    """
    try:
        async with asyncio.timeout(limits.longest_request_s):
            return await _follow(client, url, limits, policy, room)
    except Refused as err:
        return Gone(err.reason)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol, UnicodeError):
        return Gone("bad_url")
    except (TimeoutError, httpx.TimeoutException) as err:
        raise NotNow("timeout") from err
    except socket.gaierror as err:
        raise NotNow("dns") from err
    except httpx.ConnectError as err:
        raise NotNow("connect") from err
    except (httpx.HTTPError, OSError) as err:
        raise NotNow("connection") from err


async def _follow(
    client: httpx.AsyncClient, url: httpx.URL, limits: PictureLimits, policy: UrlPolicy, room: Room
) -> Fetched | Gone:
    for _ in range(limits.redirects + 1):
        policy.check(url)
        async with client.stream("GET", url, follow_redirects=False) as response:
            if response.status_code not in _REDIRECTS:
                return await _judge(response, limits.max_bytes, room)
            location = response.headers.get("location")
        if not location:
            return Gone("bad_redirect")
        url = url.join(location)
    return Gone("too_many_redirects")


async def _judge(response: httpx.Response, max_bytes: int, room: Room) -> Fetched | Gone:
    """A content type is not looked at: servers get it wrong, and the decoder knows better."""
    status = response.status_code
    if status == httpx.codes.OK:
        return await _body(response, max_bytes, room)
    if status in _FOR_NOW or status >= httpx.codes.INTERNAL_SERVER_ERROR:
        label = f"http_{status}" if status in _FOR_NOW else "http_5xx"
        raise NotNow(label, again=not _asks_to_wait(response))
    if status in {httpx.codes.NOT_FOUND, httpx.codes.GONE}:
        return Gone("not_found")
    if status in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN, httpx.codes.UNAVAILABLE_FOR_LEGAL_REASONS}:
        return Gone("forbidden")
    return Gone(f"http_{status // 100}xx")


def _asks_to_wait(response: httpx.Response) -> bool:
    """Whether Retry-After names more than a moment; a date always does."""
    after = response.headers.get("retry-after", "0").strip()
    return not after.isdecimal() or int(after[:9]) > _LONG_WAIT_S


async def _body(response: httpx.Response, max_bytes: int, room: Room) -> Fetched | Gone:
    declared = response.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:18]) > max_bytes:
        return Gone("too_large")
    encoding = response.headers.get("content-encoding", "identity").strip().lower()
    if encoding not in {"identity", "", "gzip", "x-gzip", "deflate"}:
        return Gone("bad_encoding")
    # httpx would inflate a bomb's whole chunk before it could be measured, so it is done here, bounded.
    inflater = None if encoding in {"identity", ""} else zlib.decompressobj(wbits=_GZIP_OR_ZLIB)
    content = bytearray()
    taken = received = 0
    kept = False
    try:
        async for chunk in response.aiter_raw():
            received += len(chunk)
            content += chunk if inflater is None else inflater.decompress(chunk, max_bytes + 1)
            # What follows the end of a compressed stream inflates to nothing, and is counted all the same.
            if len(content) > max_bytes or received > max_bytes:
                return Gone("too_large")
            room.take(len(content) - taken)
            taken = len(content)
        kept = True
    except zlib.error:
        return Gone("bad_encoding")
    finally:
        if not kept:
            room.give_back(taken)
    return Fetched(bytes(content))
