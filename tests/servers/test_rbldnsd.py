from collections.abc import Iterator

import dns.exception
import pytest

from tests.servers.rbldnsd import Rbldnsd


@pytest.fixture(scope="module")
def dns_server() -> Iterator[Rbldnsd]:
    with Rbldnsd({"dbl": {"pills-r-us.com": "127.0.1.2"}}) as running:
        yield running


def test_the_test_points_are_listed(dns_server: Rbldnsd) -> None:
    assert dns_server.ask("zen", "127.0.0.2") == ["127.0.0.2"]
    assert dns_server.ask("authbl", "127.0.0.2") == ["127.0.0.20"]
    assert dns_server.ask("dbl", "dbltest.com") == ["127.0.1.2"]
    assert dns_server.ask("zrd", "test") == ["127.0.2.2"]


def test_drop_comes_along_with_sbl(dns_server: Rbldnsd) -> None:
    assert dns_server.ask("zen", "11.0.0.9") == ["127.0.0.2", "127.0.0.9"]


def test_ipv6_is_in_the_same_zone(dns_server: Rbldnsd) -> None:
    assert dns_server.ask("zen", "2e00::25") == ["127.0.0.2"]
    assert dns_server.ask("zen", "2e01::25") == []


def test_a_listed_domain_covers_what_is_below(dns_server: Rbldnsd) -> None:
    assert dns_server.ask("dbl", "mail.pills-r-us.com") == ["127.0.1.2"]
    assert dns_server.ask("dbl", "notpills-r-us.com") == []


def test_what_is_added_is_listed_at_once(dns_server: Rbldnsd) -> None:
    assert dns_server.ask("zen", "11.0.7.7") == []
    dns_server.add("zen", "11.0.7.0/24", "127.0.0.3", "127.0.0.4")
    assert dns_server.ask("zen", "11.0.7.7") == ["127.0.0.3", "127.0.0.4"]


def test_a_paused_server_does_not_answer(dns_server: Rbldnsd) -> None:
    dns_server.pause()
    with pytest.raises(dns.exception.Timeout):
        dns_server.ask("zen", "11.0.0.2")
    dns_server.resume()
    assert dns_server.ask("zen", "11.0.0.2") == ["127.0.0.2"]
