"""Which questions the zones are asked, and under which name."""

from ipaddress import ip_address

import pytest

from trapline.config.dqs import Dqs
from trapline.config.zones import OwnZone
from trapline.dnsbl import wire
from trapline.dnsbl.names import address_questions, domain_questions, query_name
from trapline.dnsbl.zones import Question, own_zones, zones

ZONES = zones(Dqs(), "KEY")


@pytest.mark.parametrize(
    ("question", "name"),
    [
        (Question("zen", "9.8.7.66"), "66.7.8.9.KEY.zen.dq.spamhaus.net"),
        (
            Question("zen", "2a00:1450::1"),
            "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.5.4.1.0.0.a.2.KEY.zen.dq.spamhaus.net",
        ),
        (Question("dbl", "mail.pills.com"), "mail.pills.com.KEY.dbl.dq.spamhaus.net"),
    ],
)
def test_an_address_is_asked_reversed_and_a_domain_as_it_is(question: Question, name: str) -> None:
    assert query_name(question, ZONES[question.zone]) == wire.encode(name)


def test_an_address_is_asked_in_the_zones_of_addresses_and_a_domain_in_those_of_domains() -> None:
    assert address_questions(ip_address("9.8.7.66"), ZONES) == (Question("zen", "9.8.7.66"),)
    assert domain_questions("pills.com", ZONES) == (Question("dbl", "pills.com"), Question("zrd", "pills.com"))


@pytest.mark.parametrize("text", ["10.1.2.3", "127.0.0.2", "192.0.2.1", "::1", "fe80::1"])
def test_nobody_is_asked_about_an_address_that_no_public_zone_can_list(text: str) -> None:
    assert address_questions(ip_address(text), ZONES) == ()


@pytest.mark.parametrize(
    "name", ["localhost", "mail.local", "pills.example", "example.com", "x.test", "1.in-addr.arpa"]
)
def test_nobody_is_asked_about_single_labels_and_reserved_names(name: str) -> None:
    assert domain_questions(name, ZONES) == ()


def test_a_name_that_is_too_long_with_the_zone_is_asked_about_by_its_last_labels() -> None:
    """Else a spammer with a wildcard in his DNS writes a long HELO, and nobody asks about his domain."""
    (dbl, _) = domain_questions(".".join(["x" * 60] * 3 + ["y" * 50, "pills.com"]), ZONES)
    assert dbl == Question("dbl", ".".join(["x" * 60] * 2 + ["y" * 50, "pills.com"]))
    assert len(query_name(dbl, ZONES["dbl"])) <= 253


def test_the_key_is_in_no_repr() -> None:
    assert "KEY" not in repr(ZONES)


BOTH = OwnZone(domain="canary.bl.com", asks=("address", "helo"))
OFFICE = own_zones({"office": BOTH})


def test_a_zone_that_is_asked_about_both_reverses_addresses_alone() -> None:
    office = OFFICE["office"]
    assert query_name(Question("office", "9.8.7.66"), office) == wire.encode("66.7.8.9.canary.bl.com")
    assert query_name(Question("office", "mail.x--7.p1ls"), office) == wire.encode("mail.x--7.p1ls.canary.bl.com")
    assert query_name(Question("office", "2a00::1"), office).startswith(b"\x011\x010")


def test_a_zone_of_ones_own_is_asked_what_it_is_configured_for() -> None:
    assert address_questions(ip_address("9.8.7.66"), OFFICE) == (Question("office", "9.8.7.66"),)
    assert domain_questions("pills.com", OFFICE, frozenset({"helo"})) == (Question("office", "pills.com"),)
    assert domain_questions("pills.com", OFFICE, frozenset({"mail_from"})) == ()


def test_its_domain_is_in_no_repr_since_it_may_hold_a_key() -> None:
    assert "canary" not in repr(OFFICE)
