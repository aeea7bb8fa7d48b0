"""Who is never listed on this server: each rule twice, whom it spares, and the spammer who is listed all the same."""

import re
from dataclasses import replace
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from tests.reporter.messages import TRAP, envelope, html, link
from trapline.config.networks import NetworkSet
from trapline.dnsbl.findings import Listed, NotListed, Unknown
from trapline.reporter.decisions import listing as rules
from trapline.reporter.decisions.listing import ASKED, DOUBTED, SPARED, ListHere, Spare, by_dnswl
from trapline.reporter.judge import Context, judge
from trapline.reporter.lists import Lists
from trapline.spool.envelope import Envelope, Recipient

SPAM = link("http://pills-now.com/buy")
OURS = "mx.ourtraps.com"  #: our server's name in Authentication-Results
CONTEXT = Context(authserv_ids=(OURS,))
GOOGLE = (("_spf.google.com", NetworkSet([ip_network("11.5.0.0/16"), ip_network("2a00:1450:4::25/128")])),)


def decided(of: bytes = SPAM, at: Envelope | None = None, context: Context = CONTEXT) -> ListHere | Spare:
    return judge(of, at or envelope(), context).listing


def spared(of: bytes = SPAM, at: Envelope | None = None, context: Context = CONTEXT) -> str | None:
    """The name of the rule that spares the client; None where it is listed after one hit."""
    found = decided(of, at, context)
    assert isinstance(found, Spare) or found.traps == 1
    return found.rule


def waits(of: bytes = SPAM, at: Envelope | None = None, context: Context = CONTEXT) -> str | None:
    """The name of the rule that waits for a second trap; None where none does."""
    found = decided(of, at, context)
    assert isinstance(found, ListHere)
    return found.rule if found.traps == 2 else None


def caught(**changes: Any) -> Envelope:
    """A stranger's hit of one trap, with further facts than `envelope` knows."""
    return replace(envelope(), **changes)


def results(said: str) -> str:
    """A field that our own server wrote."""
    return f"Authentication-Results: {OURS}; {said}"


NEWSLETTER = (
    "List-Unsubscribe: <https://pills-now.com/leave>",
    "List-Id: News <news.pills-now.com>",
    "DKIM-Signature: v=1; a=rsa-sha256; d=pills-now.com; s=one; h=from; bh=x; b=y",
)
SIGNED = results("dkim=pass header.d=pills-now.com")
BOUNCE = "Content-Type: message/delivery-status"
LETTER = (  # of WordPress, to whoever is to be called so
    b"From: Bakery <anna@bakery-anna.com>\nSubject: Login\n\nUsername: pills-now.com/x - 120 USDT\n\n"
    b"https://bakery-anna.com/wp-login.php?login=pills-now.com/x%20-%20120%20USDT&key=abcDEF1&action=rp\n"
)
AWAY = "Auto-Submitted: auto-replied"
TWO = (
    Recipient(address=TRAP, trap=True, label="contact page", kind="pristine"),
    Recipient(address="x@ourtraps.com", trap=True, label="forum", kind="pristine"),
)


def test_a_plain_spammer_is_listed_after_one_hit() -> None:
    assert decided() == ListHere()


def test_every_rule_has_a_docstring_that_names_whom_it_protects() -> None:
    for name, rule in (*SPARED.items(), *DOUBTED.items()):
        text = rule.__doc__ or ""
        assert text.startswith("Skip " if name in SPARED else "Wait "), name
        assert "Protects " in text, name


def test_every_rule_is_documented_in_its_order() -> None:
    page = Path(__file__).parents[3] / "docs" / "blocklist.md"
    section = page.read_text(encoding="utf-8").partition("## Who is never listed")[2].partition("\n## ")[0]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == [*SPARED, *ASKED, *DOUBTED]


