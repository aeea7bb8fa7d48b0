"""Mail to people: listed clients are refused with words that help, everybody else's mail is delivered untouched."""

import re
import time

import pytest

from tests.e2e.dialogue import send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.servers.mail_exchanger import ANNA, BERT, TRAP, MailExchanger

CARLA = "carla@harbour-letters.com"
STRANGER = "11.0.1.7"
ON_SBL = "11.0.0.2"
ON_PBL = "11.0.0.10"


def test_ordinary_mail_is_delivered_as_it_is_without_a_milter(mx: MailExchanger) -> None:
    for port in (mx.postfix.port, mx.postfix.unfiltered):
        with mx.client(STRANGER, port=port) as smtp:
            assert send(smtp, CARLA, [ANNA], ordinary()).accepted
    differs = rb"(?<=with ESMTP id )\w+|(?<=>; ).*"  # queue ID and time in Postfix's Received line
    filtered, unfiltered = (re.sub(differs, b"", message) for message in mx.mailbox(ANNA))
    assert filtered == unfiltered
    assert filtered.endswith(ordinary())
    assert mx.spool() == []


def test_ordinary_mail_is_not_delayed(mx: MailExchanger) -> None:
    start = time.monotonic()
    with mx.client(STRANGER) as smtp:
        assert send(smtp, CARLA, [ANNA], ordinary()).accepted
    assert time.monotonic() - start < 2.0  # the deadline is 5 s


def test_a_listed_client_is_refused_with_the_zone_and_where_to_look(mx: MailExchanger) -> None:
    with mx.client(ON_SBL) as smtp:
        seen = send(smtp, SPAMMER, [ANNA], spam())
    assert seen.mail.code == 250
    assert seen.rcpt.code == 550
    assert seen.rcpt.text.startswith("5.7.1 ")
    assert "zen" in seen.rcpt.text.lower()
    assert "check.spamhaus.org" in seen.rcpt.text
    assert ON_SBL in seen.rcpt.text
    assert mx.dns.key.lower() not in seen.rcpt.text.lower()
    assert mx.mailbox(ANNA) == []


def test_an_admin_words_the_refusals_and_the_client_reads_them_as_they_were_written(mx: MailExchanger) -> None:
    """Percent signs mean something to libmilter and to Postfix; the codes stay, whatever the text."""
    address = "100%, %s and %% sure: {object} is on {zone}. Ask postmaster@quayside-mail.com, see {link}"
    domain = "250 {object} {{new}}"
    with mx.settings({"milter": {"replies": {"address": address, "domain": domain}}}):
        with mx.client(ON_SBL) as smtp:
            listed = send(smtp, CARLA, [ANNA], spam()).rcpt
        with mx.client(STRANGER) as smtp:
            new = send(smtp, "hello@born-yesterday-shop.com", [ANNA], ordinary()).rcpt
    link = f"https://check.spamhaus.org/query/ip/{ON_SBL}"
    assert str(listed) == (
        f"550 5.7.1 100%, %s and %% sure: {ON_SBL} is on zen. Ask postmaster@quayside-mail.com, see {link}"
    )
    assert str(new) == "450 4.7.1 250 born-yesterday-shop.com {new}"


def test_a_long_name_hides_no_listed_domain_and_its_refusal_is_one_line_of_an_smtp_reply(mx: MailExchanger) -> None:
    longest = ".".join(["a" * 63] * 3 + ["b" * 39, "phish-harbour.com"])[-250:]
    with mx.client(STRANGER) as smtp:
        seen = send(smtp, f"x@{longest}", [ANNA], spam())
    assert seen.rcpt.code == 550
    assert f".{'b' * 39}.phish-harbour.com blocked" in seen.rcpt.text
    assert "https://check.spamhaus.org" in seen.rcpt.text
    assert len(str(seen.rcpt)) + 2 <= 512


def test_an_ipv6_client_is_looked_up_too(mx: MailExchanger) -> None:
    with mx.client("2e00::25") as smtp:
        seen = send(smtp, SPAMMER, [ANNA], spam())
    assert seen.rcpt.code == 550
    assert "2e00::25" in seen.rcpt.text


