"""Picture egress: what may be asked, whether names resolve here, and one real request for a URL."""

from __future__ import annotations

import io
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from ipaddress import ip_network

from PIL import Image, UnidentifiedImageError

from consumer.app import picture_limits
from consumer.doctor.finding import Finder, Finding
from consumer.pictures.addresses import AddressPolicy
from consumer.pictures.fetcher import HttpPictureFetcher
from consumer.pictures.policy import Refused, WebUrlPolicy
from consumer.ports.pictures import Fetched, FetchResult, Gone
from consumer.settings import Settings

Resolve = Callable[[str], Sequence[str]]
_HOSTS_ASKED = 16
_MEND_BY_REASON = {
    "private_address": "if the server is yours: SKUTWIN_PICTURE_PRIVATE_NETWORKS=<its network>",
    "bad_port": "if the port is right: SKUTWIN_PICTURE_PORTS=80,443,<port>",
    "host_not_allowed": "add the host to SKUTWIN_PICTURE_HOSTS",
    "no_file_root": "SKUTWIN_PICTURE_FILE_ROOT=<folder>",
}


def by_system(host: str) -> list[str]:
    """What the system's resolver says.

    Raises:
        OSError: there is no answer.
    """
    return sorted({str(answer[4][0]) for answer in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})


def judge_policy(find: Finder, settings: Settings, resolve: Resolve = by_system) -> Iterator[Finding]:
    """What the settings let out, and whether the hosts that they name can be found from here."""
    ports = ", ".join(map(str, settings.picture_ports))
    whom = ", ".join(settings.picture_hosts) or "every public host"
    also = (
        f", also inside {', '.join(settings.picture_private_networks)}"
        if settings.picture_private_networks
        else ""
    )
    yield find.ok(f"{whom} may be asked on ports {ports}{also}; no proxy is used")
    for network in settings.picture_private_networks:
        if ip_network(network).prefixlen <= 8:
            yield find.warn(
                f"{network} is allowed: whoever writes a listing can have nearly anything in there asked",
                "name the picture servers' own networks in SKUTWIN_PICTURE_PRIVATE_NETWORKS",
            )
    addresses = AddressPolicy(settings.picture_private_networks)
    for host in settings.picture_hosts[:_HOSTS_ASKED]:
        yield _resolved(find, host, addresses, resolve)


def judge_request(find: Finder, url: str, settings: Settings) -> Iterator[Finding]:
    """One request, by the fetcher that `skutwin run` uses."""
    fetcher = HttpPictureFetcher(
        picture_limits(settings),
        file_root=settings.picture_file_root,
        policy=WebUrlPolicy(settings.picture_ports, settings.picture_hosts),
        addresses=AddressPolicy(settings.picture_private_networks),
    )
    with closing(fetcher):
        yield judge_result(find, url, fetcher.fetch([url])[url])


def judge_result(find: Finder, url: str, result: FetchResult) -> Finding:
    """What one fetch means."""
    if isinstance(result, Fetched):
        try:
            with Image.open(io.BytesIO(result.content)) as picture:
                return find.ok(f"{url}: a {picture.format} of {picture.width} x {picture.height} pixels")
        except (UnidentifiedImageError, OSError):
            return find.fail(
                f"{url}: {len(result.content)} bytes that are no picture", "give the URL of a picture"
            )
    mend = _MEND_BY_REASON.get(result.reason, "look at the server, the firewall and the name service")
    if isinstance(result, Gone):
        return find.fail(f"{url}: refused or lost for good ({result.reason})", mend)
    return find.fail(f"{url}: no answer for now ({result.reason})", mend)


def _resolved(find: Finder, host: str, addresses: AddressPolicy, resolve: Resolve) -> Finding:
    try:
        found = resolve(host)
        addresses.check(found)
    except OSError as err:
        return find.fail(
            f"{host} has no address here ({err.strerror or err})",
            "check the name and this machine's name service",
        )
    except Refused:
        return find.fail(
            f"{host} resolves to {', '.join(found)}, which is not public", _MEND_BY_REASON["private_address"]
        )
    return find.ok(f"{host} resolves to {', '.join(found)}")