class TestWhoseAddressItIs:
    @pytest.mark.parametrize(
        "client",
        [
            *(
                "10.1.2.3",
                "100.64.1.1",
                "127.0.0.1",
                "169.254.1.1",
                "192.0.2.1",
                "198.18.0.1",
                "224.0.0.1",
                "240.0.0.1",
            ),
            *("::1", "fe80::1", "fd00::1", "2001:db8::1", "ff02::1"),
            *("::ffff:10.1.2.3", "2002:a01:203::1", "64:ff9b::10.1.2.3"),  # mapped, 6to4, NAT64
        ],
    )
    def test_addresses_that_are_no_single_hosts_are_spared(self, client: str) -> None:
        assert spared(at=envelope(client=client)) == "not_public"

    @pytest.mark.parametrize("client", ["11.2.3.4", "::ffff:11.2.3.4", "2a0b:1::1"])
    def test_a_strangers_is_listed(self, client: str) -> None:
        assert spared(at=envelope(client=client)) is None

    @pytest.mark.parametrize("client", ["11.2.3.4", "::ffff:11.2.3.4"])
    def test_our_own_networks_are_spared_and_the_next_one_is_listed(self, client: str) -> None:
        own = replace(CONTEXT, own_networks=NetworkSet([ip_network("11.2.3.0/24")]))
        assert spared(at=envelope(client=client), context=own) == "our_own_network"
        assert spared(at=envelope(client="11.2.4.4"), context=own) is None

    @pytest.mark.parametrize("name", ["mx2.ourtraps.com", "out.partner.com"])
    def test_a_host_with_a_proven_name_of_ours_or_an_allowed_one_is_spared(self, name: str) -> None:
        ours = replace(CONTEXT, own_domains=frozenset({"ourtraps.com"}), allowed_domains=(".partner.com",))
        assert spared(at=envelope(name=name), context=ours) == "our_own_host"
        assert spared(at=envelope(name=f"{name}.pills-now.com"), context=ours) is None

    def test_who_merely_says_that_he_has_a_name_of_ours_is_listed(self) -> None:
        ours = replace(CONTEXT, own_domains=frozenset({"ourtraps.com"}), allowed_domains=(".partner.com",))
        for name in ("mx2.ourtraps.com", "out.partner.com"):
            assert spared(at=envelope(helo=name, mail_from=f"x@{name}"), context=ours) is None

    def test_our_host_in_the_same_64_as_a_spammer_is_spared_and_one_in_the_next_is_not(self) -> None:
        own = replace(CONTEXT, own_networks=NetworkSet([ip_network("2a0b:1::25/128"), ip_network("11.9.9.9/32")]))
        assert spared(at=envelope(client="2a0b:1::66"), context=own) == "neighbour"
        assert spared(at=envelope(client="2a0b:1:0:1::66"), context=own) is None

    def test_a_large_senders_server_in_the_same_64_is_spared(self) -> None:
        assert spared(at=envelope(client="2a00:1450:4::66"), context=replace(CONTEXT, large_senders=GOOGLE)) == (
            "neighbour"
        )

    def test_a_client_that_is_not_known_is_spared(self) -> None:
        assert spared(at=envelope(client=None)) == "unseen_client"


class TestWhoIsOurs:
    @pytest.mark.parametrize("at", [envelope(authenticated=True), envelope(exempt=True)])
    def test_our_own_users_are_spared(self, at: Envelope) -> None:
        assert spared(at=at) == "own_user"

    @pytest.mark.parametrize("kinds", [("recycled",), ("typo",), ("recycled", "typo")])
    def test_who_writes_to_an_addresss_old_owner_or_mistypes_it_is_spared(self, kinds: Any) -> None:
        assert spared(at=envelope(kinds=kinds)) == "once_somebodys"

    def test_who_hits_a_pristine_trap_too_is_listed(self) -> None:
        assert spared(at=envelope(kinds=("recycled", "pristine"))) is None

    def test_who_is_in_somebodys_junk_is_spared_and_who_writes_to_a_honeypot_is_listed(self) -> None:
        anna = (Recipient(address="anna@harbour-mail.com", label="Anna"),)
        assert spared(at=caught(source="mailbox", role="junk", recipients=anna)) == "no_trap_hit"
        assert spared(at=caught(source="mailbox", role="junk")) == "no_trap_hit"
        assert spared(at=caught(source="mailbox", role="honeypot")) is None

    def test_whom_nobody_of_ours_saw_is_spared_and_whom_our_postfix_saw_is_listed(self) -> None:
        assert spared(at=caught(source="file")) == "unseen_client"
        assert spared(at=caught(source="fallback")) is None


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


