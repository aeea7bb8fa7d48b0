"""Which Received line is believed, and what it says; the lines are as Postfix writes them."""

from datetime import UTC, datetime
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.config.networks import NetworkSet
from trapline.spool.origin import MAX_FIELDS, Origin, origin

OURS = ("mx.ours.com",)
POSTFIX = (
    b"from mail.pills.com (relay.pills.com [11.2.3.4])\n\t(using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
    b"(256/256 bits)\n\t key-exchange X25519 server-signature RSA-PSS (4096 bits))\n\t"
    b"(No client certificate requested)\n"
    b"\tby mx.ours.com (Postfix) with ESMTPS id 4ABCdef\n\t"
    b"for <trap@ours.com>; Thu,  1 Jan 2026 12:00:00 +0100 (CET)"
)


def from_line(text: str) -> Origin | None:
    return origin([("received", text.encode())], OURS)


def test_postfixs_line_tells_the_client() -> None:
    assert origin([("received", POSTFIX)], OURS) == Origin(
        address=ip_address("11.2.3.4"),
        name="relay.pills.com",
        helo="mail.pills.com",
        authenticated=False,
        several_recipients=False,
        queue_id="4ABCdef",
        received=datetime(2026, 1, 1, 11, 0, tzinfo=UTC),
    )


def test_an_unverified_name_is_no_name() -> None:
    found = from_line("from x (unknown [11.2.3.4]) by mx.ours.com (Postfix) with SMTP id 1; x")
    assert found is not None
    assert (found.name, found.received, found.several_recipients) == (None, None, True)


@pytest.mark.parametrize("date", ["Fri, 31 Dec 9999 23:59:59 -1200", "Fri, 99 Dec 2026 10:00:00 +0000", "0 x 0"])
def test_a_date_that_no_clock_can_hold_is_none(date: str) -> None:
    found = from_line(f"from x (unknown [11.2.3.4]) by mx.ours.com (Postfix) with SMTP id 1; {date}")
    assert found is not None
    assert (str(found.address), found.received) == ("11.2.3.4", None)


def test_ipv6_clients_and_literals_as_helo_are_read() -> None:
    found = from_line("from [IPv6:2a00::9] (unknown [IPv6:2a00::1]) by mx.ours.com (Postfix) with UTF8SMTPS id 1; x")
    assert found is not None
    assert (found.address, found.helo) == (ip_address("2a00::1"), "[IPv6:2a00::9]")


def test_an_ipv4_client_that_postfix_calls_a_mapped_one_is_an_ipv4_client() -> None:
    found = from_line("from x (unknown [IPv6:::ffff:11.2.3.4]) by mx.ours.com (Postfix) with ESMTP id 1; x")
    assert found is not None
    assert found.address == ip_address("11.2.3.4")


@pytest.mark.parametrize(
    ("protocol", "authenticated"),
    [("ESMTPA", True), ("ESMTPSA", True), ("UTF8SMTPSA", True), ("ESMTPS", False), ("ESMTP", False)],
)
def test_a_users_protocol_says_that_he_authenticated(protocol: str, authenticated: bool) -> None:
    found = from_line(
        f"from a (b.com [11.2.3.4]) (Authenticated sender: x) by mx.ours.com (Postfix) with {protocol} id 1; x"
    )
    assert found is not None
    assert found.authenticated is authenticated


@pytest.mark.parametrize(
    "client",
    [
        "from unknown (HELO 11.6.6.6) (11.2.3.4)",
        "from 11.6.6.6 (EHLO [11.6.6.6]) (11.2.3.4)",
        "from x (y [11.6.6.6]) (relay.pills.com [11.2.3.4])",
    ],
    ids=["qmail's form", "Yahoo's form", "a HELO that looks like a client"],
)
def test_an_address_that_the_client_said_of_itself_is_not_the_clients(client: str) -> None:
    found = from_line(f"{client} by mx.ours.com with SMTP; x")
    assert found is not None
    assert found.address is None


