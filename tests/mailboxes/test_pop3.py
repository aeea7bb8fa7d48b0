"""A honeypot at an old provider, by POP3: everything stays there, and is taken once."""

import socket
import threading
import tracemalloc
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from tests.mailboxes.accounts import mailbox
from tests.servers.dovecot import PASSWORD, Dovecot
from trapline.config.mailbox_secrets import Login
from trapline.config.mailboxes import Mailbox
from trapline.mailboxes import pop3_reader
from trapline.mailboxes.envelopes import Place, envelope
from trapline.mailboxes.errors import LoginRefused, SessionOver
from trapline.mailboxes.pop3 import Pop3Session
from trapline.mailboxes.pop3_reader import Pop3Reader
from trapline.mailboxes.reader import Surroundings
from trapline.mailboxes.take import ATTEMPTS, ATTEMPTS_APART
from trapline.mailboxes.tally import Tally
from trapline.spool import block
from trapline.spool.envelope import Envelope
from trapline.spool.maildir import Maildir

NOW = datetime.now(UTC)


def message(number: int = 1, received: datetime = NOW) -> bytes:
    when = received.strftime("%a, %d %b %Y %H:%M:%S +0000")
    long_line = "x" * 5000
    return (
        f"Received: from x (y.com [11.2.3.4]) by mx.old-mail.com with ESMTP id 1; {when}\r\n"
        f"Subject: offer {number}\r\n\r\n.https://pills-r-us.com/\r\n..{long_line}\r\n"
    ).encode()


class Account:
    def __init__(self, server: Dovecot, folder: Path) -> None:
        self.server = server
        self.user = f"{uuid4().hex}@old-mail.com"
        self.password = folder / "password"
        self.password.write_text(PASSWORD)
        self.password.chmod(0o600)
        spool = Maildir(folder / "spool")
        spool.create()
        self.around = Surroundings(spool, folder / "state", lambda: NOW, "mx.harbour-mail.com")

    def mailbox(self, **keys: object) -> Mailbox:
        table = {"protocol": "pop3", "role": "honeypot", "port": self.server.pop3s, "password_file": self.password}
        trust = {"method": "received", "servers": ["mx.old-mail.com"]}
        return mailbox(self.server, user=self.user, trust=trust, **table | keys)

    def reader(self, **keys: object) -> Pop3Reader:
        return Pop3Reader(self.mailbox(**keys), self.around)

    def deliver(self, *numbers: int) -> None:
        self.server.deliver_all(self.user, [message(number) for number in numbers], "INBOX")

    def empty(self) -> None:
        """Remove all messages; those that are filed again have other ids, as after a move to another server."""
        with self.server.client(self.user) as client:
            client.select("INBOX")
            client.store("1:*", "+FLAGS", "\\Deleted")
            client.expunge()


@pytest.fixture
def account(dovecot: Dovecot, tmp_path: Path) -> Account:
    return Account(dovecot, tmp_path)


@pytest.mark.parametrize("tls", ["implicit", "starttls", "none"])
def test_a_message_is_taken_once_and_stays(account: Account, tls: str) -> None:
    port = account.server.pop3s if tls == "implicit" else account.server.pop3
    account.server.deliver(account.user, message(), "INBOX")
    assert account.reader(tls=tls, port=port).once().tally == Tally(taken=1)
    assert not account.reader(tls=tls, port=port).once().tally
    (path,) = account.around.spool.new()
    envelope, raw = block.parse(path.read_bytes())
    assert raw == message().replace(b"\r\n", b"\n")
    assert (envelope.role, str(envelope.client.address), envelope.traps[0].address) == (
        "honeypot",
        "11.2.3.4",
        account.user,
    )
    assert envelope.received == NOW.replace(microsecond=0)
    assert len(account.server.flags(account.user, "INBOX")) == 1


def test_what_a_moved_server_has_under_other_ids_is_known(account: Account) -> None:
    account.deliver(1, 2, 2)
    assert account.reader().once().tally == Tally(taken=3)
    account.empty()
    account.deliver(1, 2, 2, 3)
    assert account.reader().once().tally == Tally(known=3, taken=1)
    assert not account.reader().once().tally
    assert len(list(account.around.spool.new())) == 4


def test_the_same_mailbox_by_another_name_of_its_server_has_nothing_new(account: Account) -> None:
    account.deliver(1)
    account.reader().once()
    moved = account.reader(host="127.0.0.1", tls="none", port=account.server.pop3)
    assert moved.once().tally == Tally(known=1)


def test_two_equal_messages_are_two(account: Account) -> None:
    account.deliver(1)
    account.reader().once()
    account.deliver(1)
    assert account.reader().once().tally == Tally(taken=1)


def test_old_mail_is_remembered_and_not_taken(account: Account) -> None:
    account.server.deliver(account.user, message(received=NOW - timedelta(days=8)), "INBOX")
    assert account.reader().once().tally == Tally(old=1)
    assert not account.reader().once().tally


def test_what_looks_old_by_a_clock_that_jumped_is_left_alone_and_taken_once_the_clock_is_right(
    account: Account,
) -> None:
    account.reader().once()
    account.server.deliver(account.user, message(), "INBOX")
    right, ahead = account.around, replace(account.around, clock=lambda: NOW + timedelta(days=8))
    found = [Pop3Reader(account.mailbox(), around).once().tally for around in (ahead, right)]
    assert found == [Tally(doubted=1), Tally(taken=1)]