class TestAnswers:
    @pytest.mark.parametrize("of", [SPAM, b"", link("http://a.com/b", BOUNCE)])
    def test_a_bounce_is_spared(self, of: bytes) -> None:
        assert spared(of, envelope(mail_from="")) == "backscatter"

    @pytest.mark.parametrize(
        "field", [AWAY, "X-Autoreply: yes", "Precedence: auto_reply", "X-Failed-Recipients: a@b.com"]
    )
    def test_an_automatic_reply_from_a_sender_is_spared(self, field: str) -> None:
        assert spared(link("http://a.com/b", field)) == "backscatter"

    def test_it_is_spared_where_the_operator_has_backscatter_reported(self) -> None:
        reporting = replace(CONTEXT, report_backscatter=True)
        assert spared(at=envelope(mail_from=""), context=reporting) == "backscatter"
        assert spared(link("http://a.com/b", AWAY), context=reporting) == "backscatter"
        assert spared(link("http://a.com/b", "Auto-Submitted: auto-generated"), context=reporting) == "program_notice"

    def test_a_site_on_whose_form_the_trap_was_typed_is_spared(self) -> None:
        assert spared(link("http://a.com/b", "Auto-Submitted: auto-generated")) == "program_notice"

    def test_a_service_that_asks_for_confirmation_is_spared_and_its_next_mail_is_not(self) -> None:
        assert spared(html("Please confirm your subscription: http://pills-now.com/c")) == "confirmation_request"
        assert spared(html("Our new prices: http://pills-now.com/c")) is None

    def test_a_site_that_writes_to_a_new_user_whose_name_is_spam_is_spared(self) -> None:
        assert spared(LETTER) == "typed_into_form"
        assert spared(LETTER.replace(b"action=rp", b"action=go")) is None
        named = link("http://a.com/b", "To: Withdraw it now at pills-now.com/x <a@ourtraps.com>\nList-Id: <news.a.com>")
        assert spared(named) == "typed_into_form"
        assert spared(named.replace(b"List-Id", b"X-Word")) is None
        assert spared(LETTER.replace(b"From: Bakery <anna@bakery-anna.com>", b"From: x@pills-now.com")) is None

    def test_a_site_that_sends_a_copy_of_what_was_typed_into_its_form_is_listed_after_a_second_trap(self) -> None:
        of = html("WIN http://pills-now.com/c <p>This e-mail was sent from a contact form on Anna's Bakery</p>")
        assert waits(of) == "form_copy"
        assert waits(of, caught(recipients=TWO)) is None  # such a copy goes to one address

    @pytest.mark.parametrize(
        "field", ["Return-Path: <>", "Received: from x by y (envelope-from <>)", "Precedence: bulk"]
    )
    def test_a_bounce_that_only_the_header_tells_of_is_listed(self, field: str) -> None:
        assert spared(link("http://pills-now.com/buy", field)) is None

    @pytest.mark.parametrize(
        "of",
        [
            link("http://pills-now.com/buy", AWAY),
            html("Please confirm your subscription: http://pills-now.com/c"),
            LETTER,
        ],
        ids=["reply", "confirmation", "new user"],
    )
    def test_an_answer_to_several_or_from_a_sender_that_is_forged_is_none(self, of: bytes) -> None:
        assert spared(of) is not None
        assert spared(of, envelope(people=("anna@ourtraps.com",))) is None
        assert spared(of, caught(recipients=TWO)) is None
        assert spared(of, caught(source="fallback", others=True)) is None
        forged = of.replace(b"Subject:", results("spf=fail smtp.mailfrom=pills-now.com").encode() + b"\nSubject:")
        assert spared(forged) is None

    def test_a_help_desk_whose_ticket_somebody_copies_to_a_trap_is_listed_with_a_second_trap_only(self) -> None:
        """Who has a mailbox here opens a ticket with the trap in Cc: notices go to both in one transaction."""
        notice = link("http://help-desk.com/ticket/7", "Auto-Submitted: auto-generated")
        assert waits(notice, envelope(people=("anna@ourtraps.com",))) == "notice_to_several"
        assert waits(notice, caught(source="fallback", others=True)) == "notice_to_several"
        forged = results("spf=fail smtp.mailfrom=pills-now.com")
        of = link("http://pills-now.com/buy", "Auto-Submitted: auto-generated", forged)
        assert spared(of) is None
        assert spared(of, envelope(people=("anna@ourtraps.com",))) is None

    def test_a_bounce_to_several_is_none_and_one_from_a_host_without_spf_is_one(self) -> None:
        assert spared(at=caught(mail_from="", recipients=TWO)) is None
        field = results("spf=fail smtp.helo=mail.pills-now.com")
        assert spared(link("http://a.com/b", field), envelope(mail_from="")) == "backscatter"

    def test_a_honeypots_other_spellings_are_no_further_recipients(self) -> None:
        at = caught(source="mailbox", role="honeypot", recipients=TWO)
        assert spared(link("http://a.com/b", AWAY), at) == "backscatter"


