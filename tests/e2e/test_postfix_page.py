"""What docs/postfix.md has for main.cf and master.cf, in a real Postfix with the milter behind it."""

import smtplib
import socket
import time
from importlib.resources import files
from pathlib import Path

import pytest

from tests.documentation.snippets import snippet
from tests.e2e.dialogue import Reply, send
from tests.e2e.messages import SPAMMER, ordinary, spam
from tests.e2e.test_blocklist_snippets import POSTSCREEN, ThroughProxy
from tests.servers.mail_exchanger import ANNA, TRAP, MailExchanger
from tests.servers.postfix import Postfix
from tests.servers.processes import free_port

SNIPPETS = Path(str(files("trapline.config") / "postfix"))
CARLA = "carla@harbour-letters.com"
ON_SBL, STRANGER = "11.0.0.2", "11.0.1.7"


def shipped(name: str) -> str:
    lines = (SNIPPETS / name).read_text(encoding="utf-8").splitlines()
    return " ".join(" ".join(line for line in lines if not line.startswith("#")).split())


def test_the_lines_are_those_that_we_ship() -> None:
    """And those are loaded by test_postfix_snippets.py and test_beside_other_milters.py."""
    assert snippet("docs/postfix.md", "smtpd_milters = {") in shipped("main.cf")
    assert " ".join(snippet("docs/postfix.md", "smtpd_milters = unix:opendkim").split()) == shipped("milters.cf")
    assert " ".join(snippet("docs/postfix.md", "hidden1@mx.example").split()) == shipped("trapline")


@pytest.fixture(scope="module")
def milters(_mail_exchanger: MailExchanger) -> str:
    return f"{{ unix:{_mail_exchanger.socket}, default_action=accept }}"


def answer(smtp: smtplib.SMTP) -> Reply:
    with smtp:
        return send(smtp, CARLA, [ANNA], ordinary()).rcpts[0]


def test_submitting_users_and_a_filters_mail_meet_no_dnsbl(mx: MailExchanger, milters: str) -> None:
    submission, filtered = free_port(), free_port()
    services = snippet("docs/postfix.md", "submission inet").replace(" n - y ", " n - n ")
    services = services.replace("submission inet", f"127.0.0.1:{submission} inet").replace(":10025", f":{filtered}")
    with Postfix(milters=milters) as postfix:
        postfix.add_services(services)
        assert answer(postfix.client(ON_SBL)).code == 550
        assert answer(postfix.client(ON_SBL, port=submission)).code == 250
        assert answer(postfix.client(ON_SBL, port=filtered)).code == 250
        assert "unused parameter" not in postfix.log()


def test_postscreen_keeps_impatient_clients_away_and_leaves_the_lists_to_the_milter(
    mx: MailExchanger, milters: str
) -> None:
    lines = (line.partition("=") for line in snippet("docs/postfix.md", "postscreen_greet_action").splitlines())
    settings = {name.strip(): value.strip() for name, _, value in lines}
    port = free_port()
    with Postfix(traps=[TRAP], milters=milters, settings=settings) as postfix:
        postfix.add_services(POSTSCREEN.format(port=port))
        with through(port, ON_SBL) as smtp:
            assert send(smtp, SPAMMER, [TRAP], spam()).accepted, "a listed client reaches the trap"
        with through(port, ON_SBL) as smtp:
            assert "zen" in answer(smtp).text, "and is refused for a person, by the milter"
        with socket.create_connection(("127.0.0.1", port)) as impatient:
            impatient.sendall(f"PROXY TCP4 {STRANGER} 127.0.0.1 40000 25\r\nEHLO mail.pills.com\r\n".encode())
            postfix.wait_for_log(rf"PREGREET .* from \[{STRANGER}\]")
    (envelope,) = mx.envelopes()
    assert envelope["client"]["address"] == ON_SBL


def test_a_hundred_messages_to_traps_delay_nobody(mx: MailExchanger, milters: str) -> None:
    name, _, value = snippet("docs/postfix.md", "in_flow_delay").partition(" = ")
    with Postfix(traps=[TRAP], milters=milters, settings={name: value}) as postfix, postfix.client(STRANGER) as smtp:
        for _ in range(105):
            assert send(smtp, SPAMMER, [TRAP], spam()).accepted
        smtp.mail(CARLA)
        begun = time.monotonic()
        assert smtp.rcpt(ANNA)[0] == 250
        assert time.monotonic() - begun < 0.9


def through(port: int, client: str) -> smtplib.SMTP:
    """A session of `client` with the postscreen at `port`."""
    smtp = ThroughProxy(client)
    smtp.connect("127.0.0.1", port)
    smtp.ehlo()
    return smtp
