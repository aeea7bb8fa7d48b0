"""Sessions over the milter's real socket that a Postfix would not hold at once, or not in this order."""

import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.servers import milter_wire as wire
from tests.servers.lone_milter import MESSAGE, PERSON, STRANGER, TRAP, LoneMilter
from tests.servers.milter_client import CONTINUE, MilterClient
from tests.servers.processes import files_to_open, no_more_files, until
from tests.servers.rbldnsd import Rbldnsd
from tests.servers.trapline_process import Daemon

SESSIONS = 500
FILES = 1024  #: that a shell lets a process open; the milter helps itself to more
LISTED, UNLISTED = "11.7", "11.9"  #: the first octets
ON_PBL = "11.0.0.10"
REWRITTEN = {f"11.6.0.{host}": f"11.250.0.{host}" for host in range(1, 6)}  #: to a page of the resolver's operator


@pytest.fixture(scope="module")
def milter(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneMilter]:
    folder = tmp_path_factory.mktemp("sessions")
    with (
        Rbldnsd({"zen": {"11.7.0.0/16": "127.0.0.4", **REWRITTEN}}) as dns,
        files_to_open(FILES),
        LoneMilter(folder, dns) as running,
    ):
        yield running


def mail(client: MilterClient, address: str, sender: str = "news@harbour-news.com") -> MilterClient:
    """From connect to MAIL."""
    client.connect(address)
    client.helo("mail.harbour-news.com")
    assert client.mail(sender) == CONTINUE
    return client


def test_five_hundred_sessions_at_once_are_held_and_each_gets_its_own_answer(milter: LoneMilter) -> None:
    rcpt = wire.packet(b"R", wire.strings(f"<{PERSON}>"))
    with ExitStack() as stack:
        clients = [stack.enter_context(milter.client()) for _ in range(SESSIONS)]
        for number, client in enumerate(clients):
            network = LISTED if number % 2 else UNLISTED
            mail(client, f"{network}.{number // 250}.{number % 250}", f"news@sender-{number}.com")
        for client in clients:
            client.send(rcpt)
        answers = [client.answer() for client in clients]
    assert [answer.code for answer in answers] == [550 if number % 2 else None for number in range(SESSIONS)]


def test_a_dead_resolver_holds_five_hundred_sessions_up_for_the_deadline_and_then_nobody(tmp_path: Path) -> None:
    deadline = {"milter": {"deadline_seconds": 1.5}}
    with Rbldnsd() as dns, files_to_open(FILES), LoneMilter(tmp_path, dns, deadline) as milter, ExitStack() as stack:
        dns.pause()
        clients = [mail(stack.enter_context(milter.client()), f"11.9.{n // 250}.{n % 250}") for n in range(SESSIONS)]
        start = time.monotonic()
        for client in clients:
            client.send(wire.packet(b"R", wire.strings(f"<{PERSON}>")))
        assert {client.answer() for client in clients} == {CONTINUE}
        assert time.monotonic() - start < 5.0
        start = time.monotonic()
        with milter.client() as client:
            assert mail(client, ON_PBL, "news@never-asked-before.com").rcpt(PERSON) == CONTINUE
        assert time.monotonic() - start < 1.0, "the dead resolver is left alone"
        dns.resume()
        until("the resolver to be taken back", lambda: refused(milter))


def refused(milter: LoneMilter) -> bool:
    with milter.client() as client:
        return mail(client, ON_PBL).rcpt(PERSON).code == 550


def test_a_client_that_comes_while_too_many_files_are_open_is_served_once_there_is_room(milter: LoneMilter) -> None:
    late = milter.client()
    with milter.client() as client:
        mail(client, STRANGER)
        with no_more_files(milter.daemon.pid):
            late.dial()
            assert client.rcpt(PERSON) == CONTINUE
        late.agreed = late.negotiate()
        assert mail(late, ON_PBL).rcpt(PERSON).code == 550
        late.close()


def test_a_resolver_that_rewrites_answers_to_many_addresses_is_told_of_once(milter: LoneMilter) -> None:
    said = len(milter.daemon.output())
    for address in REWRITTEN:
        with milter.client() as client:
            assert mail(client, address).rcpt(PERSON) == CONTINUE
    (line,) = [line for line in milter.daemon.output()[said:].splitlines() if "lookup error" in line]
    assert "outside 127.0.0.0/8" in line
    assert "11.250.0.1" in line, "it names the first"


def test_postfix_waits_for_no_answer_while_it_sends_a_message_but_at_each_step_before(milter: LoneMilter) -> None:
    """Headers and body change no answer of ours. What is not answered is held back, and lookups would start late."""
    with milter.client() as client:
        answered = {step for step in b"CHMRTLNBE" if client.agreed.answered(bytes([step]))}
    assert answered == set(b"CHMRTE")