class TestMailings:
    def test_who_subscribed_a_trap_to_a_newsletter_has_it_listed_with_a_second_trap_only(self) -> None:
        found = decided(link("http://pills-now.com/buy", SIGNED, *NEWSLETTER))
        assert found == ListHere(2, "a mailing that somebody may have subscribed the trap to (List-Id)", "newsletter")

    @pytest.mark.parametrize("field", NEWSLETTER[:2])
    def test_one_of_the_fields_is_enough(self, field: str) -> None:
        assert waits(link("http://pills-now.com/buy", SIGNED, field)) == "newsletter"

    def test_who_only_signs_is_listed_after_one(self) -> None:
        assert spared(link("http://pills-now.com/buy", SIGNED, NEWSLETTER[2])) is None

    @pytest.mark.parametrize(
        "said", ["dkim=fail header.d=pills-now.com", "dkim=none", "dkim=pass header.d=other-pills.com"]
    )
    def test_who_forges_a_newsletter_without_a_signature_of_his_own_is_listed_after_one(self, said: str) -> None:
        assert spared(link("http://pills-now.com/buy", results(said), *NEWSLETTER)) is None

    @pytest.mark.parametrize("said", ["spf=pass smtp.mailfrom=pills-now.com", "dkim=temperror header.d=pills-now.com"])
    def test_a_signature_that_nobody_checked_counts(self, said: str) -> None:
        assert waits(link("http://pills-now.com/buy", results(said), *NEWSLETTER)) == "newsletter"
        assert waits(link("http://pills-now.com/buy", *NEWSLETTER), context=Context()) == "newsletter"

    def test_a_mailing_list_that_leaves_from_as_it_is_and_signs_itself_waits_too(self) -> None:
        said = (results("dkim=pass header.d=lists-host.org"), "List-Id: Talk <talk.lists-host.org>")
        assert waits(link("http://pills-now.com/buy", *said)) == "newsletter"
        assert spared(link("http://pills-now.com/buy", said[0], "List-Id: Talk <talk.other-lists.org>")) is None

    def test_one_of_another_domain_does_not(self) -> None:
        other = (*NEWSLETTER[:2], NEWSLETTER[2].replace("d=pills-now.com", "d=other-pills.com"))
        assert spared(link("http://pills-now.com/buy", *other)) is None
        assert spared(link("http://pills-now.com/buy", *NEWSLETTER[:2])) is None

    def test_results_that_the_sender_wrote_count_for_nothing(self) -> None:
        forged = "Authentication-Results: mx.pills-now.com; dkim=pass header.d=pills-now.com"
        assert spared(link("http://pills-now.com/buy", forged, *NEWSLETTER[:2])) is None

    def test_a_mailing_by_a_mail_service_is_spared_for_good(self) -> None:
        of = link("http://pills-now.com/buy", SIGNED, *NEWSLETTER)
        assert spared(of, envelope(name="o1.ptr2.sendgrid.net")) == "large_sender"


