"""Pictures come from public addresses and from networks that the operator names, and from nowhere else."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from consumer.pictures.addresses import AddressPolicy, is_public
from consumer.pictures.policy import Refused

PUBLIC = ["1.1.1.1", "8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:4700:4700::1111", "2a00:1450:4001::200e"]
NOT_PUBLIC = [
    "0.0.0.0",  # noqa: S104 (the unspecified address, refused)
    "0.1.2.3",
    "10.0.0.1",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.255",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.19.255.255",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::127.0.0.1",
    "64:ff9b::8.8.8.8",
    "64:ff9b:1::a00:1",
    "100::1",
    "2001::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:2::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::",
    "2002:808:808::",
    "2606:4700::5efe:7f00:1",
    "2606:4700::200:5efe:808:808",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
]


def may(policy: AddressPolicy, *addresses: str) -> bool:
    try:
        policy.check(addresses)
    except Refused:
        return False
    return True


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_pass(address: str) -> None:
    """What anyone may reach, so may we."""
    assert may(AddressPolicy(), address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_no_other_address_passes(address: str) -> None:
    """Private, local, shared, reserved, multicast, metadata, and whatever hides an IPv4 address."""
    assert not may(AddressPolicy(), address)


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_one_bad_address_refuses_the_name(address: str) -> None:
    """A name with a public and a private address is a trap, in whichever order they come."""
    assert not may(AddressPolicy(), "1.1.1.1", address)
    assert not may(AddressPolicy(), address, "1.1.1.1")


def test_a_name_without_addresses_is_refused() -> None:
    """Nothing was checked, so nothing passes."""
    with pytest.raises(Refused, match="private_address"):
        AddressPolicy().check([])


@given(st.integers(0, 2**32 - 1).map(IPv4Address))
def test_no_ipv4_address_passes_in_the_clothes_of_ipv6(address: IPv4Address) -> None:
    """Mapped, compatible, NAT64, 6to4: none is public, whatever is inside."""
    number = int(address)
    for dressed in (
        IPv6Address(0xFFFF << 32 | number),
        IPv6Address(number),
        IPv6Address(0x64_FF9B << 96 | number),
        IPv6Address(0x2002 << 112 | number << 80),
    ):
        assert not is_public(dressed)


@given(st.ip_addresses())
def test_what_passes_is_global_for_python_too(address: IPv4Address | IPv6Address) -> None:
    """Our lists only ever refuse more than the standard library's copy of IANA's registries."""
    assert not is_public(address) or address.is_global


def test_a_network_that_is_named_passes_and_its_neighbour_does_not() -> None:
    """Who hosts pictures inside opens these networks alone."""
    policy = AddressPolicy(["10.1.2.0/24", "fd00:1::/64"])
    assert may(policy, "10.1.2.3", "fd00:1::5", "1.1.1.1")
    assert not may(policy, "10.1.3.3")
    assert not may(policy, "fd00:2::5")
    assert not may(policy, "::ffff:10.1.2.3")


def test_an_allowed_translator_does_not_open_what_lies_behind_it() -> None:
    """With NAT64's prefix allowed, the address inside is judged by itself."""
    policy = AddressPolicy(["64:ff9b::/96"])
    assert may(policy, "64:ff9b::8.8.8.8")
    assert not may(policy, "64:ff9b::10.0.0.1")


@pytest.mark.parametrize("network", ["10.0.0.1/8", "inner", "10.0.0.0/33"])
def test_what_is_no_network_is_refused(network: str) -> None:
    """A mistake opens nothing."""
    with pytest.raises(ValueError, match=network.partition("/")[0]):
        AddressPolicy([network])


def test_the_lists_hold_what_they_are_tried_with() -> None:
    """Every case is a valid address, so that none passes by being none."""
    assert all(ip_address(address) for address in (*PUBLIC, *NOT_PUBLIC))
