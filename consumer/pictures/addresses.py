"""Which addresses may be connected to: public ones, and the networks that the operator names.

A listing comes from anyone, and so do its URLs: without this check whoever can write a listing can have
requests sent to whatever the consumer reaches (server-side request forgery, CWE-918). It is made on what a
name resolves to, so its spelling does not matter (`2130706433`, `localhost.`, a public name with a private
address).
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from consumer.pictures.policy import Refused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_NOT_PUBLIC_4 = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this network, and the unspecified address
        "10.0.0.0/8",  # private, RFC 1918
        "100.64.0.0/10",  # shared by carriers, RFC 6598; a cloud's metadata at 100.100.100.200
        "127.0.0.0/8",  # loop-back
        "168.63.129.16/32",  # a cloud's virtual host: metadata at an address that is public elsewhere
        "169.254.0.0/16",  # link-local; most clouds' metadata at 169.254.169.254
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments, RFC 6890; a cloud's metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation, RFC 5737
        "192.88.99.0/24",  # relays of 6to4, RFC 7526
        "192.168.0.0/16",  # private
        "198.18.0.0/15",  # benchmarks, RFC 2544
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and the broadcast address
    )
)
_PUBLIC_6 = IPv6Network(
    "2000::/3"
)  # all that IANA gives out; what lies beside it is local, mapped or reserved
_NOT_PUBLIC_6 = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, RFC 2928: Teredo, benchmarks, ORCHID
        "2001:db8::/32",  # documentation, RFC 3849
        "2002::/16",  # 6to4, RFC 3056: hides an IPv4 address
        "3fff::/20",  # documentation, RFC 9637
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})  # RFC 5214: the upper half of an interface identifier


class AddressPolicy:
    """Public addresses, and `private_networks`."""

    def __init__(self, private_networks: Sequence[str] = ()) -> None:
        """Allow also what lies in these.

        Args:
            private_networks: such as `10.1.2.0/24` or `::1/128`, for who hosts pictures inside. An address
                that hides another one is judged by both.

        Raises:
            ValueError: one is no network.
        """
        self._allowed: tuple[Network, ...] = tuple(ip_network(network) for network in private_networks)

    def check(self, addresses: Sequence[str]) -> None:
        """Let pass a name that resolves to these.

        One bad address refuses the name: which one a connection takes is chance, a public picture server has
        none, and a name that has both is a trap (DNS rebinding) or one that means another thing inside.

        Raises:
            Refused: `private_address`, because of at least one of them, or because there is none.
        """
        if not addresses or not all(self._may(ip_address(address)) for address in addresses):
            raise Refused("private_address")

    def _may(self, address: Address) -> bool:
        if any(address.version == network.version and address in network for network in self._allowed):
            hidden = _hidden(address)
            return hidden is None or self._may(hidden)
        return is_public(address)


def is_public(address: Address) -> bool:
    """Whether the address is one of the public internet, reached directly.

    What carries an IPv4 address inside (mapped, NAT64, 6to4, Teredo, ISATAP) is not, whatever is inside.
    """
    if isinstance(address, IPv4Address):
        known = any(address in network for network in _NOT_PUBLIC_4)
    else:
        special = any(address in network for network in _NOT_PUBLIC_6)
        isatap = int(address) >> 32 & 0xFFFF_FFFF in _ISATAP
        known = address not in _PUBLIC_6 or address.scope_id is not None or special or isatap
    # Python's copy of IANA's registries knows what is newer than the lists above, or older.
    return not known and address.is_global and not address.is_multicast and not address.is_reserved


def _hidden(address: Address) -> IPv4Address | None:
    """The IPv4 address that a mapped or NAT64 one leads to."""
    if isinstance(address, IPv4Address):
        return None
    if address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return address.ipv4_mapped
