"""Domains and addresses have one form everywhere."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trapline.config.names import (
    address,
    bare_path,
    client_address,
    domain_name,
    is_allowed,
    is_below,
    is_below_any,
    is_loopback,
    is_public,
    literal_address,
    without_extension,
)


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("Pills.COM", "pills.com"),
        ("pills.com.", "pills.com"),
        ("Bücher.de", "xn--bcher-kva.de"),
        ("xn--bcher-kva.de", "xn--bcher-kva.de"),
        ("_dmarc.pills.com", "_dmarc.pills.com"),
        ("localhost", "localhost"),
        ("pills。com", "pills.com"),
        ("pills.com\uff0e", "pills.com"),
        ("_dmarc.Bücher.de", "_dmarc.xn--bcher-kva.de"),
    ],
)
def test_a_domain_is_written_as_lower_case_a_labels_without_the_last_dot(written: str, normal: str) -> None:
    assert domain_name(written) == normal


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("i\u2764pills.com", "xn--ipills-i50d.com"),
        ("I\u2764\ufe0fPills.com", "xn--ipills-i50d.com"),  # as telephones write it
        ("xn--ipills-i50d.com", "xn--ipills-i50d.com"),
        ("\u2764_.pills.com", "xn--_-6iq.pills.com"),
        ("\U0001f469\u200d\U0001f680.ws", "xn--1ug1855p5kb.ws"),  # a joiner, which is no letter's
        ("\u05d01a.com", "xn--1a-uld.com"),  # written from both sides
    ],
)
def test_a_name_that_idna_2008_forbids_is_what_uts_46_makes_of_it(written: str, normal: str) -> None:
    assert domain_name(written) == normal


@pytest.mark.parametrize(
    "written",
    ["", ".", "a..b", "192.0.2.1", "[192.0.2.1]", "x" * 64 + ".com", "a b.com", "-", "a." * 130 + "com", "0x7f",
     "a \u2764.com", "-\u2764.com", "\u2764-.com", "xn--\u2764.com", "\u2764" * 60 + ".com", "\u2764." * 50 + "com",
     "\u2764..com", "\ufdfa" * 1000, "\udc80.com",
     "\ue000.com", "\u2764\x00.com", "\ufe0f", "\u2764.1", "\u2764.\uff11",
     "\u0301a.com", "ab--\u2764.com"],
)  # fmt: skip
def test_what_the_dns_can_not_have_is_no_domain(written: str) -> None:
    assert domain_name(written) is None


@given(st.text(max_size=300))
def test_the_form_of_any_text_is_stable_and_fits_the_dns(text: str) -> None:
    name = domain_name(text)
    if name is not None:
        assert domain_name(name) == name
        assert len(name) <= 253
        assert name.isascii()


@given(st.text(alphabet="aä\u2764\u0301\u05d0\u200d\ufe0f\u3002.-_1X", max_size=80))
def test_the_labels_of_a_name_are_no_longer_than_the_dns_has_them(text: str) -> None:
    name = domain_name(text)
    if name is not None:
        assert domain_name(name.upper()) == name
        assert all(0 < len(label) <= 63 for label in name.split("."))


def test_a_domain_is_below_itself_and_its_parents_but_not_below_a_look_alike() -> None:
    assert is_below("a.pills.com", "pills.com")
    assert is_below("pills.com", "pills.com")
    assert not is_below("xpills.com", "pills.com")
    assert is_below_any("a.b.pills.com", frozenset({"pills.com"}))
    assert not is_below_any("xpills.com", frozenset({"pills.com"}))


def test_an_allowed_name_stands_there_itself_or_is_below_one_with_a_dot() -> None:
    allowed = ("pills.com", ".watches.com")
    assert all(is_allowed(name, allowed) for name in ("pills.com", "watches.com", "a.b.watches.com"))
    assert not any(is_allowed(name, allowed) for name in ("a.pills.com", "xpills.com", "xwatches.com", "com"))


@pytest.mark.parametrize(
    ("argument", "bare"),
    [
        ("<>", ""),
        ("<Anna@MX.com>", "Anna@MX.com"),
        ("Anna@MX.com", "Anna@MX.com"),
        ("<@relay.com,@other.com:anna@mx.com>", "anna@mx.com"),
        ('<"a@b:c"@mx.com>', '"a@b:c"@mx.com'),
    ],
)
def test_a_path_loses_its_brackets_and_its_source_route(argument: str, bare: str) -> None:
    assert bare_path(argument) == bare


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("<Anna@MX.com>", "anna@mx.com"),
        ('"Anna"@mx.com', "anna@mx.com"),
        ('"a@b"@mx.com', "a@b@mx.com"),
        (r'"a\"b"@mx.com', 'a"b@mx.com'),
        ("jürgen@bücher.de", "jürgen@xn--bcher-kva.de"),
        ("postmaster", "postmaster"),
    ],
)
def test_an_address_is_split_at_its_last_at_and_folded_in_both_parts(written: str, normal: str) -> None:
    assert str(address(written)) == normal


@pytest.mark.parametrize("whole", ["anna@mx.com", '"a b"@mx.com', "a@localhost", "a@[11.0.0.1]", "<a@mx.com>"])
def test_mail_can_be_addressed_to_a_local_part_at_a_name_or_a_literal(whole: str) -> None:
    assert address(whole).is_whole


@pytest.mark.parametrize("part", ["", "anna", "@mx.com", "anna@", "anna@two words", "anna@11.0.0.1", "anna@[mx.com]"])
def test_mail_can_be_addressed_to_nothing_less(part: str) -> None:
    assert not address(part).is_whole


@given(st.text(max_size=100))
def test_any_text_is_an_address_whose_form_does_not_raise(text: str) -> None:
    assert str(address(text)) == str(address(text)).lower()


@pytest.mark.parametrize(
    ("local", "base"),
    [("anna+x", "anna"), ("anna", "anna"), ("+x", "+x"), ("anna+x-y", "anna"), ("owner-list", "owner-list")],
)
def test_an_extension_begins_at_the_first_delimiter_as_in_postfix(local: str, base: str) -> None:
    assert without_extension(local, "+-") == base


def test_an_address_literal_is_an_ip_address() -> None:
    assert literal_address("[9.8.7.66]") == ip_address("9.8.7.66")
    assert literal_address("[IPv6:2a00::1]") == ip_address("2a00::1")
    assert literal_address("mail.pills.com") is None


@pytest.mark.parametrize("text", ["11.0.0.1", "::ffff:11.0.0.1", "64:ff9b::b00:1"])
def test_an_ipv4_client_is_known_by_its_address_behind_a_translator_too(text: str) -> None:
    assert client_address(text) == ip_address("11.0.0.1")


def test_who_connects_by_6to4_is_an_ipv6_client() -> None:
    assert client_address("2002:b00:1::1") == ip_address("2002:b00:1::1")


def test_no_host_is_this_one_for_what_a_translator_makes_of_its_address() -> None:
    assert is_loopback("::ffff:127.0.0.1")
    assert not is_loopback("64:ff9b::7f00:1")


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1", "10.1.2.3", "100.64.0.1", "224.0.0.1", "192.0.2.1", "255.255.255.255", "::1", "fe80::1", "fc00::1",
     "ff02::1", "2001:db8::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "192.0.0.9", "192.0.0.200",
     "::", "::1.2.3.4", "64:ff9b:1::1", "100::1", "2001::1", "2001:3::1", "2001:20::1", "3fff::1", "4000::1", "5f00::1",
     "fec0::1"],
)  # fmt: skip
def test_private_shared_and_reserved_addresses_are_not_public_however_they_are_written(text: str) -> None:
    assert not is_public(ip_address(text))


@pytest.mark.parametrize(
    "text", ["11.0.0.1", "2001:200::1", "2a00:1450::1", "::ffff:11.0.0.1", "64:ff9b::b00:1", "2002:b00:1::1"]
)
def test_addresses_of_the_internet_are_public(text: str) -> None:
    assert is_public(ip_address(text))
