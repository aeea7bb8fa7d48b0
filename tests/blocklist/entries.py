"""What the tests of the writers share: entries, lists of them, and what a list says of an address."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network

from hypothesis import strategies as st

from trapline.blocklist.answers import Answers
from trapline.blocklist.entry import Entry
from trapline.blocklist.formats import Stamp
from trapline.blocklist.stretches import wider_first
from trapline.blocklist.table import Table
from trapline.blocklist.zone import Zone
from trapline.config.names import IpAddress
from trapline.config.networks import Network

NOON = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
STAMP = Stamp(7, NOON)
ANSWERS = Answers(2, 3, {"shop page": 5}, "Spam from {address}, last on {day}", minutes=False)
ZONE = Zone("bl.example.com", ("ns1.example.com",), "hostmaster.example.com.", 60, 10)

V6_HOSTS = IPv6Network("2001:db8::/32")  # the documentation's; no writer cares who is public


def entry(network: str | Network, *, repeated: bool = False, label: str = "web page", **more: object) -> Entry:
    facts = {
        "first_hit": NOON, "last_hit": NOON, "hits": 1, "labels": (label,), "last_label": label,
        "reason": "a message to a trap", "expires": NOON + timedelta(hours=24), "repeated": repeated,
    }  # fmt: skip
    return Entry(ip_network(network), **(facts | more))  # type: ignore[arg-type]


def table(*entries: Entry) -> Table:
    return Table(sorted(entries, key=wider_first))


def v4_networks() -> st.SearchStrategy[Network]:
    """Near each other, so that they touch, overlap and are nested."""

    def network(number: int, prefix: int) -> Network:
        return IPv4Network(((11 << 24) + number, prefix), strict=False)

    return st.builds(network, st.integers(0, 1023), st.sampled_from((32, 32, 32, 31, 27, 25, 24, 23, 22, 16, 7)))


def v6_networks() -> st.SearchStrategy[Network]:
    """Likewise."""

    def network(number: int, prefix: int) -> Network:
        return IPv6Network((int(V6_HOSTS.network_address) + (number << 64), prefix), strict=False)

    prefixes = (64, 64, 64, 63, 61, 60, 59, 56, 52, 48, 47, 33, 32, 3)
    numbers = st.integers(0, 15) | st.sampled_from((0x10000, 0x10001, 0x1FFFF, 0x20000, 0xABCD0000))
    return st.builds(network, numbers, st.sampled_from(prefixes))


def lists(networks: st.SearchStrategy[Network], size: int = 12) -> st.SearchStrategy[list[Entry]]:
    """Lists with at most one entry a network."""
    entries = st.builds(
        lambda network, repeated, label: entry(network, repeated=repeated, label=label),
        networks, st.booleans(), st.sampled_from(("web page", "shop page")),
    )  # fmt: skip
    return st.lists(entries, max_size=size, unique_by=lambda one: one.network)


def expected(entries: Iterable[Entry], address: IpAddress) -> set[int]:
    """The codes that `address` is to be answered with: those of the narrowest entry that holds it."""
    holding = [one for one in entries if address in one.network]
    return set(ANSWERS.all_codes(max(holding, key=lambda one: one.network.prefixlen))) if holding else set()


def interesting(entries: Iterable[Entry]) -> Iterator[IpAddress]:
    """Addresses at the ends of every network, and beside them."""
    for one in entries:
        first, last = one.network[0], one.network[-1]
        yield from (first, last, first + 1, last - 1)
        yield from (beside for beside in (first - 1, last + 1) if beside.packed[0] not in {0, 127, 255})