@pytest.mark.parametrize("octet", [2, 3, 4, 9, 10, 11, 30])
def test_every_code_of_zen_counts(mx: MailExchanger, octet: int) -> None:
    with mx.client(f"11.0.0.{octet}") as smtp:
        assert send(smtp, SPAMMER, [ANNA], spam()).rcpt.code == 550


def test_a_helo_and_a_sender_domain_on_the_dbl_are_refused(mx: MailExchanger) -> None:
    with mx.client(STRANGER, helo="mx1.pillpalace-offers.com") as smtp:
        by_helo = send(smtp, CARLA, [ANNA], spam())
    with mx.client(STRANGER) as smtp:
        by_sender = send(smtp, "news@phish-harbour.com", [ANNA], spam())
    for seen in (by_helo, by_sender):
        assert (seen.rcpt.code, seen.rcpt.text[:5]) == (550, "5.7.1")
        assert "dbl" in seen.rcpt.text.lower()


def test_an_abused_legitimate_domain_is_not_refused(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        assert send(smtp, "shop@abused-homepages.com", [ANNA], ordinary()).accepted


def test_a_domain_born_yesterday_is_asked_to_come_back(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        seen = send(smtp, "hello@born-yesterday-shop.com", [ANNA], ordinary())
    assert (seen.rcpt.code, seen.rcpt.text[:5]) == (450, "4.7.1")
    assert "zrd" in seen.rcpt.text.lower()


def test_an_authenticated_client_on_the_pbl_is_not_refused(mx: MailExchanger) -> None:
    with mx.client(ON_PBL, login="bert") as smtp:
        assert send(smtp, BERT, [ANNA], ordinary()).accepted
    assert len(mx.mailbox(ANNA)) == 1


def test_the_same_client_without_authentication_is_refused(mx: MailExchanger) -> None:
    with mx.client(ON_PBL) as smtp:
        assert send(smtp, BERT, [ANNA], ordinary()).rcpt.code == 550


def test_a_client_of_an_exempt_service_is_not_refused(mx: MailExchanger) -> None:
    with mx.client(ON_PBL, port=mx.postfix.submission) as smtp:
        assert send(smtp, BERT, [ANNA], ordinary()).accepted


@pytest.mark.parametrize("address", [None, "192.168.7.8", "10.1.2.3"])
def test_a_local_client_is_not_refused_whatever_it_calls_itself(mx: MailExchanger, address: str | None) -> None:
    with mx.client(address, helo="printer.pillpalace-offers.com") as smtp:
        assert send(smtp, "printer@pillpalace-offers.com", [ANNA], ordinary()).accepted


def test_a_null_sender_reaches_a_person(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        assert send(smtp, "", [ANNA], ordinary("Undelivered Mail Returned to Sender")).accepted


def test_a_refused_client_can_be_allowed(mx: MailExchanger) -> None:
    with mx.settings({"milter": {"allow": {"addresses": ["11.0.0.2/32"]}}}), mx.client(ON_SBL) as smtp:
        assert send(smtp, CARLA, [ANNA], ordinary()).accepted


def test_shadow_mode_refuses_nothing_and_catches_as_ever(mx: MailExchanger) -> None:
    with mx.settings({"dqs": {"mode": "shadow"}}), mx.client(ON_SBL) as smtp:
        assert send(smtp, SPAMMER, [ANNA], spam()).accepted
        assert send(smtp, SPAMMER, [TRAP], spam()).accepted
    assert len(mx.mailbox(ANNA)) == 1
    (envelope,) = mx.envelopes()
    assert [listing["zone"] for listing in envelope["listings"]] == ["zen"]
    assert "listed" in mx.milter_log()


def test_reject_at_earliest_refuses_at_mail(mx: MailExchanger) -> None:
    with mx.settings({"milter": {"reject_at": "earliest"}}), mx.client(ON_SBL) as smtp:
        code, text = smtp.mail(SPAMMER)
    assert code == 550
    assert b"zen" in text.lower()
