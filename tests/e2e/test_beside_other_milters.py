"""Postfix with OpenDKIM, trapline and rspamd, all real, in the order that config/postfix/milters.cf has them.

OpenDKIM's results reach the reporter; rspamd, which refuses spam, never sees a trap's mail.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pytest

from tests.e2e.dialogue import Reply, send
from tests.e2e.messages import SPAM_DOMAIN, SPAMMER, spam
from tests.reporter.verification.signing import key_record, signed
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger
from tests.servers.opendkim import OpenDkim
from tests.servers.postfix import Postfix
from tests.servers.processes import free_port
from tests.servers.rspamd import Rspamd

SNIPPET = Path(str(files("trapline.config") / "postfix" / "milters.cf"))
CLIENT = "11.0.1.7"
NAME = "mx.quayside-mail.com"  # authserv-id
GTUBE = "XJS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"  # rspamd refuses it, by any rule
GTUBE_MAIL = spam().replace(b"Half the price, today only", GTUBE.encode())


@dataclass(frozen=True, slots=True)
class Server:
    mx: MailExchanger
    wrong_order: int  #: the port of a Postfix service that asks rspamd before trapline

    def send(self, message: bytes, to: str, port: int | None = None) -> Reply:
        """What the sender of `message` is told at its end."""
        with self.mx.client(CLIENT, helo=f"mail.{SPAM_DOMAIN}", port=port) as smtp:
            said = send(smtp, SPAMMER, [to], message).data
        assert said is not None
        return said


@pytest.fixture(scope="module")
def server(rspamd: Rspamd) -> Iterator[Server]:
    with ExitStack() as stack:
        opendkim = stack.enter_context(OpenDkim({f"s1._domainkey.{SPAM_DOMAIN}": key_record()}, NAME))

        def milters(postfix: Postfix) -> str:
            """The value in the snippet, with these servers in the others' places."""
            lines = [line for line in SNIPPET.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
            value = " ".join(lines).partition("= ")[2]
            for written, here in (
                ("unix:opendkim/opendkim.sock", opendkim.milter),
                ("inet:127.0.0.1:11332", rspamd.milter),
            ):
                assert written in value
                value = value.replace(written, here)
            return value

        mx = stack.enter_context(MailExchanger({"reporter": {"authserv_ids": [NAME]}}, milters=milters))
        wrong_order = free_port()
        _, *ours = re.split(r",\s*(?=\{|inet:)", milters(mx.postfix))
        milters_there = ", ".join(reversed(ours))
        mx.postfix.add_services(f"127.0.0.1:{wrong_order} inet n - n - - smtpd -o {{ smtpd_milters={milters_there} }}")
        yield Server(mx, wrong_order)


@pytest.fixture(autouse=True)
def _nothing_sent(server: Server) -> None:
    server.mx.restore()


def test_what_opendkim_found_reaches_the_reporter(server: Server) -> None:
    assert server.send(signed(spam(), SPAM_DOMAIN), TRAP).code == 250
    (file,) = server.mx.spool()
    assert f"\nAuthentication-Results: {NAME};\n\tdkim=pass ".encode() in file.read_bytes()
    assert server.mx.report().code == 0
    assert server.mx.portal.objects("domain") == [SPAM_DOMAIN]
    assert all("DKIM pass" in one.reason for one in server.mx.portal.submissions)


def test_results_that_a_sender_wrote_in_our_name_are_removed_whatever_they_are_about(server: Server) -> None:
    forged = f"Authentication-Results: {NAME}; spf=pass smtp.mailfrom={SPAMMER}\n".encode()
    forged += f"Authentication-Results: {NAME}; dkim=pass header.d={SPAM_DOMAIN}\n".encode()
    assert server.send(forged + spam(), TRAP).code == 250
    (file,) = server.mx.spool()
    ours = re.findall(rb"^Authentication-Results: .*?\s(\w+=\w+)", file.read_bytes(), re.MULTILINE | re.DOTALL)
    assert ours == [b"dkim=none"]


def test_rspamd_refuses_peoples_spam_and_never_sees_the_traps(server: Server) -> None:
    refused = server.send(GTUBE_MAIL, ANNA)
    assert refused.code == 554, refused
    assert server.send(GTUBE_MAIL, TRAP).code == 250
    assert len(server.mx.spool()) == 1
    assert server.mx.mailbox(ANNA) == []


def test_in_front_of_trapline_rspamd_would_refuse_trap_mail(server: Server) -> None:
    assert server.send(GTUBE_MAIL, TRAP, server.wrong_order).code == 554
    assert server.mx.spool() == []


def test_while_the_milter_is_away_the_others_go_on_and_trap_mail_is_kept(server: Server) -> None:
    server.mx.milter_kill()
    assert server.send(signed(spam(), SPAM_DOMAIN), TRAP).code == 250
    (kept,) = server.mx.postfix.fallen_back()
    assert f"Authentication-Results: {NAME};".encode() in kept
