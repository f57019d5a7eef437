"""Names to addresses: each asked once for all who want it at the moment, and kept for a few seconds."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

Resolve = Callable[[str], Awaitable[list[str]]]
"""From a host's name, or an address, to all of its addresses; raises `OSError` where there is no answer."""

_NAMES_AT_MOST = 4_096


async def ask_system(host: str) -> list[str]:
    """What the system's resolver says, in its order (RFC 6724).

    Raises:
        OSError: `socket.gaierror`: it knows no address, or does not answer.
        UnicodeError: the host is no name.
    """
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))


@dataclass(frozen=True, slots=True)
class _Asked:
    answer: asyncio.Future[list[str]]
    until_s: float


class Resolver:
    """Remembers answers for `keep_s`, so that a batch's connections to one host cost one look-up.

    What is asked for at the same moment is asked once. Failures are not kept.
    """

    def __init__(self, resolve: Resolve, keep_s: float, now_s: Callable[[], float]) -> None:
        """Ask `resolve`; `now_s` is a steady clock."""
        self._resolve = resolve
        self._keep_s = keep_s
        self._now_s = now_s
        self._asked: dict[str, _Asked] = {}

    async def addresses(self, host: str) -> list[str]:
        """All addresses of this host.

        Raises:
            OSError: there is no answer.
            UnicodeError: the host is no name.
        """
        asked = self._asked.get(host)
        if asked is None or asked.until_s <= self._now_s():
            self._asked.pop(host, None)
            asked = _Asked(asyncio.ensure_future(self._resolve(host)), self._now_s() + self._keep_s)
            asked.answer.add_done_callback(lambda answer: self._forget_failure(host, answer))
            self._asked[host] = asked
            if len(self._asked) > _NAMES_AT_MOST:
                del self._asked[next(iter(self._asked))]
        # Whoever has no more time leaves; the look-up goes on for the others.
        return await asyncio.shield(asked.answer)

    def _forget_failure(self, host: str, answer: asyncio.Future[list[str]]) -> None:
        if not answer.cancelled() and answer.exception() is None:
            return
        asked = self._asked.get(host)
        if asked is not None and asked.answer is answer:
            del self._asked[host]
