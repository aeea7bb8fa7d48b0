"""Whether what SPF and DKIM proved fits the From field."""

import dns.rcode
import pytest

from tests.reporter.verification.checking import KEY, SPF, checked
from tests.reporter.verification.signing import MAIL, signed
from tests.servers.name_server import Records


@pytest.mark.parametrize(
    ("from_", "record", "result"),
    [
        ("news@mail.pills-shop.com", {("_dmarc.pills-shop.com", "TXT"): ["v=DMARC1; p=none"]}, "pass"),
        ("news@mail.pills-shop.com", {("_dmarc.pills-shop.com", "TXT"): ["v=DMARC1; p=none; adkim=s; aspf=s"]}, "fail"),
        ("service@bank.com", {("_dmarc.bank.com", "TXT"): ["v=DMARC1; p=reject"]}, "fail"),
        ("service@bank.com", {}, "none"),
        ("service@bank.com", {("_dmarc.bank.com", "TXT"): ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "none"),
        ("service@bank.com", {("_dmarc.bank.com", "TXT"): ["v=DMARC1 rubbish"]}, "none"),
        ("service@bank.com", {("_dmarc.bank.com", "TXT"): dns.rcode.SERVFAIL}, "temperror"),
    ],
)
def test_dmarc_asks_whether_what_is_proven_fits_the_from_field(from_: str, record: Records, result: str) -> None:
    message = signed(MAIL.replace(b"news@pills-shop.com", from_.encode()))
    found = checked(message, record)
    assert found.dkim == "pass"
    assert found.dmarc == result


def test_two_from_fields_are_no_dmarc_even_where_both_were_signed() -> None:
    found = checked(signed(b"From: service@bank.com\n" + MAIL, include_headers=[b"from", b"from", b"subject"]))
    assert (found.dmarc, found.dmarc_domain) == (None, None)


def test_dmarc_is_undecided_while_a_check_that_it_rests_on_is() -> None:
    assert checked(signed(), {KEY: dns.rcode.SERVFAIL, SPF: ["v=spf1 -all"]}).dmarc == "temperror"
    assert checked(signed(), {KEY: dns.rcode.SERVFAIL}).dmarc == "pass"  # by SPF
