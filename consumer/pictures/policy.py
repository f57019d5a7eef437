"""Which URLs may be asked at all: the seam for stricter rules, such as one that knows inner networks."""

from __future__ import annotations

import ipaddress
import re
from typing import Protocol

import httpx

_FIRST_UNPRIVILEGED_PORT = 1024
_LAST_PORT = 65_535
_WEB_PORTS = {80, 443}
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
    """http and https, no name or password in the URL, port 80, 443 or one that needs no privilege.

    It looks at the URL alone, so it does not keep anyone from naming a host of the inner network.
    """

    def check(self, url: httpx.URL) -> None:
        """See `UrlPolicy`."""
        if url.scheme not in {"http", "https"}:
            raise Refused("bad_scheme")
        if not _names_a_host(url.raw_host.decode("ascii").lower()) or (url.port or 0) > _LAST_PORT:
            raise Refused("bad_url")
        if url.userinfo:
            raise Refused("credentials_in_url")
        if url.port is not None and url.port not in _WEB_PORTS and url.port < _FIRST_UNPRIVILEGED_PORT:
            raise Refused("bad_port")


def _names_a_host(host: str) -> bool:
    """Whether it is a name that a resolver can be asked for, or an address; libraries let more pass."""
    if _NAME.fullmatch(host):
        return True
    try:
        ipaddress.IPv6Address(host)
    except ValueError:
        return False
    return "%" not in host