class TestWhatCanNotBeSeen:
    @pytest.mark.parametrize("mail_from", ["news@pills-now.com", "", "double-bounce@mx.someone-else.com"])
    def test_who_is_refused_before_data_is_not_listed_for_it(self, mail_from: str) -> None:
        assert spared(b"\n", envelope(bodiless=True, mail_from=mail_from)) == "refused_already"

    def test_nobody_is_listed_for_a_message_that_a_defect_of_ours_hides(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(_: bytes) -> None:
            raise ValueError

        monkeypatch.setattr("trapline.reporter.judge.parse", broken)
        assert spared() == "unreadable"

    @pytest.mark.parametrize(
        "of",
        [
            b"",
            b"\0\xff\x00no mail at all",
            SPAM.replace(b"text/html", b'multipart/mixed; boundary="'),
            SPAM.replace(b"charset=utf-8", b"charset=nonsense\nContent-Transfer-Encoding: base64"),
            link("http://pills-now.com/buy" + "/x" * 200_000),
        ],
    )
    def test_who_sends_broken_mail_is_listed(self, of: bytes) -> None:
        assert spared(of) is None

    def test_who_sends_more_than_we_keep_is_listed(self) -> None:
        assert spared(at=caught(truncated=True)) is None


class TestForgedHeaders:
    """A message tells of other hosts as its sender likes: what is listed is the client, or nobody."""

    @pytest.mark.parametrize(
        "field",
        [
            "Received: from mail.bank.com (mail.bank.com [11.99.1.1]) by mx.ourtraps.com with ESMTP",
            "Received: from mail-wr1-f41.google.com (mail-wr1-f41.google.com [11.99.1.1]) by mx.ourtraps.com",
            "X-Originating-IP: [11.99.1.1]",
            "Received-SPF: pass client-ip=11.99.1.1",
            "Sender: anna@bank.com",
            'Trapline-Envelope: {"version": 1, "client": {"address": "11.99.1.1"}}',
        ],
    )
    def test_they_neither_list_who_is_named_nor_spare_who_wrote_them(self, field: str) -> None:
        judgement = judge(link("http://pills-now.com/buy", field), envelope(), CONTEXT)
        assert judgement.listing == ListHere()
        assert [str(address) for address, _ in judgement.evidence.addresses] == ["11.2.3.4"]


class TestDnswl:
    @pytest.mark.parametrize("code", ["127.0.5.1", "127.0.10.2", "127.0.3.3"])
    def test_who_is_on_it_from_level_low_is_spared(self, code: str) -> None:
        assert getattr(by_dnswl(Listed("dnswl", "11.2.3.4", (code,))), "rule", None) == "on_dnswl"

    def test_who_is_not_on_it_is_listed(self) -> None:
        assert by_dnswl(NotListed("dnswl", "11.2.3.4")) is None

    def test_nobody_is_listed_while_it_gives_no_answer(self) -> None:
        assert by_dnswl(Unknown("dnswl", "11.2.3.4", "timeout")) == Spare(
            "dnswl_silent", "dnswl.org gives no answer: timeout"
        )

    def test_its_rules_have_the_names_that_are_documented(self) -> None:
        found = (Listed("dnswl", "11.2.3.4", ("127.0.5.1",)), Unknown("dnswl", "11.2.3.4", "timeout"))
        assert tuple(getattr(by_dnswl(one), "rule", None) for one in found) == ASKED


def test_one_message_to_a_trap_and_to_people_lists_its_client() -> None:
    assert spared(at=envelope(people=("anna@ourtraps.com",))) is None
    assert rules.MORE_TRAPS == 2
