"""Whether an address is in a set of networks."""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.config.names import is_public, real_address
from trapline.config.networks import NO_NETWORKS, NetworkSet

NETWORKS = NetworkSet(map(ip_network, ["11.0.0.0/8", "11.1.0.0/16", "12.0.0.0/31", "12.0.0.2/32", "2a00::/16"]))


@pytest.mark.parametrize("text", ["11.0.0.0", "11.1.2.3", "11.255.255.255", "12.0.0.0", "12.0.0.2", "2a00::1"])
def test_an_address_within_one_of_the_networks_is_in_the_set(text: str) -> None:
    assert ip_address(text) in NETWORKS


@pytest.mark.parametrize("text", ["10.255.255.255", "12.0.0.3", "13.0.0.0", "2a01::", "::ffff:11.0.0.1", "::b00:1"])
def test_no_other_is_nor_one_of_the_other_version(text: str) -> None:
    assert ip_address(text) not in NETWORKS


def test_nothing_is_in_no_networks() -> None:
    assert ip_address("0.0.0.0") not in NO_NETWORKS
    assert ip_address("::") not in NO_NETWORKS


@given(
    st.lists(st.tuples(st.integers(0, 2**12), st.integers(20, 32)), max_size=8),
    st.integers(0, 2**12).map(lambda number: IPv4Address(number + 2**24)),
)
def test_it_is_so_for_any_networks(some: list[tuple[int, int]], address: IPv4Address) -> None:
    networks = [IPv4Network((number + 2**24, length), strict=False) for number, length in some]
    assert (address in NetworkSet(networks)) == any(address in network for network in networks)


@given(
    st.lists(st.tuples(st.integers(0, 2**12), st.integers(20, 32)), max_size=8),
    st.tuples(st.integers(0, 2**12), st.integers(20, 32)),
)
def test_a_network_overlaps_the_set_where_it_does_one_of_its_networks(
    some: list[tuple[int, int]], other: tuple[int, int]
) -> None:
    *networks, asked = (IPv4Network((number + 2**24, length), strict=False) for number, length in (*some, other))
    assert NetworkSet(networks).overlaps(asked) == any(asked.overlaps(network) for network in networks)


def test_no_network_overlaps_one_of_the_other_version() -> None:
    assert NETWORKS.overlaps(ip_network("2a00:1::/64"))
    assert not NETWORKS.overlaps(ip_network("::b00:0/104"))


@given(st.ip_addresses())
def test_what_the_library_calls_private_or_reserved_is_not_public(address: IPv4Address | IPv6Address) -> None:
    if real_address(address) != address:
        return  # what carries another one is judged by that
    if address.is_private or address.is_reserved or address.is_multicast or address.is_link_local:
        assert not is_public(address)
