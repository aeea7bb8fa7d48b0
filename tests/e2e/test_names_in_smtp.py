"""Which names in HELO and MAIL FROM are asked about, and in which form, seen through a real Postfix."""

import pytest

from tests.e2e.dialogue import Dialogue, send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger

CARLA = "carla@harbour-letters.com"
STRANGER = "11.0.1.7"
LISTED = "pillpalace-offers.com"  # on the DBL, as is all below
IDN = "käse-palast-angebote.com"
IDN_A_LABELS = "xn--kse-palast-angebote-gwb.com"


def greeted(mx: MailExchanger, helo: str) -> Dialogue:
    """What a client that calls itself `helo` sees."""
    with mx.client(STRANGER, helo=helo) as smtp:
        return send(smtp, CARLA, [ANNA], ordinary())


@pytest.mark.parametrize(
    "helo", [LISTED, f"MX1.{LISTED.upper()}", f"mx1.{LISTED}.", f"_mx_1.{LISTED}", f"a.b.c.{LISTED}"]
)
def test_a_listed_helo_is_refused_however_it_is_written(mx: MailExchanger, helo: str) -> None:
    reply = greeted(mx, helo).rcpt
    assert reply.code == 550
    assert f"domain {helo.lower().removesuffix('.')} blocked using Spamhaus dbl" in reply.text


@pytest.mark.parametrize("front", ["-a", "a-", "a.", "x" * 64, "a." * 400 + "a"])
def test_what_is_no_label_in_front_of_a_listed_helo_does_not_hide_it(mx: MailExchanger, front: str) -> None:
    reply = greeted(mx, f"{front}.{LISTED}").rcpt
    assert reply.code == 550
    assert f"{LISTED} blocked using Spamhaus dbl" in reply.text


@pytest.mark.parametrize(
    "helo", ["[11.0.0.2]", "11.0.0.2", "[IPv6:2e00::25]", "2e00::25", "localhost", "pillpalace-offers", "..", "-", "_"]
)
def test_a_helo_that_is_no_domain_name_is_no_reason_to_refuse(mx: MailExchanger, helo: str) -> None:
    said = len(mx.milter_log())
    assert greeted(mx, helo).accepted
    assert "lookup error" not in mx.milter_log()[said:]


@pytest.mark.parametrize("helo", [LISTED, f"mx1.{LISTED}", f"MX1.{LISTED.upper()}."])
def test_our_own_name_in_helo_is_not_asked_about(mx: MailExchanger, helo: str) -> None:
    with mx.settings({"ours": {"domains": [LISTED]}}):
        assert greeted(mx, helo).accepted
    assert greeted(mx, f"not{LISTED}").accepted


def test_our_own_name_in_mail_from_is_asked_about_since_anybody_can_write_it(mx: MailExchanger) -> None:
    with mx.settings({"ours": {"domains": [LISTED]}}), mx.client(STRANGER) as smtp:
        assert send(smtp, f"x@{LISTED}", [ANNA], spam()).rcpt.code == 550


@pytest.mark.parametrize("domain", [LISTED.upper(), f"_x.{LISTED}", IDN_A_LABELS, IDN_A_LABELS.upper()])
def test_a_listed_sender_is_refused_however_it_is_written(mx: MailExchanger, domain: str) -> None:
    mx.dns.add("dbl", IDN_A_LABELS, "127.0.1.2")
    with mx.client(STRANGER) as smtp:
        assert send(smtp, f"x@{domain}", [ANNA], spam()).rcpt.code == 550


@pytest.mark.parametrize(
    "written",
    [
        f"x@{LISTED}(a comment)", f"x@{LISTED} (of anna@harbour-letters.com)", f"{LISTED}!x", f"x%{LISTED}",
        f'x@"{LISTED}"', f"x@{LISTED[:4]}\\{LISTED[4:]}", f"x@{LISTED.replace('.', '(c).')}", f"x@{LISTED},",
        f"group:x@{LISTED};", f"@harbour-letters.com:x@{LISTED}", f"x@ {LISTED}.",
    ],
)  # fmt: skip
def test_a_listed_sender_is_refused_in_every_form_that_postfix_understands(mx: MailExchanger, written: str) -> None:
    with mx.client(STRANGER) as smtp:
        assert smtp.docmd("MAIL", f"FROM:<{written}>")[0] == 250
        code, text = smtp.rcpt(ANNA)
    assert code == 550
    assert f"domain {LISTED} blocked".encode() in text


@pytest.mark.parametrize("domain", [IDN, IDN.replace("ä", "Ä").upper(), IDN.replace("ä", "a\u0308")])
def test_an_internationalised_sender_is_asked_about_as_a_labels(mx: MailExchanger, domain: str) -> None:
    mx.dns.add("dbl", IDN_A_LABELS, "127.0.1.2")
    with mx.client(STRANGER) as smtp:
        smtp.command_encoding = "utf-8"
        seen = send(smtp, f"käse@{domain}", [ANNA], spam(), ["SMTPUTF8", "BODY=8BITMIME"])
    assert seen.rcpt.code == 550
    assert f"domain {IDN_A_LABELS} blocked" in seen.rcpt.text


def test_a_sender_of_a_name_with_an_emoji_is_asked_about_as_the_dns_has_it(mx: MailExchanger) -> None:
    mx.dns.add("dbl", "xn--ipills-i50d.com", "127.0.1.2")
    with mx.client(STRANGER) as smtp:
        smtp.command_encoding = "utf-8"
        seen = send(smtp, "news@i\u2764\ufe0fpills.com", [ANNA], spam(), ["SMTPUTF8", "BODY=8BITMIME"])
    assert seen.rcpt.code == 550
    assert "domain xn--ipills-i50d.com blocked" in seen.rcpt.text


def test_an_internationalised_helo_is_asked_about_as_a_labels(mx: MailExchanger) -> None:
    mx.dns.add("dbl", IDN_A_LABELS, "127.0.1.2")
    with mx.client(STRANGER, helo="first.com") as smtp:
        smtp.command_encoding = "utf-8"
        assert smtp.docmd("EHLO", f"mail.{IDN}")[0] == 250
        assert send(smtp, CARLA, [ANNA], ordinary()).rcpt.code == 550


@pytest.mark.parametrize("sender", ["x@[11.0.0.2]", "x@[IPv6:2e00::25]", "postmaster", ""])
def test_a_sender_without_a_domain_name_is_no_reason_to_refuse(mx: MailExchanger, sender: str) -> None:
    said = len(mx.milter_log())
    with mx.client(STRANGER) as smtp:
        assert send(smtp, sender, [ANNA], ordinary()).accepted
    assert "lookup error" not in mx.milter_log()[said:]


def test_the_last_helo_counts_and_the_one_before_is_forgotten(mx: MailExchanger) -> None:
    with mx.client(STRANGER, helo=f"mx1.{LISTED}") as smtp:
        smtp.ehlo("mail.harbour-letters.com")
        assert send(smtp, CARLA, [ANNA], ordinary()).accepted
        assert send(smtp, SPAMMER, [TRAP], spam()).accepted
        smtp.ehlo(f"mx1.{LISTED}")
        assert send(smtp, CARLA, [ANNA], ordinary()).rcpt.code == 550
    (envelope,) = mx.envelopes()
    assert envelope["helo"] == "mail.harbour-letters.com"
    assert envelope["listings"] == []
