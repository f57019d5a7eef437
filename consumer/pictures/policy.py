"""Which URLs may be asked at all, by what they say; where they lead is judged at the connection."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from typing import Protocol

import httpx

WEB_PORTS = (80, 443)
"""What is asked where nothing else is said."""

_LAST_PORT = 65_535
_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*\.?")


class Refused(Exception):
    """The URL may not be asked.

    Attributes:
        reason: a short bounded label.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class UrlPolicy(Protocol):
    """Asked before the first request of a picture and before every redirect. Called inside the event loop."""

    def check(self, url: httpx.URL) -> None:
        """Let it pass.

        Raises:
            Refused: it may not be asked.
        """


class WebUrlPolicy:
    """http and https, without a name or password, on some ports, perhaps on some hosts.

    It looks at the URL alone; what its host resolves to is `AddressPolicy`'s to judge.
    """

    def __init__(self, ports: Collection[int] = WEB_PORTS, hosts: Collection[str] = ()) -> None:
        """Let these pass.

        Args:
            ports: 80 and 443 by default.
            hosts: in lower case, without a dot at the end; each stands for itself and for all names under it.
                Without any, every host passes.
        """
        self._ports = frozenset(ports)
        self._hosts = tuple(hosts)

    def check(self, url: httpx.URL) -> None:
        """See `UrlPolicy`."""
        default_port = {"http": 80, "https": 443}.get(url.scheme)
        if default_port is None:
            raise Refused("bad_scheme")
        host = url.raw_host.decode("ascii").lower()
        if not _names_a_host(host) or (url.port or 0) > _LAST_PORT:
            raise Refused("bad_url")
        if url.userinfo:
            raise Refused("credentials_in_url")
        if (default_port if url.port is None else url.port) not in self._ports:
            raise Refused("bad_port")
        if self._hosts and not self._on_the_list(host.removesuffix(".")):
            raise Refused("host_not_allowed")

    def _on_the_list(self, host: str) -> bool:
        return any(host == allowed or host.endswith(f".{allowed}") for allowed in self._hosts)


def _names_a_host(host: str) -> bool:
    """Whether it is a name that a resolver can be asked for, or an address; libraries let more pass."""
    if _NAME.fullmatch(host):
        return True
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return "%" not in host
