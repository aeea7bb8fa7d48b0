"""What a sender's SPF record says of the client, and about whom it is."""

import pytest

from tests.reporter.verification.checking import SPF, checked
from tests.reporter.verification.signing import MAIL, signed
from tests.servers.name_server import Records
from trapline.spool.envelope import Client


@pytest.mark.parametrize(
    ("record", "result"),
    [
        (["v=spf1 ip4:11.0.0.66 -all"], "pass"),
        (["v=spf1 mx -all"], "pass"),
        (["v=spf1 include:_spf.mailer.com -all"], "pass"),
        (["v=spf1 redirect=_spf.mailer.com"], "pass"),
        (["v=spf1 exists:%{i}._spf.%{d} -all"], "pass"),
        (["v=spf1 -all"], "fail"),
        (["v=spf1 ~all"], "softfail"),
        (["v=spf1 ?all"], "neutral"),
        (["v=spf1 a:no.pills-shop.com a:nor.pills-shop.com a:neither.pills-shop.com ~all"], "permerror"),
        (["v=spf1 include:pills-shop.com -all"], "permerror"),
        (["v=spf1 ip4:11.0.0.66 -all", "v=spf1 +all"], "permerror"),
        (["v=spf1 ip4:11.0.0.66 moo"], "permerror"),
        (["v=spf1 " + "ip4:11.7.7.7 " * 400 + "+all"], "permerror"),
        (["v=spf1 " + "ip4:11.7.7.7 " * 100 + "+all"], "pass"),
        (["no spf"], "none"),
        ([], "none"),
    ],
)  # fmt: skip
def test_what_a_senders_spf_record_says_of_the_client(record: list[str], result: str) -> None:
    published: Records = {
        SPF: record,
        ("pills-shop.com", "MX"): ["10 mail.pills-shop.com."],
        ("mail.pills-shop.com", "A"): ["11.0.0.66"],
        ("_spf.mailer.com", "TXT"): ["v=spf1 ip4:11.0.0.64/30 -all"],
        ("11.0.0.66._spf.pills-shop.com", "A"): ["127.0.0.2"],
    }
    found = checked(MAIL, published)
    assert found.spf == result
    assert found.spf_domain == ("pills-shop.com" if result == "pass" else None)


def test_spf_is_about_the_helo_where_the_sender_is_null() -> None:
    found = checked(MAIL, {("mail.pills-shop.com", "TXT"): ["v=spf1 ip4:11.0.0.66 -all"]}, mail_from="")
    assert (found.spf, found.spf_domain) == ("pass", "mail.pills-shop.com")


def test_spf_takes_an_ipv6_client() -> None:
    found = checked(MAIL, {SPF: ["v=spf1 ip6:2a00:1450::/32 -all"]}, client="2a00:1450::25")
    assert found.spf == "pass"


@pytest.mark.parametrize("sender", ['"a@bank.com"@pills-shop.com', "a@b@pills-shop.com", "x@PILLS-shop.com."])
def test_spf_is_about_what_stands_behind_the_last_at_sign(sender: str) -> None:
    assert checked(MAIL, mail_from=sender).spf_domain == "pills-shop.com"


def test_without_a_client_address_spf_says_nothing() -> None:
    assert checked(signed(), client=Client()).spf is None
