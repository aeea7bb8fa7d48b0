"""Several messages in one SMTP session, in every order that SMTP knows: nothing leaks from one into the next."""

import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.dialogue import data, send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.servers.mail_exchanger import ANNA, BERT, OTHER_TRAP, TRAP, MailExchanger
from tests.servers.postfix import Postfix
from tests.servers.processes import program

CARLA = "carla@harbour-letters.com"
STRANGER = "11.0.1.7"
ON_DBL = "news@phish-harbour.com"
NEW = "hello@born-yesterday-shop.com"


def pipelined(smtp: smtplib.SMTP, *commands: str | bytes) -> list[int]:
    """The codes of the answers to `commands`, which are sent at once (RFC 2920)."""
    whole = [command.encode() + b"\r\n" if isinstance(command, str) else command for command in commands]
    assert smtp.sock is not None
    smtp.sock.sendall(b"".join(whole))
    return [smtp.getreply()[0] for _ in commands]


def hits(mx: MailExchanger) -> list[tuple[str, list[str]]]:
    """MAIL FROM and recipients of what was caught."""
    return [(one["mail_from"], [rcpt["address"] for rcpt in one["recipients"]]) for one in mx.envelopes()]


def test_pipelined_commands_are_answered_as_if_they_came_one_by_one(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        codes = pipelined(
            smtp,
            *(f"MAIL FROM:<{ON_DBL}>", f"RCPT TO:<{ANNA}>", "RSET"),
            *(f"MAIL FROM:<{SPAMMER}>", f"RCPT TO:<{TRAP}>", f"RCPT TO:<{ANNA}>", "RSET"),
            *(f"MAIL FROM:<{SPAMMER}>", f"RCPT TO:<{OTHER_TRAP}>", f"RCPT TO:<{BERT}>", "DATA"),
        )
        assert codes == [250, 550, 250, 250, 250, 250, 250, 250, 250, 250, 354]
        body = spam().replace(b"\n", b"\r\n") + b".\r\n"
        again = pipelined(smtp, body, f"MAIL FROM:<{CARLA}>", f"RCPT TO:<{ANNA}>", "DATA")
        assert again == [250, 250, 250, 354]
        assert pipelined(smtp, ordinary().replace(b"\n.", b"\n..").replace(b"\n", b"\r\n") + b".\r\n", "QUIT") == [
            250,
            221,
        ]
        smtp.close()
    assert hits(mx) == [(SPAMMER, [OTHER_TRAP, BERT])]
    assert len(mx.mailbox(ANNA)) == len(mx.mailbox(BERT)) == 1


def test_a_second_mail_within_a_message_changes_nothing(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        smtp.mail(SPAMMER)
        smtp.rcpt(TRAP)
        assert smtp.mail(ON_DBL)[0] == 503
        assert smtp.rcpt(ANNA)[0] == 250
        assert data(smtp, spam()).code == 250
    assert hits(mx) == [(SPAMMER, [TRAP, ANNA])]


def test_a_new_greeting_ends_the_message(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        smtp.mail(SPAMMER)
        smtp.rcpt(TRAP)
        smtp.ehlo("mail.some-sender.com")
        assert smtp.rcpt(ANNA)[0] == 503
        assert send(smtp, CARLA, [ANNA], ordinary()).accepted
    assert hits(mx) == []
    assert len(mx.mailbox(ANNA)) == 1


def test_a_refusal_of_one_message_is_none_of_the_next(mx: MailExchanger) -> None:
    with mx.client(STRANGER) as smtp:
        assert send(smtp, ON_DBL, [ANNA], spam()).rcpt.code == 550
        assert send(smtp, CARLA, [ANNA], ordinary()).accepted
        assert send(smtp, NEW, [ANNA], ordinary()).rcpt.code == 450
        assert send(smtp, "", [ANNA], ordinary()).accepted
    assert len(mx.mailbox(ANNA)) == 2


@pytest.fixture
def with_tls(mx: MailExchanger, tmp_path: Path) -> Iterator[Postfix]:
    """A second Postfix on the same milter, that offers STARTTLS."""
    pem = tmp_path / "mx.pem"
    request = "req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=mx.quayside-mail.com"
    command = [program("openssl"), *request.split(), "-keyout", str(pem), "-out", str(tmp_path / "certificate.pem")]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    with pem.open("a") as both:
        both.write((tmp_path / "certificate.pem").read_text())
    settings = {"smtpd_tls_chain_files": str(pem), "smtpd_tls_security_level": "may"}
    with Postfix(traps=[TRAP], milters=f"unix:{mx.socket}", settings=settings) as postfix:
        yield postfix


def test_what_was_said_before_starttls_counts_no_more(mx: MailExchanger, with_tls: Postfix) -> None:
    """RFC 3207, 4.2: the server forgets what it got from the client before; the HELO is the one inside TLS."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with with_tls.client(STRANGER, helo="mx1.pillpalace-offers.com") as smtp:
        smtp.starttls(context=context)
        smtp.ehlo("mail.summit-pills-direct.com")
        assert send(smtp, CARLA, [ANNA], ordinary()).accepted
        assert send(smtp, SPAMMER, [TRAP], spam()).accepted
        smtp.ehlo("mx1.pillpalace-offers.com")
        assert send(smtp, CARLA, [ANNA], ordinary()).rcpt.code == 550
    (envelope,) = mx.envelopes()
    assert envelope["helo"] == "mail.summit-pills-direct.com"
    assert envelope["listings"] == []