def test_a_defect_of_ours_at_one_message_stops_no_other_mail(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    def defective(mailbox: Mailbox, place: Place, received: datetime, raw: bytes, **more: Any) -> Envelope:
        if b"offer 1" in raw:
            raise ZeroDivisionError
        return envelope(mailbox, place, received, raw, **more)

    monkeypatch.setattr(pop3_reader, "envelope", defective)
    account.deliver(1, 2)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            account.reader().once()
    assert len(list(account.around.spool.new())) == 1


def test_looks_by_a_clock_that_is_not_believed_are_no_tries_in_vain(account: Account) -> None:
    account.reader().once()
    account.server.deliver(account.user, message(), "INBOX")

    def look(number: int) -> Tally:
        ahead = replace(account.around, clock=lambda: NOW + timedelta(days=8) + number * ATTEMPTS_APART)
        return Pop3Reader(account.mailbox(), ahead).once().tally

    assert [look(number) for number in range(ATTEMPTS + 1)] == [Tally(doubted=1)] * (ATTEMPTS + 1)


@pytest.mark.parametrize("text", [b"x" * 70_000, b"0123456789" * 7 + b"\r\n"], ids=["one line", "many"])
def test_of_what_is_too_large_the_beginning_is_taken_and_the_envelope_says_so(account: Account, text: bytes) -> None:
    account.server.deliver(account.user, message() + text * (70_000 // len(text)), "INBOX")
    assert account.reader(max_bytes=64 * 1024).once().tally == Tally(taken=1, truncated=1)
    (path,) = account.around.spool.new()
    envelope, taken = block.parse(path.read_bytes())
    assert envelope.truncated
    assert b"\n.https://pills-r-us.com/\n" in taken
    assert 4_000 < len(taken) <= 64 * 1024


@pytest.mark.parametrize("where", [b"Subject: ", b".https://"], ids=["header", "body"])
def test_what_is_larger_than_its_number_of_lines_promises_stops_no_other_mail(account: Account, where: bytes) -> None:
    """The server can't be told to send less of it: 8 MB of a header, or of lines that are longer than lines may be."""
    lines = (b"X-Field: " + b"y" * 300_000 + b"\r\n") * 30
    account.server.deliver(account.user, message().replace(where, lines + where, 1), "INBOX")
    account.deliver(2)
    assert account.reader(max_bytes=64 * 1024).once().tally == Tally(taken=2, truncated=1)
    assert all(path.stat().st_size < 70_000 for path in account.around.spool.new())


@pytest.mark.parametrize("where", [b"Subject: ", b".https://"], ids=["header", "body"])
def test_a_message_that_can_not_be_read_stops_no_other_mail_and_is_given_up(account: Account, where: bytes) -> None:
    """A line without an end, in a message that anybody may send to a honeypot: it ends the session."""
    line = b"X-Field: " + b"y" * 2_000_000 + b"\r\n"
    account.server.deliver(account.user, message().replace(where, line + where, 1), "INBOX")
    account.deliver(2)

    def look(number: int) -> Tally:
        later = replace(account.around, clock=lambda: NOW + number * ATTEMPTS_APART)
        return Pop3Reader(account.mailbox(), later).once().tally

    for number in range(ATTEMPTS):
        with pytest.raises(SessionOver, match="a line without an end"):
            look(number)
    assert len(list(account.around.spool.new())) == 1
    assert look(ATTEMPTS) == Tally(failed=1)
    assert not look(ATTEMPTS)


def test_a_message_of_short_lines_takes_no_more_memory_than_another(account: Account) -> None:
    text = b"Subject: x\r\n\r\n" + b"a\r\n..\r\n" * 100_000
    account.server.deliver(account.user, text, "INBOX")
    session = Pop3Session(account.mailbox(), Login(account.user, PASSWORD))
    with closing(session):
        tracemalloc.start()
        read = session.message(1, len(text))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert read == text.replace(b"\r\n", b"\n")
    assert peak < 5 * len(text)


@contextmanager
def saying(said: bytes) -> Iterator[int]:
    """The port of a server that says all this at once, whatever it is asked."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            connection.sendall(said)
            connection.shutdown(socket.SHUT_WR)
            while connection.recv(1000):
                pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join(10)


def test_an_answer_without_words_is_said_to_be_empty(account: Account) -> None:
    with saying(b"+OK\r\n" * 3 + b"\r\n") as port:
        mailbox = account.mailbox(host="127.0.0.1", tls="none", port=port)
        session = Pop3Session(mailbox, Login(account.user, PASSWORD))
        with closing(session), pytest.raises(SessionOver, match=r"^anna: RETR: the server's answer is empty$"):
            session.message(1, 100)


def test_a_dry_run_takes_nothing(account: Account) -> None:
    account.server.deliver(account.user, message(), "INBOX")
    assert [old for _, _, old in account.reader().would_take()] == [False]
    assert list(account.around.spool.new()) == []
    assert account.reader().once().tally == Tally(taken=1)


def test_certificates_are_verified_and_a_wrong_password_is_not_shown(account: Account) -> None:
    with pytest.raises(SessionOver, match="certificate"):
        account.reader(ca_file=None).once()
    account.password.write_text("another-c4nary")
    with pytest.raises(LoginRefused, match=r"anna: log in: -ERR \[AUTH\]") as refused:
        account.reader().once()
    assert "another-c4nary" not in str(refused.value)
