from collections.abc import Iterator

import dns.rcode
import pytest

from tests.servers.named import Named, dnsbl
from tests.servers.processes import ServerError

ORIGIN = "bl.quayside-mail.com"
TEST_POINT = {"127.0.0.2": ["127.0.0.2"]}
LISTED = f"7.1.0.11.{ORIGIN}"


@pytest.fixture(scope="module")
def named() -> Iterator[Named]:
    with Named({ORIGIN: dnsbl(TEST_POINT)}) as running:
        yield running


def test_the_zones_it_was_given_are_served_and_nothing_else(named: Named) -> None:
    assert named.ask(f"2.0.0.127.{ORIGIN}") == ["127.0.0.2"]
    assert named.response(f"1.0.0.127.{ORIGIN}").rcode() is dns.rcode.NXDOMAIN
    assert named.response("www.quayside-mail.com").rcode() is dns.rcode.REFUSED


def test_what_replaces_a_zone_is_served_at_once(named: Named) -> None:
    named.replace(ORIGIN, dnsbl({"11.0.1.7": ["127.0.0.3"]}, serial=2, text="spam"))
    assert named.ask(LISTED) == ["127.0.0.3"]
    assert named.ask(LISTED, "TXT") == ['"spam"']
    named.replace(ORIGIN, dnsbl(TEST_POINT, serial=3))
    assert named.response(LISTED).rcode() is dns.rcode.NXDOMAIN


def test_a_zone_that_is_not_its_own_can_not_be_reloaded(named: Named) -> None:
    with pytest.raises(ServerError, match="not found"):
        named.reload("elsewhere.com")
