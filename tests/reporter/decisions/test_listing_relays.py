"""Who sends other people's mail, spam among it: large senders and forwarders, and who only poses as one."""

from dataclasses import replace

import pytest

from tests.reporter.decisions.clients import CONTEXT, GOOGLE, caught, results, spared, waits
from tests.reporter.decisions.reasons import SPAM
from tests.reporter.messages import TRAP, envelope, link
from trapline.reporter.lists import Lists


class TestLargeSenders:
    @pytest.mark.parametrize(
        "name",
        ["mail-wr1-f41.google.com", "mout.gmx.net", "o1.ptr2.sendgrid.net", "mail-db5.outbound.protection.outlook.com"],
    )
    def test_a_big_provider_that_a_spammer_sent_from_is_spared(self, name: str) -> None:
        assert spared(at=envelope(name=name)) == "large_sender"

    def test_a_big_providers_name_in_helo_sender_and_from_spares_nobody(self) -> None:
        forged = SPAM.replace(b"news@pills-now.com", b"anna@gmail.com")
        assert spared(forged, envelope(helo="mail-wr1-f41.google.com", mail_from="anna@gmail.com")) is None

    @pytest.mark.parametrize(
        "name",
        [
            "ec2-11-2-3-4.compute-1.amazonaws.com",
            "pills.westeurope.cloudapp.azure.com",  # as a customer names it, forward and reverse
            "li12-345.members.linode.com",
        ],
    )
    def test_a_single_customers_server_is_listed(self, name: str) -> None:
        assert spared(at=envelope(name=name)) is None

    def test_where_a_large_senders_spf_lets_send_from_is_spared_and_no_other_address(self) -> None:
        context = replace(CONTEXT, large_senders=GOOGLE)
        assert spared(at=envelope(client="11.5.6.7"), context=context) == "large_senders_network"
        assert spared(at=envelope(client="11.6.6.7"), context=context) is None

    def test_the_operators_own_list_of_senders_counts(self) -> None:
        mine = replace(CONTEXT, lists=Lists({"esp": ["partner-mail.com"]}))
        assert spared(at=envelope(name="out1.partner-mail.com"), context=mine) == "large_sender"


class TestForwarders:
    @pytest.mark.parametrize(
        "field", ["ARC-Seal: i=1; a=rsa-sha256", "X-Forwarded-To: a@b.com", "Resent-From: a@b.com"]
    )
    def test_a_known_forwarder_is_spared(self, field: str) -> None:
        at = envelope(name="out1.cantab.net")
        assert spared(link("http://pills-now.com/buy", field), at) == "forwarder"
        assert waits(link("http://pills-now.com/buy", field)) == "said_forwarded"  # from anywhere else

    @pytest.mark.parametrize(
        "mail_from", ["SRS0=ab=cd=bank.com=x@relay-host.com", "x+caf_=trap=ourtraps.com@school-mail.com"]
    )
    def test_a_forwarder_that_no_list_knows_is_spared_by_the_sender_that_it_rewrote(self, mail_from: str) -> None:
        assert spared(at=envelope(mail_from=mail_from)) == "rewritten_sender"

    def test_who_rewrites_his_own_sender_is_listed(self) -> None:
        assert spared(at=envelope(mail_from="SRS0=ab=cd=bank.com=x@pills-now.com")) is None

    @pytest.mark.parametrize("said", ["fail", "softfail"])
    def test_who_rewrites_into_a_domain_that_does_not_let_him_send_is_listed(self, said: str) -> None:
        field = results(f"spf={said} smtp.mailfrom=relay-host.com")
        at = envelope(mail_from="SRS0=ab=cd=bank.com=x@relay-host.com")
        assert spared(link("http://pills-now.com/buy", field), at) is None

    @pytest.mark.parametrize("field", ["Delivered-To", "X-Original-To"])
    def test_a_relay_that_forwards_without_arc_and_srs_is_listed_after_a_second_trap(self, field: str) -> None:
        """A .forward or an alias that somebody pointed at a trap: all it leaves is whom it delivered to before."""
        by = "Received: by mail.alumni-mail.org (Postfix) id 4bX; Sat, 21 Nov 2026 11:58:00 +0000 (UTC)"
        of = link("http://pills-now.com/buy", by, f"{field}: alice@alumni-mail.org")
        assert waits(of) == "said_forwarded"
        assert spared(link("http://pills-now.com/buy", by, f"{field}: {TRAP}")) is None
        assert spared(link("http://pills-now.com/buy", f"{field}: alice@alumni-mail.org", by)) is None
        assert spared(of, caught(source="mailbox", role="honeypot")) is None  # its server may have written that

    @pytest.mark.parametrize("field", ["ARC-Seal: i=1; cv=none; d=pills-now.com", "X-Forwarded-To: x@y.com"])
    def test_who_only_says_that_he_forwards_is_listed_after_a_second_trap(self, field: str) -> None:
        assert waits(link("http://pills-now.com/buy", field)) == "said_forwarded"

    def test_who_tags_his_own_bounces_is_listed(self) -> None:
        assert spared(at=envelope(mail_from="prvs=1234abcdef=news@pills-now.com")) is None
