"""What is listed of a client."""

from ipaddress import ip_address

import pytest

from trapline.blocklist.entry import listed_network


@pytest.mark.parametrize(
    ("client", "listed"),
    [
        ("11.0.0.1", "11.0.0.1/32"),
        ("2a00:1:2:3:4:5:6:7", "2a00:1:2:3::/64"),
        ("::ffff:11.0.0.1", "11.0.0.1/32"),
    ],
)
def test_of_ipv4_the_address_and_of_ipv6_its_64(client: str, listed: str) -> None:
    assert str(listed_network(ip_address(client))) == listed
