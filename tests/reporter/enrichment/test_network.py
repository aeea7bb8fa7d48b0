import time
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.servers.ripe_stat import group
from trapline.reporter.enrichment.network import (
    MAX_NAME,
    Announcement,
    Network,
    Registration,
    announcement,
    combined,
    registration,
)
from trapline.reporter.submission.reasons import MAX_REASON, with_network

CLIENT = ip_address("11.0.0.66")
V6 = ip_address("2606:4700::66")


def whois(*groups: list[dict[str, Any]]) -> dict[str, Any]:
    return {"records": list(groups), "irr_records": []}


def overview(prefix: str = "11.0.0.0/16", *asns: dict[str, Any]) -> dict[str, Any]:
    return {"resource": prefix, "asns": list(asns) or [{"asn": 64500, "holder": "PILLS-AS - Pills Ltd"}]}


def test_name_holder_and_country_of_a_network_of_ripes() -> None:
    said = whois(
        group(
            ("inetnum", "11.0.0.0 - 11.0.0.127"),
            ("netname", "PILLS-NET"),
            ("descr", "Pills Hosting"),
            ("descr", "second line"),
            ("country", "nl"),
            ("org", "ORG-PH1-RIPE"),
        )
    )
    assert registration(CLIENT, said) == Registration(
        prefix=ip_network("11.0.0.0/25"), name="PILLS-NET", holder="Pills Hosting", country="NL"
    )


def test_the_smallest_network_of_several_is_the_customers_own() -> None:
    said = whois(
        group(("NetRange", "11.0.0.0 - 11.255.255.255"), ("CIDR", "11.0.0.0/8"), ("NetName", "BIG-CARRIER")),
        group(("NetRange", "11.0.0.64 - 11.0.0.79"), ("CIDR", "11.0.0.64/28"), ("NetName", "PILLS")),
    )
    found = registration(CLIENT, said)
    assert (found.name, found.prefix) == ("PILLS", ip_network("11.0.0.64/28"))


def test_a_registrys_whole_share_is_nobodys_network() -> None:
    said = whois(group(("inetnum", "0.0.0.0 - 255.255.255.255"), ("netname", "IANA-BLK"), ("country", "EU")))
    assert registration(CLIENT, said) == Registration()


def test_a_network_that_does_not_hold_the_address_says_nothing_about_it() -> None:
    assert registration(CLIENT, whois(group(("inetnum", "11.9.0.0 - 11.9.0.255"), ("netname", "OTHER")))).name is None


def test_an_answer_full_of_huge_ranges_is_read_in_a_moment() -> None:
    """As many as fit into MAX_ANSWER_BYTES, each of 240 networks."""
    said = whois(*[group(*[("cidr", ",".join(["::1-fffe::"] * 10))] * 50)] * 40)
    began = time.process_time()
    assert registration(V6, said) == Registration()
    assert time.process_time() - began < 2


def test_groups_without_a_range_are_better_than_nothing() -> None:
    assert registration(CLIENT, whois(group(("netname", "PILLS-NET")))).name == "PILLS-NET"


def test_ipv6_networks_are_read_too() -> None:
    said = whois(group(("inet6num", "2606:4700:0000:0000:0000:0000:0000:0000/32"), ("netname", "SIX")))
    assert registration(V6, said).prefix == ip_network("2606:4700::/32")


def test_the_first_as_announces_it() -> None:
    assert announcement(CLIENT, overview()) == Announcement(
        prefix=ip_network("11.0.0.0/16"), as_number=64500, holder="PILLS-AS - Pills Ltd"
    )


@pytest.mark.parametrize("number", [0, -1, 2**32, True, "1e3", "x", None, 1.5])
def test_what_is_no_as_number_is_none(number: object) -> None:
    assert announcement(CLIENT, overview("11.0.0.0/16", {"asn": number, "holder": "X"})) == Announcement()


def test_it_holds_where_both_answers_do() -> None:
    said, announced = Registration(prefix=ip_network("11.0.0.0/20")), Announcement(prefix=ip_network("11.0.0.0/24"))
    assert combined(CLIENT, said, announced).prefix == ip_network("11.0.0.0/24")
    assert combined(CLIENT, None, None) == Network(prefix=ip_network("11.0.0.66/32"))


def test_no_value_forges_a_fact_or_a_line_or_tells_an_address() -> None:
    said = whois(
        group(
            ("inetnum", "11.0.0.0/24"),
            ("netname", "A\r\nB; DMARC pass\u202e\0"),
            ("descr", "trap@trap-mx.com"),
            ("descr", "x" * 500),
            ("country", "the Netherlands"),
        )
    )
    found = registration(CLIENT, said)
    assert (found.name, found.country) == ("A B, DMARC pass", None)
    assert found.holder == "x" * MAX_NAME


NETWORK = Network(prefix=ip_network("11.0.0.0/24"), name="PILLS-NET", holder="Pills Ltd", as_number=64500, country="NL")


def test_a_reason_gets_all_that_there_is_room_for() -> None:
    assert with_network("hit", NETWORK) == "hit; network PILLS-NET (Pills Ltd), AS64500, NL"
    assert with_network("x" * 220, NETWORK) == "x" * 220 + "; network PILLS-NET, AS64500, NL"
    assert with_network("x" * 233, NETWORK) == "x" * 233 + "; network AS64500, NL"
    assert with_network("x" * 250, NETWORK) == "x" * 250


def test_a_reason_gets_it_once_and_nothing_where_nothing_is_known() -> None:
    once = with_network("hit", NETWORK)
    assert with_network(once, NETWORK) == once
    assert with_network("hit", Network(prefix=ip_network("11.0.0.0/24"))) == "hit"


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=30)
    | st.sampled_from(["11.0.0.0/24", "11.0.0.0 - ::1"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["records", "asns", "asn", "resource", "key", "value", "holder"]), inner, max_size=4
        )
    ),
    max_leaves=20,
)
pairs = st.fixed_dictionaries(
    {"key": st.sampled_from(["inetnum", "netname", "country", "descr"]), "value": json_values}
)


@given(json_values | st.fixed_dictionaries({"records": st.lists(st.lists(pairs, max_size=4), max_size=4)}))
def test_whatever_is_answered_the_reason_is_short_and_printable(data: Any) -> None:
    network = combined(CLIENT, registration(CLIENT, data), announcement(CLIENT, data))
    reason = with_network("hit", network)
    assert CLIENT in network.prefix
    assert len(reason) <= MAX_REASON
    assert reason.isascii()
    assert reason.isprintable()