@pytest.mark.parametrize("host", ["mx.pills.com", "pills-mx.ours.com", "mx.ours.com.pills.com", "a.mx.ours.com"])
def test_a_line_that_another_host_wrote_is_not_believed(host: str) -> None:
    forged = POSTFIX.replace(b"mx.ours.com", host.encode())
    assert origin([("received", forged), ("received", POSTFIX)], OURS) is None


def test_below_a_clients_line_everything_is_the_senders_word() -> None:
    forged = POSTFIX.replace(b"11.2.3.4", b"11.9.9.9")
    found = origin([("received", POSTFIX), ("received", forged)], OURS)
    assert found is not None
    assert found.address == ip_address("11.2.3.4")


def test_our_own_relays_are_passed_over() -> None:
    inner = b"from mx.ours.com (localhost [127.0.0.1]) by mx.ours.com (Postfix) with ESMTP id 2; x"
    networks = NetworkSet([ip_network("127.0.0.0/8")])
    found = origin([("received", inner), ("received", POSTFIX)], OURS, networks)
    assert found is not None
    assert found.address == ip_address("11.2.3.4")


def test_a_client_of_ours_is_ours_by_its_ipv6_address_too() -> None:
    inner = b"from a (a.com [IPv6:64:ff9b::b00:7]) by mx.ours.com (Postfix) with ESMTP id 2; x"
    assert origin([("received", inner)], OURS, NetworkSet([ip_network("11.0.0.0/24")])) is None


def test_nothing_but_our_own_relays_is_no_origin() -> None:
    inner = b"from mx.ours.com (localhost [127.0.0.1]) by mx.ours.com (Postfix) with ESMTP id 2; x"
    assert origin([("received", inner)], OURS, NetworkSet([ip_network("127.0.0.0/8")])) is None


@pytest.mark.parametrize(
    "helo", ["by", "x([11.9.9.9])by", "(evil[11.9.9.9])", "a)by(mx.pills.com", "[11.9.9.9]", "mx.ours.com;for<a@b>"]
)
def test_no_helo_can_forge_the_client(helo: str) -> None:
    found = from_line(f"from {helo} (relay.pills.com [11.2.3.4]) by mx.ours.com (Postfix) with ESMTP id 1; x")
    assert found is None or found.address == ip_address("11.2.3.4")


def test_of_very_many_fields_the_first_are_read() -> None:
    inner = b"from mx.ours.com (localhost [127.0.0.1]) by mx.ours.com (Postfix) with ESMTP id 2; x"
    networks = NetworkSet([ip_network("127.0.0.0/8")])
    for relays, is_found in ((MAX_FIELDS - 1, True), (MAX_FIELDS, False)):
        found = origin([("received", inner)] * relays + [("received", POSTFIX)], OURS, networks)
        assert (found is not None) is is_found


def test_without_configured_hosts_nothing_is_believed() -> None:
    assert origin([("received", POSTFIX)], ()) is None


def test_the_sender_is_known_from_a_return_path_above_our_line_only() -> None:
    above = origin([("return-path", b"<news@pills.com>"), ("received", POSTFIX)], OURS)
    below = origin([("received", POSTFIX), ("return-path", b"<news@pills.com>")], OURS)
    null = origin([("return-path", b"<>"), ("received", POSTFIX)], OURS)
    assert above is not None
    assert below is not None
    assert null is not None
    assert (above.mail_from, below.mail_from, null.mail_from) == ("news@pills.com", None, "")


def test_received_spf_is_the_senders_word() -> None:
    assert origin([("received-spf", b"pass (ok) client-ip=11.2.3.4; helo=x")], OURS) is None


@given(st.binary(max_size=200))
def test_no_field_makes_it_raise(value: bytes) -> None:
    origin([("received", b"from " + value), ("received-spf", value)], OURS)
    origin([("return-path", value), ("received", POSTFIX + value)], OURS)