@pytest.mark.parametrize("reason", ["unknown", "ask postmaster@quayside-mail.com"])
def test_a_recipient_that_postfix_has_refused_is_no_hit(milter: LoneMilter, reason: str) -> None:
    """`{rcpt_mailer}` is `error` then, {rcpt_host} the status and {rcpt_addr} the reason (Postfix's smtpd_milter.c)."""
    said = len(milter.daemon.output())
    refused = {"{rcpt_mailer}": "error", "{rcpt_host}": "5.1.1", "{rcpt_addr}": f"Recipient address rejected: {reason}"}
    with milter.client() as client:
        client.macros |= refused
        assert mail(client, ON_PBL).rcpt(TRAP) == CONTINUE
        client.macros |= {"{rcpt_mailer}": "virtual", "{rcpt_addr}": PERSON}
        assert client.rcpt(PERSON).code == 550
        client.macros |= refused
        client.rcpt(TRAP)
        client.abort()
        assert client.mail("news@harbour-news.com") == CONTINUE  # so that the milter has heard of the end
    assert milter.stored() == []
    log = milter.daemon.output()[said:]
    assert "probe" not in log
    assert "web page" not in log


def test_an_ipv4_client_of_a_postfix_that_speaks_ipv6_alone_is_what_it_is(milter: LoneMilter) -> None:
    with milter.client() as client:
        assert mail(client, f"::ffff:{LISTED}.0.9").rcpt(PERSON).code == 550
    with milter.client() as client:
        assert mail(client, "::ffff:127.0.0.1", "root@quayside-mail.com").rcpt(TRAP) == CONTINUE
        client.data()
        client.message(MESSAGE)
    assert "from an exempt client (exempt network)" in milter.daemon.output()


def test_who_authenticates_in_mid_session_is_exempt_from_then_on(milter: LoneMilter) -> None:
    with milter.client() as client:
        assert mail(client, ON_PBL).rcpt(PERSON).code == 550
        client.abort()
        client.macros |= {"{auth_type}": "PLAIN", "{auth_authen}": "anna"}
        client.mail(PERSON)
        assert client.rcpt(PERSON) == CONTINUE


@pytest.mark.parametrize("macro", ["{auth_authen}", "{auth_type}"])
def test_either_macro_of_postfix_says_that_a_client_has_authenticated(milter: LoneMilter, macro: str) -> None:
    with milter.client() as client:
        client.macros[macro] = "anna"
        assert mail(client, ON_PBL).rcpt(PERSON) == CONTINUE


def test_a_login_that_is_no_utf_8_is_one(milter: LoneMilter) -> None:
    with milter.client() as client:
        client.macros |= {"{auth_authen}": b"j\xfcrgen", "{auth_type}": "PLAIN"}
        assert mail(client, ON_PBL).rcpt(PERSON) == CONTINUE


def test_an_empty_macro_says_that_nobody_has_authenticated(milter: LoneMilter) -> None:
    with milter.client(**{"{auth_authen}": "", "{auth_type}": ""}) as client:
        assert mail(client, ON_PBL).rcpt(PERSON).code == 550


def test_a_second_mail_without_an_end_of_the_first_is_a_new_message(milter: LoneMilter) -> None:
    stored = len(milter.stored())
    with milter.client() as client:
        mail(client, STRANGER).rcpt(TRAP)
        client.mail("other@harbour-news.com")
        assert client.rcpt(PERSON) == CONTINUE
        assert client.data().verdict == "accept", "ordinary mail: neither headers nor body are wanted"
    assert len(milter.stored()) == stored


def test_an_address_that_is_no_utf_8_does_not_keep_another_trap_among_the_recipients(milter: LoneMilter) -> None:
    milter.traps.write_text(f"{TRAP}  web page, footer\n@old-shop.com  old shop\n", encoding="utf-8")
    until("the traps to be read again", lambda: "reload traps=2" in milter.daemon.output())
    stored = len(milter.stored())
    with milter.client() as client:
        mail(client, STRANGER)
        assert client.rcpt(b"j\xfcrgen@old-shop.com") == client.rcpt(TRAP) == client.rcpt(PERSON) == CONTINUE
        assert client.data() == CONTINUE
        answer = client.message(MESSAGE)
    assert answer.verdict == "continue"
    assert [change.data for change in answer.changes] == [f"<{TRAP}>\0".encode()]
    assert len(milter.stored()) == stored + 1
    assert "defect" not in milter.daemon.output()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_milter_that_comes_to_its_end_leaves_the_socket_of_the_next_one_alone(tmp_path: Path, workers: int) -> None:
    """Who restarts it by hand starts the next one while the messages of the last are still under way."""
    with Rbldnsd({}) as dns, LoneMilter(tmp_path, dns, {"milter": {"workers": workers}}) as first:
        following = Daemon(["milter"], first.daemon.config, tmp_path / "log of the next")
        with first.client() as client:
            mail(client, "11.9.0.1")
            first.daemon.signal(signal.SIGTERM)
            until("the socket to be gone", lambda: not first.socket.exists())
            following.start()
            following.wait_until_it_accepts(first.socket)
        until("the first one to end", lambda: not first.daemon.running)
        with first.client() as client:
            mail(client, "11.9.0.2")
            assert client.rcpt(PERSON) == CONTINUE
        following.stop()
